/** A bus owner through whatever may happen to it. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { BusOwner } from "../../../../src/core/mctp/bus-owner/bus-owner.ts";
import type { EndpointRecord } from "../../../../src/core/mctp/bus-owner/endpoint-record.ts";
import type { BusOwnerConfig } from "../../../../src/core/mctp/bus-owner/config.ts";
import { decodeMemory, eidsOf, encodeMemory } from "../../../../src/core/mctp/bus-owner/memory.ts";
import { eid } from "../../../../src/core/wire/units.ts";
import { textOf, found, owner, comes, visits } from "../../../support/bus-owner-bench.ts";

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
