/**
 * What bytes of the window mean, in words: the fields of the control region and the packet in a buffer. Every
 * description is a list of short items, so that lines can be broken between two.
 */
import { Field, MAGIC } from "../binding/control-region.ts";
import { mtuOfBuffer, overheadBytes } from "../binding/layout.ts";
import type { Direction } from "../binding/side.ts";
import { framingOf, type Version } from "../binding/versions.ts";
import { completionName, decodeControl } from "../mctp/control/codec.ts";
import { controlCommandName } from "../mctp/control/commands.ts";
import { MessageType, hasIntegrityCheck, messageTypeName, typeOf } from "../mctp/message.ts";
import { Flag, HEADER_BYTES, headerText } from "../mctp/packet.ts";
import { readU16be, readU32be } from "../wire/bytes.ts";
import { crc32 } from "../wire/crc.ts";
import type { WindowShadow } from "./window-shadow.ts";

/* ---- Control region ---- */

/** A field, or two that belong together, under the specification's name. */
export interface RegionItem {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** All fields of the region with their values as the shadow has them. */
export function regionItems(shadow: WindowShadow): readonly RegionItem[] {
  const { magic, bmcVersions, hostVersions, negotiatedVersion, layout } = shadow.region;
  const pad = readU16be(shadow.bytes(Field.pad, Field.rxOffset), 0);
  const version = shadow.framingVersion;
  const item = (name: string, start: number, end: number, value: string): RegionItem => ({
    name,
    start,
    end,
    text: `${name} = ${value}`,
  });
  return [
    item("magic", Field.magic, Field.bmcVersionMin, magic === MAGIC ? "MCTP" : hex(magic)),
    item("bmc_ver", Field.bmcVersionMin, Field.hostVersionMin, rangeText(bmcVersions.min, bmcVersions.cur)),
    item("host_ver", Field.hostVersionMin, Field.negotiatedVersion, rangeText(hostVersions.min, hostVersions.cur)),
    item("negotiated_ver", Field.negotiatedVersion, Field.pad, String(negotiatedVersion)),
    item("pad", Field.pad, Field.rxOffset, hex(pad)),
    item("rx_offset", Field.rxOffset, Field.rxSize, hex(layout.bmcToHost.offset)),
    item("rx_size", Field.rxSize, Field.txOffset, sizeText(layout.bmcToHost.size, version)),
    item("tx_offset", Field.txOffset, Field.txSize, hex(layout.hostToBmc.offset)),
    item("tx_size", Field.txSize, Field.txSize + 4, sizeText(layout.hostToBmc.size, version)),
  ];
}

function rangeText(min: number, cur: number): string {
  return `${String(min)}..${String(cur)}`;
}

function sizeText(size: number, version: Version | undefined): string {
  if (version === undefined || size <= overheadBytes(version)) return String(size);
  return `${String(size)} (MTU ${String(mtuOfBuffer(version, size))})`;
}

export function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

/* ---- Packets ---- */

/** Bytes of the window that accesses covered: from `start` up to, not including, `end`. */
export interface Extent {
  readonly start: number;
  readonly end: number;
}

const LENGTH_BYTES = 4;
const CRC_WRONG = "CRC wrong";
const OUT_OF_BOUNDS = ", out of bounds";

/** Whether an item of a packet says that the packet cannot be taken. */
export function isFault(item: string): boolean {
  return item === CRC_WRONG || item.endsWith(OUT_OF_BOUNDS);
}

/** The packet in a buffer, as far as `covered` reaches from the buffer's start. */
export function packetItems(shadow: WindowShadow, direction: Direction, covered: Extent): readonly string[] {
  const buffer = shadow.bufferOf(direction);
  const version = shadow.sessionVersion;
  const size = covered.end - covered.start;
  if (version === undefined || covered.start !== buffer.offset || size < LENGTH_BYTES) {
    return [`${bytesText(size)} of a packet, from byte ${String(covered.start - buffer.offset)} of its buffer`];
  }
  const bytes = shadow.bytes(covered.start, covered.end);
  const length = readU32be(bytes, 0);
  const largest = HEADER_BYTES + mtuOfBuffer(version, buffer.size);
  if (length < HEADER_BYTES || length > largest) {
    return [`length = ${String(length)}${OUT_OF_BOUNDS}`, `4 to ${String(largest)} are allowed`];
  }
  const packet = bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + length);
  if (packet.length < HEADER_BYTES) return [`length = ${String(length)}`];
  const items = packetText(packet, length);
  return crcIsWrong(bytes, length, version) ? [...items, CRC_WRONG] : items;
}

/** A packet of `length` bytes, of which these are the first: the whole header at least. */
export function packetText(packet: Uint8Array, length: number): readonly string[] {
  return [`packet of ${bytesText(length)}`, headerText(readU32be(packet, 0)), ...contentItems(packet)];
}

function contentItems(packet: Uint8Array): readonly string[] {
  const flags = packet[3]!;
  const payload = packet.subarray(HEADER_BYTES);
  const isFirst = (flags & Flag.SOM) !== 0;
  if (!isFirst || payload.length === 0) return [];
  const type = typeOf(payload);
  const control = type === MessageType.CONTROL ? controlText(payload, (flags & Flag.TO) !== 0) : undefined;
  return [control ?? `${messageTypeName(type)}${hasIntegrityCheck(payload) ? " with integrity check" : ""}`];
}

function controlText(message: Uint8Array, tagOwner: boolean): string | undefined {
  const control = decodeControl(message, tagOwner);
  if (control === undefined) return undefined;
  const completion = control.kind === "response" ? `, ${completionName(control.completion)}` : "";
  return `${controlCommandName(control.command)} ${control.kind}${completion}`;
}

/** False as long as not all of packet and trailer was shown. */
function crcIsWrong(bytes: Uint8Array, length: number, version: Version): boolean {
  const { trailerBytes } = framingOf(version);
  const end = LENGTH_BYTES + length;
  if (trailerBytes === 0 || bytes.length < end + trailerBytes) return false;
  return crc32(bytes, LENGTH_BYTES, end) !== readU32be(bytes, end);
}

export function bytesText(count: number): string {
  return count === 1 ? "1 byte" : `${String(count)} bytes`;
}
