/** A node and what its ports answer, be there one or several. */
import { describe, expect, test } from "@jest/globals";
import { Control } from "../../src/core/mctp/control/codec.ts";
import { GetRoutingTableEntries } from "../../src/core/mctp/control/commands/get-routing-table-entries.ts";
import { eid } from "../../src/core/wire/units.ts";
import { Device, NodeBench } from "../support/node-bench.ts";

const ASSIGN_20 = { portEids: new Map([[0, eid(20)]]) };

describe("Get Routing Table Entries", () => {
  test.each([[1], [2]])("of a bus owner with %s links says of an assigned EID what the tools say", (count) => {
    const devices = Array.from(
      { length: count },
      (_, index) => new Device({ uuid: `${String(index + 1)}1`.repeat(16) }),
    );
    const bench = new NodeBench(devices, { discover: "always", owner: ASSIGN_20 }).up().run(100);
    const [route] = bench.node.bridge.routes.filter(({ first }) => first === 20);
    expect(route).toMatchObject({ count: 1, kind: "endpoint", port: 0, isStatic: true });
    const answered = bench.node.endpoint.ownPort.services.routing!.entries().filter(({ first }) => first === 20);
    expect(answered).toEqual([route]);
    expect(GetRoutingTableEntries.code).toBe(Control.GET_ROUTING_TABLE_ENTRIES);
  });
});

describe("a member", () => {
  test("LPC-MCTP-20: announces itself to the null EID in every session, and goes on without an answer", () => {
    const bench = new NodeBench([new Device()], { owner: undefined });
    for (let session = 0; session < 3; session++) {
      bench.up().run(5000).down();
      expect(bench.devices[0]!.asked).toHaveLength(session + 1);
    }
    expect(bench.devices[0]!.asked).toEqual(["0d", "0d", "0d"]);
    expect(bench.told).toEqual([
      "BMC did not accept the announcement (Discovery Notify: unsupported command; LPC-MCTP-20): this host goes on with EID 9.",
    ]);
  });

  test("LPC-MCTP-20: sent again as other control requests are; a session that ends takes its announcement along", () => {
    const device = new Device();
    device.isSilent = true;
    const bench = new NodeBench([device], { owner: undefined }).up().run(5000);
    expect([device.asked.length, bench.told.length]).toEqual([3, 1]);
    bench.down().up().down().run(5000);
    expect([device.asked.length, bench.told.length]).toEqual([3, 1]);
  });

  test("on a line announces nothing", () => {
    const bench = new NodeBench([new Device()], { owner: undefined, lines: [true] }).up().run(5000);
    expect([bench.devices[0]!.asked, bench.told]).toEqual([[], []]);
  });

  test("with one link has no routes to tell of, and no EIDs to give", () => {
    const bench = new NodeBench([new Device()], { owner: undefined });
    expect([bench.node.bridge.isBridge, bench.node.endpoint.ownPort.services]).toEqual([false, {}]);
    expect(bench.node.bridgeStatus()).toBeUndefined();
  });

  test("with further links looks there once a bus owner has given it EIDs to give", () => {
    const bench = new NodeBench([new Device(), new Device()], { owner: undefined }).up().run(3000);
    expect(bench.devices[1]!.asked).toEqual([]);
    bench.devices[0]!.own = 8;
    bench
      .hears("0100" + "1e")
      .run(0)
      .hears("08" + "00" + "08" + "28")
      .run(1000);
    expect([bench.node.endpoint.identity.eid, bench.present]).toEqual([30, ["40 present 11"]]);
    expect(bench.told).toContain("EIDs 40 to 47 to give on the other links");
    expect(bench.node.peerEid).toBe(8);
  });
});
