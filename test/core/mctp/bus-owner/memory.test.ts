/** What a bus owner remembers, as text and back. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { BusOwner } from "../../../../src/core/mctp/bus-owner/bus-owner.ts";
import type { BusOwnerConfig } from "../../../../src/core/mctp/bus-owner/config.ts";
import {
  decodeMemory,
  eidsOf,
  encodeMemory,
  type RememberedEndpoint,
} from "../../../../src/core/mctp/bus-owner/memory.ts";
import { eid } from "../../../../src/core/wire/units.ts";
import { textOf, owner, comes, visits, presences } from "../../../support/bus-owner-bench.ts";

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
