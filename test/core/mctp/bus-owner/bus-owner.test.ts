import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { BusOwner, MISSES_TO_GONE } from "../../../../src/core/mctp/bus-owner/bus-owner.ts";
import type { EndpointRecord } from "../../../../src/core/mctp/bus-owner/endpoint-record.ts";
import type { BusOwnerConfig } from "../../../../src/core/mctp/bus-owner/config.ts";
import type { DiscoveredEndpoint } from "../../../../src/core/mctp/bus-owner/discovery.ts";
import { nextEid, nextRange, type EidUse } from "../../../../src/core/mctp/bus-owner/eid-pool.ts";
import {
  decodeMemory,
  eidsOf,
  encodeMemory,
  type RememberedEndpoint,
} from "../../../../src/core/mctp/bus-owner/memory.ts";
import { uuidText } from "../../../../src/core/mctp/control/identifiers.ts";
import { eid, type Eid } from "../../../../src/core/wire/units.ts";

/** The UUID of device number `index`. */
function uuidOf(index: number): Uint8Array {
  return Uint8Array.from({ length: 16 }, () => index);
}
const textOf = (index: number): string => uuidText(uuidOf(index));

/** A device, or one without UUID, that took the EID that it was given. */
function found(index: number | undefined, own: number, changes: Partial<DiscoveredEndpoint> = {}): DiscoveredEndpoint {
  return {
    eid: eid(own),
    accepted: true,
    pool: "none",
    poolSize: 0,
    controlVersions: [0xf1f3f100],
    messageTypes: [1],
    uuid: index === undefined ? undefined : uuidOf(index),
    ...changes,
  };
}

function owner(changes: Partial<BusOwnerConfig> = {}, before?: BusOwner): BusOwner {
  const config = {
    own: eid(8),
    pool: { first: eid(9), count: 4 },
    statics: new Map(),
    portEids: new Map(),
    ...changes,
  };
  return new BusOwner(config, before?.memory);
}

/** A device comes to a port; gives the EID that it has then. */
function comes(bus: BusOwner, port: number, index: number | undefined): Eid | string {
  const provisional = bus.provisional(port);
  if (provisional === undefined) return bus.exhausted;
  const device = found(index, provisional);
  const settled = bus.settle(port, device);
  if (!settled.ok) return settled.reject;
  bus.joined(port, device, settled.value, undefined);
  return settled.value;
}

function visits(bus: BusOwner, port: number, index: number | undefined): Eid | string {
  const own = comes(bus, port, index);
  bus.left(port);
  return own;
}

function presences(bus: BusOwner): Record<number, string> {
  return Object.fromEntries(bus.endpoints.map(({ eid: own, presence }) => [own, presence]));
}

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
    expect([bus.provisional(0), bus.provisional(1), bus.poolFor(1, eid(12), undefined, 3)]).toEqual([9, 10, undefined]);
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
    expect(bus.poolFor(1, bridge, textOf(2), 13)).toBeUndefined();
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

