/**
 * The largest network there can be: all 247 EIDs that endpoints may have, a bus owner, bridges on its links, endpoints
 * on theirs, each of which has joined as the control protocol has it; and as many requests at once as tags allow.
 */
import { ENDPOINT_DEFAULTS } from "../../src/core/mctp/endpoint-defaults.ts";
import { Bridge } from "../../src/core/mctp/bridge/bridge.ts";
import { Router } from "../../src/core/mctp/bridge/router.ts";
import { BusOwner } from "../../src/core/mctp/bus-owner/bus-owner.ts";
import { joining } from "../../src/core/mctp/bus-owner/joining.ts";
import { runSequence } from "../../src/core/mctp/control/request.ts";
import { EndpointCore } from "../../src/core/mctp/endpoint.ts";
import { FIRST_ASSIGNABLE_EID, LAST_ASSIGNABLE_EID, MessageType, NULL_EID } from "../../src/core/mctp/message.ts";
import { BASELINE_UNIT, TAGS } from "../../src/core/mctp/packet.ts";
import { eid, millis, type Eid } from "../../src/core/wire/units.ts";
import { MemoryLink, settle } from "./memory-link.ts";

const NOW = millis(0);
const OWNER_EID = eid(FIRST_ASSIGNABLE_EID);
const ENDPOINTS_A_BRIDGE = 18;
const ROUTE_PORT = {
  binding: 0x05,
  medium: 0x00,
  address: new Uint8Array(0),
  incomingUnit: BASELINE_UNIT,
  outgoingUnit: BASELINE_UNIT,
};

export interface FullNetwork {
  readonly owner: EndpointCore;
  readonly links: readonly MemoryLink[];
  readonly routers: readonly Router[];
  readonly endpoints: readonly EndpointCore[];
  /** All EIDs but the bus owner's, in ascending order. */
  readonly eids: readonly Eid[];
}

/** Makes the network and has everybody join it. Throws when an EID is left over or given twice. */
export function openFullNetwork(unit = 64): FullNetwork {
  const pool = { first: eid(OWNER_EID + 1), count: LAST_ASSIGNABLE_EID - OWNER_EID };
  const owner = newEndpoint(OWNER_EID, "busOwner");
  const top = new Router(owner);
  const busOwner = new BusOwner({ own: OWNER_EID, pool, statics: new Map(), portEids: new Map() });
  const links: MemoryLink[] = [];
  const routers = [top];
  const endpoints: EndpointCore[] = [];
  const below: Bridge[] = [];
  for (let left = pool.count; left > 0;) {
    const count = Math.min(ENDPOINTS_A_BRIDGE, left - 1);
    left -= 1 + count;
    const node = newBridge(count);
    routers.push(node.router);
    below.push(node.bridge);
    endpoints.push(...node.endpoints);
    links.push(new MemoryLink(top.addPort(`bridge ${String(below.length)}`), node.upstream, unit));
    links.push(...node.links);
  }
  const above = new Bridge(top, { poolSize: 0, portOf: () => ROUTE_PORT, owner: busOwner });
  for (const link of links) link.up();
  for (const port of top.ports) join(links, above, port.number);
  for (const bridge of below) for (const { number } of bridge.router.ports) if (number > 0) join(links, bridge, number);
  const bridges = routers.slice(1).map(({ endpoint }) => endpoint);
  const eids = [...bridges, ...endpoints].map(({ identity }) => identity.eid).sort((one, other) => one - other);
  if (new Set(eids).size !== pool.count || eids[0] !== pool.first) throw new Error("an EID is missing");
  return { owner, links, routers, endpoints, eids };
}

function newEndpoint(own: Eid, kind: "endpoint" | "busOwner" | "bridge"): EndpointCore {
  const uuid = new Uint8Array(16);
  uuid.set([++devices >> 8, devices & 0xff]);
  const identity = { eid: own, uuid, kind, staticEid: undefined, assigned: false, messageTypes: new Map() };
  const endpoint = new EndpointCore({ ...ENDPOINT_DEFAULTS, identity });
  endpoint.handle(MessageType.VENDOR_IANA, (message) => {
    endpoint.respond(message, message.bytes);
  });
  return endpoint;
}

/** Makes each UUID another one. */
let devices = 0;

function newBridge(count: number) {
  const endpoint = newEndpoint(NULL_EID, "bridge");
  const router = new Router(endpoint);
  const upstream = router.addPort("upstream");
  const endpoints = Array.from({ length: count }, () => newEndpoint(NULL_EID, "endpoint"));
  const links = endpoints.map((one, index) => new MemoryLink(router.addPort(`endpoint ${String(index)}`), one));
  const bridge = new Bridge(router, { poolSize: count, portOf: () => ROUTE_PORT });
  endpoint.onEidAssigned = (_, by) => {
    bridge.eidAssigned(by);
  };
  return { router, upstream, endpoints, links, bridge };
}

function join(links: readonly MemoryLink[], bridge: Bridge, port: number): void {
  const { router, owner } = bridge;
  let trouble = "it never ended" as string | undefined;
  runSequence(
    router.endpoint,
    joining(owner, port),
    NOW,
    (outcome) => {
      trouble = outcome.ok ? outcome.value.poolTrouble : outcome.reject;
    },
    router.ports[port]?.local,
  );
  settle(links);
  if (trouble !== undefined) throw new Error(`nobody joined at port ${String(port)}: ${trouble}`);
  bridge.updateRoutes();
}

/** What was held at once, of all bridges and of the bus owner. */
export interface HeldMemory {
  readonly requests: number;
  readonly packetsInTransit: number;
  readonly bytesInTransit: number;
  readonly queuedBytes: number;
}

/** Sends `tags` requests of `messageBytes` to everybody at once; gives what was held at most while they were answered. */
export function askEverybody(network: FullNetwork, messageBytes: number, tags: number = TAGS): HeldMemory {
  const { owner, eids, links } = network;
  const message = new Uint8Array(messageBytes);
  message[0] = MessageType.VENDOR_IANA;
  let answered = 0;
  for (const destination of eids) {
    for (let tag = 0; tag < tags; tag++) {
      owner.request(destination, message, NOW, (outcome) => {
        if (!outcome.ok) throw new Error(`EID ${String(destination)} did not answer: ${outcome.reject}`);
        if (outcome.response.source !== destination) throw new Error("an answer came from somebody else");
        answered++;
      });
    }
  }
  const held = { requests: owner.usage.requests, packetsInTransit: 0, bytesInTransit: 0, queuedBytes: 0 };
  const asked = eids.length * tags;
  while (answered < asked) {
    let moved = false;
    for (const link of links) moved = link.step() || moved;
    if (!moved) throw new Error(`${String(asked - answered)} requests were not answered`);
    const transit = network.routers.map(({ inTransit }) => inTransit);
    held.packetsInTransit = Math.max(
      held.packetsInTransit,
      sumOf(transit, ({ packets }) => packets),
    );
    held.bytesInTransit = Math.max(
      held.bytesInTransit,
      sumOf(transit, ({ bytes }) => bytes),
    );
    held.queuedBytes = Math.max(held.queuedBytes, owner.usage.queuedBytes);
  }
  return held;
}

function sumOf<Element>(list: readonly Element[], of: (element: Element) => number): number {
  return list.reduce((sum, element) => sum + of(element), 0);
}
