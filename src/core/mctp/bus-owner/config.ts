/** What a bus owner is told: its EIDs, and for whom they are. */
import type { Eid } from "../../wire/units.ts";
import type { EidRange } from "../control/routing.ts";

/** EIDs for what is behind the bridge with a certain UUID. */
export interface StaticPool extends EidRange {
  /** The port that the UUID is pinned to; undefined: every port. */
  readonly port: number | undefined;
}

export interface BusOwnerConfig {
  /** The bus owner's own EID. */
  readonly own: Eid;
  /** The EIDs that it gives. */
  readonly pool: EidRange;
  /** EIDs kept for endpoints with these UUIDs, in the form of uuidText; in the pool or not. */
  readonly statics: ReadonlyMap<string, Eid>;
  /** The ports that some of these UUIDs are pinned to: at another port they have no EID kept. */
  readonly staticPorts?: ReadonlyMap<string, number>;
  /** Pools kept for bridges with some UUIDs, in the pool or not: none of their EIDs is given to another. */
  readonly staticPools?: ReadonlyMap<string, StaticPool>;
  /** An endpoint, no bridge, that has an EID already keeps it where it may; default: false. */
  readonly keepsEids?: boolean;
  /** EIDs kept for the endpoints at these ports, whichever they are. */
  readonly portEids: ReadonlyMap<number, Eid>;
  /** Ports that share the pool, see shares.ts; default: one, which has all of it. */
  readonly ports?: number;
  /** EIDs of the network beyond this owner's ports, which no endpoint here may insist on. */
  readonly isForeign?: (eid: Eid) => boolean;
}
