/** Get Routing Table Entries, command 0x0A (DSP0236 12.12): which EIDs a bridge or bus owner reaches through which port. */
import { bits, caseBits, countedList, u8 } from "../../../wire/field-table.ts";
import { Control } from "../codec.ts";
import { describeCommand, type DescribedCommand } from "../data.ts";
import { ADDRESS_FIELDS, eidField, nextPart, partAsked } from "../fields.ts";
import { ENTRY_KINDS, type RoutingTableEntry } from "../routing.ts";

export interface GetRoutingTableRequest {
  /** 0 for the first entries, then what the response before named. */
  readonly handle: number;
}

export interface GetRoutingTableResponse {
  /** Handle of the next entries, or NO_MORE_ENTRIES. */
  readonly next: number;
  readonly entries: readonly RoutingTableEntry[];
}

const ENTRY_HEAD_BYTES = 6;

/** Bytes that an entry takes in a response. */
export function routingTableEntryBytes({ address }: RoutingTableEntry): number {
  return ENTRY_HEAD_BYTES + address.length;
}

export const GetRoutingTableEntries: DescribedCommand<GetRoutingTableRequest, GetRoutingTableResponse> =
  describeCommand({
    code: Control.GET_ROUTING_TABLE_ENTRIES,
    name: "Get Routing Table Entries",
    reference: "DSP0236 12.12",
    request: [partAsked("entry handle", "handle")],
    response: [
      nextPart("next entry handle"),
      ...countedList("entries", "entry", [
        u8("EIDs", { key: "count" }),
        eidField("first EID", { key: "first" }),
        u8("entry type and port", {
          bitFields: [
            caseBits("kind", "entry type", 6, 2, ENTRY_KINDS),
            caseBits("isStatic", "static", 5, 1, [
              [false, "learnt"],
              [true, "configured"],
            ]),
            { ...bits("port", 0, 5), key: "port" },
          ],
        }),
        ...ADDRESS_FIELDS,
      ]),
    ],
    line: { name: "routing-table", summary: "the whole table, or a part", by: "busOwner" },
  });