describe("memory", () => {
  test("as text, and back: who went first is reused first", () => {
    const bus = owner();
    for (const index of [1, 2, 3]) visits(bus, 0, index);
    visits(bus, 0, 1);
    const text = encodeMemory(bus.memory);
    expect(decodeMemory(text)).toEqual({ ok: true, value: bus.memory });
    const again = owner({}, bus);
    expect(presences(again)).toEqual({ 9: "gone", 10: "gone", 11: "gone" });
    expect([visits(again, 0, 4), visits(again, 0, 5)]).toEqual([12, 10]);
  });

  test("who was there when the owner ended is expected again", () => {
    const bus = owner();
    comes(bus, 0, 1);
    comes(bus, 1, 2);
    const again = owner({}, bus);
    expect([again.provisional(0), again.provisional(1), comes(again, 1, 2), comes(again, 0, 1)]).toEqual([
      9, 10, 10, 9,
    ]);
  });

  test("what is no longer this owner's to give is forgotten, but for an operator's word", () => {
    const bus = owner();
    for (const index of [1, 2, 3]) visits(bus, 0, index);
    bus.pin(eid(10), { uuid: textOf(2) });
    const again = owner({ own: eid(11), pool: { first: eid(20), count: 5 } }, bus);
    expect(presences(again)).toEqual({ 10: "gone" });
    expect([visits(again, 0, 2), visits(again, 0, 1)]).toEqual([10, 20]);
  });

  const remembered = (changes: Partial<RememberedEndpoint>): RememberedEndpoint => ({
    eid: eid(20),
    port: 0,
    uuid: textOf(1),
    pool: undefined,
    pinned: false,
    ...changes,
  });
  const recalled = (one: Partial<RememberedEndpoint>, changes: Partial<BusOwnerConfig>): BusOwner =>
    new BusOwner({ ...owner().config, pool: { first: eid(20), count: 20 }, ...changes }, [remembered(one)]);
  const STATIC = { statics: new Map([[textOf(2), eid(25)]]) };

  test.each<[string, Partial<RememberedEndpoint>, Partial<BusOwnerConfig>, string]>([
    ["another UUID's", { eid: eid(25), pinned: true }, STATIC, `EID 25 is kept for UUID ${textOf(2)}`],
    [
      "another port's",
      { eid: eid(9), port: 1 },
      { portEids: new Map([[0, eid(9)]]) },
      "EID 9 is kept for the endpoint at port 0",
    ],
    ["the bus owner's", { eid: eid(8), pinned: true }, {}, "it is the bus owner's own"],
    ["none of the pool", { eid: eid(99) }, {}, "it is not of the pool 20-39"],
    ["that of a UUID of zeros", { uuid: textOf(0) }, {}, "that UUID tells no endpoint apart"],
    ["that of a UUID of ones", { uuid: textOf(0xff) }, {}, "that UUID tells no endpoint apart"],
  ])("an EID that is now %s is forgotten, and that is said", (_, one, changes, why) => {
    const bus = recalled(one, changes);
    const { eid: own, uuid } = remembered(one);
    expect([bus.endpoints, bus.forgotten]).toEqual([[], [`EID ${String(own)} of UUID ${uuid!} is forgotten: ${why}`]]);
  });

  test("an operator's word gives way to a configured EID of the same endpoint or the same port", () => {
    const configured = recalled({ pinned: true }, { statics: new Map([[textOf(1), eid(30)]]) });
    expect(configured.forgotten).toEqual([
      `EID 20 is not kept for UUID ${textOf(1)} any more: that has EID 30 by configuration`,
    ]);
    expect(comes(configured, 0, 1)).toBe(30);
    const atPort = recalled({ pinned: true }, { portEids: new Map([[0, eid(20)]]) });
    expect(atPort.forgotten).toEqual([
      `EID 20 is not kept for UUID ${textOf(1)} any more: EID 20 is kept for the endpoint at port 0`,
    ]);
    expect(comes(atPort, 0, 3)).toBe(20);
  });

  test.each<[string, number, Partial<BusOwnerConfig>, string]>([
    ["a configured EID", 21, STATIC, `EID 25 is kept for UUID ${textOf(2)}`],
    ["a port's EID", 21, { portEids: new Map([[1, eid(22)]]) }, "EID 22 is kept for the endpoint at port 1"],
    ["the bus owner's EID", 21, { own: eid(23) }, "EID 23 is the bus owner's own"],
    ["an EID that is not of the pool", 37, {}, "EID 40 is not of the pool 20-39"],
  ])("a bridge's pool with %s is given anew", (_, first, changes, why) => {
    const bus = recalled({ pool: { first: eid(first), count: 6 } }, changes);
    expect(bus.endpoints).toMatchObject([{ eid: 20, pool: undefined }]);
    expect(bus.forgotten).toEqual([
      `the EIDs ${String(first)}-${String(first + 5)} of the bridge with EID 20 are freed: ${why}`,
    ]);
    const again = bus.poolFor(0, eid(20), textOf(1), 6)!;
    const others = [bus.config.own, ...bus.config.statics.values(), ...bus.config.portEids.values()];
    expect(eidsOf(again).filter((one) => others.includes(one))).toEqual([]);
    expect(again.first + again.count).toBeLessThanOrEqual(40);
  });

  test("what the configuration allows is kept without a word", () => {
    const statics = new Map([[textOf(1), eid(50)]]);
    const pool = { first: eid(21), count: 4 };
    for (const one of [{ pinned: true, eid: eid(50) }, { eid: eid(50) }]) {
      const bus = recalled({ ...one, pool }, { statics });
      expect([bus.forgotten, bus.memory]).toEqual([[], [remembered({ ...one, pool })]]);
    }
    expect(recalled({ pinned: true, eid: eid(99) }, {}).forgotten).toEqual([]);
  });

  test.each<[string, string]>([
    ["", "not JSON"],
    ['{"version":1,"endpoints":[', "not JSON"],
    ["[]", "not an object"],
    ["null", "not an object"],
    ["{}", "no version"],
    ['{"version":"1"}', "no version"],
    ['{"version":1}', "no list"],
    ['{"version":1,"endpoints":{}}', "no list"],
    ['{"version":1,"endpoints":[7]}', "endpoint 1 of the list is none"],
    ['{"version":1,"endpoints":[{"eid":7,"port":0,"uuid":null,"pool":null,"pinned":false}]}', "is none"],
    ['{"version":1,"endpoints":[{"eid":9,"port":-1,"uuid":null,"pool":null,"pinned":false}]}', "is none"],
    ['{"version":1,"endpoints":[{"eid":9,"port":0,"uuid":"12","pool":null,"pinned":false}]}', "is none"],
    ['{"version":1,"endpoints":[{"eid":9,"port":0,"pool":null,"pinned":false}]}', "is none"],
    ['{"version":1,"endpoints":[{"eid":9,"port":0,"uuid":null,"pool":null}]}', "is none"],
    [
      '{"version":1,"endpoints":[{"eid":9,"port":0,"uuid":null,"pool":{"first":250,"count":9},"pinned":false}]}',
      "is none",
    ],
    [
      '{"version":1,"endpoints":[{"eid":9,"port":0,"uuid":null,"pool":null,"pinned":false},{"eid":9,"port":1,"uuid":null,"pool":null,"pinned":false}]}',
      "endpoint 2 of the list has an EID that another has",
    ],
  ])("%p is damaged", (text, why) => {
    expect(decodeMemory(text)).toEqual({ ok: false, reject: { why: "damaged", text: expect.stringContaining(why) } });
  });

  test("another version is no damage", () => {
    expect(decodeMemory('{"version":2,"endpoints":[]}')).toEqual({
      ok: false,
      reject: { why: "version", text: "its format has version 2, this program reads version 1" },
    });
  });

  test("property: any text is read without complaint; every cut of a memory is damaged", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const read = decodeMemory(text);
        if (read.ok) expect(decodeMemory(encodeMemory(read.value))).toEqual(read);
      }),
    );
    const bus = owner();
    visits(bus, 0, 1);
    const text = encodeMemory(bus.memory).trimEnd();
    for (let length = 0; length < text.length; length++) {
      expect(decodeMemory(text.slice(0, length))).toMatchObject({ ok: false, reject: { why: "damaged" } });
    }
  });
});

