/** What the commands of routing tell about: ranges of EIDs, kinds of entries, physical addresses (DSP0236 12.11). */
import type { Case } from "../../wire/field-table.ts";
import type { Eid } from "../../wire/units.ts";

export interface EidRange {
  readonly first: Eid;
  readonly count: number;
}

/**
 * What a range of EIDs is: an endpoint by itself; a bridge, whose EID comes first, with what is behind it; a bridge by
 * itself; what is behind a bridge, without the bridge's own EID.
 */
export type RoutingEntryKind = "endpoint" | "bridgeAndRange" | "bridge" | "range";

export const ENTRY_KINDS: readonly Case[] = [
  ["endpoint", "one endpoint"],
  ["bridgeAndRange", "a bridge and the EIDs behind it"],
  ["bridge", "a bridge by itself"],
  ["range", "EIDs behind a bridge, without it"],
];

/** A physical address and the kind of medium that it counts on (DSP0239). */
export interface PhysicalAddress {
  readonly binding: number;
  readonly medium: number;
  /** Of no bytes on a link whose two ends need none. */
  readonly address: Uint8Array;
}

export interface RoutingTableEntry extends EidRange, PhysicalAddress {
  readonly kind: RoutingEntryKind;
  /** Configured rather than learnt. */
  readonly isStatic: boolean;
  /** The port of the answering bridge that leads there, 0 to 31. */
  readonly port: number;
}
