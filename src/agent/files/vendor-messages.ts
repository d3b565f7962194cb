/**
 * Echo and file messages: MCTP vendor-defined messages of type 0x7F under IANA enterprise number 32473. Specification:
 * Annex G.
 *
 * `7f | 00 00 7e d9 | format 01 | operation | fields`; a response sets bit 7 of the operation and puts a status before
 * its fields. All integers are big-endian.
 */
import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import { ok, reject, type Result } from "../../core/wire/result.ts";
import { MessageType } from "../../core/mctp/message.ts";
import {
  CLOSE_VALUE_BYTES,
  ENTERPRISE_NUMBER,
  OPERATION_AT,
  Operation,
  REQUEST_FIELDS_AT,
  RESPONSE_BIT,
  RESPONSE_FIELDS_AT,
  SHA256_BYTES,
  STATUS_AT,
  VENDOR_FORMAT,
} from "../../core/vendor-messages/operations.ts";

export {
  CLOSE_VALUE_BYTES,
  ENTERPRISE_NUMBER,
  OPERATION_AT,
  Operation,
  RESPONSE_BIT,
  RESPONSE_FIELDS_AT,
  STATUS_AT,
  VENDOR_FORMAT,
  VendorStatus,
  vendorStatusText,
} from "../../core/vendor-messages/operations.ts";

/** Bytes that a File Data request has beside the data. */
export const FILE_DATA_OVERHEAD: number = REQUEST_FIELDS_AT + 4 + 8;
/** Bytes that an Echo request has beside the data. */
export const ECHO_OVERHEAD: number = REQUEST_FIELDS_AT;

const NO_VALUE = new Uint8Array(0);

export type VendorRequest =
  | { readonly operation: typeof Operation.ECHO; readonly data: Uint8Array }
  | {
      readonly operation: typeof Operation.FILE_OPEN;
      readonly size: number;
      readonly sha256: Uint8Array;
      readonly name: string;
    }
  | {
      readonly operation: typeof Operation.FILE_DATA;
      readonly handle: number;
      readonly offset: number;
      readonly data: Uint8Array;
    }
  | {
      readonly operation: typeof Operation.FILE_CLOSE;
      readonly handle: number;
      /** CLOSE_VALUE_BYTES that the answer has to prove with; an older sender gives none. */
      readonly value?: Uint8Array;
    };

/** `foreign`: not of this enterprise number, to be ignored. The others are answered with the status named. */
export type VendorReject = "foreign" | "malformed" | "unknownOperation";

function begin(operation: number, fieldsAt: number, fieldBytes: number): Buffer {
  const bytes = Buffer.alloc(fieldsAt + fieldBytes);
  writeHead(bytes, operation);
  return bytes;
}

function writeHead(bytes: Buffer, operation: number): void {
  bytes[0] = MessageType.VENDOR_IANA;
  bytes.writeUInt32BE(ENTERPRISE_NUMBER, 1);
  bytes[5] = VENDOR_FORMAT;
  bytes[OPERATION_AT] = operation;
}

export function encodeVendorRequest(request: VendorRequest): Uint8Array {
  switch (request.operation) {
    case Operation.ECHO: {
      const bytes = begin(request.operation, REQUEST_FIELDS_AT, request.data.length);
      bytes.set(request.data, REQUEST_FIELDS_AT);
      return bytes;
    }
    case Operation.FILE_OPEN: {
      const name = Buffer.from(request.name, "utf8");
      const bytes = begin(request.operation, REQUEST_FIELDS_AT, 8 + SHA256_BYTES + 1 + name.length);
      bytes.writeBigUInt64BE(BigInt(request.size), REQUEST_FIELDS_AT);
      bytes.set(request.sha256, REQUEST_FIELDS_AT + 8);
      bytes[REQUEST_FIELDS_AT + 8 + SHA256_BYTES] = name.length;
      bytes.set(name, REQUEST_FIELDS_AT + 8 + SHA256_BYTES + 1);
      return bytes;
    }
    case Operation.FILE_DATA: {
      const { handle, offset, data } = request;
      const room = Buffer.allocUnsafe(FILE_DATA_OVERHEAD + data.length);
      room.set(data, FILE_DATA_OVERHEAD);
      return encodeFileData(room, handle, offset, data.length);
    }
    case Operation.FILE_CLOSE: {
      const { handle, value = NO_VALUE } = request;
      const bytes = begin(request.operation, REQUEST_FIELDS_AT, 4 + value.length);
      bytes.writeUInt32BE(handle, REQUEST_FIELDS_AT);
      bytes.set(value, REQUEST_FIELDS_AT + 4);
      return bytes;
    }
  }
}

/** The File Data request in `room`, which holds its `length` data bytes from FILE_DATA_OVERHEAD on already. */
export function encodeFileData(room: Buffer, handle: number, offset: number, length: number): Uint8Array {
  writeHead(room, Operation.FILE_DATA);
  room.writeUInt32BE(handle, REQUEST_FIELDS_AT);
  room.writeBigUInt64BE(BigInt(offset), REQUEST_FIELDS_AT + 4);
  return room.subarray(0, FILE_DATA_OVERHEAD + length);
}

/** A file name that stays inside its folder: a base name of 1 to 255 bytes, no path, no NUL. */
export function isBaseName(name: string): boolean {
  const length = Buffer.byteLength(name, "utf8");
  return length > 0 && length <= 255 && name !== "." && name !== ".." && !/[/\\\0]/.test(name);
}