describe("properties of a bus owner's life", () => {
  type Move =
    | { readonly kind: "comes"; readonly port: number; readonly device: number }
    | { readonly kind: "bridge"; readonly port: number; readonly device: number; readonly wants: number }
    | { readonly kind: "leaves"; readonly port: number }
    | { readonly kind: "misses"; readonly eid: number }
    | { readonly kind: "assign"; readonly device: number; readonly eid: number }
    | { readonly kind: "restart" };

  const port = fc.nat(3);
  const device = fc.integer({ min: 1, max: 9 });
  const move: fc.Arbitrary<Move> = fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant("comes" as const), port, device }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant("bridge" as const),
        port,
        device,
        wants: fc.integer({ min: 1, max: 4 }),
      }),
    },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("leaves" as const), port }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("misses" as const), eid: fc.integer({ min: 9, max: 16 }) }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant("assign" as const), device, eid: fc.integer({ min: 8, max: 20 }) }),
    },
    { weight: 1, arbitrary: fc.constant({ kind: "restart" as const }) },
  );

  function step(bus: BusOwner, one: Move): BusOwner {
    switch (one.kind) {
      case "comes":
        comes(bus, one.port, one.device);
        return bus;
      case "bridge": {
        const own = comes(bus, one.port, one.device);
        if (typeof own === "string") return bus;
        const range = bus.poolFor(one.port, own, textOf(one.device), one.wants);
        bus.joined(one.port, found(one.device, own), own, range);
        return bus;
      }
      case "leaves":
        bus.left(one.port);
        return bus;
      case "misses":
        bus.missed(eid(one.eid));
        return bus;
      case "assign": {
        const known = bus.findUuid(textOf(one.device));
        const target =
          known === undefined ? { uuid: textOf(one.device) } : { uuid: textOf(one.device), current: known.eid };
        if (bus.judgeAssignment(eid(one.eid), target) === undefined) {
          bus.pin(eid(one.eid), known === undefined ? { uuid: textOf(one.device) } : { current: known.eid });
        }
        return bus;
      }
      case "restart":
        return new BusOwner(bus.config, bus.memory);
    }
  }

  function check(bus: BusOwner): void {
    const eids = bus.endpoints.flatMap(({ eid: own, pool }) => [own, ...eidsOf(pool)]);
    expect(new Set(eids).size).toBe(eids.length);
    expect(eids).not.toContain(bus.config.own);
    const here = bus.endpoints.filter(({ presence }) => presence !== "gone");
    expect(new Set(here.map((record) => record.port)).size).toBe(here.length);
    const identities = bus.endpoints.map(({ uuid, port: at }) => `${String(uuid)} ${String(at)}`);
    expect(new Set(identities).size).toBe(identities.length);
    for (const [uuid, kept] of bus.config.statics) {
      for (const record of bus.endpoints) if (record.eid === kept) expect(record.uuid).toBe(uuid);
    }
    expect(decodeMemory(encodeMemory(bus.memory))).toEqual({ ok: true, value: bus.memory });
  }

  const configs = fc.constantFrom<Partial<BusOwnerConfig>>(
    {},
    { pool: { first: eid(8), count: 8 } },
    { statics: new Map([[textOf(1), eid(9)]]), pool: { first: eid(9), count: 8 } },
    { portEids: new Map([[0, eid(9)]]), pool: { first: eid(9), count: 8 } },
  );

  test("no EID has two holders, no port two endpoints, no EID of another is given; all of it is remembered", () => {
    fc.assert(
      fc.property(configs, fc.array(move, { maxLength: 40 }), (config, moves) => {
        let bus = owner(config);
        for (const one of moves) {
          const pinned = bus.endpoints.filter((record: EndpointRecord) => record.pinned).map(({ uuid }) => uuid);
          bus = step(bus, one);
          check(bus);
          // An operator's word is not lost to a device that merely comes.
          if (one.kind === "comes") {
            expect(
              bus.endpoints
                .filter((record) => record.pinned)
                .map(({ uuid }) => uuid)
                .sort(),
            ).toEqual(pinned.sort());
          }
        }
      }),
      {
        numRuns: 400,
        // An operator gives an EID that is kept for port 0 to an endpoint that then comes to port 1.
        examples: [
          [
            { portEids: new Map([[0, eid(9)]]), pool: { first: eid(9), count: 8 } },
            [
              { kind: "assign", device: 9, eid: 9 },
              { kind: "comes", port: 1, device: 9 },
            ],
          ],
        ],
      },
    );
  });

  test("a device that comes back before the pool has run out has its EID again", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([1, 2, 3, 4], { minLength: 1 }), fc.array(fc.nat(3)), (devices, order) => {
        let bus = owner();
        const first = new Map(devices.map((one) => [one, visits(bus, 0, one)]));
        expect(new Set(first.values()).size).toBe(devices.length);
        for (const index of order) {
          const one = devices[index % devices.length]!;
          bus = owner({}, bus);
          expect(visits(bus, index, one)).toBe(first.get(one));
        }
      }),
    );
  });
});

