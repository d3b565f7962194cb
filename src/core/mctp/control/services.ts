/**
 * What a control responder answers from: the identity that every endpoint has, and services that only some have, by
 * their role or their binding. A command whose service is not there is unsupported.
 */
import type { Eid } from "../../wire/units.ts";
import type { AllocateEndpointIdsRequest, AllocateEndpointIdsResponse } from "./commands/allocate-endpoint-ids.ts";
import type { SupportedInterface } from "./commands/query-interfaces.ts";
import type { QueryHopResponse } from "./commands/query-hop.ts";
import type { QueryRateLimitResponse } from "./commands/query-rate-limit.ts";
import type { RateLimit, RequestRateLimitResponse } from "./commands/request-rate-limit.ts";
import type { ResolveEndpointIdResponse } from "./commands/resolve-endpoint-id.ts";
import type { UuidEntry } from "./commands/resolve-uuid.ts";
import type { RoutingTableEntry } from "./routing.ts";
import type { RoutingUpdateEntry } from "./commands/routing-information-update.ts";
import type { PoolState } from "./commands/set-endpoint-id.ts";
import type { VendorSupport } from "./commands/get-vendor-support.ts";

/** What the responder knows of, and may change in, its endpoint. */
export interface EndpointIdentity {
  eid: Eid;
  readonly uuid: Uint8Array;
  /** A bus owner's EID is not for others to set; a bridge gets its own like an endpoint. */
  readonly kind: "endpoint" | "busOwner" | "bridge";
  /** An EID that was configured rather than assigned. */
  readonly staticEid: Eid | undefined;
  /** A bus owner has assigned an EID. */
  assigned: boolean;
  /** Supported message types beside control, and the versions of each, in the coding of versionNumber. */
  readonly messageTypes: ReadonlyMap<number, readonly number[]>;
}

/** Resolve Endpoint ID, Get Routing Table Entries, Query Hop and Resolve UUID, as seen from the bus of the question. */
export interface RoutingInformation {
  /** The whole table, at most 255 entries in a lasting order. */
  entries(): readonly RoutingTableEntry[];
  /** Undefined for an EID that is not in the table. */
  resolve(target: Eid): ResolveEndpointIdResponse | undefined;
  /** Undefined for an EID that is not in the table. */
  hop(target: Eid, messageType: number): Omit<QueryHopResponse, "messageType"> | undefined;
  /** Empty for an unknown UUID. */
  resolveUuid(uuid: Uint8Array): readonly UuidEntry[];
}

/** The pool of a bridge: Allocate Endpoint IDs, and what Set Endpoint ID tells of the pool. */
export interface PoolHolder {
  readonly pool: PoolState;
  /** EIDs that it wants. */
  readonly poolSize: number;
  /** Undefined for a range that cannot be: invalid data. */
  allocate(request: AllocateEndpointIdsRequest, by: Eid): AllocateEndpointIdsResponse | undefined;
}

/** Routing Information Update. */
export interface RoutingUpdates {
  /** False when there is no room for them; then none of them was taken. */
  update(entries: readonly RoutingUpdateEntry[], by: Eid): boolean;
}

/** Discovery on a bus where presence cannot be seen. */
export interface Discoverable {
  discovered: boolean;
}

/** The rate at which this endpoint sends, and may be sent to. */
export interface RateLimiter {
  query(): QueryRateLimitResponse;
  /** Takes a limit as far as it can be kept, and gives what is in force. */
  request(limit: RateLimit, by: Eid): RequestRateLimitResponse;
  update(limit: RateLimit, by: Eid): void;
}

export interface ControlServices {
  readonly vendors?: readonly VendorSupport[];
  /** 16 bytes. */
  readonly networkId?: Uint8Array;
  readonly routing?: RoutingInformation;
  readonly pool?: PoolHolder;
  readonly routingUpdates?: RoutingUpdates;
  readonly discovery?: Discoverable;
  /** A bus owner's: an endpoint asks to be discovered. Called before the response is sent: see `Endpoint.onControl`. */
  readonly onDiscoveryNotify?: (by: Eid) => void;
  readonly rateLimiter?: RateLimiter;
  readonly interfaces?: () => readonly SupportedInterface[];
}
