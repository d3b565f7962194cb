/** Resolve UUID, command 0x10: the EIDs that a device has, one for each bus that it is on. */
import { countedList } from "../../../wire/field-table.ts";
import type { Eid } from "../../../wire/units.ts";
import { Control } from "../codec.ts";
import { describeCommand, type DescribedCommand } from "../data.ts";
import { ADDRESS_FIELDS, eidField, nextPart, partAsked, uuidField } from "../fields.ts";
import type { PhysicalAddress } from "../routing.ts";

export interface ResolveUuidRequest {
  readonly uuid: Uint8Array;
  /** 0 for the first entries, then what the response before named. */
  readonly handle: number;
}

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

export const ResolveUuid: DescribedCommand<ResolveUuidRequest, ResolveUuidResponse> = describeCommand({
  code: Control.RESOLVE_UUID,
  name: "Resolve UUID",
  reference: "DSP0236, Resolve UUID",
  request: [uuidField("UUID", "uuid"), partAsked("entry handle", "handle")],
  response: [
    nextPart("next entry handle"),
    ...countedList("entries", "entry", [eidField("EID", { key: "eid" }), ...ADDRESS_FIELDS]),
  ],
  line: {
    name: "resolve-uuid",
    summary: "the EIDs that a UUID has",
    example: "75f58618-52ab-4348-9f4c-821cf24f8b90",
    by: "busOwner",
  },
});
