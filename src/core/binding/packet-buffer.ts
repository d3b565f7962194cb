/**
 * Packets in their buffers: `length (4, big-endian) | MCTP packet | trailer`. Specification: "Packet buffers"
 * (LPC-BUF-*). What is here is the same for both sides; each names the steps of its own tables.
 */
import { ViewedBytes, copyBytes, readU32be, writeU32be } from "../wire/bytes.ts";
import { crc32OfWords, type Crc32 } from "../wire/crc.ts";
import { PACKET_HEADER_BYTES, type PacketParts } from "../wire/packet-parts.ts";
import type { Millis } from "../wire/units.ts";
import type { WindowBus } from "./bus.ts";
import type { OpenChannel, ReceivedPacket } from "./channel.ts";
import type { BufferRange } from "./control-region.ts";
import type { BindingCounters } from "./counters.ts";
import { PACKET_WRITTEN, advanceTransmit } from "./transmit.ts";
import { framingOf } from "./versions.ts";

/** Frames up to this size are put together first and written in one access; of larger ones only the ends are. */
export const WHOLE_FRAME_LIMIT = 512;
/** Up to this many bytes packets are summed word by word. */
export const WORD_CRC_LIMIT = 512;
/** Of the length field. */
export const LENGTH_BYTES = 4;
const PAYLOAD_AT = LENGTH_BYTES + PACKET_HEADER_BYTES;

/** What the driver lends the pure core: a checksum and memory for received packets. */
export interface PacketMemory {
  readonly crc32: Crc32;
  /** Room for `length` bytes, the caller's to keep; the object that tells of it is reused. Contents are undefined. */
  allocate(length: number): PacketRoom;
  /** Gives back what the last `allocate` gave, `length` as there: nobody has kept anything of it. */
  release(length: number): void;
}

export interface PacketRoom {
  /** The room is `bytes[at]` and after. */
  readonly bytes: Uint8Array;
  /** A multiple of 4 where there are words. */
  readonly at: number;
  /** The memory of `bytes` in words of 32 bits, undefined for a large packet's. */
  readonly words: Int32Array | undefined;
}

/** The scratch bytes of one side, and the packet that its last round received. */
export class PacketBufferTools {
  readonly memory: PacketMemory;
  readonly lengthField: Uint8Array = new Uint8Array(LENGTH_BYTES);
  readonly frames: ViewedBytes = new ViewedBytes(new Uint8Array(WHOLE_FRAME_LIMIT));
  readonly frameWords: Int32Array = new Int32Array(this.frames.bytes.buffer);
  readonly #received: ReceivedPacket = { bytes: new Uint8Array(0), start: 0, end: 0 };
  #holdsPacket = false;
  /** Bytes that were allocated for the packet; 0: given back. */
  #roomBytes = 0;

  constructor(memory: PacketMemory) {
    this.memory = memory;
  }

