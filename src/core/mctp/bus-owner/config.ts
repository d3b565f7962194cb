/** What a bus owner is told: its EIDs, and for whom they are. */
import type { Eid } from "../../wire/units.ts";
import type { EidRange } from "../control/routing.ts";

export interface BusOwnerConfig {
  /** The bus owner's own EID. */
  readonly own: Eid;
  /** The EIDs that it gives. */
  readonly pool: EidRange;
  /** EIDs kept for endpoints with these UUIDs, in the form of uuidText; in the pool or not. */
  readonly statics: ReadonlyMap<string, Eid>;
  /** The ports that some of these UUIDs are pinned to: at another port they have no EID kept. */
  readonly staticPorts?: ReadonlyMap<string, number>;
  /** EIDs kept for the endpoints at these ports, whichever they are. */
  readonly portEids: ReadonlyMap<number, Eid>;
  /** Ports that share the pool, see shares.ts; default: one, which has all of it. */
  readonly ports?: number;
  /** EIDs of the network beyond this owner's ports, which no endpoint here may insist on. */
  readonly isForeign?: (eid: Eid) => boolean;
}
