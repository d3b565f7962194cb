import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { RouteTable, type Route } from "../../../../src/core/mctp/bridge/routes.ts";
import { eid } from "../../../../src/core/wire/units.ts";

function route(first: number, count: number, port: number, changes: Partial<Route> = {}): Route {
  return { first: eid(first), count, port, isStatic: false, bridge: undefined, ...changes };
}

describe("a table of routes", () => {
  test("leads every EID of a range to its port, and nobody else", () => {
    const table = new RouteTable();
    expect(table.add(route(10, 3, 2))).toBe(true);
    expect([9, 10, 12, 13].map((at) => table.portOf(eid(at)))).toEqual([-1, 2, 2, -1]);
    expect(table.routes).toEqual([route(10, 3, 2)]);
  });

  test.each<[string, Route]>([
    ["null and reserved EIDs", route(7, 2, 0)],
    ["the broadcast EID", route(254, 2, 0)],
    ["no EID at all", route(20, 0, 0)],
    ["a port below 0", route(20, 1, -1)],
    ["a port above 31", route(20, 1, 32)],
  ])("takes no route for %s", (_, wrong) => {
    const table = new RouteTable();
    expect(table.add(wrong)).toBe(false);
    expect(table.routes).toEqual([]);
  });

  test("a later route takes the place of what was learnt, a learnt one never that of a static one", () => {
    const table = new RouteTable();
    table.add(route(10, 10, 1));
    expect(table.add(route(12, 2, 2, { isStatic: true }))).toBe(true);
    expect(table.routes).toEqual([route(10, 2, 1), route(12, 2, 2, { isStatic: true }), route(14, 6, 1)]);
    expect(table.add(route(8, 20, 3))).toBe(false);
    expect(table.portOf(eid(10))).toBe(1);
    table.forget(1);
    expect(table.routes).toEqual([route(12, 2, 2, { isStatic: true })]);
    table.forget(2);
    expect(table.routes).toEqual([]);
  });

  test("its ranges say what its look-up says, whatever was added and removed", () => {
    const change = fc.record({
      first: fc.integer({ min: 0, max: 255 }),
      count: fc.integer({ min: 0, max: 40 }),
      port: fc.integer({ min: 0, max: 3 }),
      isStatic: fc.boolean(),
      remove: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 20 }), (changes) => {
        const table = new RouteTable();
        for (const { first, count, port, isStatic, remove } of changes) {
          if (remove) table.remove(eid(first), count);
          else table.add(route(first, count, port, { isStatic }));
        }
        const said = new Map<number, number>();
        for (const { first, count, port } of table.routes) {
          for (let at: number = first; at < first + count; at++) said.set(at, port);
        }
        const looked = Array.from({ length: 256 }, (_, at) => table.portOf(eid(at)));
        expect(looked).toEqual(Array.from({ length: 256 }, (_, at) => said.get(at) ?? -1));
      }),
    );
  });
});
