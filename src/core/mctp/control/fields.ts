/** Fields and meanings that several control commands share: EIDs, message types, identifiers of DSP0239, pages. */
import {
  bytesOf,
  countedBytes,
  named,
  u8,
  unusual,
  wrong,
  type BytesField,
  type Field,
  type Finding,
  type NumberField,
  type Seen,
} from "../../wire/field-table.ts";
import {
  BROADCAST_EID,
  FIRST_ASSIGNABLE_EID,
  INTEGRITY_CHECK_MASK,
  MESSAGE_TYPE_MASK,
  NULL_EID,
  messageTypeName,
} from "../message.ts";
import { UUID_BYTES, uuidText } from "./identifiers.ts";
import { BINDING_NAMES, MEDIUM_NAMES } from "./link-identifiers.ts";

export function eidMeaning(value: number): string | undefined {
  if (value === NULL_EID) return "null EID: the peer on the link";
  if (value === BROADCAST_EID) return "broadcast EID";
  return value < FIRST_ASSIGNABLE_EID ? "reserved EID" : undefined;
}

export function judgeEid(value: number): Finding | undefined {
  return value > NULL_EID && value < FIRST_ASSIGNABLE_EID ? unusual("EIDs 1 to 7 are reserved") : undefined;
}

/** A field that holds the EID of an endpoint. */
export function eidField(name: string, more: Partial<NumberField> = {}): NumberField {
  return u8(name, { role: "eid", meaning: eidMeaning, judge: judgeEid, ...more });
}

/** For an EID that is to be set, unless the operation takes none. */
export function judgeNewEid(value: number, { value: of }: Seen): Finding | undefined {
  if (of("operation code") >= 2) return undefined;
  return value === NULL_EID || value === BROADCAST_EID
    ? wrong("neither 0 nor 0xff can be assigned: answered with 0x02, invalid data")
    : judgeEid(value);
}

/** A whole byte that holds a message type. */
export function messageTypeMeaning(value: number): string {
  return (value & INTEGRITY_CHECK_MASK) === 0 ? messageTypeName(value & MESSAGE_TYPE_MASK) : "not a message type";
}

export const messageTypeAsked: NumberField = u8("message type asked for", {
  key: "messageType",
  show: "hex",
  meaning: messageTypeMeaning,
});

export function uuidField(name: string, key: string): BytesField {
  return bytesOf(name, UUID_BYTES, { key, meaning: uuidText });
}

export function bindingField(key: string, name = "binding type"): NumberField {
  return u8(name, { key, meaning: named(BINDING_NAMES), reference: "DSP0239" });
}

export const mediumField: NumberField = u8("medium type", {
  key: "medium",
  show: "hex",
  meaning: named(MEDIUM_NAMES),
  reference: "DSP0239",
});

/** Where an entry's endpoint is: a physical address and the medium that it counts on (DSP0239). */
export const ADDRESS_FIELDS: readonly Field[] = [
  bindingField("binding"),
  mediumField,
  ...countedBytes("address", "address length", "physical address"),
];

/* ---- Tables that come in parts ---- */

/** As the handle or selector of the next part: there is none. */
export const NO_MORE_ENTRIES = 0xff;

/** Which part of a table is asked for: 0, then what the response before named. */
export function partAsked(name: string, key: string): NumberField {
  return u8(name, { key, show: "hex", role: "page" });
}

/** Which part is to be asked for next. */
export function nextPart(name: string): NumberField {
  return u8(name, { key: "next", show: "hex", meaning: named({ [NO_MORE_ENTRIES]: "no more follow" }) });
}

/** Rates of the rate limit commands. */
export function rateField(name: string, key: string): NumberField {
  return { ...u8(name, { key, meaning: () => "packets of 64 bytes a second" }), bytes: 4 };
}
