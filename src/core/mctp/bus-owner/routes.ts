/** The routes that a bus owner knows, and what it answers of them to those who ask. */
import type { Eid } from "../../wire/units.ts";
import { NULL_EID } from "../message.ts";
import { uuidText } from "../control/identifiers.ts";
import type { PhysicalAddress } from "../control/routing.ts";
import type { UuidEntry } from "../control/commands/resolve-uuid.ts";
import type { RoutingTableEntry } from "../control/routing.ts";
import type { RoutingInformation } from "../control/services.ts";
import type { BusOwner, EndpointRecord } from "./bus-owner.ts";
import { includesEid } from "./memory.ts";

/** A port of the bus owner, as routes name it. */
export interface RoutePort extends PhysicalAddress {
  /** Payload bytes of a packet that the port takes in, and gives out. */
  readonly incomingUnit: number;
  readonly outgoingUnit: number;
}

/** What leads to the endpoints that are there, in ascending order of EID. */
export function routeTable(
  records: readonly EndpointRecord[],
  portOf: (port: number) => RoutePort,
): readonly RoutingTableEntry[] {
  return records.filter(({ presence }) => presence !== "gone").flatMap((record) => entriesOf(record, portOf));
}

function entriesOf(
  { eid, port, pool, fixed }: EndpointRecord,
  portOf: (port: number) => RoutePort,
): readonly RoutingTableEntry[] {
  if (port === undefined) return [];
  const { binding, medium, address } = portOf(port);
  const shared = { port, binding, medium, address, isStatic: fixed !== undefined };
  if (pool === undefined) return [{ ...shared, first: eid, count: 1, kind: "endpoint" }];
  if (pool.first === eid + 1) return [{ ...shared, first: eid, count: 1 + pool.count, kind: "bridgeAndRange" }];
  return [
    { ...shared, first: eid, count: 1, kind: "bridge" },
    { ...shared, first: pool.first, count: pool.count, kind: "range" },
  ];
}

/** What a bus owner answers to questions that come in at `askedAt`. */
export function routingInformation(
  owner: BusOwner,
  askedAt: number,
  portOf: (port: number) => RoutePort,
): RoutingInformation {
  const wayTo = (target: Eid): EndpointRecord | undefined =>
    owner.endpoints.find(
      ({ presence, eid, pool }) => presence !== "gone" && (eid === target || includesEid(pool, target)),
    );
  const { own } = owner.config;
  return {
    entries: () => routeTable(owner.endpoints, portOf),

    resolve: (target) => {
      const port = target === own ? askedAt : wayTo(target)?.port;
      if (port === undefined) return undefined;
      // Who asks from another bus sends to the bus owner, which sends it on.
      const bridge = port === askedAt ? (wayTo(target)?.eid ?? own) : own;
      return { bridge, address: portOf(askedAt).address };
    },

    hop: (target) => {
      const way = wayTo(target);
      if (target !== own && way === undefined) return undefined;
      const { incomingUnit } = portOf(askedAt);
      if (way?.port === undefined || way.port === askedAt) {
        return { next: NULL_EID, incomingUnit, outgoingUnit: portOf(askedAt).outgoingUnit };
      }
      return { next: way.eid, incomingUnit, outgoingUnit: portOf(way.port).outgoingUnit };
    },

    resolveUuid: (uuid) => {
      const text = uuidText(uuid);
      return owner.endpoints
        .filter((record) => record.uuid === text && record.presence !== "gone")
        .flatMap(({ eid, port }): readonly UuidEntry[] => {
          if (port === undefined) return [];
          const { binding, medium, address } = portOf(port);
          return [{ eid, binding, medium, address }];
        });
    },
  };
}
