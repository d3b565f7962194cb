/** Guesses at the mistake behind a packet or a field that is not as it should be. */
import { crc32 } from "../wire/crc.ts";
import { readU32be } from "../wire/bytes.ts";
import { BTU } from "../binding/layout.ts";
import { LENGTH_BYTES } from "../binding/packet-buffer.ts";
import { PACKET_HEADER_BYTES } from "../wire/packet-parts.ts";
import type { Cause } from "./finding.ts";

const TRAILER_BYTES = 4;
const ALL_ONES = 0xffffffff;

export function hex32(value: number): string {
  return `0x${(value >>> 0).toString(16).padStart(8, "0")}`;
}

/** The four bytes of a value in the other order. */
export function swapped32(value: number): number {
  return (((value & 0xff) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | ((value >>> 24) & 0xff)) >>> 0;
}

const BYTE_ORDER: Cause = { name: "byteOrder", text: "the bytes are in little-endian order" };

/** Why a trailer may be another than the CRC-32 of its packet. `buffer` holds length field, `length` bytes, trailer. */
export function trailerCause(buffer: Uint8Array, length: number): Cause | undefined {
  const from = LENGTH_BYTES;
  const to = from + length;
  const trailer = readU32be(buffer, to);
  const other = swapped32(trailer);
  const right = crc32(buffer, from, to);
  if (other === right) return { ...BYTE_ORDER, text: "the trailer is little-endian" };
  const ranges: readonly (readonly [string, number, number])[] = [
    ["the length field is counted in", 0, to],
    ["the MCTP header is left out", from + PACKET_HEADER_BYTES, to],
    ["length field and payload are counted, or the last byte is left out", 0, to - 1],
    ["the last byte is left out", from, to - 1],
  ];
  for (const [text, start, end] of ranges) {
    if (end <= start) continue;
    const value = crc32(buffer, start, end);
    if (trailer === value || other === value)
      return { name: "crcRange", text: `the CRC-32 is of other bytes: ${text}` };
  }
  const plain = crcWith(buffer, from, to, ALL_ONES, 0);
  const zero = crcWith(buffer, from, to, 0, 0);
  const zeroInverted = crcWith(buffer, from, to, 0, ALL_ONES);
  for (const value of [trailer, other]) {
    if (value === plain) return { name: "crcSeed", text: "the final exclusive or with 0xffffffff is left out" };
    if (value === zero) return { name: "crcSeed", text: "it begins with 0, and the final exclusive or is left out" };
    if (value === zeroInverted) return { name: "crcSeed", text: "it begins with 0 in place of 0xffffffff" };
  }
  for (const [seed, final] of [
    [ALL_ONES, ALL_ONES],
    [ALL_ONES, 0],
    [0, 0],
  ] as const) {
    const forward = forwardCrc(buffer, from, to, seed, final);
    if (trailer === forward || other === forward) {
      return { name: "crcOrder", text: "the CRC-32 is computed from the most significant bit on, not reflected" };
    }
  }
  return undefined;
}

/** The reflected CRC-32 with another beginning and end; every value unsigned. */
function crcWith(bytes: Uint8Array, from: number, to: number, seed: number, final: number): number {
  let crc = seed;
  for (let at = from; at < to; at++) {
    crc ^= bytes[at]!;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ final) >>> 0;
}

function forwardCrc(bytes: Uint8Array, from: number, to: number, seed: number, final: number): number {
  let crc = seed;
  for (let at = from; at < to; at++) {
    crc ^= bytes[at]! << 24;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x80000000) === 0 ? crc << 1 : (crc << 1) ^ 0x04c11db7;
  }
  return (crc ^ final) >>> 0;
}

