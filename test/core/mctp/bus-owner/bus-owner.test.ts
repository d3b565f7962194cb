/** Who gets which EID, and keeps it: assignment, presence, pools of bridges, an operator's word. */
import { describe, expect, test } from "@jest/globals";
import { MISSES_TO_GONE } from "../../../../src/core/mctp/bus-owner/endpoint-record.ts";
import { eid, type Eid } from "../../../../src/core/wire/units.ts";
import { textOf, found, owner, comes, visits, presences } from "../../../support/bus-owner-bench.ts";

describe("assignment", () => {
  test("the endpoint at a port gets the EID that is kept for the port, whoever it is", () => {
    const bus = owner({ portEids: new Map([[0, eid(9)]]) });
    expect([visits(bus, 0, 1), visits(bus, 0, 2), visits(bus, 0, undefined), visits(bus, 0, 1)]).toEqual([9, 9, 9, 9]);
    expect(bus.endpoints.map(({ uuid, fixed }) => [uuid, fixed])).toEqual([[textOf(1), "port"]]);
  });

  test("an EID that is kept for a port is given at no other, and at its port to nobody while another has it", () => {
    const bus = owner({ portEids: new Map([[0, eid(9)]]) });
    expect(comes(bus, 1, 1)).toBe(10);
    bus.joined(2, found(2, 9, { accepted: false }), eid(9), undefined);
    expect([bus.provisional(0), comes(bus, 0, 3)]).toEqual([11, 11]);
    bus.left(0);
    bus.left(2);
    expect(comes(bus, 0, 3)).toBe(9);
  });

  test("an EID that is kept for a port and for a UUID is the UUID's", () => {
    const bus = owner({ portEids: new Map([[0, eid(9)]]), statics: new Map([[textOf(7), eid(9)]]) });
    expect([visits(bus, 0, 1), visits(bus, 0, 7), visits(bus, 0, 1)]).toEqual([10, 9, 10]);
  });

  test("without one, devices get EIDs of the pool, each its own, and the same when it comes back", () => {
    const bus = owner();
    expect([visits(bus, 0, 1), visits(bus, 0, 2), visits(bus, 0, 3)]).toEqual([9, 10, 11]);
    expect([visits(bus, 0, 2), visits(bus, 0, 1), visits(bus, 0, 3)]).toEqual([10, 9, 11]);
  });

  test("whoever was there last is expected again, so that it is asked once", () => {
    const bus = owner();
    visits(bus, 0, 1);
    visits(bus, 0, 2);
    visits(bus, 0, 1);
    expect(bus.provisional(0)).toBe(9);
  });

  test("when all EIDs were given, the one that has been gone for longest is given again, and its device forgotten", () => {
    const bus = owner();
    for (const index of [1, 2, 3, 4]) visits(bus, 0, index);
    visits(bus, 0, 1);
    expect(visits(bus, 0, 5)).toBe(10);
    expect(bus.findUuid(textOf(2))).toBeUndefined();
    expect(visits(bus, 0, 2)).toBe(11);
    expect(visits(bus, 0, 1)).toBe(9);
  });

  test("when all are there, there is none to give", () => {
    const bus = owner();
    for (const index of [0, 1, 2, 3]) expect(comes(bus, index, index + 1)).toBe(9 + index);
    expect(comes(bus, 4, 5)).toBe("no EID is left of the pool 9-12");
    bus.left(2);
    expect(comes(bus, 4, 5)).toBe(11);
  });

  test("a device without UUID is known by its port, and takes no other's EID", () => {
    const bus = owner();
    expect([visits(bus, 0, undefined), visits(bus, 0, 1), visits(bus, 0, undefined)]).toEqual([9, 10, 9]);
    expect(visits(bus, 1, undefined)).toBe(11);
  });

  test("an EID kept for a UUID is given to it, in the pool or not, and to nobody else", () => {
    const statics = new Map([
      [textOf(2), eid(9)],
      [textOf(3), eid(100)],
    ]);
    const bus = owner({ statics });
    expect([visits(bus, 0, 1), visits(bus, 0, 2), visits(bus, 0, 3), visits(bus, 0, 4)]).toEqual([10, 9, 100, 11]);
    expect(bus.endpoints.map(({ eid: own, fixed }) => [own, fixed])).toEqual([
      [9, "static"],
      [10, undefined],
      [11, undefined],
      [100, "static"],
    ]);
  });

  test("the bus owner's own EID is given to nobody", () => {
    const bus = owner({ own: eid(10) });
    expect([comes(bus, 0, 1), comes(bus, 1, 2), comes(bus, 2, 3)]).toEqual([9, 11, 12]);
  });

  test("a device at two ports has an EID at each", () => {
    const bus = owner();
    expect([comes(bus, 0, 1), comes(bus, 1, 1)]).toEqual([9, 10]);
    bus.left(0);
    bus.left(1);
    expect([comes(bus, 1, 1), comes(bus, 0, 1)]).toEqual([10, 9]);
  });

  test("an endpoint that insists on its EID keeps it, unless another is there under it", () => {
    const bus = owner();
    comes(bus, 0, 1);
    const insisting = (own: number) => bus.settle(1, found(2, own, { accepted: false }));
    expect(insisting(50)).toEqual({ ok: true, value: 50 });
    expect(insisting(8)).toEqual({ ok: false, reject: expect.stringContaining("the bus owner's") });
    expect(insisting(9)).toEqual({ ok: false, reject: expect.stringContaining("another endpoint has") });
    bus.left(0);
    expect(insisting(9)).toEqual({ ok: true, value: 9 });
    expect(bus.joined(1, found(2, 9, { accepted: false }), eid(9), undefined).fixed).toBe("own");
    expect(bus.findUuid(textOf(1))).toBeUndefined();
  });
});

