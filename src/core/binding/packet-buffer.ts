/**
 * Packets in their buffers: `length (4, big-endian) | MCTP packet | trailer`. Specification: "Packet buffers"
 * (LPC-BUF-*). What is here is the same for both sides.
 */
import { ViewedBytes, copyBytes, readU32be, writeU32be } from "../wire/bytes.ts";
import type { Crc32 } from "../wire/crc.ts";
import { PACKET_HEADER_BYTES, type PacketParts } from "../wire/packet-parts.ts";
import type { Millis } from "../wire/units.ts";
import type { Procedure, WindowRead, WindowWrite } from "./bus.ts";
import type { OpenChannel, ReceivedPacket } from "./channel.ts";
import type { BufferRange } from "./control-region.ts";
import type { BindingCounters } from "./counters.ts";
import { advanceTransmit } from "./transmit.ts";
import { framingOf, type Version } from "./versions.ts";

/** Frames up to this size are put together first and written in one access; of larger ones only the ends are. */
export const WHOLE_FRAME_LIMIT = 512;
/** Of the length field. */
export const LENGTH_BYTES = 4;

/** What the driver lends the pure core: a checksum and memory for received packets. */
export interface PacketMemory {
  readonly crc32: Crc32;
  /** Room for `length` bytes, the caller's to keep: `bytes[at]` and after. Contents are undefined. */
  allocate(length: number): { readonly bytes: Uint8Array; readonly at: number };
  /** Gives back what the last `allocate` gave, unread by anyone. */
  release(length: number): void;
}

/** The reused accesses and scratch bytes of one side. */
export class PacketBufferTools {
  readonly memory: PacketMemory;
  readonly #received: ReceivedPacket = { bytes: new Uint8Array(0), start: 0, end: 0 };
  #holdsPacket = false;
  readonly lengthField: Uint8Array = new Uint8Array(LENGTH_BYTES);
  readonly frames: ViewedBytes = new ViewedBytes(new Uint8Array(WHOLE_FRAME_LIMIT));
  readonly readLength: WindowRead;
  readonly readPacket: WindowRead;
  readonly write: WindowWrite;

  constructor(memory: PacketMemory) {
    this.memory = memory;
    this.readLength = { kind: "readWindow", offset: 0, length: LENGTH_BYTES, into: this.lengthField, at: 0 };
    this.readPacket = { kind: "readWindow", offset: 0, length: 0, into: this.frames.bytes, at: 0 };
    this.write = { kind: "writeWindow", offset: 0, bytes: this.frames.bytes, start: 0, end: 0 };
  }

