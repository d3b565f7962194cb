/** A frame of the MCTP serial binding (DSP0253): flags, revision, byte count, packet with its escapes, check sequence. */
import { toHex } from "../wire/bytes.ts";
import { FCS_START, fcsOf, nextFcs } from "../serial/fcs.ts";
import {
  ESCAPE_MASK,
  FRAME_ESCAPE,
  FRAME_FLAG,
  SERIAL_REVISION,
  SMALLEST_PACKET_BYTES,
  trailersOf,
} from "../serial/framing.ts";
import { decodePacket, type DecodedPacket } from "./packet.ts";
import { countText, type DecodedField } from "./read.ts";
import { wrong, type Finding } from "../wire/field-table.ts";

const REFERENCE = "DSP0253";

export interface DecodedFrame {
  readonly fields: readonly DecodedField[];
  /** The packet's fields where escapes stand between them and the frame's bytes; offsets from its own first byte. */
  readonly inner: readonly DecodedField[] | undefined;
  readonly packet: DecodedPacket;
  /** The packet without escapes, as far as it is there. */
  readonly packetBytes: Uint8Array;
}

/** Walks through the bytes of a frame, once. */
class FrameWalk {
  readonly fields: DecodedField[] = [];
  readonly bytes: Uint8Array;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** The next `length` bytes as a field. */
  put(name: string, length: number, more: Partial<DecodedField> = {}, finding?: Finding): void {
    const end = Math.min(this.bytes.length, this.at + length);
    const missing = end - this.at < length ? wrong("cut short: the frame ends before") : finding;
    const hex = toHex(this.bytes.subarray(this.at, end));
    const place = { name, offset: this.at, length: end - this.at, hex };
    this.fields.push({ ...place, reference: REFERENCE, ...more, finding: missing });
    this.at = end;
  }

  /** A byte that can be only one. */
  putFixed(name: string, value: number, otherwise: string): void {
    this.put(name, 1, {}, this.bytes[this.at] === value ? undefined : wrong(otherwise));
  }

  /** Raw bytes of an escaped or plain byte at `at`, and its value; undefined at a flag, or at the end. */
  unescapedAt(at: number): { readonly value: number; readonly length: number } | undefined {
    const byte = this.bytes[at];
    if (byte === undefined || byte === FRAME_FLAG) return undefined;
    if (byte !== FRAME_ESCAPE) return { value: byte, length: 1 };
    const next = this.bytes[at + 1];
    return next === undefined || next === FRAME_FLAG ? undefined : { value: next ^ ESCAPE_MASK, length: 2 };
  }
}

/** Reads one frame. Takes any bytes. */
export function decodeFrame(bytes: Uint8Array): DecodedFrame {
  const walk = new FrameWalk(bytes);
  walk.putFixed("opening flag", FRAME_FLAG, "a frame begins with 0x7e");
  walk.putFixed("revision", SERIAL_REVISION, "only revision 1 is defined: the frame is dropped");
  const count = countAt(walk);
  const byteCount = count?.value ?? 0;
  const tooFew = `below ${String(SMALLEST_PACKET_BYTES)}, a header and one byte: the frame is dropped`;
  walk.put(
    "byte count",
    count?.length ?? 1,
    { value: byteCount },
    byteCount < SMALLEST_PACKET_BYTES ? wrong(tooFew) : undefined,
  );
  const { packetBytes, rawLength } = unescape(walk, byteCount);
  const decoded = decodePacket(packetBytes, walk.at);
  const isPlain = rawLength === packetBytes.length;
  const short = packetBytes.length < byteCount;
  const shortText = `${countText(packetBytes.length)} of ${String(byteCount)}, then a flag, half an escape or the end`;
  if (isPlain && !short && rawLength > 0) {
    walk.fields.push(...decoded.fields);
    walk.at += rawLength;
  } else {
    const meaning = `${countText(packetBytes.length)} of packet`;
    walk.put("packet with escapes", rawLength, { meaning }, short ? wrong(shortText) : undefined);
  }
  if (!short) putTrailer(walk, byteCount, packetBytes);
  const left = bytes.length - walk.at;
  if (left > 0) walk.put("behind the frame", left, {}, short ? undefined : wrong("the frame has ended before"));
  const inner = isPlain && !short ? undefined : decodePacket(packetBytes).fields;
  return { fields: walk.fields, inner: packetBytes.length === 0 ? undefined : inner, packet: decoded, packetBytes };
}

/** The byte count: a 7d that no escape of a count follows is the count itself, which a sender left as it was. */
function countAt(walk: FrameWalk): ReturnType<FrameWalk["unescapedAt"]> {
  const read = walk.unescapedAt(walk.at);
  if (walk.bytes[walk.at] !== FRAME_ESCAPE) return read;
  const isEscape = read?.value === FRAME_ESCAPE || read?.value === FRAME_FLAG;
  return isEscape ? read : { value: FRAME_ESCAPE, length: 1 };
}

function unescape(walk: FrameWalk, byteCount: number): { packetBytes: Uint8Array; rawLength: number } {
  const packet: number[] = [];
  let at = walk.at;
  while (packet.length < byteCount) {
    const next = walk.unescapedAt(at);
    if (next === undefined) break;
    packet.push(next.value);
    at += next.length;
  }
  return { packetBytes: Uint8Array.from(packet), rawLength: at - walk.at };
}

/** Check sequence, with its escapes, and closing flag. */
function putTrailer(walk: FrameWalk, byteCount: number, packet: Uint8Array): void {
  const start = nextFcs(nextFcs(FCS_START, SERIAL_REVISION), byteCount);
  const fcs = fcsOf(start, packet, 0, packet.length);
  const stands = (form: readonly number[]): boolean =>
    form.every((byte, index) => walk.bytes[walk.at + index] === byte);
  // The flag behind it tells a 7d that stands for itself from the beginning of an escape.
  const forms = trailersOf(fcs);
  const right = (forms.find(stands) ?? forms.find((form) => stands(form.slice(0, -1))))?.slice(0, -1);
  const value = `0x${fcs.toString(16).padStart(4, "0")}`;
  const finding = right === undefined ? wrong(`that of byte count and packet is ${value}: dropped`) : undefined;
  walk.put("check sequence", right?.length ?? 2, right === undefined ? {} : { value }, finding);
  walk.putFixed("closing flag", FRAME_FLAG, "a frame ends with 0x7e");
}
