import { describe, expect, test } from "@jest/globals";
import { BusOwner, type BusOwnerConfig } from "../../../src/mctp/bus-owner/bus-owner.ts";
import { joining, type JoinReject, type Joined } from "../../../src/mctp/bus-owner/joining.ts";
import { routeTable, routingInformation, type RoutePort } from "../../../src/mctp/bus-owner/routes.ts";
import { runSequence } from "../../../src/mctp/control/request.ts";
import { fromHex, toHex } from "../../../src/wire/bytes.ts";
import type { Result } from "../../../src/wire/result.ts";
import { eid, millis } from "../../../src/wire/units.ts";
import { bmcEndpoint, HOST_UUID } from "../../support/endpoints.ts";
import { packet } from "../../support/packets.ts";
import { Pair } from "../../support/pair.ts";

const UUID = toHex(HOST_UUID);
const UUID_TEXT = "10111213-1415-1617-1819-1a1b1c1d1e1f";

function owner(changes: Partial<BusOwnerConfig> = {}): BusOwner {
  return new BusOwner({
    own: eid(8),
    pool: { first: eid(9), count: 20 },
    statics: new Map(),
    portEids: new Map(),
    ...changes,
  });
}

/** A device with EID `own` that takes every EID, and answers the other commands with these. */
class Device {
  own = 0;
  readonly asked: string[] = [];
  readonly answers: Readonly<Record<number, readonly string[]>>;
  readonly #given: Record<number, number> = {};

  constructor(answers: Readonly<Record<number, readonly string[]>> = {}) {
    this.answers = answers;
  }

  answer(destination: number, request: Uint8Array): string | undefined {
    const command = request[2]!;
    this.asked.push(`${String(destination)}: ${toHex(request.subarray(2))}`);
    const list = this.answers[command];
    if (list !== undefined) {
      const at = this.#given[command] ?? 0;
      this.#given[command] = at + 1;
      const answer = list[Math.min(at, list.length - 1)];
      if (command === 1 && answer?.startsWith("00") === true) this.own = Number.parseInt(answer.slice(4, 6), 16);
      return answer;
    }
    const hexOwn = (): string => this.own.toString(16).padStart(2, "0");
    switch (command) {
      case 1:
        this.own = request[4]!;
        return `0000${hexOwn()}00`;
      case 2:
        return `00${hexOwn()}0000`;
      case 3:
        return `00${UUID}`;
      case 4:
        return "0001f1f3f100";
      case 5:
        return "00017f";
      default:
        return "05";
    }
  }
}

function join(bus: BusOwner, device: Device, port = 0): Result<Joined, JoinReject> {
  const endpoint = bmcEndpoint();
  endpoint.linkUp(millis(0));
  let now = millis(0);
  let outcome: Result<Joined, JoinReject> | undefined;
  runSequence(endpoint, joining(bus, port), now, (value) => {
    outcome = value;
  });
  for (let round = 0; round < 100 && outcome === undefined; round++) {
    const parts = endpoint.nextPacket(64);
    if (parts === undefined) {
      now = endpoint.nextDeadline() ?? now;
      endpoint.expire(now);
      continue;
    }
    const bytes = parts.message.slice(parts.start, parts.end);
    endpoint.packetDone(now);
    const answer = device.answer((parts.header >>> 16) & 0xff, bytes);
    if (answer === undefined) continue;
    const response = Uint8Array.of(0, bytes[1]! & 0x1f, bytes[2]!, ...fromHex(answer)!);
    const fields = { source: device.own, tagOwner: false, tag: parts.header & 7 };
    endpoint.receivePacket(packet(response, fields), 0, 4 + response.length, now);
  }
  if (outcome === undefined) throw new Error("the sequence did not end");
  return outcome;
}

