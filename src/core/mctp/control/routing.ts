/**
 * Routing Information Update, command 0x09, and Get Routing Table Entries, command 0x0A (DSP0236 12.11, 12.12): which
 * EIDs are reached through which bridge.
 */
import { ok, reject } from "../../wire/result.ts";
import { eid, type Eid } from "../../wire/units.ts";
import { Control } from "./codec.ts";
import {
  NOTHING_KNOWN,
  atLeast,
  exactly,
  joined,
  nameOf,
  readList,
  type ControlCommand,
  type Decoded,
} from "./data.ts";
import type { PhysicalAddress } from "./resolve.ts";

/**
 * What a range of EIDs is, in the order of the codes: an endpoint by itself; a bridge, whose EID comes first, with what
 * is behind it; a bridge by itself; what is behind a bridge, without the bridge's own EID.
 */
const ENTRY_KINDS = ["endpoint", "bridgeAndRange", "bridge", "range"] as const;
export type RoutingEntryKind = (typeof ENTRY_KINDS)[number];

export interface EidRange {
  readonly first: Eid;
  readonly count: number;
}

/* ---- Routing Information Update ---- */

export interface RoutingUpdateEntry extends EidRange {
  readonly kind: RoutingEntryKind;
  /** On the bus that the update goes over, whose binding says how long it is. */
  readonly address: Uint8Array;
}

export interface RoutingUpdateRequest {
  readonly entries: readonly RoutingUpdateEntry[];
}

const UPDATE_HEAD_BYTES = 3;

/** The command on a bus whose addresses have `addressBytes` bytes: none where the link alone tells. */
export function routingInformationUpdate(addressBytes: number): ControlCommand<RoutingUpdateRequest, undefined> {
  const entryBytes = UPDATE_HEAD_BYTES + addressBytes;
  return {
    code: Control.ROUTING_INFORMATION_UPDATE,
    request: {
      encode: ({ entries }) =>
        joined(
          [entries.length],
          ...entries.flatMap(({ kind, count, first, address }) => [[ENTRY_KINDS.indexOf(kind), count, first], address]),
        ),
      decode: (data) => {
        const count = data[0];
        if (count === undefined || data.length !== 1 + count * entryBytes) return reject("invalidLength");
        return decodeUpdates(data, count, entryBytes);
      },
    },
    response: NOTHING_KNOWN,
  };
}

/** Routing Information Update on a bus without addresses, like this binding's. */
export const RoutingInformationUpdate: ControlCommand<RoutingUpdateRequest, undefined> = routingInformationUpdate(0);

function decodeUpdates(data: Uint8Array, count: number, entryBytes: number): Decoded<RoutingUpdateRequest> {
  const entries = readList(data, 1, count, (bytes, at) => {
    const kind = nameOf(ENTRY_KINDS, bytes[at]! & 0x0f);
    if (kind === undefined) return undefined;
    const next = at + entryBytes;
    const address = bytes.subarray(at + UPDATE_HEAD_BYTES, next);
    return { element: { kind, count: bytes[at + 1]!, first: eid(bytes[at + 2]!), address }, next };
  });
  return entries === undefined ? reject("invalidData") : ok({ entries });
}

/* ---- Get Routing Table Entries ---- */

export interface GetRoutingTableRequest {
  /** 0 for the first entries, then what the response before named. */
  readonly handle: number;
}

export interface RoutingTableEntry extends EidRange, PhysicalAddress {
  readonly kind: RoutingEntryKind;
  /** Configured rather than learnt. */
  readonly isStatic: boolean;
  /** The port of the answering bridge that leads there, 0 to 31. */
  readonly port: number;
}

export interface GetRoutingTableResponse {
  /** Handle of the next entries, or NO_MORE_ENTRIES. */
  readonly next: number;
  readonly entries: readonly RoutingTableEntry[];
}

const ENTRY_HEAD_BYTES = 6;
const STATIC_BIT = 0x20;
const PORT_MASK = 0x1f;

/** Bytes that an entry takes in a response. */
export function routingTableEntryBytes({ address }: RoutingTableEntry): number {
  return ENTRY_HEAD_BYTES + address.length;
}

export const GetRoutingTableEntries: ControlCommand<GetRoutingTableRequest, GetRoutingTableResponse> = {
  code: Control.GET_ROUTING_TABLE_ENTRIES,
  request: {
    encode: ({ handle }) => Uint8Array.of(handle),
    decode: exactly(1, (data) => ok({ handle: data[0]! })),
  },
  response: {
    encode: ({ next, entries }) => joined([next, entries.length], ...entries.flatMap(writeTableEntry)),
    decode: atLeast(2, (data) => {
      const entries = readList(data, 2, data[1]!, readTableEntry);
      return entries === undefined ? reject("invalidLength") : ok({ next: data[0]!, entries });
    }),
  },
};

function writeTableEntry(entry: RoutingTableEntry): readonly (Uint8Array | readonly number[])[] {
  const { count, first, binding, medium, address } = entry;
  const kindAndPort =
    (ENTRY_KINDS.indexOf(entry.kind) << 6) | (entry.isStatic ? STATIC_BIT : 0) | (entry.port & PORT_MASK);
  return [[count, first, kindAndPort, binding, medium, address.length], address];
}

function readTableEntry(data: Uint8Array, at: number): { element: RoutingTableEntry; next: number } | undefined {
  const start = at + ENTRY_HEAD_BYTES;
  if (data.length < start) return undefined;
  const next = start + data[at + 5]!;
  if (data.length < next) return undefined;
  const kindAndPort = data[at + 2]!;
  const element: RoutingTableEntry = {
    count: data[at]!,
    first: eid(data[at + 1]!),
    kind: ENTRY_KINDS[kindAndPort >>> 6]!,
    isStatic: (kindAndPort & STATIC_BIT) !== 0,
    port: kindAndPort & PORT_MASK,
    binding: data[at + 3]!,
    medium: data[at + 4]!,
    address: data.subarray(start, next),
  };
  return { element, next };
}
