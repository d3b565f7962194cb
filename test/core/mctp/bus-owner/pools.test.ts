/** EIDs for what is behind bridges: fixed by configuration, or what is left of the pool. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { BusOwner } from "../../../../src/core/mctp/bus-owner/bus-owner.ts";
import type { BusOwnerConfig } from "../../../../src/core/mctp/bus-owner/config.ts";
import { eidsOf } from "../../../../src/core/mctp/bus-owner/memory.ts";
import { eid, type Eid } from "../../../../src/core/wire/units.ts";
import { comes, found, owner, textOf, visits } from "../../../support/bus-owner-bench.ts";

const WIDE = { pool: { first: eid(9), count: 20 } };

/** A bridge comes to a port, and gets what it wants as far as there is some. */
function bridges(bus: BusOwner, port: number, index: number, wanted: number): readonly number[] {
  const own = comes(bus, port, index) as Eid;
  const pool = bus.poolFor(port, own, textOf(index), wanted);
  bus.joined(port, found(index, own), own, pool);
  return eidsOf(pool);
}

const numbers = (first: number, last: number): readonly number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

describe("--static-pool keeps EIDs for what is behind one bridge", () => {
  const fixed = (first: number, count: number, port?: number): Partial<BusOwnerConfig> => ({
    ...WIDE,
    staticPools: new Map([[textOf(1), { first: eid(first), count, port }]]),
  });

  test.each([
    ["as many as there are", 10, 10],
    ["as many as it wants, where that is less", 4, 4],
    ["no more than there are", 16, 10],
  ])("the bridge gets %s", (_, wanted, count) => {
    const bus = owner(fixed(20, 10));
    expect(bridges(bus, 0, 1, wanted)).toEqual(numbers(20, 19 + count));
    expect(bus.isStaticPool({ first: eid(20), count })).toBe(true);
    expect(bus.refusals.counters.poolsCut).toBe(wanted > 10 ? 1 : 0);
  });

  test("outside the pool, too, and again after a restart, with nothing said", () => {
    const bus = owner(fixed(100, 5));
    expect(bridges(bus, 0, 1, 5)).toEqual(numbers(100, 104));
    const again = owner(fixed(100, 5), bus);
    expect([again.forgotten, bridges(again, 0, 1, 5)]).toEqual([[], numbers(100, 104)]);
  });

  test("no other gets one of them: not as its own, not in a pool, not by insisting, not by an operator", () => {
    const bus = owner(fixed(12, 5));
    expect([comes(bus, 0, 2), comes(bus, 1, 3), comes(bus, 2, 4), comes(bus, 3, 5)]).toEqual([9, 10, 11, 17]);
    expect(bridges(bus, 4, 6, 30).filter((one) => one >= 12 && one <= 16)).toEqual([]);
    expect(bus.settle(5, found(7, 14, { accepted: false }))).toEqual({
      ok: false,
      reject: `the endpoint insists on EID 14, which is kept for the pool of UUID ${textOf(1)}`,
    });
    expect(bus.judgeAssignment(eid(14), { uuid: textOf(7) })).toBe(`EID 14 is kept for the pool of UUID ${textOf(1)}`);
    expect(bus.isFreeFor(5, { first: eid(14), count: 2 }, textOf(7), eid(40))).toBe(false);
    expect(bus.mayKeep(5, eid(14), textOf(7))).toBe(false);
  });

  test("at its port alone where one is named: at another the UUID gets EIDs of the pool, and is counted", () => {
    const bus = owner({ ...fixed(12, 5, 1), ports: 2 });
    expect(bridges(bus, 0, 1, 3).some((one) => one >= 12 && one <= 16)).toBe(false);
    expect(bus.refusals.counters.uuidsElsewhere).toBeGreaterThan(0);
    bus.left(0);
    expect(bridges(bus, 1, 1, 3)).toEqual([12, 13, 14]);
  });

  test("a second bridge with that UUID gets none of them while the first one is there", () => {
    const bus = owner(fixed(12, 5));
    bridges(bus, 0, 1, 5);
    const own = comes(bus, 1, 1) as Eid;
    expect(bus.poolFor(1, own, textOf(1), 5)).toBeUndefined();
  });

  test("a pool that it holds of before is left to it only where it is the fixed one", () => {
    const bus = owner(fixed(12, 5));
    const own = comes(bus, 0, 1) as Eid;
    const holds = (first: number, count: number): boolean =>
      bus.isFreeFor(0, { first: eid(first), count }, textOf(1), own, 5);
    expect([holds(12, 5), holds(12, 3), holds(20, 5), holds(13, 4)]).toEqual([true, false, false, false]);
  });

  test("what a state file has against it is forgotten, in a line each", () => {
    const before = owner(WIDE);
    visits(before, 0, 2);
    bridges(before, 1, 3, 4);
    before.left(1);
    bridges(before, 2, 1, 3);
    expect(owner(fixed(9, 3), before).forgotten).toEqual([
      `EID 9 of UUID ${textOf(2)} is forgotten: EID 9 is kept for the pool of UUID ${textOf(1)}`,
      `EID 10 of UUID ${textOf(3)} is forgotten: EID 10 is kept for the pool of UUID ${textOf(1)}`,
      `the EIDs 16-18 of the bridge with EID 15 are freed: that has the EIDs 9-11 by configuration`,
    ]);
  });
});

