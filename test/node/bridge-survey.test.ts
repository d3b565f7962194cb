/** Who is behind a bridge: what is asked, how often, and what is listed of it. */
import { describe, expect, test } from "@jest/globals";
import { MOST_FAR_ENDPOINTS } from "../../src/core/mctp/bus-owner/far-endpoints.ts";
import { MOST_ROUTE_PARTS } from "../../src/core/mctp/bus-owner/surveying.ts";
import { Control } from "../../src/core/mctp/control/codec.ts";
import { parseUuid } from "../../src/core/mctp/control/identifiers.ts";
import { eid, millis } from "../../src/core/wire/units.ts";
import { Device, NodeBench, type NodeBenchOptions } from "../support/node-bench.ts";

const [ONE, OTHER, FAR] = ["11".repeat(16), "22".repeat(16), "33".repeat(16)];
const ALWAYS: NodeBenchOptions = { discover: "always" };
const textOf = (uuid: string): string => uuid.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");

/** A bridge that wants so many EIDs, and has endpoints behind it, from EID 10 on. */
function bridgeWith(pool: number, ...uuids: readonly string[]): Device {
  const bridge = new Device({ pool });
  bridge.routes = uuids.map((_, index) => [10 + index, 1] as const);
  for (const [index, uuid] of uuids.entries()) putBehind(bridge, 10 + index, uuid);
  return bridge;
}

function putBehind(bridge: Device, own: number, uuid: string): Device {
  const device = new Device({ uuid, insistsOn: own });
  bridge.behind.set(own, device);
  return device;
}

function listed(bench: NodeBench): readonly string[] {
  return bench.node.bridge.far.endpoints.map(
    ({ eid: own, bridge, presence, uuid, messageTypes }) =>
      `${String(own)} behind ${String(bridge)} ${presence} ${uuid?.slice(0, 2) ?? "none"} types ${messageTypes.join()}`,
  );
}

/** Requests that came to a port, to the bridge or to any EID behind it. */
const askedAt = (bridge: Device): number =>
  [bridge, ...bridge.behind.values()].reduce((sum, { asked }) => sum + asked.length, 0);