describe("endpoints at several ports", () => {
  test.each<[string, number | undefined]>([
    ["of the same UUID, a second path to it", 1],
    ["of another UUID", 2],
    ["without UUID", undefined],
  ])("one %s that insists on the EID of one that is there has not joined", (_, index) => {
    for (const first of [1, undefined]) {
      const bus = owner();
      comes(bus, 0, first);
      expect(bus.settle(1, found(index, 9, { accepted: false }))).toEqual({
        ok: false,
        reject: "the endpoint insists on EID 9, which another endpoint has",
      });
      expect(bus.settle(0, found(index, 9, { accepted: false }))).toEqual({ ok: true, value: 9 });
    }
  });

  test("one never takes the place of another that is there: that is to be settled before", () => {
    const bus = owner({ pool: { first: eid(9), count: 20 } });
    bus.joined(0, found(1, 9), eid(9), { first: eid(12), count: 3 });
    const throws = (own: number, pool?: number) => () =>
      bus.joined(1, found(2, own), eid(own), pool === undefined ? undefined : { first: eid(pool), count: 2 });
    for (const one of [throws(9), throws(13), throws(20, 13)]) expect(one).toThrow(/at another port$/);
    expect(bus.endpoints).toMatchObject([{ eid: 9, port: 0, pool: { first: 12, count: 3 } }]);
  });

  test("an EID on its way to a port is none for others, not even in a pool", () => {
    const bus = owner();
    expect(bus.reserve(0, { first: eid(9), count: 1 })).toBe(true);
    expect(bus.reserve(0, { first: eid(9), count: 1 })).toBe(false);
    expect(() => bus.reserve(1, { first: eid(9), count: 2 })).toThrow("EID 9 is reserved for another port");
    expect([bus.provisional(0), bus.provisional(1)]).toEqual([9, 10]);
    // Of the three that it wants it gets those that are left.
    expect(bus.poolFor(1, eid(12), undefined, 3)).toEqual({ first: 10, count: 2 });
    expect(bus.isFreeFor(1, { first: eid(9), count: 1 }, undefined, eid(12))).toBe(false);
    expect(() => bus.joined(1, found(2, 9), eid(9), undefined)).toThrow("EID 9 belongs to");
    bus.release(0, { first: eid(9), count: 1 });
    expect(bus.provisional(1)).toBe(9);
  });
});

describe("presence", () => {
  test("present, silent, gone; and back with one answer", () => {
    const bus = owner();
    comes(bus, 0, 1);
    expect(presences(bus)).toEqual({ 9: "present" });
    for (let miss = 1; miss < MISSES_TO_GONE; miss++) expect(bus.missed(eid(9))).toBe("silent");
    bus.answered(eid(9));
    expect(presences(bus)).toEqual({ 9: "present" });
    for (let miss = 1; miss < MISSES_TO_GONE; miss++) expect(bus.missed(eid(9))).toBe("silent");
    expect([bus.at(0)?.eid, bus.missed(eid(9)), bus.at(0)]).toEqual([9, "gone", undefined]);
    expect(bus.missed(eid(9))).toBe("gone");
    expect(bus.missed(eid(99))).toBe("gone");
  });

  test("of those that went silent the EID is reused last of all", () => {
    const bus = owner();
    for (const index of [0, 1, 2, 3]) comes(bus, index, index + 1);
    bus.left(3);
    for (let miss = 0; miss < MISSES_TO_GONE; miss++) bus.missed(eid(9));
    bus.left(1);
    expect([comes(bus, 4, 5), comes(bus, 5, 6), comes(bus, 6, 7)]).toEqual([12, 9, 10]);
  });

  test("whoever comes to a port takes the place of who was there", () => {
    const bus = owner();
    comes(bus, 0, 1);
    comes(bus, 0, 2);
    expect(presences(bus)).toEqual({ 9: "gone", 10: "present" });
  });
});

