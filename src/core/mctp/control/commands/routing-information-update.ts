/** Routing Information Update, command 0x09 (DSP0236 12.11): a bus owner tells a bridge of EIDs and bridges. */
import { bytesOf, caseBits, choose, countedList, reserved, u8, type Field } from "../../../wire/field-table.ts";
import { Control } from "../codec.ts";
import { describeCommand, type DescribedCommand } from "../data.ts";
import { eidField } from "../fields.ts";
import { ENTRY_KINDS, type EidRange, type RoutingEntryKind } from "../routing.ts";

export interface RoutingUpdateEntry extends EidRange {
  readonly kind: RoutingEntryKind;
  /** On the bus that the update goes over, whose binding says how long it is. */
  readonly address: Uint8Array;
}

export interface RoutingUpdateRequest {
  readonly entries: readonly RoutingUpdateEntry[];
}

const HEAD_BYTES = 3;

function entriesWith(addressBytes: number): readonly Field[] {
  return countedList("entries", "entry", [
    u8("entry type byte", { bitFields: [reserved(4, 4), caseBits("kind", "entry type", 0, 4, ENTRY_KINDS)] }),
    u8("EIDs", { key: "count" }),
    eidField("first EID", { key: "first" }),
    bytesOf("physical address", addressBytes, { key: "address" }),
  ]);
}

/** The length of an address is the bus's, which no byte tells: what there is, shared among the entries. */
const SHARED_OUT: readonly Field[] = [
  ...entriesWith(0).slice(0, 1),
  choose(({ value, left }) => entriesWith(Math.max(0, Math.floor(left / value("count")) - HEAD_BYTES)).slice(1)),
];

/** The command on a bus whose addresses have `addressBytes` bytes: none where the link alone tells. */
export function routingInformationUpdate(addressBytes: number): DescribedCommand<RoutingUpdateRequest, undefined> {
  return describeCommand({
    code: Control.ROUTING_INFORMATION_UPDATE,
    name: "Routing Information Update",
    reference: "DSP0236 12.11",
    request: entriesWith(addressBytes),
    explainedRequest: SHARED_OUT,
    completions: { 0x80: "no room for the entries" },
    line: {
      name: "routing-update",
      summary: "tell of EIDs and bridges",
      example: "bridge:20:1 range:40:8",
      by: "bridge",
      entry: ["kind", "first", "count", "address"],
    },
  });
}

/** Routing Information Update on a bus without addresses, like this binding's. */
export const RoutingInformationUpdate: DescribedCommand<RoutingUpdateRequest, undefined> = routingInformationUpdate(0);
