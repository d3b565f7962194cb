/**
 * The MCTP packet: a 4-byte transport header and the payload (DSP0236 clause 8.1).
 *
 * `[reserved:4 | header version:4] [destination EID] [source EID] [SOM:1 EOM:1 sequence:2 TO:1 tag:3]`
 *
 * The header is handled as one big-endian 32-bit number, so that a packet costs no object.
 */
import { eid, type Eid } from "../wire/units.ts";

/** Baseline transmission unit: payload bytes that every endpoint accepts; also the smallest of a middle packet. */
export const BASELINE_UNIT = 64;
export const HEADER_BYTES = 4;
/** The version that is sent, and the only one that is taken (LPC-MCTP-1). */
export const HEADER_VERSION = 1;
export const TAGS = 8;

export const Flag = {
  /** Start of message. */
  SOM: 0x80,
  /** End of message. */
  EOM: 0x40,
  /** Tag owner: the sender chose the tag. */
  TO: 0x08,
} as const;

const SEQUENCE_SHIFT = 4;
const SEQUENCE_MASK = 0x3;
const TAG_MASK = 0x7;

export interface HeaderField {
  readonly name: string;
  /** Its lowest bit in the 32-bit header. */
  readonly shift: number;
  readonly bits: number;
}

/** The fields of the header, from its first byte's highest bit on. */
export const HEADER_FIELDS: readonly HeaderField[] = [
  { name: "reserved", shift: 28, bits: 4 },
  { name: "header version", shift: 24, bits: 4 },
  { name: "destination EID", shift: 16, bits: 8 },
  { name: "source EID", shift: 8, bits: 8 },
  { name: "SOM", shift: 7, bits: 1 },
  { name: "EOM", shift: 6, bits: 1 },
  { name: "sequence", shift: SEQUENCE_SHIFT, bits: 2 },
  { name: "TO", shift: 3, bits: 1 },
  { name: "tag", shift: 0, bits: 3 },
];

export interface PacketHeader {
  readonly destination: Eid;
  readonly source: Eid;
  readonly startOfMessage: boolean;
  readonly endOfMessage: boolean;
  readonly sequence: number;
  readonly tagOwner: boolean;
  readonly tag: number;
}

/** The parts of the header that every packet of a message shares. */
export function messageHeader(destination: Eid, source: Eid, tagOwner: boolean, tag: number): number {
  return (
    ((HEADER_VERSION << 24) | (destination << 16) | (source << 8) | (tagOwner ? Flag.TO : 0) | (tag & TAG_MASK)) >>> 0
  );
}

/** A message's header completed for one of its packets. */
export function packetHeader(message: number, first: boolean, last: boolean, sequence: number): number {
  const start = first ? Flag.SOM : 0;
  const end = last ? Flag.EOM : 0;
  return (message | start | end | ((sequence & SEQUENCE_MASK) << SEQUENCE_SHIFT)) >>> 0;
}

export function headerVersion(header: number): number {
  return (header >>> 24) & 0x0f;
}

export function destinationOf(header: number): Eid {
  return eid(header >>> 16);
}

export function sourceOf(header: number): Eid {
  return eid(header >>> 8);
}

export function sequenceOf(header: number): number {
  return (header >>> SEQUENCE_SHIFT) & SEQUENCE_MASK;
}

export function tagOf(header: number): number {
  return header & TAG_MASK;
}

/** The header field by field, for people and traces. */
export function decodeHeader(header: number): PacketHeader {
  return {
    destination: destinationOf(header),
    source: sourceOf(header),
    startOfMessage: (header & Flag.SOM) !== 0,
    endOfMessage: (header & Flag.EOM) !== 0,
    sequence: sequenceOf(header),
    tagOwner: (header & Flag.TO) !== 0,
    tag: tagOf(header),
  };
}

/** The header as the field writes it: "9 -> 8 SOM EOM seq 0 TO tag 1". */
export function headerText(header: number): string {
  const fields = decodeHeader(header);
  const marks = [
    ...(fields.startOfMessage ? ["SOM"] : []),
    ...(fields.endOfMessage ? ["EOM"] : []),
    `seq ${String(fields.sequence)}`,
    ...(fields.tagOwner ? ["TO"] : []),
    `tag ${String(fields.tag)}`,
  ];
  return `${String(fields.source)} -> ${String(fields.destination)} ${marks.join(" ")}`;
}
