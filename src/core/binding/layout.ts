/**
 * Sizes of packet buffers, their placing in the window and the judging of a peer's. Specification: "MTU negotiation"
 * (LPC-MTU-*).
 */
import { ok, reject, type Result } from "../wire/result.ts";
import { PACKET_HEADER_BYTES } from "../wire/packet-parts.ts";
import { CONTROL_REGION_BYTES, type BufferRange, type Layout } from "./control-region.ts";
import { framingOf, type Version } from "./versions.ts";

/** Baseline transmission unit: the payload every MCTP endpoint takes (DSP0236 8.3.2). */
export const BTU = 64;

/** Windows smaller than this hold no useful channel; larger ones are not addressed by any deployed part (LPC-REG-6). */
export const SMALLEST_WINDOW_BYTES: number = 4 * 1024;
export const LARGEST_WINDOW_BYTES: number = 16 * 1024 * 1024;

/** The largest MTU a BMC offers is a multiple of this. */
export const MTU_ALIGNMENT = 16;

/** Bytes that a version needs in a buffer beside the payload: length field, MCTP header and trailer. */
export function overheadBytes(version: Version): number {
  const framing = framingOf(version);
  return framing.lengthBytes + PACKET_HEADER_BYTES + framing.trailerBytes;
}

/** The buffer size that carries packets of `mtu` payload bytes (LPC-MTU-1). */
export function bufferBytes(version: Version, mtu: number): number {
  return overheadBytes(version) + mtu;
}

/** The payload that a buffer of this size carries; version 1 always carries the BTU (LPC-MTU-2). */
export function mtuOfBuffer(version: Version, size: number): number {
  return framingOf(version).fixedMtu ? BTU : size - overheadBytes(version);
}

/**
 * The payload that a receiver takes out of a buffer (LPC-BUF-4): what its size holds. In version 1, whose sizes say
 * nothing, what lies between the buffer's place and the next thing in the window: deployed senders cut larger packets.
 */
export function receiveLimit(version: Version, buffer: BufferRange, other: BufferRange, windowBytes: number): number {
  if (!framingOf(version).fixedMtu) return mtuOfBuffer(version, buffer.size);
  const end = other.offset > buffer.offset ? Math.min(other.offset, windowBytes) : windowBytes;
  return Math.max(BTU, end - buffer.offset - overheadBytes(version));
}

/** Throws for an MTU that no side can be configured with; undefined stands for the largest there is. */
export function checkMtu(mtu: number | undefined): void {
  if (mtu === undefined || (Number.isInteger(mtu) && mtu >= BTU)) return;
  throw new RangeError(`an MTU is a whole number of payload bytes from ${String(BTU)}, not ${String(mtu)}`);
}

/** The largest MTU that two equal buffers behind the control region allow, in payload bytes. */
export function largestMtu(version: Version, windowBytes: number): number {
  const half = Math.floor((windowBytes - CONTROL_REGION_BYTES) / 2);
  const payload = half - overheadBytes(version);
  return payload - (payload % MTU_ALIGNMENT);
}

/** Where a BMC puts its buffers: one after the other behind the control region, BMC to host first (LPC-MTU-10). */
export function offeredLayout(version: Version, mtu: number): Layout {
  const size = bufferBytes(version, mtu);
  return {
    bmcToHost: { offset: CONTROL_REGION_BYTES, size },
    hostToBmc: { offset: CONTROL_REGION_BYTES + size, size },
  };
}

/** The same places, both sizes for `mtu`. */
export function resizedLayout(layout: Layout, version: Version, mtu: number): Layout {
  const size = bufferBytes(version, mtu);
  return {
    bmcToHost: { offset: layout.bmcToHost.offset, size },
    hostToBmc: { offset: layout.hostToBmc.offset, size },
  };
}

export type LayoutReject =
  "smallerThanBtu" | "overlapsControlRegion" | "wrapsAround" | "endsBehindWindow" | "buffersOverlap";

/** What is wrong with the layout; a host declines it for any of these (LPC-MTU-5). */
export const LAYOUT_REJECT_TEXT: Readonly<Record<LayoutReject, string>> = {
  smallerThanBtu: "a buffer is smaller than a packet of the baseline transmission unit (LPC-MTU-5)",
  overlapsControlRegion: "a buffer overlaps the control region (LPC-MTU-5)",
  wrapsAround: "a buffer's end does not fit in 32 bits (LPC-MTU-5)",
  endsBehindWindow: "a buffer ends behind the window (LPC-MTU-5)",
  buffersOverlap: "the two buffers overlap (LPC-MTU-5)",
};

function judgeBuffer(buffer: BufferRange, version: Version, windowBytes: number): LayoutReject | undefined {
  if (buffer.size < bufferBytes(version, BTU)) return "smallerThanBtu";
  if (buffer.offset < CONTROL_REGION_BYTES) return "overlapsControlRegion";
  const end = buffer.offset + buffer.size;
  if (end > 0xffff_ffff) return "wrapsAround";
  return end > windowBytes ? "endsBehindWindow" : undefined;
}

function overlap(one: BufferRange, other: BufferRange): boolean {
  return one.offset < other.offset + other.size && other.offset < one.offset + one.size;
}

/** Whether packets of `version` can safely pass through a layout that the peer wrote (LPC-MTU-5). */
export function judgeLayout(layout: Layout, version: Version, windowBytes: number): Result<Layout, LayoutReject> {
  const why =
    judgeBuffer(layout.bmcToHost, version, windowBytes) ?? judgeBuffer(layout.hostToBmc, version, windowBytes);
  if (why !== undefined) return reject(why);
  return overlap(layout.bmcToHost, layout.hostToBmc) ? reject("buffersOverlap") : ok(layout);
}

/**
 * The rx_size a host asks for: that of its own MTU (undefined: the largest there is), but no more than fits between
 * the places that the BMC chose, for deployed BMCs refuse a proposal that overlaps (LPC-MTU-3). Never less than the
 * BTU needs.
 */
export function askedSize(offered: Layout, version: Version, ownMtu: number | undefined, windowBytes: number): number {
  const start = offered.bmcToHost.offset;
  const other = offered.hostToBmc.offset;
  const room = (other > start ? Math.min(other, windowBytes) : windowBytes) - start;
  const wanted = ownMtu === undefined ? room : bufferBytes(version, ownMtu);
  return Math.max(bufferBytes(version, BTU), Math.min(wanted, room));
}
