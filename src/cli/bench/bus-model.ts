/**
 * What a packet costs on the LPC bus itself, to set the software's cost against it and to compare protocol versions.
 *
 * Only the host's accesses cross the bus: the BMC reaches registers and window inside its own chip. Which accesses a
 * packet takes is what the host's procedures do (specification, H2 and H3); a test counts them in a running pair.
 *
 * From the LPC Interface Specification, revision 1.1 (clauses 4 to 7): a clock of 33 MHz moves 4 bits, and
 *
 * - an I/O cycle takes START 1, cycle type 1, address 4, data 2, two turn-arounds of 2, SYNC 1 = 13 clocks for its byte;
 * - a firmware cycle takes START 1, IDSEL 1, address 7, MSIZE 1, two turn-arounds of 2, SYNC 1 = 15 clocks and 2 for
 *   each byte of data. Reads are of 1, 2, 4 or 128 bytes, **writes of 1, 2 or 4**. So packets to the BMC never go faster
 *   than in 4-byte cycles, whatever their size.
 *
 * Assumed, and not certain of any one machine:
 *
 * - no wait states: SYNC takes one clock. A bridge that waits for its memory adds to every cycle, so the times are the
 *   least there can be;
 * - cycles are naturally aligned, and the largest that fits is used. A host reads by 128 bytes only if its bridge can
 *   do so; deployed hosts read by 4 (Linux on PowerNV cuts accesses of firmware space into 4, 2 and 1 bytes), hence
 *   `LARGEST_READ` and `DEPLOYED_READ`;
 * - interrupts wake the host, and only when there is something to do: each poll that finds nothing adds an STR read.
 *   SerIRQ itself has a wire of its own;
 * - cycles follow one another without a gap, and nothing else uses the bus.
 */
import { LENGTH_BYTES, WHOLE_FRAME_LIMIT } from "../../core/binding/packet-buffer.ts";
import { bufferBytes, largestMtu, offeredLayout } from "../../core/binding/layout.ts";
import type { Layout } from "../../core/binding/control-region.ts";
import type { Direction } from "../../core/binding/side.ts";
import { NEWEST_VERSION, framingOf, type Version } from "../../core/binding/versions.ts";
import { PACKET_HEADER_BYTES } from "../../core/wire/packet-parts.ts";

export const CLOCK_HERTZ = 33e6;

/* ---- Cycles ---- */

/** One byte of I/O space: a KCS register. */
export const IO_CLOCKS: number = 1 + 1 + 4 + 2 + 2 * 2 + 1;

const FIRMWARE_OVERHEAD_CLOCKS = 1 + 1 + 7 + 1 + 2 * 2 + 1;
const CLOCKS_A_BYTE = 2;

/** Bytes that one firmware cycle may carry, by what the host does. */
export const READ_CYCLES: readonly number[] = [128, 4, 2, 1];
export const WRITE_CYCLES: readonly number[] = [4, 2, 1];

/** The largest firmware read that the bus has, and the largest that deployed hosts are known to use. */
export const LARGEST_READ = 128;
export const DEPLOYED_READ = 4;

/** Clocks of a firmware cycle that carries so many bytes, either way. */
export function firmwareClocks(bytes: number): number {
  return FIRMWARE_OVERHEAD_CLOCKS + CLOCKS_A_BYTE * bytes;
}

/** Bytes a second of cycles of this size one after the other: what no packet can exceed. */
export function cycleRate(bytes: number): number {
  return (bytes * CLOCK_HERTZ) / firmwareClocks(bytes);
}

/* ---- The accesses of a packet ---- */

export interface WindowAccess {
  readonly kind: "read" | "write";
  readonly offset: number;
  readonly bytes: number;
}

/** What the host does for one packet of a steady stream. */
export interface HostAccesses {
  /** Reads of STR and ODR, writes of IDR. */
  readonly registers: number;
  readonly window: readonly WindowAccess[];
}

/**
 * Host to BMC: STR, IDR = Tx Begin; STR, ODR, which is Rx Complete. BMC to host: STR, ODR, which is Tx Begin; STR,
 * IDR = Rx Complete.
 */
const REGISTER_ACCESSES = 4;

const WINDOW_BYTES = 1024 * 1024;

