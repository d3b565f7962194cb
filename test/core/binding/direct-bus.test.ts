import { describe, expect, test } from "@jest/globals";
import { SeededRandom } from "../../../src/platform/faulty.ts";
import { toHex } from "../../../src/core/wire/bytes.ts";
import { accessText } from "../../support/bench.ts";
import { Pair, RESETS, type PairOptions } from "../../support/pair.ts";
import { Traffic } from "../../support/traffic.ts";

/** Every access of both sides while messages pass and sides restart, and the window and registers at the end. */
function recording(seed: number, yielding: boolean, options: PairOptions): string[] {
  const random = new SeededRandom(seed);
  const traffic = new Traffic(random, 900);
  const lines: string[] = [];
  const pair = new Pair({
    ...options,
    windowBytes: 8192,
    yielding,
    beforeAccess: (role, access) => {
      lines.push(`${role} ${accessText(access)}`);
    },
    onMessage: (receiver, bytes) => {
      traffic.arrived(receiver, bytes);
    },
  });
  for (let step = 0; step < 200; step++) {
    if (random.chance(0.2)) traffic.send(pair, random.chance(0.5) ? "hostToBmc" : "bmcToHost");
    if (random.chance(0.01)) pair.restart(random.chance(0.5) ? "host" : "bmc", "killed");
    if (random.chance(0.01)) pair.resetPlatform(RESETS[random.below(RESETS.length)]!);
    // Lengths and contents that no side wrote.
    if (random.chance(0.05)) pair.board.window[0x100 + random.below(8192 - 0x100)]! ^= 0x40;
    pair.step();
  }
  return [...lines, toHex(pair.board.window), pair.board.word.toString(16), pair.toString()];
}

describe("LPC-HOST-10, LPC-BMC-3, LPC-BMC-9 a bus that answers at once", () => {
  test.each<[string, PairOptions]>([
    ["version 3, MTU 64", { host: { mtu: 64 } }],
    ["version 3, the largest MTU", {}],
  ])("the accesses are the same, in the same order, performed on the spot or yielded one by one: %s", (_, options) => {
    for (let seed = 1; seed <= 40; seed++) {
      const [direct, yielded] = [recording(seed, false, options), recording(seed, true, options)];
      const differs = direct.findIndex((line, index) => line !== yielded[index]);
      expect([seed, differs, direct.length - yielded.length]).toEqual([seed, -1, 0]);
      expect(direct.length).toBeGreaterThan(200);
    }
  });
});
