/**
 * Packets in their buffers: `length (4, big-endian) | MCTP packet | trailer`. Specification: "Packet buffers"
 * (LPC-BUF-*). The two procedures here are the same for both sides.
 */
import { copyBytes, readU32be, writeU32be } from "../wire/bytes.ts";
import type { Crc32 } from "../wire/crc.ts";
import { PACKET_HEADER_BYTES, type PacketParts } from "../wire/packet-parts.ts";
import type { Procedure, WindowRead, WindowWrite } from "./bus.ts";
import type { ReceivedPacket } from "./channel.ts";
import type { BufferRange } from "./control-region.ts";
import type { BindingCounters } from "./counters.ts";
import { framingOf, type Version } from "./versions.ts";

/** Frames up to this size are put together first and written in one access; of larger ones only the ends are. */
const WHOLE_FRAME_LIMIT = 512;
const LENGTH_BYTES = 4;

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
  readonly frame: Uint8Array = new Uint8Array(WHOLE_FRAME_LIMIT);
  readonly readLength: WindowRead;
  readonly readPacket: WindowRead;
  readonly write: WindowWrite;

  constructor(memory: PacketMemory) {
    this.memory = memory;
    this.readLength = { kind: "readWindow", offset: 0, length: LENGTH_BYTES, into: this.lengthField, at: 0 };
    this.readPacket = { kind: "readWindow", offset: 0, length: 0, into: this.frame, at: 0 };
    this.write = { kind: "writeWindow", offset: 0, bytes: this.frame, start: 0, end: 0 };
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

/** Writes a packet with its framing. The caller has checked that it fits the buffer. */
export function* writePacket(
  tools: PacketBufferTools,
  buffer: BufferRange,
  version: Version,
  packet: PacketParts,
): Procedure<void, WindowWrite> {
  const { frame, write, memory } = tools;
  const payload = packet.end - packet.start;
  const packetBytes = PACKET_HEADER_BYTES + payload;
  const trailerBytes = framingOf(version).trailerBytes;
  writeU32be(frame, 0, packetBytes);
  writeU32be(frame, LENGTH_BYTES, packet.header);
  const payloadAt = LENGTH_BYTES + PACKET_HEADER_BYTES;
  const frameBytes = LENGTH_BYTES + packetBytes + trailerBytes;

  if (frameBytes <= WHOLE_FRAME_LIMIT) {
    copyBytes(packet.message, packet.start, frame, payloadAt, payload);
    const packetEnd = LENGTH_BYTES + packetBytes;
    if (trailerBytes > 0) writeU32be(frame, packetEnd, memory.crc32(frame, LENGTH_BYTES, packetEnd, 0));
    yield at(write, buffer.offset, frame, 0, frameBytes);
    return;
  }
  yield at(write, buffer.offset, frame, 0, payloadAt);
  yield at(write, buffer.offset + payloadAt, packet.message, packet.start, packet.end);
  if (trailerBytes > 0) {
    const headerCrc = memory.crc32(frame, LENGTH_BYTES, payloadAt, 0);
    writeU32be(frame, 0, memory.crc32(packet.message, packet.start, packet.end, headerCrc));
    yield at(write, buffer.offset + LENGTH_BYTES + packetBytes, frame, 0, trailerBytes);
  }
}

function at(write: WindowWrite, offset: number, bytes: Uint8Array, start: number, end: number): WindowWrite {
  write.offset = offset;
  write.bytes = bytes;
  write.start = start;
  write.end = end;
  return write;
}

/**
 * Reads the packet that Tx Begin announced. The length is fetched once and judged before anything else is read; the
 * contents are copied once and judged afterwards (LPC-BUF-2, LPC-BUF-6). Returns whether `tools` now holds a
 * packet; a reject is counted. Rx Complete is owed either way (LPC-BUF-4, LPC-BUF-5).
 */
export function* readPacket(
  tools: PacketBufferTools,
  buffer: BufferRange,
  version: Version,
  mtu: number,
  counters: BindingCounters,
): Procedure<boolean, WindowRead> {
  const { readLength, readPacket: read, memory } = tools;
  readLength.offset = buffer.offset;
  yield readLength;
  const length = readU32be(tools.lengthField, 0);
  if (length < PACKET_HEADER_BYTES || length > PACKET_HEADER_BYTES + mtu) {
    counters.lengthOutOfBounds++;
    return false;
  }

  const trailerBytes = framingOf(version).trailerBytes;
  const bytesToRead = length + trailerBytes;
  const room = memory.allocate(bytesToRead);
  read.offset = buffer.offset + LENGTH_BYTES;
  read.length = bytesToRead;
  read.into = room.bytes;
  read.at = room.at;
  yield read;
  const end = room.at + length;
  if (trailerBytes > 0 && memory.crc32(room.bytes, room.at, end, 0) !== readU32be(room.bytes, end)) {
    counters.crcMismatch++;
    memory.release(bytesToRead);
    return false;
  }
  tools.keepReceived(room.bytes, room.at, end);
  return true;
}
