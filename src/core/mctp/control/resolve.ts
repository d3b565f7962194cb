/**
 * Resolve Endpoint ID, command 0x07 (DSP0236 12.9), and Resolve UUID, command 0x10: where an endpoint is. A link whose
 * two ends need no address gives one of no bytes.
 */
import { ok, reject } from "../../wire/result.ts";
import { eid, type Eid } from "../../wire/units.ts";
import { Control } from "./codec.ts";
import { atLeast, exactly, joined, readList, type ControlCommand } from "./data.ts";
import { UUID_BYTES } from "./identifiers.ts";

/** As an entry handle: there are no more entries. */
export const NO_MORE_ENTRIES = 0xff;

/** A physical address and the kind of medium that it counts on (DSP0239). */
export interface PhysicalAddress {
  readonly binding: number;
  readonly medium: number;
  readonly address: Uint8Array;
}

export interface ResolveEndpointIdRequest {
  readonly target: Eid;
}

export interface ResolveEndpointIdResponse {
  /** The bridge to send packets to, or the target itself where it is on the same bus. */
  readonly bridge: Eid;
  readonly address: Uint8Array;
}

export const ResolveEndpointId: ControlCommand<ResolveEndpointIdRequest, ResolveEndpointIdResponse> = {
  code: Control.RESOLVE_ENDPOINT_ID,
  request: {
    encode: ({ target }) => Uint8Array.of(target),
    decode: exactly(1, (data) => ok({ target: eid(data[0]!) })),
  },
  response: {
    encode: ({ bridge, address }) => joined([bridge], address),
    decode: atLeast(1, (data) => ok({ bridge: eid(data[0]!), address: data.subarray(1) })),
  },
};

export interface ResolveUuidRequest {
  readonly uuid: Uint8Array;
  /** 0 for the first entries, then what the response before named. */
  readonly handle: number;
}

/** An EID that a UUID has, one for each bus that its device is on. */
export interface UuidEntry extends PhysicalAddress {
  readonly eid: Eid;
}

export interface ResolveUuidResponse {
  /** Handle of the next entries, or NO_MORE_ENTRIES. */
  readonly next: number;
  readonly entries: readonly UuidEntry[];
}

const ENTRY_HEAD_BYTES = 4;

/** Bytes that an entry takes in a response. */
export function uuidEntryBytes({ address }: UuidEntry): number {
  return ENTRY_HEAD_BYTES + address.length;
}

export const ResolveUuid: ControlCommand<ResolveUuidRequest, ResolveUuidResponse> = {
  code: Control.RESOLVE_UUID,
  request: {
    encode: ({ uuid, handle }) => joined(uuid, [handle]),
    decode: exactly(UUID_BYTES + 1, (data) => ok({ uuid: data.subarray(0, UUID_BYTES), handle: data[UUID_BYTES]! })),
  },
  response: {
    encode: ({ next, entries }) =>
      joined(
        [next, entries.length],
        ...entries.flatMap(({ eid: own, binding, medium, address }) => [
          [own, binding, medium, address.length],
          address,
        ]),
      ),
    decode: atLeast(2, (data) => {
      const entries = readList(data, 2, data[1]!, readUuidEntry);
      return entries === undefined ? reject("invalidLength") : ok({ next: data[0]!, entries });
    }),
  },
};

function readUuidEntry(data: Uint8Array, at: number): { element: UuidEntry; next: number } | undefined {
  const start = at + ENTRY_HEAD_BYTES;
  if (data.length < start) return undefined;
  const next = start + data[at + 3]!;
  if (data.length < next) return undefined;
  const [own, binding, medium] = [data[at]!, data[at + 1]!, data[at + 2]!];
  return { element: { eid: eid(own), binding, medium, address: data.subarray(start, next) }, next };
}
