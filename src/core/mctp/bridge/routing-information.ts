/** What a bridge answers of its routes to those who ask on one of its links (DSP0236 12.9, 12.12, Query Hop). */
import type { Eid } from "../../wire/units.ts";
import type { BusOwner } from "../bus-owner/bus-owner.ts";
import type { QueryHopResponse } from "../control/commands/query-hop.ts";
import type { UuidEntry } from "../control/commands/resolve-uuid.ts";
import { uuidText } from "../control/identifiers.ts";
import type { RoutingEntryKind, RoutingTableEntry } from "../control/routing.ts";
import type { RoutingInformation } from "../control/services.ts";
import { NULL_EID } from "../message.ts";
import { BASELINE_UNIT } from "../packet.ts";
import type { Router } from "./router.ts";
import type { Route } from "./routes.ts";

/** Binding and medium identifiers of a link (DSP0239). */
export interface LinkKind {
  readonly binding: number;
  readonly medium: number;
}

/** None of the links that there are has physical addresses: each joins two ends. */
const NO_ADDRESS = new Uint8Array(0);

/** `askedAt`: the port of the question. `owner`: who knows the UUIDs of those behind the other ports. */
export function bridgeInformation(
  router: Router,
  askedAt: number,
  owner: () => BusOwner,
  kindOf: (port: number) => LinkKind,
): RoutingInformation {
  const own = (): Eid => router.endpoint.identity.eid;
  const unitOf = (port: number): number => router.ports[port]?.unit || BASELINE_UNIT;
  return {
    entries: () => {
      const { routes } = router.routes;
      const bridges = new Set(routes.map(({ bridge }) => bridge));
      return routes.map((route) => tableEntry(route, bridges, kindOf(route.port)));
    },

    resolve: (target) => {
      if (target === own()) return { bridge: target, address: NO_ADDRESS };
      const route = router.routes.routeOf(target);
      if (route === undefined) return undefined;
      // Who asks from another bus sends to this bridge, which sends it on.
      return { bridge: route.port === askedAt ? (route.bridge ?? target) : own(), address: NO_ADDRESS };
    },

    hop: (target): Omit<QueryHopResponse, "messageType"> | undefined => {
      const route = router.routes.routeOf(target);
      if (route === undefined && target !== own()) return undefined;
      const incomingUnit = unitOf(askedAt);
      if (route === undefined || route.port === askedAt) {
        return { next: NULL_EID, incomingUnit, outgoingUnit: incomingUnit };
      }
      return { next: route.bridge ?? target, incomingUnit, outgoingUnit: unitOf(route.port) };
    },

    resolveUuid: (uuid) => {
      const text = uuidText(uuid);
      return owner()
        .endpoints.filter((record) => record.uuid === text && record.presence !== "gone")
        .flatMap(({ eid, port }): readonly UuidEntry[] =>
          port === undefined ? [] : [{ eid, ...kindOf(port), address: NO_ADDRESS }],
        );
    },
  };
}

function tableEntry(
  { first, count, port, isStatic, bridge }: Route,
  bridges: ReadonlySet<Eid | undefined>,
  kind: LinkKind,
): RoutingTableEntry {
  return {
    first,
    count,
    port,
    isStatic,
    kind: entryKind(bridge !== undefined, bridges.has(first)),
    ...kind,
    address: NO_ADDRESS,
  };
}

function entryKind(isBehindBridge: boolean, isBridge: boolean): RoutingEntryKind {
  if (isBehindBridge) return "range";
  return isBridge ? "bridge" : "endpoint";
}
