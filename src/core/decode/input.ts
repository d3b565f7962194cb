/** Hexadecimal as people paste it, to bytes; and which kind of thing the bytes are. */
import { ok, reject, type Result } from "../wire/result.ts";
import { readU32be } from "../wire/bytes.ts";
import { BROADCAST_EID, NULL_EID, isAssignable } from "../mctp/message.ts";
import { Flag, HEADER_VERSION } from "../mctp/packet.ts";
import { FRAME_FLAG, SERIAL_REVISION, SMALLEST_PACKET_BYTES } from "../serial/framing.ts";
import { PACKET_HEADER_BYTES } from "../wire/packet-parts.ts";

const SEPARATORS = /^[\s,:;._-]+/;
const PREFIX = /^0x/i;
const DIGITS = /^[0-9a-f]+/i;

/**
 * Bytes of a text of hexadecimal digits: two a byte, in any grouping. Between bytes may stand spaces, line ends, commas,
 * colons, dots, dashes, and 0x before any group. The reject says which character is at fault.
 */
export function parseHex(text: string): Result<Uint8Array, string> {
  const bytes: number[] = [];
  let rest = text;
  while (rest !== "") {
    const separator = SEPARATORS.exec(rest)?.[0];
    if (separator !== undefined) {
      rest = rest.slice(separator.length);
      continue;
    }
    const at = text.length - rest.length;
    const prefix = PREFIX.exec(rest)?.[0] ?? "";
    const digits = DIGITS.exec(rest.slice(prefix.length))?.[0] ?? "";
    if (digits === "") {
      const point = rest.codePointAt(prefix.length);
      const character = point === undefined ? undefined : String.fromCodePoint(point);
      return reject(
        character === undefined
          ? `digits are missing behind "0x" at character ${String(at + 1)}`
          : `character ${String(at + prefix.length + 1)}, "${character}", is no hexadecimal digit`,
      );
    }
    // "0x1" is a byte as programs print it; a lone digit without it may be half of anything.
    const padded = prefix !== "" && digits.length === 1 ? `0${digits}` : digits;
    if (padded.length % 2 !== 0) {
      const what = `"${digits.length > 8 ? `${digits.slice(0, 8)}…` : digits}" at character ${String(at + 1)}`;
      return reject(`${what} has an odd number of digits: write two a byte`);
    }
    for (let index = 0; index < padded.length; index += 2)
      bytes.push(Number.parseInt(padded.slice(index, index + 2), 16));
    rest = rest.slice(prefix.length + digits.length);
  }
  return ok(Uint8Array.from(bytes));
}

/** `buffer`: the contents of a packet buffer of this binding. `frame`: one of the serial binding. */
export type InputKind = "buffer" | "packet" | "message" | "frame";

export interface Recognised {
  readonly kind: InputKind;
  /** Why, for people. */
  readonly because: string;
}

const LENGTH_BYTES = 4;
const TRAILER_BYTES = 4;

/** What the bytes most probably are. `amongPackets`: others given with them are packets, so these may be in the middle. */
export function recognise(bytes: Uint8Array, amongPackets = false): Recognised {
  if (isBuffer(bytes)) {
    return { kind: "buffer", because: "bytes 0 to 3 are the length of the packet that follows, with header version 1" };
  }
  if (isFrame(bytes)) return { kind: "frame", because: "it begins with 7e 01 and ends with 7e" };
  if (bytes[0] !== HEADER_VERSION) {
    return { kind: "message", because: `byte 0 is ${bytes.length === 0 ? "missing" : "no header version 1"}` };
  }
  if (bytes.length <= PACKET_HEADER_BYTES) {
    return { kind: "message", because: `${String(bytes.length)} bytes are too few for a packet with its payload` };
  }
  const [, destination, source, flags] = [...bytes.subarray(0, PACKET_HEADER_BYTES)];
  if (!isDestination(destination!) || !isSource(source!)) {
    return { kind: "message", because: "byte 0 could be header version 1, but bytes 1 and 2 are no EIDs" };
  }
  if ((flags! & Flag.SOM) !== 0) {
    return { kind: "packet", because: "byte 0 is header version 1, bytes 1 and 2 can be EIDs, byte 3 has SOM" };
  }
  if (amongPackets || (isAssignable(destination!) && isAssignable(source!))) {
    return { kind: "packet", because: "byte 0 is header version 1, bytes 1 and 2 are EIDs" };
  }
  return { kind: "message", because: "byte 0 could be header version 1, but byte 3 has no SOM" };
}

/** Between the flags are revision, byte count, a packet and a check sequence. */
function isFrame(bytes: Uint8Array): boolean {
  return (
    bytes.length >= SHORTEST_FRAME &&
    bytes[0] === FRAME_FLAG &&
    bytes[1] === SERIAL_REVISION &&
    bytes.at(-1) === FRAME_FLAG
  );
}

const SHORTEST_FRAME = 1 + 1 + 1 + SMALLEST_PACKET_BYTES + 2 + 1;

/** The length fits exactly, with a CRC-32 or without, or the bytes go on behind it. */
function isBuffer(bytes: Uint8Array): boolean {
  if (bytes.length < LENGTH_BYTES + PACKET_HEADER_BYTES || bytes[LENGTH_BYTES] !== HEADER_VERSION) return false;
  const length = readU32be(bytes, 0);
  const left = bytes.length - LENGTH_BYTES;
  return length >= PACKET_HEADER_BYTES && length <= left && (left === length || left >= length + TRAILER_BYTES);
}

function isDestination(value: number): boolean {
  return value === NULL_EID || value === BROADCAST_EID || isAssignable(value);
}

function isSource(value: number): boolean {
  return value === NULL_EID || isAssignable(value);
}
