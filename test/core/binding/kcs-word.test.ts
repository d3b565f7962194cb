/** The register word of virtual boards: what each access makes of it, at both depths of the path into the BMC. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  HIDDEN_FROM_HOST,
  SHADOW_FULL,
  afterIdrRead,
  afterIdrReadByBmc,
  afterIdrTaken,
  afterIdrWrite,
  afterOdrRead,
  afterOdrWrite,
  afterStatusWrite,
  bmcStatusOf,
  canTakeIdr,
  hostStatusOf,
  idrOf,
  idrSeenByBmc,
  isShadowFull,
  odrOf,
  shadowOf,
  statusOf,
  type Depth,
} from "../../../src/core/binding/kcs-word.ts";
import { Status } from "../../../src/core/binding/registers.ts";

const byte = fc.integer({ min: 0, max: 0xff });
/** Any word that a board can hold: no shadow byte without its flag. */
const word = fc
  .tuple(byte, byte, byte, fc.option(byte))
  .map(([status, idr, odr, shadow]) =>
    shadow === null
      ? (status & ~SHADOW_FULL) | (idr << 8) | (odr << 16)
      : status | SHADOW_FULL | (idr << 8) | (odr << 16) | (shadow << 24),
  );

/** As the annex writes a word. */
function hex(value: number): string {
  return (value >>> 0).toString(16).padStart(8, "0");
}

describe("what a word holds", () => {
  test("each register, the shadow and its flag stand in their places, whether the word is signed or not", () => {
    for (const value of [0xa1b2c38b, 0xa1b2c38b | 0]) {
      expect([statusOf(value), idrOf(value), odrOf(value), shadowOf(value)]).toEqual([0x8b, 0xc3, 0xb2, 0xa1]);
      expect(isShadowFull(value)).toBe(true);
    }
    expect(isShadowFull(0x00b2c383)).toBe(false);
    expect([hex(SHADOW_FULL), hex(HIDDEN_FROM_HOST)]).toEqual(["00000008", "ff000008"]);
  });

  test.each<readonly [word: string, host: number, bmc: number]>([
    ["00000000", 0x00, 0x00],
    ["000000c3", 0xc3, 0xc3],
    ["000001c2", 0xc2, 0xc2],
    ["010000c8", 0xc0, 0xc2],
    ["0100ffca", 0xc2, 0xc2],
    ["ff00ffff", 0xf7, 0xf7],
  ])("0x%s: the host sees IBF of IDR alone, the BMC that of IDR and shadow, neither sees bit 3", (text, host, bmc) => {
    const value = Number.parseInt(text, 16);
    expect([hostStatusOf(value), bmcStatusOf(value)]).toEqual([host, bmc]);
  });

  test("the two views differ in IBF alone, and only while the shadow is full", () => {
    fc.assert(
      fc.property(word, (value) => {
        const differing = hostStatusOf(value) ^ bmcStatusOf(value);
        expect(hostStatusOf(value)).toBe(statusOf(value) & ~SHADOW_FULL);
        expect(differing).toBe(isShadowFull(value) ? Status.IBF & ~hostStatusOf(value) : 0);
      }),
    );
  });

  test("the BMC reads the shadow first", () => {
    expect(idrSeenByBmc(0x0100ff8a)).toBe(0x01);
    expect(idrSeenByBmc(0x0000ff82)).toBe(0xff);
    expect(idrSeenByBmc(0xff000088)).toBe(0xff);
  });
});