describe("endpoints behind a bridge are listed with their types and UUIDs", () => {
  test("at once where its routes name them, and the log says so", () => {
    const bench = new NodeBench([bridgeWith(4, FAR, OTHER)], ALWAYS).up().run(1000);
    expect(listed(bench)).toEqual(["10 behind 9 present 33 types 127", "11 behind 9 present 22 types 127"]);
    expect(bench.told.filter((line) => line.includes("behind"))).toEqual([
      `EID 10 is behind EID 9 on the channel: MCTP 1.3.1, message types: vendor (IANA), UUID ${textOf(FAR)}`,
      `EID 11 is behind EID 9 on the channel: MCTP 1.3.1, message types: vendor (IANA), UUID ${textOf(OTHER)}`,
    ]);
  });

  test("where it tells no routes every EID of its pool is asked, once a round", () => {
    const bridge = bridgeWith(6);
    bridge.routes = undefined;
    putBehind(bridge, 13, FAR);
    const bench = new NodeBench([bridge], ALWAYS).up().run(5000);
    expect(listed(bench)).toEqual(["13 behind 9 present 33 types 127"]);
    expect(bench.told.at(-2)).toBe(
      "EID 9, a bridge, does not tell who is behind it (Get Routing Table Entries: unsupported command): each of its EIDs is asked",
    );
    // That no one has the other EIDs is no incident.
    expect(bench.node.endpoint.counters.requestsTimedOut).toBe(0);
    const { length } = bridge.behind.get(13)!.asked;
    bench.run(30_000);
    // Get Endpoint ID and UUID, every 10 s.
    expect(bridge.behind.get(13)!.asked.slice(length)).toEqual(["02", "03", "02", "03", "02", "03"]);
  });

  test("one that its routes do not name is found, too, in its turn", () => {
    const bridge = bridgeWith(4, FAR);
    putBehind(bridge, 12, OTHER);
    const bench = new NodeBench([bridge], ALWAYS).up().run(60_000);
    expect(listed(bench).map((line) => line.slice(0, 2))).toEqual(["10", "12"]);
  });

  test("a routing table in several parts is read to its end, and one without an end is not believed", () => {
    const bridge = new Device({ pool: 24 });
    bridge.routes = Array.from({ length: 20 }, (_, index) => [10 + index, 1] as const);
    for (let own = 10; own < 30; own++) putBehind(bridge, own, own.toString(16).repeat(16));
    const bench = new NodeBench([bridge], ALWAYS).up().run(9000);
    expect(listed(bench)).toHaveLength(20);
    const endless = bridgeWith(2);
    endless.script.set(Control.GET_ROUTING_TABLE_ENTRIES, (_, count) => ({
      hex: `00${(count % 200).toString(16).padStart(2, "0")}00`,
    }));
    const other = new NodeBench([endless], ALWAYS).up().run(1500);
    expect(other.told.at(-1)).toMatch(/^EID 9, a bridge, does not tell who is behind it \(its routes do not end\)/);
    expect(endless.countOf(Control.GET_ROUTING_TABLE_ENTRIES)).toBeLessThanOrEqual(MOST_ROUTE_PARTS);
  });

  test("what one has not answered is asked again, and only that makes it no other device", () => {
    const bridge = bridgeWith(2, FAR);
    const far = bridge.behind.get(10)!;
    far.script.set(Control.GET_ENDPOINT_UUID, (_, count) => (count === 0 ? { hex: "04" } : "asUsual"));
    const bench = new NodeBench([bridge], ALWAYS).up().run(1000);
    expect(listed(bench)).toEqual(["10 behind 9 present none types 127"]);
    bench.run(12_000);
    expect(listed(bench)).toEqual(["10 behind 9 present 33 types 127"]);
    expect(bench.told.join("\n")).not.toContain("another device");
  });

  test("one that is exchanged, falls silent or goes is shown so", () => {
    const bridge = bridgeWith(2, FAR);
    const far = bridge.behind.get(10)!;
    const bench = new NodeBench([bridge], ALWAYS).up().run(1000);
    far.uuid = OTHER;
    far.script.set(Control.GET_MESSAGE_TYPE_SUPPORT, () => ({ hex: "000101" }));
    bench.run(10_000);
    expect(listed(bench)).toEqual(["10 behind 9 present 22 types 1"]);
    expect(bench.told.at(-1)).toMatch(/^EID 10 behind EID 9 is another device now: .* UUID 2{8}/);
    far.isSilent = true;
    bench.run(12_000);
    expect(listed(bench)).toEqual(["10 behind 9 silent 22 types 1"]);
    bench.run(22_000);
    expect(listed(bench)).toEqual([]);
    expect(bench.told.at(-1)).toBe("EID 10 behind EID 9 is gone: no answer to 3 checks");
  });

  test("they go with their bridge, and with its pool; an EID that the bridge gets does not matter", () => {
    const bridge = bridgeWith(2, FAR);
    const bench = new NodeBench([bridge], { ...ALWAYS, checkInterval: millis(1000) }).up().run(1000);
    void bench.node.ownerOf(0)!.change(eid(9), eid(40));
    bench.run(100);
    expect(listed(bench)).toEqual(["10 behind 40 present 33 types 127"]);
    bench.down();
    expect(listed(bench)).toEqual([]);
  });

  test("with an interval of 0 nobody behind a bridge is asked", () => {
    const bridge = bridgeWith(2, FAR);
    new NodeBench([bridge], { ...ALWAYS, surveyInterval: millis(0) }).up().run(60_000);
    expect([bridge.behind.get(10)!.asked, bridge.countOf(Control.GET_ROUTING_TABLE_ENTRIES)]).toEqual([[], 0]);
  });

  test("a control request to one of them does not have its way asked for", () => {
    const bridge = bridgeWith(2, FAR);
    new NodeBench([bridge], ALWAYS).up().run(60_000);
    expect(bridge.countOf(Control.QUERY_HOP)).toBe(0);
  });
});

describe("a Discovery Notify has the routes of a bridge read again", () => {
  test("of the bridge, which is discovered again, and of an endpoint behind it", () => {
    const bridge = bridgeWith(4, FAR);
    const bench = new NodeBench([bridge], ALWAYS).up().run(3000);
    putBehind(bridge, 11, OTHER);
    bridge.routes = [[10, 2]];
    bench.hears("0d").run(500);
    expect(listed(bench).map((line) => line.slice(0, 2))).toEqual(["10", "11"]);
    expect(bridge.countOf(Control.SET_ENDPOINT_ID)).toBe(2);
    putBehind(bridge, 12, ONE);
    bridge.routes = [[10, 3]];
    bench.run(3000).hears("0d", 0, true, 10).run(500);
    expect(listed(bench).map((line) => line.slice(0, 2))).toEqual(["10", "11", "12"]);
    expect(bridge.countOf(Control.SET_ENDPOINT_ID)).toBe(2);
  });

  test("types of those that are known are asked anew", () => {
    const bridge = bridgeWith(2, FAR);
    const bench = new NodeBench([bridge], ALWAYS).up().run(3000);
    bridge.behind.get(10)!.script.set(Control.GET_MESSAGE_TYPE_SUPPORT, () => ({ hex: "000101" }));
    bench.hears("0d").run(1000);
    expect(listed(bench)).toEqual(["10 behind 9 present 33 types 1"]);
  });

  test.each<[string, Device, number | undefined]>([
    ["a bridge", bridgeWith(8, FAR, OTHER, ONE), undefined],
    ["an endpoint behind it", bridgeWith(8, FAR, OTHER, ONE), 10],
    ["an endpoint that is none", new Device(), undefined],
    ["an endpoint that does not join", new Device({ insistsOn: 8 }), undefined],
  ])("LPC-SEC-3: a flood of them from %s costs a bounded number of requests", (_, device, source) => {
    const bench = new NodeBench([device], ALWAYS).up().run(3000);
    const before = askedAt(device);
    for (let at = 0; at < 10_000; at += 5) bench.hears("0d", 0, true, source).run(5);
    // A discovery of six requests and at most five EIDs of four each a second, and the routes every other.
    expect(askedAt(device) - before).toBeLessThan(10 * (6 + 5 * 4 + 1));
    expect(askedAt(device) - before).toBeGreaterThan(5);
    const { length } = device.asked;
    bench.run(2000);
    const after = device.asked.length;
    bench.run(500);
    expect([after - length < 20, device.asked.length - after < 10]).toEqual([true, true]);
  });
});

