/** A host byte that comes while the BMC writes STR of an emulated chip is not lost. */
import { expect, test } from "@jest/globals";
import type { Registers } from "../../../src/platform/aspeed/registers.ts";
import { restoringIbf } from "../../../src/platform/qemu/kept-bytes.ts";

const [STR, ODR] = [0x44, 0x38];
const [OBF, IBF, ACTIVE] = [0x01, 0x02, 0x80];

/** STR that stores what is written. `before`: what happens in QEMU before an access, by its number from 1. */
function chip(before: Readonly<Record<number, () => void>>): {
  registers: Registers;
  state: { str: number; raised: boolean; accesses: string[] };
} {
  const state = { str: 0, raised: false, accesses: [] as string[] };
  const access = (text: string): void => {
    state.accesses.push(text);
    before[state.accesses.length]?.();
  };
  const registers = {
    name: "chip",
    read: () => {
      access("read");
      return state.str;
    },
    write: (address: number, value: number) => {
      access(`write ${address.toString(16)}`);
      if (address === STR) state.str = value;
    },
  };
  return { registers: restoringIbf(registers, STR, () => state.raised), state };
}

test("the host writes between the read and the write of STR: IBF is restored", () => {
  const { registers, state } = chip({
    1: () => {
      state.str |= IBF;
      state.raised = true;
    },
  });
  registers.write(STR, ACTIVE);
  expect([state.str, state.accesses]).toEqual([ACTIVE | IBF, ["write 44", "read", "write 44"]]);
});

test("the host reads ODR meanwhile: OBF is not made up", () => {
  const { registers, state } = chip({
    1: () => {
      state.raised = true;
    },
    2: () => {
      state.str &= ~OBF;
    },
  });
  registers.write(STR, ACTIVE | OBF);
  expect(state.str).toBe(ACTIVE | IBF);
});

test.each([
  ["no byte waits", false, STR, ACTIVE],
  ["IBF was seen and is written", true, STR, ACTIVE | IBF],
  ["another register is written", true, ODR, 0x55],
])("one access where %s", (_what, raised, address, value) => {
  const { registers, state } = chip({});
  state.raised = raised;
  registers.write(address, value);
  expect(state.accesses).toHaveLength(1);
});
