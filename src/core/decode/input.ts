/** Which kind of thing bytes are. */
import { readU32be } from "../wire/bytes.ts";
import { BROADCAST_EID, NULL_EID, isAssignable } from "../mctp/message.ts";
import { CONTROL_FIELDS_BYTES, MAGIC } from "../binding/control-region.ts";
import { Flag, HEADER_VERSION } from "../mctp/packet.ts";
import { FRAME_FLAG, SERIAL_REVISION, SMALLEST_PACKET_BYTES } from "../serial/framing.ts";
import { PACKET_HEADER_BYTES } from "../wire/packet-parts.ts";

/** `buffer`: the contents of a packet buffer of this binding. `frame`: one of the serial binding. */
export const INPUT_KINDS = ["buffer", "packet", "message", "frame", "controlRegion"] as const;
export type InputKind = (typeof INPUT_KINDS)[number];

export interface Recognised {
  readonly kind: InputKind;
  /** Why, for people. */
  readonly because: string;
}

const LENGTH_BYTES = 4;
const TRAILER_BYTES = 4;

/** What the bytes most probably are. `amongPackets`: others given with them are packets, so these may be in the middle. */
export function recognise(bytes: Uint8Array, amongPackets = false): Recognised {
  if (bytes.length >= CONTROL_FIELDS_BYTES && readU32be(bytes, 0) === MAGIC) {
    return { kind: "controlRegion", because: 'it begins with the magic "MCTP"' };
  }
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
