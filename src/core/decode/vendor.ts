/** Field tables of vendor-defined messages: type 0x7E (PCI) and 0x7F (IANA), with the echo and file messages of Annex G. */
import {
  CLOSE_VALUE_BYTES,
  ENTERPRISE_NUMBER,
  Operation,
  RESPONSE_BIT,
  SHA256_BYTES,
  VENDOR_FORMAT,
  VendorStatus,
  operationName,
  vendorStatusText,
} from "../vendor-messages/operations.ts";
import { isFileName } from "../vendor-messages/file-names.ts";
import { judgeTagOwner, messageTypeByte, textMeaning } from "./meanings.ts";
import {
  bits,
  bytesOf,
  choose,
  u16,
  u32,
  u64,
  u8,
  unusual,
  wrong,
  type Field,
  type Finding,
  type Seen,
} from "../wire/field-table.ts";

export const VENDOR_PCI_MESSAGE: readonly Field[] = [
  messageTypeByte(),
  u16("PCI vendor id", { show: "hex", reference: "DSP0236, vendor defined (PCI)" }),
  bytesOf("vendor's message", "rest", { meaning: textMeaning }),
];

/** Sizes and offsets are taken up to 2^53 - 1. */
function judgeSize(value: number): Finding | undefined {
  return value > Number.MAX_SAFE_INTEGER ? unusual("above 2^53 - 1, which an implementation need not take") : undefined;
}

const handle = u32("handle");
const nextOffset = u64("next offset", { judge: judgeSize });
const sha256 = bytesOf("SHA-256", SHA256_BYTES);
/** Where a message of the older form ends before it. */
const closeValue = choose(({ left }) => (left === 0 ? [] : [bytesOf("value", CLOSE_VALUE_BYTES)]));
const closeProof = choose(({ left }) =>
  left === 0 ? [] : [bytesOf("proof: SHA-256 of value and SHA-256", SHA256_BYTES)],
);
const data = bytesOf("data", "rest", { meaning: textMeaning });

const REQUEST_FIELDS: ReadonlyMap<number, readonly Field[]> = new Map([
  [Operation.ECHO, [data]],
  [
    Operation.FILE_OPEN,
    [
      u64("size", { judge: judgeSize }),
      sha256,
      u8("name length", { judge: (value) => (value === 0 ? wrong("a name has 1 to 255 bytes") : undefined) }),
      bytesOf("name", ({ value }) => value("name length"), { meaning: textMeaning, judge: judgeName }),
    ],
  ],
  [Operation.FILE_DATA, [handle, u64("offset", { judge: judgeSize }), data]],
  [Operation.FILE_CLOSE, [handle, closeValue]],
]);

const SLASH = 0x2f;
const BACKSLASH = 0x5c;

function judgeName(bytes: Uint8Array): Finding | undefined {
  if (bytes.some((byte) => byte === SLASH || byte === BACKSLASH || byte === 0)) {
    return wrong("no base name: it holds '/', '\\' or NUL");
  }
  const dots = bytes.length <= 2 && bytes.length > 0 && bytes.every((byte) => byte === 0x2e);
  if (dots) return wrong('no base name: "." and ".." are none');
  // What other characters are is for the receiver to find out.
  const isRefused = bytes.every((byte) => byte < 0x80) && !isFileName(String.fromCharCode(...bytes));
  return isRefused ? unusual("a name that receivers refuse: status 10") : undefined;
}

const RESPONSE_FIELDS: ReadonlyMap<number, readonly Field[]> = new Map([
  [Operation.ECHO, [data]],
  [Operation.FILE_OPEN, [handle, nextOffset, u32("largest data bytes")]],
  [Operation.FILE_DATA, [nextOffset]],
  [Operation.FILE_CLOSE, [sha256, closeProof]],
]);

/** Fields that follow a status other than ok. */
const STATUS_FIELDS: ReadonlyMap<number, readonly Field[]> = new Map([
  [VendorStatus.WRONG_OFFSET, [nextOffset]],
  [VendorStatus.CONTENTS_DIFFER, [sha256]],
]);

const operationOf = ({ value }: Seen): number => value("operation code");
const isResponse = ({ value }: Seen): boolean => value("response") === 1;

const annexMessage: readonly Field[] = [
  u8("format version", {
    reference: "Annex G.1",
    judge: (value) => (value === VENDOR_FORMAT ? undefined : wrong("only format version 1 is defined: status 8")),
  }),
  u8("operation", {
    reference: "Annex G.1",
    bitFields: [
      bits("response", 7, 1, ["request", "response"]),
      { name: "operation code", shift: 0, bits: 7, meaning: operationName },
    ],
    judge: (value, { tagOwner }) => {
      const answers = (value & RESPONSE_BIT) !== 0;
      if (operationName(value & ~RESPONSE_BIT) === undefined) return wrong("no such operation: answered with status 8");
      return judgeTagOwner(!answers, tagOwner);
    },
  }),
  choose((seen) => {
    const operation = operationOf(seen);
    if (!isResponse(seen)) return REQUEST_FIELDS.get(operation) ?? [data];
    return [
      u8("status", { reference: "Annex G.1", meaning: vendorStatusText }),
      choose(({ value }) => {
        const status = value("status");
        if (status !== VendorStatus.OK) return STATUS_FIELDS.get(status) ?? [];
        return RESPONSE_FIELDS.get(operation) ?? [data];
      }),
    ];
  }),
];

export const VENDOR_IANA_MESSAGE: readonly Field[] = [
  messageTypeByte(),
  u32("enterprise number", {
    reference: "DSP0236, vendor defined (IANA)",
    meaning: (value) => (value === ENTERPRISE_NUMBER ? "echo and file messages of Annex G" : undefined),
  }),
  choose(({ value }) =>
    value("enterprise number") === ENTERPRISE_NUMBER
      ? annexMessage
      : [bytesOf("vendor's message", "rest", { meaning: textMeaning })],
  ),
];
