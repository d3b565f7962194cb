/** Messages that scenarios send. */
import { MessageType } from "../../../src/core/mctp/message.ts";

/** Vendor defined, under the enterprise number that RFC 5612 sets aside for documentation. */
const HEAD: readonly number[] = [MessageType.VENDOR_IANA, 0x00, 0x00, 0x7e, 0xd9];

/** A message of this many bytes that expects no response; behind its head the bytes count up from `first`. */
export function message(length: number, first = 0): Uint8Array {
  const bytes = Uint8Array.from({ length }, (_, index) => first + index - HEAD.length);
  bytes.set(HEAD);
  return bytes;
}