/** Where the buffers lie by default: the offer of a BMC of the newest version in the usual window. */
export const DEFAULT_LAYOUT: Layout = offeredLayout(NEWEST_VERSION, largestMtu(NEWEST_VERSION, WINDOW_BYTES));

/** The host's accesses for a packet of so many payload bytes. */
export function packetAccesses(
  version: Version,
  direction: Direction,
  payload: number,
  layout: Layout = DEFAULT_LAYOUT,
): HostAccesses {
  const { offset } = layout[direction];
  const packet = PACKET_HEADER_BYTES + payload;
  const { trailerBytes } = framingOf(version);
  if (direction === "bmcToHost") {
    const lengthRead: WindowAccess = { kind: "read", offset, bytes: LENGTH_BYTES };
    const packetRead: WindowAccess = { kind: "read", offset: offset + LENGTH_BYTES, bytes: packet + trailerBytes };
    return { registers: REGISTER_ACCESSES, window: [lengthRead, packetRead] };
  }
  const frame = bufferBytes(version, payload);
  if (frame <= WHOLE_FRAME_LIMIT) {
    return { registers: REGISTER_ACCESSES, window: [{ kind: "write", offset, bytes: frame }] };
  }
  const payloadAt = offset + LENGTH_BYTES + PACKET_HEADER_BYTES;
  const pieces: readonly WindowAccess[] = [
    { kind: "write", offset, bytes: LENGTH_BYTES + PACKET_HEADER_BYTES },
    { kind: "write", offset: payloadAt, bytes: payload },
    { kind: "write", offset: payloadAt + payload, bytes: trailerBytes },
  ];
  return { registers: REGISTER_ACCESSES, window: pieces.filter(({ bytes }) => bytes > 0) };
}

/** Clocks of one access of the window, cut into aligned cycles of at most so many bytes for a read. */
export function windowClocks({ kind, offset, bytes }: WindowAccess, largestRead: number = LARGEST_READ): number {
  const cycles = kind === "write" ? WRITE_CYCLES : READ_CYCLES.filter((size) => size <= largestRead);
  const [largest = 1] = cycles;
  const end = offset + bytes;
  let clocks = 0;
  let at = offset;
  while (at < end) {
    const size = cycles.find((candidate) => at % candidate === 0 && at + candidate <= end) ?? 1;
    // Of the largest cycles there may be thousands in a row.
    const count = size === largest ? Math.floor((end - at) / size) : 1;
    clocks += count * firmwareClocks(size);
    at += count * size;
  }
  return clocks;
}

/* ---- Packets ---- */

export interface BusOptions {
  readonly layout?: Layout;
  /** The largest firmware read that the host can do, in bytes; LARGEST_READ unless given. */
  readonly largestRead?: number;
}

/** Seconds of bus time for a packet of so many payload bytes. */
export function packetSeconds(
  version: Version,
  direction: Direction,
  payload: number,
  { layout = DEFAULT_LAYOUT, largestRead = LARGEST_READ }: BusOptions = {},
): number {
  const { registers, window } = packetAccesses(version, direction, payload, layout);
  const clocks = window.reduce((sum, access) => sum + windowClocks(access, largestRead), registers * IO_CLOCKS);
  return clocks / CLOCK_HERTZ;
}

/** Bytes of data that cross the bus for a packet, a byte for each register access among them. */
export function packetBusBytes(version: Version, direction: Direction, payload: number): number {
  const { registers, window } = packetAccesses(version, direction, payload);
  return window.reduce((sum, { bytes }) => sum + bytes, registers);
}

/** Payload bytes a second of a stream of packets of this size, one under way at a time. */
export function payloadRate(version: Version, direction: Direction, payload: number, options?: BusOptions): number {
  return payload / packetSeconds(version, direction, payload, options);
}

/** Bytes a second that no payload of this direction can exceed, however large its packets. */
export function rateLimit(direction: Direction, { largestRead = LARGEST_READ }: BusOptions = {}): number {
  const [largestWrite = 1] = WRITE_CYCLES;
  return cycleRate(direction === "hostToBmc" ? largestWrite : largestRead);
}

/** The share of that limit which a stream of packets of this size reaches. */
export function efficiency(version: Version, direction: Direction, payload: number, options?: BusOptions): number {
  return payloadRate(version, direction, payload, options) / rateLimit(direction, options);
}
