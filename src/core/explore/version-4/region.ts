/**
 * What the candidate version 4 adds to the control region, and the words that carry its indices. Specification: Annex C,
 * C.3 and C.4. No agent speaks version 4; the explorer's model of it does.
 */
import { readU16be } from "../../wire/bytes.ts";

export const VERSION_4 = 4;

/** Offsets of the fields, in bytes from the start of the window. */
export const Field4 = {
  /** 1 byte, host: slots that it asks for each way. */
  hostSlots: 0x20,
  /** 2 bytes, host: tells its proposal from every other; written last of it. */
  hostNonce: 0x22,
  /** 1 byte, BMC: slots of the session each way. */
  slots: 0x24,
  /** 1 byte, BMC: why there is no session. */
  reason: 0x25,
  /** 2 bytes, BMC: the nonce of the proposal that was answered; written last of the answer. */
  echoNonce: 0x26,
  /** 4 bytes each: put, got and nonce of a side. */
  hostWord: 0x40,
  bmcWord: 0x48,
} as const;

/** Bytes of the region up to, not including, the echo: what the host reads of an answer. */
export const ANSWER_BYTES: number = Field4.echoNonce;

/** Values of the field `reason`. */
export const Reason = {
  none: 0,
  closed: 1,
  noCommonVersion: 2,
  rxSizeTooSmall: 3,
  slotsUnusable: 4,
  notReady: 5,
  impossibleLevel: 6,
} as const;

/* ---- Indices ---- */

/** Indices run freely through this many values. */
export const INDEX_VALUES = 128;
export const MOST_SLOTS: number = INDEX_VALUES / 2;

/** Steps from one index forward to another. */
export function distance(from: number, to: number): number {
  return (to - from) & (INDEX_VALUES - 1);
}

export function nextIndex(index: number): number {
  return (index + 1) & (INDEX_VALUES - 1);
}

/** The number of slots each way that a BMC grants: a power of two, so that an index keeps its slot when it comes round. */
export function grantedSlots(asked: number, room: number, slotBytes: number): number {
  let slots = 1;
  while (slots * 2 <= Math.min(asked, MOST_SLOTS) && slots * 2 * slotPitch(slotBytes) <= room) slots *= 2;
  return slots;
}

/** Bytes from one slot to the next. */
export function slotPitch(slotBytes: number): number {
  return Math.ceil(slotBytes / 4) * 4;
}

/* ---- Words ---- */

/** Bits that a side sets beside its indices, seen from the peer: ring for a packet, ring for a slot. */
export const Wish = { packets: 1, slots: 2 } as const;

const FLAG = 0x80;

/** What a side says of itself. */
export interface Word {
  /** The next packet that it will put. */
  readonly put: number;
  /** The next packet that it will get. */
  readonly got: number;
  readonly wish: number;
  readonly nonce: number;
}

/** The two bytes that change within a session. */
export function encodeIndices(put: number, got: number, wish: number): Uint8Array {
  return Uint8Array.of(put | ((wish & Wish.slots) === 0 ? 0 : FLAG), got | ((wish & Wish.packets) === 0 ? 0 : FLAG));
}

export function decodeWord(bytes: Uint8Array): Word {
  const [first = 0, second = 0] = bytes;
  return {
    put: first & ~FLAG,
    got: second & ~FLAG,
    wish: ((first & FLAG) === 0 ? 0 : Wish.slots) | ((second & FLAG) === 0 ? 0 : Wish.packets),
    nonce: readU16be(bytes, 2),
  };
}
