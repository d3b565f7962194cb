/**
 * Frames of the MCTP serial binding (DSP0253): one MCTP packet each.
 *
 * `7e | revision 01 | byte count | packet | check sequence, high byte first | 7e`
 *
 * The byte count and the check sequence are of the packet as it is; only then are 7e and 7d replaced by 7d and the byte
 * with bit 5 changed.
 */
import { writeU32be } from "../wire/bytes.ts";
import { PACKET_HEADER_BYTES, type PacketParts } from "../wire/packet-parts.ts";
import { FCS_START, fcsOf, nextFcs } from "./fcs.ts";

export const FRAME_FLAG = 0x7e;
export const FRAME_ESCAPE = 0x7d;
export const ESCAPE_MASK = 0x20;
/** The one revision there is. */
export const SERIAL_REVISION = 0x01;

/** The byte count is one byte; it counts the MCTP header and the payload. */
export const LARGEST_PACKET_BYTES = 0xff;
/** A header and one byte of payload. */
export const SMALLEST_PACKET_BYTES: number = PACKET_HEADER_BYTES + 1;
/** Payload bytes that the byte count allows. */
export const LARGEST_SERIAL_UNIT: number = LARGEST_PACKET_BYTES - PACKET_HEADER_BYTES;

/** Bytes of the longest frame: two flags, and all between them escaped. */
export const LONGEST_FRAME: number = 2 + 2 * (1 + 1 + LARGEST_PACKET_BYTES + 2);

/**
 * How a sender treats a check sequence that holds 7e or 7d. `data`: sends it as it is, as the deployed ones do (Linux,
 * libmctp), who read it so, too. `all`: escapes it like the rest, as RFC 1662 would. A FrameReceiver takes both.
 */
export type Escaping = "data" | "all";

function isSpecial(byte: number): boolean {
  return byte === FRAME_FLAG || byte === FRAME_ESCAPE;
}

/** Makes frames in memory that it reuses. */
export class FrameEncoder {
  readonly #escaping: Escaping;
  readonly #frame = new Uint8Array(LONGEST_FRAME);
  readonly #header = new Uint8Array(PACKET_HEADER_BYTES);
  #length = 0;

  constructor(escaping: Escaping) {
    this.#escaping = escaping;
  }

  /** The frame for a packet of at most LARGEST_SERIAL_UNIT payload bytes; valid until the next call. A longer one throws. */
  encode({ header, message, start, end }: PacketParts): Uint8Array {
    const byteCount = PACKET_HEADER_BYTES + (end - start);
    if (byteCount > LARGEST_PACKET_BYTES) throw new RangeError(`a packet of ${String(byteCount)} bytes fits no frame`);
    writeU32be(this.#header, 0, header);
    let fcs = nextFcs(nextFcs(FCS_START, SERIAL_REVISION), byteCount);
    fcs = fcsOf(fcs, this.#header, 0, PACKET_HEADER_BYTES);
    fcs = fcsOf(fcs, message, start, end);
    this.#length = 0;
    this.#put(FRAME_FLAG);
    this.#put(SERIAL_REVISION);
    this.#putEscaped(byteCount);
    for (const byte of this.#header) this.#putEscaped(byte);
    for (let at = start; at < end; at++) this.#putEscaped(message[at]!);
    for (const byte of [fcs >>> 8, fcs & 0xff]) {
      if (this.#escaping === "all") this.#putEscaped(byte);
      else this.#put(byte);
    }
    this.#put(FRAME_FLAG);
    return this.#frame.subarray(0, this.#length);
  }

  #put(byte: number): void {
    this.#frame[this.#length++] = byte;
  }

  #putEscaped(byte: number): void {
    if (isSpecial(byte)) {
      this.#put(FRAME_ESCAPE);
      this.#put(byte ^ ESCAPE_MASK);
    } else {
      this.#put(byte);
    }
  }
}

/**
 * The ways in which a check sequence and the closing flag may follow a packet: each of its two bytes as it is, or
 * escaped where it is 7e or 7d. None of them is the beginning of another.
 */
export function trailersOf(fcs: number): readonly (readonly number[])[] {
  const formsOf = (byte: number): readonly (readonly number[])[] =>
    isSpecial(byte) ? [[byte], [FRAME_ESCAPE, byte ^ ESCAPE_MASK]] : [[byte]];
  return formsOf(fcs >>> 8).flatMap((high) => formsOf(fcs & 0xff).map((low) => [...high, ...low, FRAME_FLAG] as const));
}
