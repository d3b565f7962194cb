import { describe, expect, test } from "@jest/globals";
import { Bridge } from "../../../../src/core/mctp/bridge/bridge.ts";
import { informing } from "../../../../src/core/mctp/bridge/informing.ts";
import { pathMtu, type PathMtu } from "../../../../src/core/mctp/bridge/path-mtu.ts";
import { Router } from "../../../../src/core/mctp/bridge/router.ts";
import { BusOwner } from "../../../../src/core/mctp/bus-owner/bus-owner.ts";
import { joining, type Joined } from "../../../../src/core/mctp/bus-owner/joining.ts";
import { AllocateEndpointIds } from "../../../../src/core/mctp/control/commands/allocate-endpoint-ids.ts";
import { GetEndpointId } from "../../../../src/core/mctp/control/commands/get-endpoint-id.ts";
import type { ControlCommand } from "../../../../src/core/mctp/control/data.ts";
import { QueryHop } from "../../../../src/core/mctp/control/commands/query-hop.ts";
import { requestCommand, runSequence, type CommandOutcome } from "../../../../src/core/mctp/control/request.ts";
import { ResolveEndpointId } from "../../../../src/core/mctp/control/commands/resolve-endpoint-id.ts";
import { ResolveUuid } from "../../../../src/core/mctp/control/commands/resolve-uuid.ts";
import { GetRoutingTableEntries } from "../../../../src/core/mctp/control/commands/get-routing-table-entries.ts";
import { RoutingInformationUpdate } from "../../../../src/core/mctp/control/commands/routing-information-update.ts";
import { SetEndpointId } from "../../../../src/core/mctp/control/commands/set-endpoint-id.ts";
import type { EndpointPort } from "../../../../src/core/mctp/endpoint-port.ts";
import { EndpointCore } from "../../../../src/core/mctp/endpoint.ts";
import type { RequestOutcome } from "../../../../src/core/mctp/request-terms.ts";
import type { Result } from "../../../../src/core/wire/result.ts";
import { eid, millis } from "../../../../src/core/wire/units.ts";
import { bmcIdentity, endpointConfig, hostIdentity, testMessage, TEST_TYPE } from "../../../support/endpoints.ts";
import { packet } from "../../../support/packets.ts";
import { MemoryLink as Wire, settle } from "../../../support/memory-link.ts";

const NOW = millis(0);
const SERIAL = { binding: 5, medium: 1, address: new Uint8Array(0) };

function uuidOf(seed: number): Uint8Array {
  return Uint8Array.from({ length: 16 }, (_, index) => seed * 16 + index);
}

interface BridgeNode {
  readonly endpoint: EndpointCore;
  readonly router: Router;
  readonly bridge: Bridge;
  /** An entry for each time that its EIDs were to be given anew. */
  readonly renewals: number[];
  /** Payload bytes of a packet on each port. */
  readonly units: number[];
}

function bridgeNode(seed: number, ports: number, poolSize: number): BridgeNode {
  const identity = hostIdentity({ eid: eid(0), staticEid: undefined, kind: "bridge", uuid: uuidOf(seed) });
  const endpoint = new EndpointCore(endpointConfig(identity));
  const router = new Router(endpoint);
  for (let port = 0; port < ports; port++) router.addPort(`port ${port}`);
  const renewals: number[] = [];
  const units: number[] = [];
  const portOf = (port: number) => ({ ...SERIAL, incomingUnit: units[port] ?? 64, outgoingUnit: units[port] ?? 64 });
  const bridge = new Bridge(router, { poolSize, portOf }, { renewed: () => renewals.push(1) });
  endpoint.onEidAssigned = (_, by) => {
    bridge.eidAssigned(by);
  };
  return { endpoint, router, bridge, renewals, units };
}

function plain(seed: number): EndpointCore {
  const endpoint = new EndpointCore(
    endpointConfig(hostIdentity({ eid: eid(0), staticEid: undefined, uuid: uuidOf(seed) })),
  );
  endpoint.handle(TEST_TYPE, (message) => {
    endpoint.respond(message, message.bytes);
  });
  return endpoint;
}