describe("pools of bridges", () => {
  const wide = { pool: { first: eid(9), count: 20 } };

  test("EIDs in a row behind those that are taken, and the same again", () => {
    const bus = owner(wide);
    comes(bus, 0, 1);
    const bridge = comes(bus, 1, 2) as Eid;
    const range = bus.poolFor(1, bridge, textOf(2), 5);
    expect([bridge, range]).toEqual([10, { first: 11, count: 5 }]);
    bus.joined(1, found(2, 10), bridge, range);
    expect(comes(bus, 2, 3)).toBe(16);
    bus.left(1);
    expect(bus.poolFor(1, bridge, textOf(2), 5)).toEqual(range);
    expect(bus.poolFor(1, bridge, textOf(2), 6)).toEqual({ first: 17, count: 6 });
    expect(bus.poolFor(1, bridge, textOf(2), 12)).toEqual({ first: 17, count: 12 });
    expect(bus.poolFor(1, bridge, textOf(2), 13)).toEqual({ first: 17, count: 12 });
  });

  test("a pool that a bridge has from elsewhere is left to it if nobody else is concerned", () => {
    const bus = owner(wide);
    comes(bus, 0, 1);
    const held = (first: number, count: number) => bus.isFreeFor(1, { first: eid(first), count }, textOf(2), eid(10));
    expect([held(12, 4), held(9, 2), held(8, 2), held(10, 2), held(100, 3)]).toEqual([true, false, false, false, true]);
  });

  test("who takes an EID of a gone bridge's pool takes the pool from it, and not more", () => {
    const bus = owner({ pool: { first: eid(9), count: 3 } });
    bus.joined(0, found(1, 9), eid(9), { first: eid(10), count: 2 });
    bus.left(0);
    expect(comes(bus, 1, 2)).toBe(9);
    bus.left(1);
    expect(comes(bus, 1, 3)).toBe(10);
    expect(bus.findUuid(textOf(1))).toBeUndefined();
  });
});

describe("an operator's assignment", () => {
  test("it holds against the port's EID and the memory, across restarts", () => {
    const portEids = new Map([[0, eid(9)]]);
    const bus = owner({ portEids });
    comes(bus, 0, 1);
    expect(bus.judgeAssignment(eid(30), { uuid: textOf(1), current: eid(9) })).toBeUndefined();
    bus.pin(eid(30), { current: eid(9) });
    expect(bus.endpoints).toMatchObject([{ eid: 30, presence: "present", pinned: true, fixed: "pinned" }]);
    bus.left(0);
    expect([visits(bus, 0, 1), visits(bus, 0, 2), visits(bus, 0, 1)]).toEqual([30, 9, 30]);
    const again = owner({ portEids }, bus);
    expect([visits(again, 0, 1), visits(again, 0, 2)]).toEqual([30, 9]);
  });

  test("an endpoint that never came gets it when it comes; nobody else does meanwhile", () => {
    const bus = owner();
    expect(bus.judgeAssignment(eid(9), { uuid: textOf(7) })).toBeUndefined();
    bus.pin(eid(9), { uuid: textOf(7) });
    expect([visits(bus, 0, 1), visits(bus, 0, 2), visits(bus, 0, 7)]).toEqual([10, 11, 9]);
  });

  test("an endpoint without UUID keeps it at its port", () => {
    const bus = owner({ portEids: new Map([[0, eid(9)]]) });
    comes(bus, 0, undefined);
    bus.pin(eid(30), { current: eid(9) });
    bus.left(0);
    expect(visits(bus, 0, undefined)).toBe(30);
  });

  test("a bridge that is gone may be given an EID of its pool, and loses the pool", () => {
    const bus = owner();
    bus.joined(0, found(1, 9), eid(9), { first: eid(10), count: 2 });
    bus.left(0);
    expect(bus.judgeAssignment(eid(11), { uuid: textOf(1), current: eid(9) })).toBeUndefined();
    bus.pin(eid(11), { current: eid(9) });
    expect(bus.endpoints).toMatchObject([{ eid: 11, pool: undefined }]);
  });

  test("what cannot be assigned, and why", () => {
    const bus = owner({ pool: { first: eid(9), count: 20 }, statics: new Map([[textOf(5), eid(50)]]) });
    comes(bus, 0, 1);
    bus.joined(1, found(2, 10), eid(10), { first: eid(12), count: 3 });
    bus.pin(eid(40), { uuid: textOf(6) });
    visits(bus, 2, 3);
    const judge = (own: number, target: { uuid?: string; current?: Eid }) => bus.judgeAssignment(eid(own), target);
    const first = { uuid: textOf(1), current: eid(9) };
    expect(judge(8, first)).toContain("the bus owner's own");
    expect(judge(50, first)).toBe(`EID 50 is kept for UUID ${textOf(5)}`);
    expect(judge(10, first)).toBe(`EID 10 is that of UUID ${textOf(2)}`);
    expect(judge(13, first)).toContain("in the pool of the bridge with EID 10");
    expect(judge(13, { uuid: textOf(2), current: eid(10) })).toContain("in the pool of the bridge with EID 10");
    expect(judge(40, first)).toBe(`EID 40 is kept for UUID ${textOf(6)}`);
    expect(judge(51, { uuid: textOf(5) })).toContain("by configuration");
    // Its own, a gone endpoint's, one that nobody has.
    for (const own of [9, 11, 60]) expect(judge(own, first)).toBeUndefined();
  });
});