  /** The packet of the last procedure, if it received one; asking again gives undefined. */
  takeReceived(): ReceivedPacket | undefined {
    if (!this.#holdsPacket) return undefined;
    this.#holdsPacket = false;
    return this.#received;
  }

  keepReceived(bytes: Uint8Array, start: number, end: number): void {
    this.#received.bytes = bytes;
    this.#received.start = start;
    this.#received.end = end;
    this.#holdsPacket = true;
  }

  discardReceived(): void {
    this.#holdsPacket = false;
  }
}

/*
 * Sending (LPC-BUF-1, LPC-BUF-7): the whole buffer is written, then Tx Begin waits for its turn. Each side's service yields the
 * accesses: one for a frame that frameAccess could put together, else those of writeInPieces; then beginTransmit.
 */

/** The one write of a small packet with its framing, undefined for a larger packet. */
export function frameAccess(
  tools: PacketBufferTools,
  buffer: BufferRange,
  version: Version,
  packet: PacketParts,
): WindowWrite | undefined {
  const payload = packet.end - packet.start;
  const packetEnd = LENGTH_BYTES + PACKET_HEADER_BYTES + payload;
  const trailerBytes = framingOf(version).trailerBytes;
  const frameBytes = packetEnd + trailerBytes;
  if (frameBytes > WHOLE_FRAME_LIMIT) return undefined;

  const frame = tools.frames.bytes;
  writeU32be(frame, 0, PACKET_HEADER_BYTES + payload);
  writeU32be(frame, LENGTH_BYTES, packet.header);
  copyBytes(packet.message, packet.start, frame, LENGTH_BYTES + PACKET_HEADER_BYTES, payload);
  if (trailerBytes > 0) writeU32be(frame, packetEnd, tools.memory.crc32(frame, LENGTH_BYTES, packetEnd, 0));
  return at(tools.write, buffer.offset, tools.frames.view(0, frameBytes), 0, frameBytes);
}

/** Writes length and header, payload, trailer: the payload goes straight from the message into the window. */
export function* writeInPieces(
  tools: PacketBufferTools,
  buffer: BufferRange,
  version: Version,
  packet: PacketParts,
): Procedure<void, WindowWrite> {
  const { write, memory } = tools;
  const ends = tools.frames.bytes;
  const packetBytes = PACKET_HEADER_BYTES + packet.end - packet.start;
  const payloadAt = LENGTH_BYTES + PACKET_HEADER_BYTES;
  writeU32be(ends, 0, packetBytes);
  writeU32be(ends, LENGTH_BYTES, packet.header);
  yield at(write, buffer.offset, ends, 0, payloadAt);
  yield at(write, buffer.offset + payloadAt, packet.message, packet.start, packet.end);
  const trailerBytes = framingOf(version).trailerBytes;
  if (trailerBytes === 0) return;
  const headerCrc = memory.crc32(ends, LENGTH_BYTES, payloadAt, 0);
  writeU32be(ends, 0, memory.crc32(packet.message, packet.start, packet.end, headerCrc));
  yield at(write, buffer.offset + LENGTH_BYTES + packetBytes, ends, 0, trailerBytes);
}

/** The buffer holds the packet: from here on it is the peer's as soon as Tx Begin is written. */
export function beginTransmit(channel: OpenChannel, transmit: "idle", now: Millis): void {
  advanceTransmit(channel, transmit, "beginPending");
  channel.outgoing = undefined;
  channel.transmitSince = now;
  channel.stallReported = false;
}

function at(write: WindowWrite, offset: number, bytes: Uint8Array, start: number, end: number): WindowWrite {
  write.offset = offset;
  write.bytes = bytes;
  write.start = start;
  write.end = end;
  return write;
}

/*
 * Receiving takes two accesses, which each side's service yields itself, between three steps that are pure:
 * lengthAccess, packetAccess, judgePacket. Rx Complete is owed whatever they find (LPC-BUF-4, LPC-BUF-5).
 */

/** The one fetch of the length that Tx Begin announced (LPC-BUF-2). */
export function lengthAccess(tools: PacketBufferTools, buffer: BufferRange): WindowRead {
  tools.readLength.offset = buffer.offset;
  return tools.readLength;
}

/** The one copy of packet and trailer, undefined when the length is out of bounds; that is counted (LPC-BUF-4). */
export function packetAccess(
  tools: PacketBufferTools,
  buffer: BufferRange,
  version: Version,
  mtu: number,
  counters: BindingCounters,
): WindowRead | undefined {
  const length = readU32be(tools.lengthField, 0);
  if (length < PACKET_HEADER_BYTES || length > PACKET_HEADER_BYTES + mtu) {
    counters.lengthOutOfBounds++;
    return undefined;
  }
  const bytesToRead = length + framingOf(version).trailerBytes;
  const room = tools.memory.allocate(bytesToRead);
  const read = tools.readPacket;
  read.offset = buffer.offset + LENGTH_BYTES;
  read.length = bytesToRead;
  read.into = room.bytes;
  read.at = room.at;
  return read;
}

/** Judges the copy (LPC-BUF-5, LPC-BUF-6). True when `tools` now holds a packet; a wrong CRC is counted. */
export function judgePacket(tools: PacketBufferTools, version: Version, counters: BindingCounters): boolean {
  const { into, at: start, length } = tools.readPacket;
  const trailerBytes = framingOf(version).trailerBytes;
  const end = start + length - trailerBytes;
  if (trailerBytes > 0 && tools.memory.crc32(into, start, end, 0) !== readU32be(into, end)) {
    counters.crcMismatch++;
    tools.memory.release(length);
    return false;
  }
  tools.keepReceived(into, start, end);
  return true;
}