/** A bus owner, EID 8, that gives 9 to 60. */
function ownerNode() {
  const endpoint = new EndpointCore(endpointConfig(bmcIdentity()));
  const owner = new BusOwner({
    own: eid(8),
    pool: { first: eid(9), count: 52 },
    statics: new Map(),
    portEids: new Map(),
  });
  return { endpoint, owner };
}

function join(
  wires: readonly Wire[],
  endpoint: EndpointCore,
  owner: BusOwner,
  port: number,
  via?: EndpointPort,
): Result<Joined, string> {
  let outcome: Result<Joined, string> | undefined;
  runSequence(endpoint, joining(owner, port), NOW, (value) => (outcome = value), via);
  settle(wires);
  return outcome ?? { ok: false, reject: "no outcome" };
}

function joinBehind(wires: readonly Wire[], node: BridgeNode, port: number): number {
  const outcome = join(wires, node.endpoint, node.bridge.owner, port, node.router.ports[port]!.local);
  node.bridge.updateRoutes();
  if (!outcome.ok) throw new Error(outcome.reject);
  expect(outcome.value.poolTrouble).toBeUndefined();
  const { eid: own, pool } = outcome.value.record;
  if (pool !== undefined) {
    let informed: Result<undefined, string> | undefined;
    const sequence = informing(own, node.bridge.elsewhere(port));
    runSequence(node.endpoint, sequence, NOW, (value) => (informed = value));
    settle(wires);
    expect(informed?.ok).toBe(true);
  }
  return own;
}

/**
 * owner 8 =(1024)= upper bridge =(64)= leaf one
 *                  |             =(256)= lower bridge =(128)= leaf two
 */
function network() {
  const top = ownerNode();
  const upper = bridgeNode(1, 3, 8);
  const lower = bridgeNode(2, 2, 2);
  upper.units.push(1024, 64, 256);
  lower.units.push(256, 128);
  const [one, two] = [plain(3), plain(4)];
  const wires = [
    new Wire(top.endpoint, upper.router.ports[0]!, 1024).up(),
    new Wire(upper.router.ports[1]!, one, 64).up(),
    new Wire(upper.router.ports[2]!, lower.router.ports[0]!, 256).up(),
    new Wire(lower.router.ports[1]!, two, 128).up(),
  ];
  const joined = join(wires, top.endpoint, top.owner, 0);
  if (!joined.ok) throw new Error(joined.reject);
  const eids = {
    upper: joined.value.record.eid,
    one: joinBehind(wires, upper, 1),
    lower: joinBehind(wires, upper, 2),
    two: joinBehind(wires, lower, 1),
  };
  return { top, upper, lower, one, two, wires, eids };
}

type Network = ReturnType<typeof network>;

function ask<Request, Response>(
  { wires }: { wires: readonly Wire[] },
  endpoint: EndpointCore,
  command: ControlCommand<Request, Response>,
  destination: number,
  request: NoInfer<Request>,
): CommandOutcome<Response> {
  let outcome: CommandOutcome<Response> | undefined;
  requestCommand(endpoint, command, eid(destination), request, NOW, (value) => (outcome = value));
  settle(wires);
  if (outcome === undefined) throw new Error("no outcome");
  return outcome;
}

function answer<Request, Response>(
  made: { wires: readonly Wire[] },
  endpoint: EndpointCore,
  command: ControlCommand<Request, Response>,
  destination: number,
  request: NoInfer<Request>,
): Response {
  const outcome = ask(made, endpoint, command, destination, request);
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.reject));
  return outcome.value.response;
}

function echo(
  { wires }: Network,
  asker: EndpointCore,
  destination: number,
  length: number,
): RequestOutcome | undefined {
  let outcome: RequestOutcome | undefined;
  asker.request(eid(destination), testMessage(length), NOW, (value) => (outcome = value));
  settle(wires);
  return outcome;
}

