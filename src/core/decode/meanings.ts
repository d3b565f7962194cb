/** Meanings that several families of messages share: EIDs, identifiers of DSP0239, UUIDs, versions, texts. */
import { versionText } from "../mctp/control/version-support.ts";
import {
  BROADCAST_EID,
  FIRST_ASSIGNABLE_EID,
  INTEGRITY_CHECK_MASK,
  MESSAGE_TYPE_MASK,
  NULL_EID,
  messageTypeName,
} from "../mctp/message.ts";
import { bits, choose, u8, unusual, wrong, type Field, type Finding, type NumberField } from "./table.ts";

export function eidMeaning(value: number): string | undefined {
  if (value === NULL_EID) return "null EID: whoever is at the other end";
  if (value === BROADCAST_EID) return "broadcast EID";
  return value < FIRST_ASSIGNABLE_EID ? "reserved EID" : undefined;
}

export function judgeEid(value: number): Finding | undefined {
  return value > NULL_EID && value < FIRST_ASSIGNABLE_EID ? unusual("EIDs 1 to 7 are reserved") : undefined;
}

/** A field that holds the EID of an endpoint. */
export function eidField(name: string, more: Pick<NumberField, "reference"> = {}): NumberField {
  return u8(name, { ...more, meaning: eidMeaning, judge: judgeEid });
}

/** The first byte of every message. */
export function messageTypeByte(judgeCheck?: (value: number) => Finding | undefined): NumberField {
  return u8("message type byte", {
    reference: "DSP0236 8.1",
    bitFields: [
      { ...bits("IC", 7, 1, ["no integrity check", "an integrity check follows the body"]), ...judging(judgeCheck) },
      { name: "message type", shift: 0, bits: 7, meaning: messageTypeName },
    ],
  });
}

function judging(judge: ((value: number) => Finding | undefined) | undefined): {
  judge?: (value: number) => Finding | undefined;
} {
  return judge === undefined ? {} : { judge };
}

/** Control and PLDM messages carry none. */
export function noCheck(value: number): Finding | undefined {
  return value === 0 ? undefined : wrong("messages of this type carry no integrity check: IC is 0");
}

/** A whole byte that holds a message type, as fields of commands do. */
export function messageTypeMeaning(value: number): string {
  return (value & INTEGRITY_CHECK_MASK) === 0 ? messageTypeName(value & MESSAGE_TYPE_MASK) : "no message type";
}

/** Printable ASCII in quotes; undefined for bytes that are none. */
export function textMeaning(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0 || !bytes.every((byte) => byte >= 0x20 && byte < 0x7f)) return undefined;
  return `"${String.fromCharCode(...bytes.subarray(0, 64))}${bytes.length > 64 ? "…" : ""}"`;
}

const BCD_BYTE = /^([0-9][0-9]|f[0-9])$/;

/** A version in BCD with F for an absent digit: "1.3.1". */
export function versionMeaning(value: number): string {
  return versionText(value);
}

export function judgeVersion(value: number): Finding | undefined {
  const major = value >>> 24;
  const minor = (value >>> 16) & 0xff;
  const update = (value >>> 8) & 0xff;
  const digits = [major, minor].every((byte) => BCD_BYTE.test(byte.toString(16).padStart(2, "0")));
  const last = update === 0xff || BCD_BYTE.test(update.toString(16).padStart(2, "0"));
  return digits && last ? undefined : unusual("no version in BCD, as F1 F3 F1 00 for 1.3.1");
}

/** Identifiers of transport bindings (DSP0239). */
const BINDINGS: Readonly<Record<number, string>> = {
  0x00: "reserved",
  0x01: "SMBus",
  0x02: "PCIe VDM",
  0x03: "USB",
  0x04: "KCS",
  0x05: "serial",
  0x06: "I3C",
  0x07: "MMBI",
  0x08: "PCC",
  0x09: "UCIe",
  0xff: "vendor-defined, as this binding's",
};

export function bindingField(name = "binding type"): NumberField {
  return u8(name, { meaning: (value) => BINDINGS[value], reference: "DSP0239" });
}

/** Responses of a later version may be longer: what is added is shown, and no fault. */
export const ADDED_LATER: Field = choose(({ left }) =>
  left === 0
    ? []
    : [
        {
          kind: "bytes",
          name: "added",
          length: "rest",
          judge: () => unusual("more than the command defines; a requester passes over it"),
        },
      ],
);