describe("what one port can take from the others", () => {
  const POOL = { first: eid(9), count: 40 };
  const shared = (changes: Partial<BusOwnerConfig> = {}): BusOwner => owner({ pool: POOL, ports: 2, ...changes });

  test("a bridge that wants 244 EIDs gets the share of its port, and endpoints at the other port theirs", () => {
    const bus = shared();
    const bridge = comes(bus, 0, 1) as Eid;
    const pool = bus.poolFor(0, bridge, textOf(1), 244)!;
    expect(pool).toEqual({ first: 10, count: 19 });
    bus.joined(0, found(1, bridge), bridge, pool);
    for (let index = 2; index < 22; index++) expect(typeof visits(bus, 1, index)).toBe("number");
    expect(bus.endpoints.filter(({ port }) => port === 1)).toHaveLength(20);
    // It comes back, and has what it had.
    bus.left(0);
    bus.joined(0, found(1, bridge), bridge, bus.poolFor(0, bridge, textOf(1), 244));
    expect(bus.at(0)?.pool).toEqual(pool);
  });

  test("a bridge that says to hold 244 EIDs already is not believed", () => {
    const bus = shared();
    const bridge = comes(bus, 0, 1) as Eid;
    expect(bus.isFreeFor(0, { first: eid(10), count: 39 }, textOf(1), bridge)).toBe(false);
    expect(bus.isFreeFor(0, { first: eid(10), count: 19 }, textOf(1), bridge)).toBe(true);
  });

  test("UUIDs that rotate use up the share of their port: an absent endpoint of another port keeps its EID", () => {
    const bus = shared();
    const absent = visits(bus, 1, 200) as Eid;
    for (let index = 1; index <= 150; index++) expect(typeof visits(bus, 0, index)).toBe("number");
    expect(bus.endpoints.filter(({ port }) => port === 0)).toHaveLength(20);
    expect(visits(bus, 1, 200)).toBe(absent);
    // Nor by bridges that come and go under new UUIDs.
    for (let index = 1; index <= 20; index++) {
      const bridge = comes(bus, 0, index) as Eid;
      const pool = bus.poolFor(0, bridge, textOf(index), 244);
      bus.joined(0, found(index, bridge), bridge, pool);
      bus.left(0);
    }
    expect(visits(bus, 1, 200)).toBe(absent);
    for (let index = 201; index < 220; index++) expect(typeof visits(bus, 1, index)).toBe("number");
  });

  test("an endpoint that insists on a new EID each time has the oldest of its own port forgotten", () => {
    const bus = shared();
    const absent = visits(bus, 1, 200) as Eid;
    for (let own = 10; own < 49; own++) {
      const device = found(own, own, { accepted: false });
      const settled = bus.settle(0, device);
      expect(settled).toEqual({ ok: true, value: own });
      bus.joined(0, device, eid(own), undefined);
      bus.left(0);
    }
    expect(bus.endpoints.filter(({ port }) => port === 0).map(({ eid: own }) => own)).toEqual(
      Array.from({ length: 20 }, (_, index) => 29 + index),
    );
    expect(bus.find(absent)?.uuid).toBe(textOf(200));
  });

  test.each<[string, Partial<BusOwnerConfig>, (bus: BusOwner) => void, RegExp]>([
    ["kept for a UUID", { statics: new Map([[textOf(7), eid(30)]]) }, () => undefined, /kept for UUID/],
    ["kept for another port", { portEids: new Map([[1, eid(30)]]) }, () => undefined, /the endpoint at another port/],
    [
      "pinned by an operator",
      {},
      (bus) => {
        bus.pin(eid(30), { uuid: textOf(7) });
      },
      /kept for UUID/,
    ],
    [
      "remembered at another port",
      {},
      (bus) => {
        bus.joined(1, found(7, 30), eid(30), undefined);
        bus.left(1);
      },
      /kept for UUID/,
    ],
  ])("an EID that is %s is refused to one that insists on it before its owner comes", (_, config, prepare, why) => {
    const bus = shared(config);
    prepare(bus);
    expect(bus.settle(0, found(5, 30, { accepted: false }))).toEqual({ ok: false, reject: expect.stringMatching(why) });
    expect(bus.settle(0, found(undefined, 30, { accepted: false })).ok).toBe(false);
  });

  test("who shows the UUID of one that is there, at another port, does not get its EID", () => {
    const bus = shared();
    const own = comes(bus, 1, 7) as Eid;
    const forged = comes(bus, 0, 7);
    expect(forged).not.toBe(own);
    expect([bus.find(own)?.port, bus.find(own)?.presence]).toEqual([1, "present"]);
    // An EID that is configured for a port is not had elsewhere by the UUID of who was there last.
    const kept = shared({ portEids: new Map([[1, eid(30)]]) });
    expect(visits(kept, 1, 7)).toBe(30);
    expect(comes(kept, 0, 7)).not.toBe(30);
    expect(comes(kept, 1, 7)).toBe(30);
  });

  describe("LPC-MCTP-23 who shows the UUID of an endpoint of another port", () => {
    const lines = (bus: BusOwner): string[] => {
      const told: string[] = [];
      bus.refusals.onFirst = (line) => told.push(line);
      return told;
    };

    test("LPC-MCTP-23: which is absent, gets an EID of its own port, each time it comes; counted, and told once", () => {
      const bus = shared();
      const told = lines(bus);
      const absent = visits(bus, 1, 7) as Eid;
      const forged = visits(bus, 0, 7);
      expect(forged).not.toBe(absent);
      expect(visits(bus, 0, 7)).toBe(forged);
      expect(bus.refusals.counters.uuidsElsewhere).toBe(2);
      expect(told).toEqual([
        `The endpoint at port 0 shows UUID ${textOf(7)}, which EID 9 has at port 1: here it has EID 10 (LPC-MCTP-23)`,
      ]);
      // Nor does it take the EID by insisting on it, or over a tool that set it there.
      expect(bus.settle(0, found(7, absent, { accepted: false })).ok).toBe(false);
      comes(bus, 0, 7);
      expect(bus.moved(0, absent)).toBe("EID 9 is kept for another port");
      expect(comes(bus, 1, 7)).toBe(absent);
      expect(bus.refusals.counters.eidsRefused).toBe(1);
    });

    test("LPC-MCTP-23: which an operator gave an EID there, does not get it, neither now nor after a restart", () => {
      const bus = shared();
      bus.pin(eid(30), { uuid: textOf(7) });
      // It was never here: the port that it comes to first is its own.
      expect(visits(bus, 1, 7)).toBe(30);
      expect(visits(bus, 0, 7)).not.toBe(30);
      const again = new BusOwner(bus.config, bus.memory);
      expect([visits(again, 0, 7) === 30, visits(again, 1, 7)]).toEqual([false, 30]);
    });

    test("LPC-MCTP-23: for which --static keeps an EID at that port, gets one of the pool; at its port it gets its own", () => {
      const statics = new Map([[textOf(7), eid(30)]]);
      const bus = shared({ statics, staticPorts: new Map([[textOf(7), 1]]) });
      const told = lines(bus);
      expect(visits(bus, 0, 7)).toBe(9);
      expect(told).toEqual([
        `The endpoint at port 0 shows UUID ${textOf(7)}, which --static keeps for another port: here it has EID 9 (LPC-MCTP-23)`,
      ]);
      expect(bus.settle(0, found(7, 30, { accepted: false }))).toEqual({
        ok: false,
        reject: `the endpoint insists on EID 30, which is kept for UUID ${textOf(7)} at port 1`,
      });
      expect([visits(bus, 1, 7), visits(bus, 0, 7)]).toEqual([30, 9]);
      expect(bus.judgeAssignment(eid(30), { uuid: textOf(7), current: eid(9) })).toMatch(/kept for UUID .* at port 1$/);
      expect(bus.judgeAssignment(eid(31), { uuid: textOf(7), current: eid(9) })).toBeUndefined();
      // An assignment that was remembered at the other port gives way to the configuration.
      const moved = new BusOwner(bus.config, [
        { eid: eid(30), port: 0, uuid: textOf(7), pool: undefined, pinned: false },
      ]);
      expect(moved.forgotten).toEqual([
        `EID 30 of UUID ${textOf(7)} is forgotten: EID 30 is kept for UUID ${textOf(7)} at port 1`,
      ]);
    });

    test("LPC-MCTP-23: for which --static keeps an EID without a port, gets it where it comes", () => {
      const bus = shared({ statics: new Map([[textOf(7), eid(30)]]) });
      expect([visits(bus, 1, 7), visits(bus, 0, 7), visits(bus, 1, 7)]).toEqual([30, 30, 30]);
      expect(bus.refusals.counters.uuidsElsewhere).toBe(0);
    });
  });

  test("an absent endpoint of another port keeps its EID also where no other is left", () => {
    const bus = shared({ pool: { first: eid(9), count: 5 } });
    const absent = [visits(bus, 1, 200), visits(bus, 1, 201)];
    for (let index = 1; index <= 20; index++) expect(absent).not.toContain(visits(bus, 0, index));
    expect([visits(bus, 1, 200), visits(bus, 1, 201)]).toEqual(absent);
    expect(bus.refusals.counters.endpointsForgotten).toBe(18);
  });

  test("EIDs that the configuration keeps are no port's share", () => {
    const kept = new Map([3, 4, 5, 6].map((index) => [textOf(index), eid(8 + index)] as const));
    const bus = shared({ pool: { first: eid(9), count: 8 }, statics: kept });
    for (const port of [0, 1]) {
      const given = [1, 2].map((index) => visits(bus, port, 100 * port + index));
      expect(given.every((one) => typeof one === "number")).toBe(true);
    }
  });

  test("with one port there is nothing to share: it has all of the pool", () => {
    const bus = owner({ pool: POOL });
    const bridge = comes(bus, 0, 1) as Eid;
    expect(bus.poolFor(0, bridge, textOf(1), 39)).toEqual({ first: 10, count: 39 });
  });
});