describe("joining a network", () => {
  test("a bridge gets its EID and its pool, and gives EIDs of it on, to a further bridge a pool of its own", () => {
    const { upper, lower, eids } = network();
    expect(eids).toEqual({ upper: 9, one: 10, lower: 11, two: 12 });
    expect([upper.bridge.pool, lower.bridge.pool]).toEqual([
      { first: 10, count: 8 },
      { first: 12, count: 2 },
    ]);
  });

  test("everybody reaches everybody", () => {
    const made = network();
    const nodes = [
      [8, made.top.endpoint],
      [made.eids.upper, made.upper.endpoint],
      [made.eids.one, made.one],
      [made.eids.lower, made.lower.endpoint],
      [made.eids.two, made.two],
    ] as const;
    for (const [, asker] of nodes) {
      for (const [destination] of nodes) {
        if (asker.identity.eid === destination) continue;
        expect(answer(made, asker, GetEndpointId, destination, undefined).eid).toBe(destination);
      }
    }
    expect(made.upper.router.counters.unroutable + made.lower.router.counters.unroutable).toBe(0);
  });

  test("a bridge is an endpoint that takes its EID on port 0, and a bus owner that keeps it on the others", () => {
    const made = network();
    const refused = answer(made, made.one, SetEndpointId, 0, { operation: "set", eid: eid(77) });
    expect(refused).toMatchObject({ accepted: false, eid: made.eids.upper, pool: "none" });
    expect(made.upper.endpoint.identity.eid).toBe(made.eids.upper);
    const given = answer(made, made.top.endpoint, SetEndpointId, made.eids.upper, { operation: "set", eid: eid(60) });
    expect(given).toMatchObject({ accepted: true, eid: 60, pool: "held", poolSize: 8 });
  });

  test("nobody on another port gets the place of the bus owner above, or the way to it", () => {
    const made = network();
    const device = { controlVersions: [], messageTypes: [], pool: "none", poolSize: 0, uuid: uuidOf(9) } as const;
    const { owner } = made.upper.bridge;
    expect(owner.settle(1, { ...device, eid: eid(8), accepted: false })).toEqual({
      ok: false,
      reject: "the endpoint insists on EID 8, which is that of the bus owner above",
    });
    // One that had joined under the EID before the bus owner came.
    owner.joined(1, { ...device, eid: eid(8), accepted: false }, eid(8), undefined);
    made.upper.bridge.updateRoutes();
    expect(made.upper.router.routes.routeOf(eid(8))).toMatchObject({ first: 8, count: 1, port: 0 });
    expect(answer(made, made.two, GetEndpointId, 8, undefined).eid).toBe(8);
  });

  test("with another EID of its own it gives the others theirs again", () => {
    const made = network();
    const before = made.upper.renewals.length;
    answer(made, made.top.endpoint, SetEndpointId, made.eids.upper, { operation: "set", eid: eid(60) });
    expect(made.upper.renewals.length - before).toBe(1);
    expect(joinBehind(made.wires, made.upper, 1)).toBe(10);
    expect(answer(made, made.one, GetEndpointId, 60, undefined).eid).toBe(60);
  });
});

describe("Allocate Endpoint IDs", () => {
  test("a pool that is held is kept, unless another is forced on it", () => {
    const made = network();
    const allocate = (operation: "allocate" | "force" | "get", first: number, count: number) =>
      answer(made, made.top.endpoint, AllocateEndpointIds, made.eids.upper, { operation, first: eid(first), count });
    expect(allocate("get", 0, 0)).toEqual({ accepted: true, poolSize: 8, first: 10 });
    expect(allocate("allocate", 40, 4)).toEqual({ accepted: false, poolSize: 8, first: 10 });
    expect(allocate("force", 40, 4)).toEqual({ accepted: true, poolSize: 4, first: 40 });
    expect(made.upper.bridge.pool).toEqual({ first: 40, count: 4 });
    expect(joinBehind(made.wires, made.upper, 1)).toBe(40);
  });

  test.each([
    ["of no EIDs", 20, 0],
    ["with reserved EIDs", 5, 10],
    ["beyond the last EID", 250, 10],
    ["with the bridge's own EID in it", 9, 4],
    ["with the bus owner's EID in it", 8, 1],
  ])("a pool %s is invalid data", (_, first, count) => {
    const made = network();
    const outcome = ask(made, made.top.endpoint, AllocateEndpointIds, made.eids.upper, {
      operation: "force",
      first: eid(first),
      count,
    });
    expect(outcome).toEqual({ ok: false, reject: { why: "completion", completion: 2 } });
    expect(made.upper.bridge.pool).toEqual({ first: 10, count: 8 });
  });

  test("nobody below may give the bridge a pool or routes", () => {
    const made = network();
    const pool = { operation: "force" as const, first: eid(40), count: 4 };
    expect(ask(made, made.one, AllocateEndpointIds, made.eids.upper, pool)).toEqual({
      ok: false,
      reject: { why: "completion", completion: 5 },
    });
    const update = { entries: [{ kind: "range" as const, first: eid(40), count: 4, address: new Uint8Array(0) }] };
    expect(ask(made, made.one, RoutingInformationUpdate, made.eids.upper, update)).toEqual({
      ok: false,
      reject: { why: "completion", completion: 5 },
    });
  });
});