describe("an endpoint joins", () => {
  test("LPC-MCTP-3: it is asked what every endpoint is asked, and nothing more", () => {
    const bus = owner();
    const device = new Device();
    expect(join(bus, device)).toMatchObject({ ok: true, value: { record: { eid: 9, uuid: UUID_TEXT } } });
    expect(device.asked).toEqual(["0: 0400", "0: 010009", "9: 02", "9: 05", "9: 03"]);
    expect(bus.endpoints).toMatchObject([
      { eid: 9, presence: "present", port: 0, controlVersions: [0xf1f3f100], messageTypes: [0x7f] },
    ]);
  });

  test("one whose UUID has another EID is given that, and confirms it", () => {
    const bus = owner({ statics: new Map([[UUID_TEXT, eid(40)]]) });
    const device = new Device();
    expect(join(bus, device)).toMatchObject({ ok: true, value: { found: { eid: 40 }, record: { fixed: "static" } } });
    expect(device.asked.slice(5)).toEqual(["0: 010028", "40: 02"]);
    expect(join(bus, new Device())).toMatchObject({ ok: true, value: { record: { eid: 40 } } });
  });

  test("one that takes an EID and then another only by force is forced", () => {
    const bus = owner({ statics: new Map([[UUID_TEXT, eid(40)]]) });
    const device = new Device({ 1: ["00000900", "00100900", "00002800"] });
    expect(join(bus, device)).toMatchObject({ ok: true, value: { record: { eid: 40, fixed: "static" } } });
    expect(device.asked.slice(5)).toEqual(["0: 010028", "0: 010128", "40: 02"]);
  });

  test("one that takes an EID and then no other keeps the first", () => {
    const bus = owner({ statics: new Map([[UUID_TEXT, eid(40)]]) });
    const device = new Device({ 1: ["00000900", "00100900"] });
    expect(join(bus, device)).toMatchObject({ ok: true, value: { record: { eid: 9, fixed: "own" } } });
    expect(device.asked.slice(5)).toEqual(["0: 010028", "0: 010128", "9: 02"]);
  });

  test.each(["00", "07"])("one that then says that it has EID 0x%s has not joined", (own) => {
    const bus = owner({ statics: new Map([[UUID_TEXT, eid(40)]]) });
    const outcome = join(bus, new Device({ 1: ["00000900", `0010${own}00`] }));
    expect(outcome).toMatchObject({ ok: false, reject: expect.stringContaining("which no endpoint may have") });
    expect(bus.endpoints).toEqual([]);
  });

  test("one that has another EID behind than it said has not joined", () => {
    const bus = owner({ statics: new Map([[UUID_TEXT, eid(40)]]) });
    const device = new Device({ 2: ["00090000", "00090000"] });
    expect(join(bus, device)).toEqual({ ok: false, reject: "Get Endpoint ID: malformed response" });
    expect(bus.endpoints).toEqual([]);
  });

  test("one that insists on its EID from the beginning keeps it", () => {
    const bus = owner({ statics: new Map([[UUID_TEXT, eid(40)]]) });
    const outcome = join(bus, new Device({ 1: ["00102100"] }));
    expect(outcome).toMatchObject({ ok: true, value: { record: { eid: 0x21, fixed: "own" } } });
  });

  test("without an EID to give nothing is asked", () => {
    const bus = owner({ pool: { first: eid(8), count: 1 } });
    const device = new Device();
    expect(join(bus, device)).toEqual({ ok: false, reject: "no EID is left of the pool 8-8" });
    expect(device.asked).toEqual([]);
  });
});

describe("a bridge joins", () => {
  const WANTS_4 = { 1: ["00010904"] };

  test("it is given the EIDs that it wants", () => {
    const bus = owner();
    const device = new Device({ ...WANTS_4, 8: ["0000040a"] });
    expect(join(bus, device)).toMatchObject({
      ok: true,
      value: { record: { eid: 9, pool: { first: 10, count: 4 } }, poolTrouble: undefined },
    });
    expect(device.asked.slice(5)).toEqual(["9: 0800040a"]);
  });

  test("one that has a pool already and refuses is forced", () => {
    const bus = owner();
    const device = new Device({ ...WANTS_4, 8: ["00010432", "0000040a"] });
    expect(join(bus, device)).toMatchObject({ ok: true, value: { record: { pool: { first: 10, count: 4 } } } });
    expect(device.asked.slice(5)).toEqual(["9: 0800040a", "9: 0801040a"]);
  });

  test("one that holds a pool in which nobody else has an EID keeps it", () => {
    const bus = owner();
    const device = new Device({ 1: ["00020904"], 8: ["00000432"] });
    expect(join(bus, device)).toMatchObject({ ok: true, value: { record: { pool: { first: 50, count: 4 } } } });
    expect(device.asked.slice(5)).toEqual(["9: 08020000"]);
  });

  test("one that holds a pool with the bus owner's EID in it gets another", () => {
    const bus = owner();
    const device = new Device({ 1: ["00020904"], 8: ["00000408", "00010408", "0000040a"] });
    expect(join(bus, device)).toMatchObject({ ok: true, value: { record: { pool: { first: 10, count: 4 } } } });
    expect(device.asked.slice(5)).toEqual(["9: 08020000", "9: 0800040a", "9: 0801040a"]);
  });

  test.each<[string, Readonly<Record<number, readonly string[]>>, RegExp]>([
    ["wants more than there are", { 1: ["00010978"] }, /wants 120 EIDs in a row/],
    ["does not know the command", WANTS_4, /Allocate Endpoint IDs: unsupported command/],
    ["takes none", { ...WANTS_4, 8: ["00010432"] }, /does not take the EIDs 10 to 13/],
    ["takes others", { ...WANTS_4, 8: ["00000432"] }, /does not take the EIDs 10 to 13/],
  ])("one that %s has joined without", (_, answers, trouble) => {
    expect(join(owner(), new Device(answers))).toMatchObject({
      ok: true,
      value: { record: { eid: 9, pool: undefined }, poolTrouble: expect.stringMatching(trouble) },
    });
  });
});

