/**
 * Blocks of a pcapng capture (draft-ietf-opsawg-pcapng), little-endian, times in nanoseconds. A capture is one section: its
 * header, a description of each interface, then packets.
 */
import { encodeUtf8 } from "../wire/utf8.ts";
import type { PacketWay } from "./link-types.ts";

const BlockType = { SECTION: 0x0a0d0d0a, INTERFACE: 1, ENHANCED_PACKET: 6 } as const;
const BYTE_ORDER = 0x1a2b3c4d;
const VERSION = [1, 0] as const;
/** Section length: not known when the header is written. */
const UNKNOWN_LENGTH = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff] as const;

const Option = {
  END: 0,
  /** For people, of any block. */
  COMMENT: 1,
  /** Of a section. */
  APPLICATION: 4,
  /** Of an interface. */
  NAME: 2,
  DESCRIPTION: 3,
  TIME_RESOLUTION: 9,
  /** Of a packet: in bits 1 and 0 the way that it went. */
  FLAGS: 2,
} as const;
/** Negative powers of ten. */
const NANOSECONDS = 9;
const WAY: Readonly<Record<PacketWay, number>> = { in: 1, out: 2 };

/** What a text in an option may have: a length has 16 bits. */
const LONGEST_OPTION_BYTES = 0xffff;

export interface InterfaceDescription {
  readonly linkType: number;
  readonly name: string;
  readonly description: string;
}

export interface CapturedPacket {
  /** In the order of the interfaces' descriptions, from 0. */
  readonly interface: number;
  /** Of the clock that the capture has. */
  readonly nanoseconds: bigint;
  /** As many as were captured. */
  readonly bytes: Uint8Array;
  /** Of the packet as it was. */
  readonly originalBytes: number;
  readonly way?: PacketWay | undefined;
  /** For people; programs show each. */
  readonly comments?: readonly string[] | undefined;
}

/** `application`: what writes the capture. */
export function sectionHeader(application: string): Uint8Array {
  const body = new BlockBody();
  body.u32(BYTE_ORDER);
  body.u16(VERSION[0]);
  body.u16(VERSION[1]);
  body.bytes(Uint8Array.from(UNKNOWN_LENGTH));
  body.text(Option.APPLICATION, application);
  body.endOptions();
  return body.block(BlockType.SECTION);
}

export function interfaceDescription({ linkType, name, description }: InterfaceDescription): Uint8Array {
  const body = new BlockBody();
  body.u16(linkType);
  body.u16(0);
  // No limit: packets may be shorter than they were for reasons of their own.
  body.u32(0);
  body.text(Option.NAME, name);
  body.text(Option.DESCRIPTION, description);
  body.option(Option.TIME_RESOLUTION, Uint8Array.of(NANOSECONDS));
  body.endOptions();
  return body.block(BlockType.INTERFACE);
}

export function enhancedPacket(packet: CapturedPacket): Uint8Array {
  const { nanoseconds, bytes, originalBytes, way, comments = [] } = packet;
  const body = new BlockBody(bytes.length);
  body.u32(packet.interface);
  body.u32(Number((nanoseconds >> 32n) & 0xffff_ffffn));
  body.u32(Number(nanoseconds & 0xffff_ffffn));
  body.u32(bytes.length);
  body.u32(originalBytes);
  body.bytes(bytes);
  for (const comment of comments) body.text(Option.COMMENT, comment);
  if (way !== undefined) body.option(Option.FLAGS, Uint8Array.of(WAY[way], 0, 0, 0));
  if (way !== undefined || comments.length > 0) body.endOptions();
  return body.block(BlockType.ENHANCED_PACKET);
}

/** Type, length before and behind: 32 bits each. */
const FRAME_BYTES = 12;
const ROOM_BYTES = 256;

/** The inside of a block as it grows; what it is given is followed by zeros up to 32 bits. */
class BlockBody {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 8;

  constructor(expected = 0) {
    this.#bytes = new Uint8Array(expected + ROOM_BYTES);
    this.#view = new DataView(this.#bytes.buffer);
  }

  u16(value: number): void {
    this.#makeRoom(2);
    this.#view.setUint16(this.#length, value, true);
    this.#length += 2;
  }

  u32(value: number): void {
    this.#makeRoom(4);
    this.#view.setUint32(this.#length, value, true);
    this.#length += 4;
  }

  bytes(bytes: Uint8Array): void {
    const padded = (bytes.length + 3) & ~3;
    this.#makeRoom(padded);
    this.#bytes.set(bytes, this.#length);
    this.#length += padded;
  }

  option(code: number, value: Uint8Array): void {
    this.u16(code);
    this.u16(value.length);
    this.bytes(value);
  }

  text(code: number, text: string): void {
    this.option(code, encodeUtf8(text, LONGEST_OPTION_BYTES));
  }

  endOptions(): void {
    this.u32(Option.END);
  }

  block(type: number): Uint8Array {
    const total = this.#length + 4;
    this.#makeRoom(4);
    this.#view.setUint32(0, type, true);
    this.#view.setUint32(4, total, true);
    this.#view.setUint32(this.#length, total, true);
    return this.#bytes.subarray(0, total);
  }

  #makeRoom(more: number): void {
    const needed = this.#length + more + FRAME_BYTES;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(2 * needed);
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