describe("what an access makes of the word", () => {
  test.each<readonly [string, (word: number) => number, before: number, after: number]>([
    ["host writes IDR", (value) => afterIdrWrite(value, 0x101), 0x00ff0080, 0x00ff0182],
    ["host writes IDR over an unread byte", (value) => afterIdrWrite(value, 0x02), 0x00ff0182, 0x00ff0282],
    ["host writes IDR, shadow full", (value) => afterIdrWrite(value, 0xff), 0x01ff0088, 0x01ffff8a],
    ["IDR is read", afterIdrRead, 0x00ff0182, 0x00ff0180],
    ["handler takes IDR", afterIdrTaken, 0x00ff9a82, 0x9aff9a88],
    ["BMC reads, shadow empty", afterIdrReadByBmc, 0x00ff0182, 0x00ff0180],
    ["BMC reads, shadow full, IDR empty", afterIdrReadByBmc, 0x9aff9a88, 0x00ff9a80],
    ["BMC reads, shadow full, IDR full", afterIdrReadByBmc, 0x9aff018a, 0x00ff0182],
    ["BMC reads, both empty", afterIdrReadByBmc, 0x00ff0180, 0x00ff0180],
    ["BMC writes ODR", (value) => afterOdrWrite(value, 0x1ff), 0x9a000088, 0x9aff0089],
    ["host reads ODR", afterOdrRead, 0x9aff0089, 0x9aff0088],
    ["BMC writes STR, OBF kept", (value) => afterStatusWrite(value, 0xc1), 0x9aff018b, 0x9aff01cb],
    ["BMC writes STR, OBF cleared", (value) => afterStatusWrite(value, 0x80), 0x9aff018b, 0x9aff018a],
    ["BMC writes STR, hardware's bits written as 1", (value) => afterStatusWrite(value, 0xff), 0, 0xf4],
  ])("%s", (_name, access, before, after) => {
    expect(hex(access(before))).toBe(hex(after));
    expect(hex(access(before | 0))).toBe(hex(after));
  });

  test.each<readonly [word: string, can: boolean]>([
    ["00000080", false],
    ["00000082", true],
    ["01000088", false],
    ["0100ff8a", false],
  ])("0x%s: the handler can take a byte: %p", (text, can) => {
    expect(canTakeIdr(Number.parseInt(text, 16))).toBe(can);
  });

  test("a write of STR leaves IBF, the shadow and its flag alone, and so each side's view of IBF", () => {
    fc.assert(
      fc.property(word, byte, (before, value) => {
        const after = afterStatusWrite(before, value);
        const untouched = HIDDEN_FROM_HOST | Status.IBF | 0xffff00;
        expect(after & untouched).toBe(before & untouched);
        expect(bmcStatusOf(after) & Status.IBF).toBe(bmcStatusOf(before) & Status.IBF);
      }),
    );
  });

  test("a take is seen by neither side's byte: what the BMC reads next is the same, ODR and software's bits stay", () => {
    fc.assert(
      fc.property(word.filter(canTakeIdr), (before) => {
        const after = afterIdrTaken(before);
        expect(idrSeenByBmc(after)).toBe(idrSeenByBmc(before));
        expect(bmcStatusOf(after)).toBe(bmcStatusOf(before));
        expect(hostStatusOf(after)).toBe(hostStatusOf(before) & ~Status.IBF);
        expect([idrOf(after), odrOf(after)]).toEqual([idrOf(before), odrOf(before)]);
        expect(canTakeIdr(after)).toBe(false);
      }),
    );
  });
});

describe("bytes from the host to the BMC", () => {
  type Move = { readonly kind: "write"; readonly value: number } | { readonly kind: "read" | "handler" | "rest" };
  const moves = (length: number): fc.Arbitrary<readonly Move[]> =>
    fc.array(
      fc.oneof(
        byte.map((value): Move => ({ kind: "write", value })),
        fc.constantFrom<Move>({ kind: "read" }, { kind: "handler" }, { kind: "rest" }),
      ),
      { maxLength: length },
    );

  /** Runs moves; the host writes only at IBF = 0 where it is `careful`. Gives what was written and what was read. */
  function run(depth: Depth, careful: boolean, plan: readonly Move[]) {
    let value = 0;
    const written: number[] = [];
    const overwritten: number[] = [];
    const read: number[] = [];
    let held = 0;
    for (const move of plan) {
      if (move.kind === "write") {
        const isFull = (hostStatusOf(value) & Status.IBF) !== 0;
        if (isFull && careful) continue;
        if (isFull) overwritten.push(written.length - 1);
        written.push(move.value);
        value = afterIdrWrite(value, move.value);
      } else if (move.kind === "read") {
        if ((bmcStatusOf(value) & Status.IBF) === 0) continue;
        read.push(idrSeenByBmc(value));
        value = afterIdrReadByBmc(value);
      } else if (move.kind === "handler" && depth === 1 && canTakeIdr(value)) {
        value = afterIdrTaken(value);
      }
      held = Math.max(held, written.length - overwritten.length - read.length);
      if (depth === 0) expect(value & HIDDEN_FROM_HOST).toBe(0);
    }
    while ((bmcStatusOf(value) & Status.IBF) !== 0) {
      read.push(idrSeenByBmc(value));
      value = afterIdrReadByBmc(value);
    }
    expect(value & HIDDEN_FROM_HOST).toBe(0);
    return { written, overwritten, read, held };
  }

  test.each<Depth>([0, 1])(
    "depth %i: none is lost, repeated or reordered while the host waits for IBF = 0",
    (depth) => {
      fc.assert(
        fc.property(moves(60), (plan) => {
          const { written, read, held } = run(depth, true, plan);
          expect(read).toEqual(written);
          expect(held).toBeLessThanOrEqual(1 + depth);
        }),
      );
    },
  );

  test.each<Depth>([0, 1])(
    "depth %i: a host that overwrites IDR loses the byte that stood there, and no other",
    (depth) => {
      fc.assert(
        fc.property(moves(60), (plan) => {
          const { written, overwritten, read } = run(depth, false, plan);
          expect(read).toEqual(written.filter((_value, index) => !overwritten.includes(index)));
        }),
      );
    },
  );

  test("depth 1: IBF = 0 after a second byte says that the first was read", () => {
    fc.assert(
      fc.property(moves(60), (plan) => {
        let value = 0;
        let written = 0;
        let read = 0;
        for (const move of plan) {
          if (move.kind === "write" && (hostStatusOf(value) & Status.IBF) === 0) {
            expect(written - read).toBeLessThanOrEqual(1);
            value = afterIdrWrite(value, move.value);
            written++;
          } else if (move.kind === "read" && (bmcStatusOf(value) & Status.IBF) !== 0) {
            value = afterIdrReadByBmc(value);
            read++;
          } else if (move.kind === "handler" && canTakeIdr(value)) value = afterIdrTaken(value);
        }
      }),
    );
  });
});