describe("LPC-MCTP-17, LPC-MCTP-23: a hostile bridge takes nothing from others", () => {
  const pool = { first: eid(9), count: 246 };

  test("as many endpoints as are listed of one port, and no more, whatever it lists", () => {
    const bridge = new Device({ pool: 244 });
    bridge.routes = [[10, 244]];
    for (let own = 10; own < 254; own++) putBehind(bridge, own, own.toString(16).repeat(16));
    const bench = new NodeBench([bridge], { ...ALWAYS, owner: { pool } }).up().run(120_000);
    expect(listed(bench)).toHaveLength(MOST_FAR_ENDPOINTS);
    // Other parts of its pool are named by turns.
    bridge.routes = [[150, 100]];
    bench.run(120_000);
    expect(listed(bench)).toHaveLength(MOST_FAR_ENDPOINTS);
    expect(bench.told.join("\n")).toContain("only 64 are asked who they are");
  });

  test("EIDs that are not of its pool are not asked for, though its routes name them", () => {
    const [bridge, honest] = [bridgeWith(2, FAR), new Device({ uuid: OTHER })];
    bridge.routes = [[8, 200]];
    const bench = new NodeBench([bridge, honest], { ...ALWAYS, owner: { ports: 2 } }).up(1).run(100).up(0).run(60_000);
    const [own] = bench.node.bridge.owner.endpoints.filter(({ port }) => port === 1);
    expect(listed(bench).every((line) => line.includes(" behind "))).toBe(true);
    expect(bench.node.bridge.far.find(own!.eid)).toBeUndefined();
    expect(bench.node.router.routes.portOf(own!.eid)).toBe(1);
  });

  test("an answer that names another EID is no endpoint, and counted", () => {
    const bridge = bridgeWith(2, FAR);
    bridge.behind.get(10)!.script.set(Control.GET_ENDPOINT_ID, () => ({ hex: "00080000" }));
    const bench = new NodeBench([bridge], ALWAYS).up().run(15_000);
    expect(listed(bench)).toEqual([]);
    expect(bench.node.bridge.owner.refusals.counters.farEidsRefused).toBe(2);
    expect(bench.told.filter((line) => line.includes("says that it has EID 8: it is not listed"))).toHaveLength(1);
  });

  test("the UUID of an endpoint at another port is counted, told once, and Resolve UUID does not name it there", () => {
    const [bridge, honest] = [new Device({ pool: 2 }), new Device({ uuid: OTHER })];
    const bench = new NodeBench([bridge, honest], { ...ALWAYS, owner: { ports: 2 } }).up(1).run(100).up(0).run(100);
    const { first } = bridge.held!;
    bridge.routes = [[first, 1]];
    const far = putBehind(bridge, first, OTHER);
    bench.run(15_000);
    const { bridge: node } = bench.node;
    const resolved = (uuid: string): readonly number[] =>
      node.router.ports[1]!.local.services.routing!.resolveUuid(parseUuid(uuid)!).map(({ eid: own }) => own);
    expect(node.far.find(eid(first))?.uuid).toBe(textOf(OTHER));
    expect([node.owner.refusals.counters.farUuidsElsewhere, resolved(OTHER)]).toEqual([1, [9]]);
    // It changes with each question.
    let turn = 0;
    far.script.set(Control.GET_ENDPOINT_UUID, () => ({ hex: `00${turn++ % 2 === 0 ? FAR : OTHER}` }));
    bench.run(60_000);
    expect(bench.told.filter((line) => line.includes("which belongs to another port"))).toHaveLength(1);
    far.script.clear();
    far.uuid = FAR;
    bench.run(15_000);
    expect(resolved(FAR)).toEqual([first]);
  });
});