  /** The packet of the last round, if it received one; asking again gives undefined. */
  takeReceived(): ReceivedPacket | undefined {
    if (!this.#holdsPacket) return undefined;
    this.#holdsPacket = false;
    return this.#received;
  }

  /** `roomBytes`: of what was allocated for it. */
  keepReceived(bytes: Uint8Array, start: number, end: number, roomBytes: number): void {
    if (this.#received.bytes !== bytes) this.#received.bytes = bytes;
    this.#received.start = start;
    this.#received.end = end;
    this.#roomBytes = roomBytes;
    this.#holdsPacket = true;
  }

  discardReceived(): void {
    if (!this.#holdsPacket) return;
    this.#holdsPacket = false;
    this.giveBack();
  }

  /** The packet that `takeReceived` gave was not kept; allowed until the next one is received. */
  giveBack(): void {
    if (this.#roomBytes > 0) this.memory.release(this.#roomBytes);
    this.#roomBytes = 0;
  }
}

/**
 * Writes the channel's outgoing packet whole (LPC-BUF-1): from here on the buffer is left alone, and Tx Begin waits for
 * its turn (LPC-BUF-7). A small packet is written in one access, with the step of the first.
 */
export function sendPacket<Step extends string>(
  bus: WindowBus<Step>,
  headStep: Step,
  payloadStep: Step,
  trailerStep: Step,
  channel: OpenChannel,
  packet: PacketParts,
  buffer: BufferRange,
  tools: PacketBufferTools,
  now: Millis,
): void {
  const { message, start } = packet;
  const payloadBytes = packet.end - start;
  const trailerBytes = framingOf(channel.session.version).trailerBytes;
  const packetEnd = PAYLOAD_AT + payloadBytes;
  const { frames, memory } = tools;
  const frame = frames.bytes;
  writeU32be(frame, 0, PACKET_HEADER_BYTES + payloadBytes);
  writeU32be(frame, LENGTH_BYTES, packet.header);
  if (packetEnd + trailerBytes <= WHOLE_FRAME_LIMIT) {
    copyBytes(message, start, frame, PAYLOAD_AT, payloadBytes);
    if (trailerBytes > 0) writeU32be(frame, packetEnd, crc32OfWords(tools.frameWords, frame, LENGTH_BYTES, packetEnd));
    const frameBytes = packetEnd + trailerBytes;
    bus.writeWindow(headStep, buffer.offset, frames.view(0, frameBytes), 0, frameBytes);
  } else {
    // The payload goes straight from the message into the window.
    bus.writeWindow(headStep, buffer.offset, frame, 0, PAYLOAD_AT);
    bus.writeWindow(payloadStep, buffer.offset + PAYLOAD_AT, message, start, packet.end);
    if (trailerBytes > 0) {
      const headerCrc = memory.crc32(frame, LENGTH_BYTES, PAYLOAD_AT, 0);
      writeU32be(frame, 0, memory.crc32(message, start, packet.end, headerCrc));
      bus.writeWindow(trailerStep, buffer.offset + packetEnd, frame, 0, trailerBytes);
    }
  }
  advanceTransmit(channel, PACKET_WRITTEN);
  channel.outgoing = undefined;
  channel.transmitSince = now;
  channel.stallReported = false;
}

/**
 * Reads the length once and copies packet and trailer once (LPC-BUF-2, LPC-BUF-6); a length out of bounds, or a wrong
 * CRC-32, is counted and the packet dropped (LPC-BUF-4, LPC-BUF-5). Rx Complete is owed in every case. True when
 * `tools` now holds a packet.
 */
export function receivePacket<Step extends string>(
  bus: WindowBus<Step>,
  lengthStep: Step,
  packetStep: Step,
  channel: OpenChannel,
  buffer: BufferRange,
  limit: number,
  tools: PacketBufferTools,
  counters: BindingCounters,
): boolean {
  const { lengthField, memory } = tools;
  bus.readWindow(lengthStep, buffer.offset, lengthField, 0, LENGTH_BYTES);
  const length = readU32be(lengthField, 0);
  if (length < PACKET_HEADER_BYTES || length > PACKET_HEADER_BYTES + limit) {
    counters.lengthOutOfBounds++;
    channel.rxCompleteOwed = true;
    return false;
  }
  const trailerBytes = framingOf(channel.session.version).trailerBytes;
  const bytesToRead = length + trailerBytes;
  const { bytes, at, words } = memory.allocate(bytesToRead);
  bus.readWindow(packetStep, buffer.offset + LENGTH_BYTES, bytes, at, bytesToRead);
  channel.rxCompleteOwed = true;
  const end = at + length;
  if (trailerBytes > 0) {
    const byWords = words !== undefined && length <= WORD_CRC_LIMIT;
    const crc = byWords ? crc32OfWords(words, bytes, at, end) : memory.crc32(bytes, at, end, 0);
    if (crc !== readU32be(bytes, end)) {
      counters.crcMismatch++;
      memory.release(bytesToRead);
      return false;
    }
  }
  tools.keepReceived(bytes, at, end, bytesToRead);
  return true;
}
