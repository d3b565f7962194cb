/** Which EIDs come next. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { nextEid, nextRange, type EidUse } from "../../../../src/core/mctp/bus-owner/eid-pool.ts";
import { eid, type Eid } from "../../../../src/core/wire/units.ts";

describe("LPC-MCTP-17 which EID comes next", () => {
  const uses = (map: Record<number, EidUse>) => (one: Eid) => map[one] ?? "free";
  const pool = { first: eid(9), count: 4 };

  test("one that nobody had, the lowest of them", () => {
    expect(nextEid(pool, uses({}))).toBe(9);
    expect(nextEid(pool, uses({ 9: "taken", 10: { gone: 0 } }))).toBe(11);
  });

  test("then the one that has been gone for longest", () => {
    expect(nextEid(pool, uses({ 9: { gone: 3 }, 10: "taken", 11: { gone: 1 }, 12: { gone: 2 } }))).toBe(11);
  });

  test("none when all are taken", () => {
    expect(nextEid(pool, () => "taken")).toBeUndefined();
    expect(nextRange(pool, 0, () => "free")).toBeUndefined();
    expect(nextRange(pool, 5, () => "free")).toBeUndefined();
  });

  test("several in a row: no taken one among them, and none that went lately if it can be helped", () => {
    expect(nextRange(pool, 2, uses({}))).toEqual({ first: 9, count: 2 });
    expect(nextRange(pool, 2, uses({ 10: "taken" }))).toEqual({ first: 11, count: 2 });
    expect(nextRange(pool, 2, uses({ 10: { gone: 9 }, 12: { gone: 1 } }))).toEqual({ first: 11, count: 2 });
    expect(nextRange(pool, 2, uses({ 10: "taken", 12: "taken" }))).toBeUndefined();
  });

  test("property: a range lies in the pool, and no better one does", () => {
    const use = fc.oneof(
      fc.constant<EidUse>("free"),
      fc.constant<EidUse>("taken"),
      fc.nat(50).map((gone): EidUse => ({ gone })),
    );
    const worth = (one: EidUse): number => (one === "free" ? -1 : one === "taken" ? Infinity : one.gone);
    fc.assert(
      fc.property(fc.array(use, { minLength: 1, maxLength: 30 }), fc.integer({ min: 1, max: 6 }), (given, count) => {
        const range = nextRange({ first: eid(20), count: given.length }, count, (one) => given[one - 20]!);
        const runs = given.slice(count - 1).map((_, at) => Math.max(...given.slice(at, at + count).map(worth)));
        const best = Math.min(...runs, Infinity);
        if (range === undefined) expect(best).toBe(Infinity);
        else expect([range.count, runs[range.first - 20], runs.indexOf(best)]).toEqual([count, best, range.first - 20]);
      }),
    );
  });
});