/** Why a length may not fit what lies behind it: `written` bytes without a gap, the length field among them. */
export function lengthCause(length: number, written: number, trailerBytes: number): Cause | undefined {
  const behind = written - LENGTH_BYTES;
  if (swapped32(length) === behind - trailerBytes) return { ...BYTE_ORDER, text: "the length is little-endian" };
  if (trailerBytes > 0 && length === behind) {
    return { name: "lengthCountsTrailer", text: "the length counts the trailer, or itself" };
  }
  if (length === behind + LENGTH_BYTES) return { name: "lengthCountsItself", text: "the length counts itself" };
  if (length === behind - trailerBytes - PACKET_HEADER_BYTES) {
    return { name: "headerInMtu", text: "the length leaves the MCTP header out" };
  }
  if (length === behind + LENGTH_BYTES + trailerBytes) {
    return { name: "lengthCountsTrailer", text: "the length counts itself and the trailer" };
  }
  return undefined;
}

/**
 * Why a length may be too large, where a shorter packet and its right trailer stand in what was read for it. `buffer` holds
 * length field, `length` bytes, trailer.
 */
export function countedCause(buffer: Uint8Array, length: number): Cause | undefined {
  for (const [excess, text] of [
    [TRAILER_BYTES, "the length counts the trailer, or itself"],
    [TRAILER_BYTES + LENGTH_BYTES, "the length counts itself and the trailer"],
  ] as const) {
    const end = LENGTH_BYTES + length - excess;
    if (end < LENGTH_BYTES + PACKET_HEADER_BYTES) continue;
    if (readU32be(buffer, end) === crc32(buffer, LENGTH_BYTES, end)) return { name: "lengthCountsTrailer", text };
  }
  return undefined;
}

/** Why a length may be out of bounds. */
export function boundCause(length: number, limit: number): Cause | undefined {
  if (length === 0) return undefined;
  if (swapped32(length) <= limit + PACKET_HEADER_BYTES && swapped32(length) >= PACKET_HEADER_BYTES) {
    return { ...BYTE_ORDER, text: "the length is little-endian" };
  }
  const excess = length - limit - PACKET_HEADER_BYTES;
  if (excess === TRAILER_BYTES) {
    return { name: "lengthCountsTrailer", text: "the length counts the trailer or itself, or the MTU its header" };
  }
  return undefined;
}

/** Why a version field may hold what it holds. */
export function versionCause(min: number, cur: number): Cause | undefined {
  const isSwapped = (value: number) => value > 0xff && (value & 0xff) === 0;
  return isSwapped(min) || isSwapped(cur) ? { ...BYTE_ORDER, text: "the fields are little-endian" } : undefined;
}

/** Why a size may not be what it should. */
export function sizeCause(size: number, limit: number): Cause | undefined {
  const other = swapped32(size);
  return size > limit && other <= limit && other > 0
    ? { ...BYTE_ORDER, text: "the field is little-endian" }
    : undefined;
}

/** Why an rx_size may be out of bounds. */
export function askedCause(asked: number, least: number, room: number): Cause | undefined {
  const other = swapped32(asked);
  if (other >= least && other <= room) return { ...BYTE_ORDER, text: "rx_size is little-endian" };
  if (asked !== BTU) return undefined;
  return { name: "headerInMtu", text: "rx_size is the MTU alone: length, header and trailer count, too" };
}

/** Why a write may lie outside the buffer that it belongs to. */
export function placeCause(offset: number, own: number, other: number): Cause | undefined {
  if (offset === other) {
    return {
      name: "otherDirection",
      text: "this is the buffer of the other direction: rx_ and tx_ are seen from the host",
    };
  }
  if (offset === own + 0x100)
    return { name: "wrongBase", text: "the offset is counted from the end of the control region" };
  if (offset === own - 0x100) return { name: "wrongBase", text: "the offset is counted from 0x100 before the window" };
  if (offset === 0) return { name: "wrongBase", text: "the offset of the buffer is left out" };
  if (offset === swapped32(own)) return { ...BYTE_ORDER, text: "the offset is read little-endian" };
  return undefined;
}
