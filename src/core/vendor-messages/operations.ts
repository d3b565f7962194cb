/** Numbers of the echo and file messages. Specification: Annex G. */

/** Set aside for documentation by RFC 5612. */
export const ENTERPRISE_NUMBER = 32473;
export const VENDOR_FORMAT = 1;
export const RESPONSE_BIT = 0x80;

export const OPERATION_AT = 6;
export const REQUEST_FIELDS_AT = 7;
export const STATUS_AT = 7;
export const RESPONSE_FIELDS_AT = 8;
export const SHA256_BYTES = 32;
/** Of the value that a sender puts into File Close. */
export const CLOSE_VALUE_BYTES = 16;

export const Operation = { ECHO: 0x01, FILE_OPEN: 0x02, FILE_DATA: 0x03, FILE_CLOSE: 0x04 } as const;

const OPERATION_NAMES: ReadonlyMap<number, string> = new Map([
  [Operation.ECHO, "Echo"],
  [Operation.FILE_OPEN, "File Open"],
  [Operation.FILE_DATA, "File Data"],
  [Operation.FILE_CLOSE, "File Close"],
]);

/** The name of an operation without its response bit. */
export function operationName(operation: number): string | undefined {
  return OPERATION_NAMES.get(operation);
}

export const VendorStatus = {
  OK: 0,
  FILES_NOT_ACCEPTED: 1,
  MALFORMED: 2,
  UNKNOWN_HANDLE: 3,
  WRONG_OFFSET: 4,
  TOO_LARGE: 5,
  CONTENTS_DIFFER: 6,
  STORAGE_FAILED: 7,
  UNKNOWN_OPERATION: 8,
  BUSY: 9,
  NAME_REFUSED: 10,
  NO_ROOM: 11,
} as const;

const STATUS_TEXTS: readonly string[] = [
  "ok",
  "the peer does not accept files: start its agent with --inbox FOLDER",
  "the peer found the request malformed",
  "the peer does not know the transfer any more",
  "the peer expects another part of the file",
  "the file is larger than the peer accepts",
  "the contents that arrived differ from the file: did it change meanwhile?",
  "the peer could not store the file: see its log",
  "the peer does not know the operation",
  "the peer has too many transfers under way: try again later",
  "the peer refuses the name: send it under one of letters, digits, '.', '_', '-' and spaces inside (--name)",
  "the peer has no room for the file: its quota (--inbox-quota) is used up, or its disk nearly full",
];

export function vendorStatusText(status: number): string {
  return STATUS_TEXTS[status] ?? `status ${String(status)}`;
}
