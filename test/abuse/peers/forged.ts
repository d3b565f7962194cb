/** Answers as the honest endpoint would give them, made up by a device that has not seen the question. */
import { createHash } from "node:crypto";
import {
  OPERATION_AT,
  Operation,
  VendorStatus,
  encodeOffsetFields,
  encodeOpenFields,
  encodeVendorRequest,
  encodeVendorResponse,
} from "../../../src/agent/files/vendor-messages.ts";

const FIELDS_OF_PING = 64;
const OF_A_FILE = { partBytes: 512 * 1024, sizeBytes: 256 * 1024 } as const;

export const echoResponse: Uint8Array = forged(Operation.ECHO, Buffer.alloc(FIELDS_OF_PING, 0x66));
export const fileOpened: Uint8Array = forged(Operation.FILE_OPEN, encodeOpenFields(1, 0, OF_A_FILE.partBytes));
export const fileTaken: Uint8Array = forged(Operation.FILE_DATA, encodeOffsetFields(OF_A_FILE.sizeBytes));
export const fileClosed: Uint8Array = forged(Operation.FILE_CLOSE, createHash("sha256").update("nothing").digest());

function forged(operation: number, fields: Uint8Array): Uint8Array {
  const head = encodeVendorRequest({ operation: Operation.ECHO, data: Buffer.alloc(0) });
  head[OPERATION_AT] = operation;
  return encodeVendorResponse(head, VendorStatus.OK, fields);
}
