/**
 * What a bus owner or bridge answers of its routes to those who ask on one of its links (Resolve Endpoint ID, Get Routing
 * Table Entries, Query Hop, Resolve UUID). All of it comes from the one table that packets are forwarded by.
 */
import type { Eid } from "../../wire/units.ts";
import type { BusOwner } from "../bus-owner/bus-owner.ts";
import type { FarEndpoints } from "../bus-owner/far-endpoints.ts";
import { uuidText } from "../control/identifiers.ts";
import type { PhysicalAddress } from "../control/routing.ts";
import type { UuidEntry } from "../control/commands/resolve-uuid.ts";
import type { RoutingEntryKind, RoutingTableEntry } from "../control/routing.ts";
import type { RoutingInformation } from "../control/services.ts";
import { NULL_EID } from "../message.ts";
import type { Router } from "./router.ts";

/** A port as routes name it: binding and medium (DSP0239), and an address of no bytes, as each link joins two ends. */
export interface RoutePort extends PhysicalAddress {
  /** Payload bytes of a packet that the port takes in, and gives out. */
  readonly incomingUnit: number;
  readonly outgoingUnit: number;
}

/** The routes in ascending order of EID. */
export function routeTable(router: Router, portOf: (port: number) => RoutePort): readonly RoutingTableEntry[] {
  const { routes } = router.routes;
  const bridges = new Set(routes.map(({ bridge }) => bridge));
  return routes.map(({ first, count, port, isStatic, bridge }): RoutingTableEntry => {
    const { binding, medium, address } = portOf(port);
    const kind = entryKind(bridge !== undefined, bridges.has(first));
    return { first, count, port, isStatic, kind, binding, medium, address };
  });
}

/** `askedAt`: the port of the question. `owner`, `far`: who knows the UUIDs of those at the other ports, and behind them. */
export function bridgeInformation(
  router: Router,
  askedAt: number,
  owner: () => BusOwner,
  portOf: (port: number) => RoutePort,
  far: FarEndpoints,
): RoutingInformation {
  const own = (): Eid => router.endpoint.identity.eid;
  return {
    entries: () => routeTable(router, portOf),

    resolve: (target) => {
      const { address } = portOf(askedAt);
      if (target === own()) return { bridge: target, address };
      const route = router.routes.routeOf(target);
      if (route === undefined) return undefined;
      // A requester on another bus sends to this bridge, which forwards.
      return { bridge: route.port === askedAt ? (route.bridge ?? target) : own(), address };
    },

    hop: (target) => {
      const route = router.routes.routeOf(target);
      if (route === undefined && target !== own()) return undefined;
      const { incomingUnit, outgoingUnit } = portOf(askedAt);
      if (route === undefined || route.port === askedAt) return { next: NULL_EID, incomingUnit, outgoingUnit };
      return { next: route.bridge ?? target, incomingUnit, outgoingUnit: portOf(route.port).outgoingUnit };
    },

    resolveUuid: (uuid) => {
      const text = uuidText(uuid);
      const near = owner().endpoints.filter((record) => record.uuid === text && record.presence !== "gone");
      // What is shown behind a bridge does not stand beside an endpoint of another port (LPC-MCTP-23).
      const isHere = (port: number): boolean => !owner().isUuidElsewhere(text, port);
      const behind = far.endpoints.filter((record) => record.uuid === text && isHere(record.port));
      return [...near, ...behind].flatMap(({ eid, port }): readonly UuidEntry[] => {
        if (port === undefined) return [];
        const { binding, medium, address } = portOf(port);
        return [{ eid, binding, medium, address }];
      });
    },
  };
}

function entryKind(isBehindBridge: boolean, isBridge: boolean): RoutingEntryKind {
  if (isBehindBridge) return "range";
  return isBridge ? "bridge" : "endpoint";
}
