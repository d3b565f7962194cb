/** What one port can take from the others: nothing. */
import { describe, expect, test } from "@jest/globals";
import { BusOwner } from "../../../../src/core/mctp/bus-owner/bus-owner.ts";
import type { BusOwnerConfig } from "../../../../src/core/mctp/bus-owner/config.ts";
import { eid, type Eid } from "../../../../src/core/wire/units.ts";
import { textOf, found, owner, comes, visits } from "../../../support/bus-owner-bench.ts";

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
