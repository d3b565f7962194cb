/**
 * The control region: the first bytes of the window, by which the two sides agree on a session. Every field is
 * big-endian. Specification: "Control region" (LPC-REG-1).
 *
 * On the wire rx_ and tx_ are named from the host; everywhere else in this program directions are absolute.
 */
import { readU16be, readU32be, writeU16be, writeU32be } from "../wire/bytes.ts";
import type { VersionRange } from "./versions.ts";

/** Bytes at the start of the window that no packet buffer may overlap. */
export const CONTROL_REGION_BYTES = 0x100;
/** Bytes of the region that carry fields. */
export const CONTROL_FIELDS_BYTES = 0x20;
/** "MCTP". */
export const MAGIC = 0x4d435450;

/** Offsets of the fields, in bytes from the start of the window. */
export const Field = {
  magic: 0x00,
  bmcVersionMin: 0x04,
  bmcVersionCur: 0x06,
  hostVersionMin: 0x08,
  hostVersionCur: 0x0a,
  negotiatedVersion: 0x0c,
  pad: 0x0e,
  rxOffset: 0x10,
  rxSize: 0x14,
  txOffset: 0x18,
  txSize: 0x1c,
} as const;

export interface ControlField {
  /** As it is called on the wire, where rx_ and tx_ are seen from the host. */
  readonly name: string;
  readonly offset: number;
  readonly bytes: 2 | 4;
  /** Who writes it. What is the host's the BMC only zeroes, at its start (LPC-BMC-2). */
  readonly writer: "host" | "bmc" | "both";
}

/** The fields in the order of their offsets, without a gap from the start of the window to CONTROL_FIELDS_BYTES. */
export const CONTROL_FIELDS: readonly ControlField[] = [
  { name: "magic", offset: Field.magic, bytes: 4, writer: "bmc" },
  { name: "bmc_ver_min", offset: Field.bmcVersionMin, bytes: 2, writer: "bmc" },
  { name: "bmc_ver_cur", offset: Field.bmcVersionCur, bytes: 2, writer: "bmc" },
  { name: "host_ver_min", offset: Field.hostVersionMin, bytes: 2, writer: "host" },
  { name: "host_ver_cur", offset: Field.hostVersionCur, bytes: 2, writer: "host" },
  { name: "negotiated_ver", offset: Field.negotiatedVersion, bytes: 2, writer: "bmc" },
  { name: "pad", offset: Field.pad, bytes: 2, writer: "bmc" },
  { name: "rx_offset", offset: Field.rxOffset, bytes: 4, writer: "bmc" },
  { name: "rx_size", offset: Field.rxSize, bytes: 4, writer: "both" },
  { name: "tx_offset", offset: Field.txOffset, bytes: 4, writer: "bmc" },
  { name: "tx_size", offset: Field.txSize, bytes: 4, writer: "bmc" },
];

/** A range of the window that holds one packet of one direction, in bytes. */
export interface BufferRange {
  readonly offset: number;
  readonly size: number;
}

/** Both packet buffers; sizes count length field, packet and trailer. */
export interface Layout {
  /** The BMC writes it, the host reads it: rx_offset and rx_size on the wire. */
  readonly bmcToHost: BufferRange;
  /** The host writes it, the BMC reads it: tx_offset and tx_size on the wire. */
  readonly hostToBmc: BufferRange;
}

export interface ControlRegion {
  readonly magic: number;
  readonly bmcVersions: VersionRange;
  readonly hostVersions: VersionRange;
  /** 0: refused, or not negotiated. */
  readonly negotiatedVersion: number;
  readonly layout: Layout;
}

/** Reads the fields as they stand, the pad and what is reserved left out (LPC-REG-4); nothing is judged here. `bytes` holds at least CONTROL_FIELDS_BYTES. */
export function decodeControlRegion(bytes: Uint8Array): ControlRegion {
  return {
    magic: readU32be(bytes, Field.magic),
    bmcVersions: { min: readU16be(bytes, Field.bmcVersionMin), cur: readU16be(bytes, Field.bmcVersionCur) },
    hostVersions: decodeHostVersions(bytes.subarray(Field.hostVersionMin)),
    negotiatedVersion: readU16be(bytes, Field.negotiatedVersion),
    layout: decodeLayout(bytes.subarray(Field.rxOffset)),
  };
}

/** All CONTROL_FIELDS_BYTES bytes; the pad is 0. */
export function encodeControlRegion(region: ControlRegion): Uint8Array {
  const bytes = new Uint8Array(CONTROL_FIELDS_BYTES);
  writeU32be(bytes, Field.magic, region.magic);
  bytes.set(encodeVersionRange(region.bmcVersions), Field.bmcVersionMin);
  bytes.set(encodeVersionRange(region.hostVersions), Field.hostVersionMin);
  writeU16be(bytes, Field.negotiatedVersion, region.negotiatedVersion);
  bytes.set(encodeLayout(region.layout), Field.rxOffset);
  return bytes;
}

/** The two host version fields, 4 bytes from Field.hostVersionMin. */
export function decodeHostVersions(bytes: Uint8Array): VersionRange {
  return { min: readU16be(bytes, 0), cur: readU16be(bytes, 2) };
}

/** Two adjacent version fields, min before cur, as both sides store them. */
export function encodeVersionRange(range: VersionRange): Uint8Array {
  const bytes = new Uint8Array(4);
  writeU16be(bytes, 0, range.min);
  writeU16be(bytes, 2, range.cur);
  return bytes;
}

export function encodeU16(value: number): Uint8Array {
  const bytes = new Uint8Array(2);
  writeU16be(bytes, 0, value);
  return bytes;
}

export function encodeU32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  writeU32be(bytes, 0, value);
  return bytes;
}

/** The four layout fields, 16 bytes from Field.rxOffset. */
export function decodeLayout(bytes: Uint8Array): Layout {
  return {
    bmcToHost: { offset: readU32be(bytes, 0), size: readU32be(bytes, 4) },
    hostToBmc: { offset: readU32be(bytes, 8), size: readU32be(bytes, 12) },
  };
}

export function encodeLayout(layout: Layout): Uint8Array {
  const bytes = new Uint8Array(16);
  writeU32be(bytes, 0, layout.bmcToHost.offset);
  writeU32be(bytes, 4, layout.bmcToHost.size);
  writeU32be(bytes, 8, layout.hostToBmc.offset);
  writeU32be(bytes, 12, layout.hostToBmc.size);
  return bytes;
}