describe("DSP0236 12.10: where less is left than a bridge wants, it gets what is left", () => {
  test("the longest row, and why is told", () => {
    const bus = owner(WIDE);
    for (const [port, index] of [2, 3, 4].entries()) comes(bus, port, index);
    expect(bridges(bus, 3, 1, 244)).toEqual(numbers(13, 28));
    expect(bus.whyShort(3, textOf(1), 244)).toMatch(/^no longer row of EIDs is left/);
    expect(bus.refusals.counters.poolsCut).toBe(1);
    expect(bridges(bus, 4, 5, 2)).toEqual([]);
  });

  test("which it keeps when it comes back, unless there is a longer one by then", () => {
    const bus = owner({ pool: { first: eid(9), count: 10 } });
    comes(bus, 1, 2);
    expect(bridges(bus, 0, 1, 12)).toEqual(numbers(11, 18));
    bus.left(0);
    expect(bridges(bus, 0, 1, 12)).toEqual(numbers(11, 18));
    bus.left(0);
    // Behind what it has are more by then: it keeps the first ones.
    const wider = owner({ pool: { first: eid(9), count: 30 } }, bus);
    expect(bridges(wider, 0, 1, 12)).toEqual(numbers(11, 22));
  });

  test("never an EID of another, and all that it wants where there are so many in a row", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 9, max: 28 }), { maxLength: 12 }),
        fc.integer({ min: 1, max: 30 }),
        (taken, wanted) => {
          const bus = owner(WIDE);
          for (const [index, own] of taken.entries()) {
            bus.joined(1 + index, found(50 + index, own, { accepted: false }), eid(own), undefined);
          }
          const own = comes(bus, 0, 1);
          if (typeof own === "string") return;
          const pool = eidsOf(bus.poolFor(0, own, textOf(1), wanted));
          expect(pool.filter((one) => taken.includes(one) || one === own)).toEqual([]);
          let [run, longest] = [0, 0];
          for (const one of numbers(9, 28)) {
            run = taken.includes(one) || one === own ? 0 : run + 1;
            longest = Math.max(longest, run);
          }
          expect(pool).toHaveLength(Math.min(wanted, longest));
        },
      ),
    );
  });
});

describe("an endpoint is forgotten", () => {
  test("its EID, an operator's word and the pool of a bridge are free", () => {
    const bus = owner({ pool: { first: eid(9), count: 4 } });
    bridges(bus, 0, 1, 3);
    bus.pin(eid(9), { current: eid(9) });
    bus.left(0);
    expect(comes(bus, 1, 2)).toBe(bus.exhausted);
    bus.forget(eid(9));
    expect([bus.endpoints, comes(bus, 1, 2)]).toEqual([[], 9]);
    expect(bus.memory.map(({ uuid }) => uuid)).toEqual([textOf(2)]);
  });
});