describe("questions about the way", () => {
  test("Resolve Endpoint ID names the bridge as seen from where the question came", () => {
    const made = network();
    const resolve = (asker: EndpointCore, target: number) =>
      answer(made, asker, ResolveEndpointId, made.eids.upper, { target: eid(target) }).bridge;
    expect(resolve(made.top.endpoint, made.eids.one)).toBe(made.eids.upper);
    expect(resolve(made.top.endpoint, made.eids.two)).toBe(made.eids.upper);
    expect(resolve(made.top.endpoint, made.eids.upper)).toBe(made.eids.upper);
    expect(resolve(made.one, 8)).toBe(made.eids.upper);
    expect(resolve(made.one, made.eids.one)).toBe(made.eids.one);
    // On the lower bridge's bus: whoever is behind it is reached through it.
    expect(resolve(made.lower.endpoint, made.eids.two)).toBe(made.eids.lower);
    const unknown = ask(made, made.one, ResolveEndpointId, made.eids.upper, { target: eid(200) });
    expect(unknown).toEqual({ ok: false, reject: { why: "completion", completion: 2 } });
  });

  test("Query Hop names the next bridge, the target at the last one, and both units", () => {
    const made = network();
    const hop = (bridge: number, target: number) =>
      answer(made, made.top.endpoint, QueryHop, bridge, { target: eid(target), messageType: TEST_TYPE });
    expect(hop(made.eids.upper, made.eids.two)).toMatchObject({
      next: made.eids.lower,
      incomingUnit: 1024,
      outgoingUnit: 256,
    });
    expect(hop(made.eids.lower, made.eids.two)).toMatchObject({
      next: made.eids.two,
      incomingUnit: 256,
      outgoingUnit: 128,
    });
    expect(hop(made.eids.upper, made.eids.upper)).toMatchObject({ next: 0 });
    expect(hop(made.eids.upper, 8)).toMatchObject({ next: 0 });
  });

  test("Get Routing Table Entries gives all of it: who is on a bus, and what is behind a bridge there", () => {
    const made = network();
    const { entries } = answer(made, made.top.endpoint, GetRoutingTableEntries, made.eids.upper, { handle: 0 });
    expect(entries.map(({ first, count, kind, port }) => ({ first, count, kind, port }))).toEqual([
      { first: 8, count: 1, kind: "endpoint", port: 0 },
      { first: 10, count: 1, kind: "endpoint", port: 1 },
      { first: 11, count: 1, kind: "bridge", port: 2 },
      { first: 12, count: 2, kind: "range", port: 2 },
    ]);
    expect(entries[0]).toMatchObject(SERIAL);
  });

  test("Resolve UUID finds who has joined", () => {
    const made = network();
    const { entries } = answer(made, made.top.endpoint, ResolveUuid, made.eids.upper, { uuid: uuidOf(3), handle: 0 });
    expect(entries.map(({ eid: own }) => own)).toEqual([made.eids.one]);
    expect(
      answer(made, made.top.endpoint, ResolveUuid, made.eids.upper, { uuid: uuidOf(9), handle: 0 }).entries,
    ).toEqual([]);
  });

  test("a Routing Information Update of the bus owner leads what is for others upwards, own EIDs excepted", () => {
    const made = network();
    const update = [
      { kind: "endpoint" as const, first: eid(8), count: 1, address: new Uint8Array(0) },
      { kind: "range" as const, first: eid(9), count: 22, address: new Uint8Array(0) },
    ];
    answer(made, made.top.endpoint, RoutingInformationUpdate, made.eids.upper, { entries: update });
    const upwards = made.upper.router.routes.routes.filter(({ port }) => port === 0);
    expect(upwards.map(({ first, count, bridge }) => [first, count, bridge])).toEqual([
      [8, 1, undefined],
      [18, 13, 8],
    ]);
    expect(answer(made, made.top.endpoint, GetEndpointId, made.eids.one, undefined).eid).toBe(made.eids.one);
  });

  test("ranges that overlap or join in a Routing Information Update are one route, whatever lies in them", () => {
    const made = network();
    const before = made.upper.router.routes.routes.filter(({ port }) => port !== 0);
    const entries = [200, 40, 50, 8, 45, 254, 0].map((first) => ({
      kind: "range" as const,
      first: eid(first),
      count: first === 0 ? 255 : 60,
      address: new Uint8Array(0),
    }));
    answer(made, made.top.endpoint, RoutingInformationUpdate, made.eids.upper, { entries });
    const { routes } = made.upper.router.routes;
    expect(routes.filter(({ port }) => port === 0).map(({ first, count, bridge }) => [first, count, bridge])).toEqual([
      [8, 1, undefined],
      [18, 237, 8],
    ]);
    expect(routes.filter(({ port }) => port !== 0)).toEqual(before);
  });

  test("a Routing Information Update of 255 ranges is no control message: it is dropped, and no route changes", () => {
    const made = network();
    const before = made.upper.router.routes.routes;
    const entries = Array.from({ length: 255 }, () => [3, 200, 18]).flat();
    const message = Uint8Array.of(0x00, 0x80, 0x09, 255, ...entries);
    made.upper.router.ports[0]!.receivePacket(
      packet(message, { source: 8, destination: made.eids.upper }),
      0,
      message.length + 4,
      NOW,
    );
    expect(made.upper.endpoint.counters.controlTooLong).toBe(1);
    expect(made.upper.router.routes.routes).toEqual(before);
  });
});