export function decodeVendorRequest(message: Uint8Array): Result<VendorRequest, VendorReject> {
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  if (bytes.length < 5 || bytes[0] !== MessageType.VENDOR_IANA || bytes.readUInt32BE(1) !== ENTERPRISE_NUMBER) {
    return reject("foreign");
  }
  if (bytes.length < REQUEST_FIELDS_AT) return reject("malformed");
  if (bytes[5] !== VENDOR_FORMAT) return reject("unknownOperation");
  const fields = bytes.subarray(REQUEST_FIELDS_AT);
  switch (bytes[OPERATION_AT]) {
    case Operation.ECHO:
      return ok({ operation: Operation.ECHO, data: fields });
    case Operation.FILE_OPEN:
      return decodeOpen(fields);
    case Operation.FILE_DATA: {
      if (fields.length < 12) return reject("malformed");
      const offset = safeU64(fields, 4);
      if (offset === undefined) return reject("malformed");
      return ok({
        operation: Operation.FILE_DATA,
        handle: fields.readUInt32BE(0),
        offset,
        data: fields.subarray(12),
      });
    }
    case Operation.FILE_CLOSE:
      return decodeClose(fields);
    default:
      return reject("unknownOperation");
  }
}

function decodeOpen(fields: Buffer): Result<VendorRequest, VendorReject> {
  const nameAt = 8 + SHA256_BYTES + 1;
  if (fields.length < nameAt || fields.length !== nameAt + fields[nameAt - 1]!) return reject("malformed");
  const size = safeU64(fields, 0);
  const name = fields.toString("utf8", nameAt);
  if (size === undefined || !isUtf8(fields.subarray(nameAt)) || !isBaseName(name)) return reject("malformed");
  return ok({ operation: Operation.FILE_OPEN, size, sha256: fields.subarray(8, 8 + SHA256_BYTES), name });
}

function decodeClose(fields: Buffer): Result<VendorRequest, VendorReject> {
  if (fields.length !== 4 && fields.length !== 4 + CLOSE_VALUE_BYTES) return reject("malformed");
  const request = { operation: Operation.FILE_CLOSE, handle: fields.readUInt32BE(0) };
  return ok(fields.length === 4 ? request : { ...request, value: fields.subarray(4) });
}

function safeU64(bytes: Buffer, at: number): number | undefined {
  const value = bytes.readBigUInt64BE(at);
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : undefined;
}

/** What a request for files comes to. */
export interface FileAnswer {
  readonly status: number;
  readonly fields: Uint8Array;
}

/** The response to a request message: its first bytes repeated, the status, the operation's fields. */
export function encodeVendorResponse(request: Uint8Array, status: number, fields: Uint8Array): Uint8Array {
  const bytes = begin((request[OPERATION_AT] ?? 0) | RESPONSE_BIT, RESPONSE_FIELDS_AT, fields.length);
  bytes[STATUS_AT] = status;
  bytes.set(fields, RESPONSE_FIELDS_AT);
  return bytes;
}

export interface VendorResponse {
  readonly status: number;
  readonly fields: Buffer;
}

/** Undefined when the message is no response to this operation. */
export function decodeVendorResponse(operation: number, message: Uint8Array): VendorResponse | undefined {
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  const fits =
    bytes.length >= RESPONSE_FIELDS_AT &&
    bytes[0] === MessageType.VENDOR_IANA &&
    bytes.readUInt32BE(1) === ENTERPRISE_NUMBER &&
    bytes[5] === VENDOR_FORMAT &&
    bytes[OPERATION_AT] === (operation | RESPONSE_BIT);
  return fits ? { status: bytes[STATUS_AT]!, fields: bytes.subarray(RESPONSE_FIELDS_AT) } : undefined;
}

/** File Open: handle, next offset, largest data bytes of a message. */
export function encodeOpenFields(handle: number, offset: number, chunkBytes: number): Uint8Array {
  const fields = Buffer.alloc(16);
  fields.writeUInt32BE(handle, 0);
  fields.writeBigUInt64BE(BigInt(offset), 4);
  fields.writeUInt32BE(chunkBytes, 12);
  return fields;
}

export function decodeOpenFields(fields: Buffer): { handle: number; offset: number; chunkBytes: number } | undefined {
  if (fields.length < 16) return undefined;
  const offset = safeU64(fields, 4);
  if (offset === undefined) return undefined;
  return { handle: fields.readUInt32BE(0), offset, chunkBytes: fields.readUInt32BE(12) };
}

/** File Data: the next offset. */
export function encodeOffsetFields(offset: number): Uint8Array {
  const fields = Buffer.alloc(8);
  fields.writeBigUInt64BE(BigInt(offset), 0);
  return fields;
}

export function decodeOffsetFields(fields: Buffer): number | undefined {
  return fields.length < 8 ? undefined : safeU64(fields, 0);
}

/** What proves that a receiver knows the SHA-256 of what it stored after it got the sender's value. Annex G.3, Close. */
function closeProof(value: Uint8Array, sha256: Uint8Array): Buffer {
  return createHash("sha256").update(value).update(sha256).digest();
}

/** File Close: SHA-256 of what was stored, and the proof where the request had a value. */
export function encodeCloseFields(sha256: Uint8Array, value: Uint8Array | undefined): Uint8Array {
  return value === undefined ? sha256 : Buffer.concat([sha256, closeProof(value, sha256)]);
}

/**
 * What the answer to a File Close with `value` says of a file with this SHA-256. `unproven`: as an older receiver
 * answers, or a device that has not seen the value.
 */
export function judgeCloseFields(
  fields: Buffer,
  sha256: Uint8Array,
  value: Uint8Array,
): "proven" | "unproven" | "other" {
  if (!fields.subarray(0, SHA256_BYTES).equals(sha256)) return "other";
  return fields.subarray(SHA256_BYTES).equals(closeProof(value, sha256)) ? "proven" : "unproven";
}