test("over the binding, against the real responder, with an EID that is its UUID's own", () => {
  const pair = new Pair().bringUp();
  const bus = owner({ statics: new Map([[UUID_TEXT, eid(40)]]) });
  let outcome: Result<Joined, JoinReject> | undefined;
  runSequence(pair.bmc.endpoint, joining(bus, 0), pair.now, (value) => {
    outcome = value;
  });
  pair.runUntil(() => outcome !== undefined, "joined");
  expect(outcome).toMatchObject({ ok: true, value: { record: { eid: 40 } } });
  expect(pair.host.endpoint.identity.eid).toBe(40);
});

describe("what a bus owner tells of its routes", () => {
  const NO_ADDRESS = new Uint8Array(0);
  const port = (units: number): RoutePort => ({
    binding: 0xff,
    medium: 0,
    address: NO_ADDRESS,
    incomingUnit: units,
    outgoingUnit: units + 16,
  });
  const ports = (index: number): RoutePort => (index === 0 ? port(1024) : { ...port(64), binding: 5 });

  /** EID 9 at port 0, a bridge with EID 10 and 11 to 14 at port 1, an endpoint that is gone. */
  function network(): BusOwner {
    const bus = owner();
    join(bus, new Device());
    join(bus, new Device({ 1: ["00010a04"], 3: [`00${"22".repeat(16)}`], 8: ["0000040b"] }), 1);
    join(bus, new Device({ 3: [`00${"33".repeat(16)}`] }), 2);
    bus.left(2);
    return bus;
  }

  test("a route for each endpoint that is there, a bridge's pool with it", () => {
    const shared = { isStatic: false, medium: 0, address: NO_ADDRESS };
    expect(routeTable(network().endpoints, ports)).toEqual([
      { ...shared, first: 9, count: 1, kind: "endpoint", port: 0, binding: 0xff },
      { ...shared, first: 10, count: 5, kind: "bridgeAndRange", port: 1, binding: 5 },
    ]);
    const apart = owner();
    join(apart, new Device({ 1: ["00020904"], 8: ["00000432"] }));
    expect(routeTable(apart.endpoints, ports)).toMatchObject([
      { first: 9, count: 1, kind: "bridge" },
      { first: 50, count: 4, kind: "range" },
    ]);
  });

  test("Resolve Endpoint ID: the endpoint, the bridge before it, or the bus owner for another port's", () => {
    const fromHost = routingInformation(network(), 0, ports);
    const resolved = [8, 9, 10, 12, 99].map((target) => fromHost.resolve(eid(target))?.bridge);
    expect(resolved).toEqual([8, 9, 8, 8, undefined]);
    const fromBridge = routingInformation(network(), 1, ports);
    expect([8, 9, 10, 12, 15].map((target) => fromBridge.resolve(eid(target))?.bridge)).toEqual([
      8,
      8,
      10,
      10,
      undefined,
    ]);
  });

  test("Query Hop: the next on the way, the null EID where the way does not lead through here", () => {
    const fromHost = routingInformation(network(), 0, ports);
    const hop = (target: number) => fromHost.hop(eid(target), 1);
    expect(hop(12)).toEqual({ next: 10, incomingUnit: 1024, outgoingUnit: 80 });
    expect(hop(10)).toEqual({ next: 10, incomingUnit: 1024, outgoingUnit: 80 });
    expect(hop(9)).toEqual({ next: 0, incomingUnit: 1024, outgoingUnit: 1040 });
    expect(hop(8)).toEqual({ next: 0, incomingUnit: 1024, outgoingUnit: 1040 });
    expect(hop(99)).toBeUndefined();
  });

  test("Resolve UUID: who is there under it", () => {
    const routes = routingInformation(network(), 0, ports);
    expect(routes.resolveUuid(HOST_UUID)).toEqual([{ eid: 9, binding: 0xff, medium: 0, address: NO_ADDRESS }]);
    expect(routes.resolveUuid(new Uint8Array(16).fill(0x33))).toEqual([]);
  });
});