describe("the unit of a path", () => {
  function find(made: Network, asker: EndpointCore, target: number, linkUnit: number, firstHop?: number) {
    let found: Result<PathMtu, string> | undefined;
    const from = firstHop === undefined ? { busOwner: eid(made.eids.upper) } : { firstHop: eid(firstHop) };
    runSequence(asker, pathMtu(eid(target), TEST_TYPE, linkUnit, from), NOW, (value) => (found = value));
    settle(made.wires);
    return found;
  }

  test("is the least of all links on it", () => {
    const made = network();
    expect(find(made, made.top.endpoint, made.eids.two, 1024, made.eids.upper)).toEqual({
      ok: true,
      value: { unit: 128, bridges: [9, 11] },
    });
    expect(find(made, made.top.endpoint, made.eids.one, 1024, made.eids.upper)).toEqual({
      ok: true,
      value: { unit: 64, bridges: [9] },
    });
    expect(find(made, made.one, 8, 64)).toEqual({ ok: true, value: { unit: 64, bridges: [9] } });
  });

  test("to somebody on the same bus is that of the link", () => {
    const made = network();
    expect(find(made, made.one, made.eids.one, 80)).toEqual({ ok: true, value: { unit: 80, bridges: [] } });
  });

  test("is not known where a bridge does not answer, knows nobody of that EID, or leads in a circle", () => {
    const made = network();
    expect(find(made, made.top.endpoint, 200, 1024, made.eids.upper)).toEqual({
      ok: false,
      reject: "EID 9: Query Hop: invalid data",
    });
    made.lower.router.routes.add({ first: eid(12), count: 1, port: 1, isStatic: true, bridge: eid(9) });
    expect(find(made, made.top.endpoint, 12, 1024, made.eids.upper)).toEqual({
      ok: false,
      reject: "the way to EID 12 does not end: its bridges are 9, 11, …",
    });
  });

  test("used for what is sent, it gets messages through that the link's own unit would not", () => {
    const made = network();
    expect(made.top.endpoint.unitTo).toBeUndefined();
    made.top.endpoint.request(eid(made.eids.two), testMessage(3000), NOW, () => undefined);
    settle(made.wires);
    expect(made.upper.router.counters.unitTooLarge).toBeGreaterThan(0);
    made.top.endpoint.unitTo = (destination) => (destination === made.eids.two ? 128 : undefined);
    const outcome = echo(made, made.top.endpoint, made.eids.two, 3000);
    expect(outcome?.ok === true && outcome.response.bytes).toEqual(testMessage(3000));
  });
});
