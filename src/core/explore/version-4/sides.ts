/** What the two sides of the model remember, what they are configured with, and what an onlooker is told. */
import type { WindowBus } from "../../binding/bus.ts";
import { readU16be } from "../../wire/bytes.ts";
import { distance, type Field4 } from "./region.ts";

/** The terms of a session and the state of both directions, as one side keeps them. Plain data. */
export interface Ring {
  readonly nonce: number;
  /** Each way. */
  readonly slots: number;
  readonly slotBytes: number;
  /** Of this side's slots, and of its peer's. */
  readonly ownOffset: number;
  readonly peerOffset: number;
  /** Written: the next packet to put, and the next to get. */
  put: number;
  got: number;
  /** The peer's `got` as read last: what lies before it is acknowledged. */
  acknowledged: number;
  /** Wishes as written last. */
  wish: number;
  /** The packet that waits for a free slot. */
  waiting: Uint8Array | undefined;
}

/** `older`: the BMC speaks versions 1 to 3 alone, and the host goes on with H1, which is not part of the model. */
export type HostPhase = "awaitingBmc" | "older" | "proposed" | "active" | "resting" | "stopping" | "stopped";

export interface HostState4 {
  phase: HostPhase;
  nonce: number;
  ring: Ring | undefined;
  stopping: boolean;
}

/** `older`: a session of versions 1 to 3, of which the model has no more than the answer. */
export type BmcPhase = "starting" | "announcing" | "inactive" | "older" | "active" | "stopped";

export interface BmcState4 {
  phase: BmcPhase;
  announcements: number;
  dummyPending: boolean;
  /** The field `reason` as written last. */
  reason: number;
  ring: Ring | undefined;
  stopping: boolean;
}

/** Of either side, for one life. */
export interface Config4 {
  readonly versions: { readonly min: number; readonly cur: number };
  /** Slots that it asks for, or grants at most. */
  readonly slots: number;
  /** Packets that it takes in one pass. */
  readonly batch: number;
  /** The host's nonces run from 1 to this: 65535 on a wire, fewer in a model, whose states must have an end. */
  readonly nonces: number;
}

/** Rules of Annex C; each left out, the explorer shows what it is for. */
export interface Rules4 {
  /** The host takes an answer only for the nonce that it wrote. */
  readonly comparesEcho: boolean;
  /** The host writes the nonce behind the rest of its proposal. */
  readonly writesNonceLast: boolean;
  /** The BMC reads the nonce before the rest of the proposal. */
  readonly readsNonceFirst: boolean;
  /** The host reads the echo before the rest of the answer. */
  readonly readsEchoFirst: boolean;
  /** An Initialise with the nonce of the open session changes nothing. */
  readonly passesOverRepeated: boolean;
  /** A word whose nonce is not the session's says nothing. */
  readonly comparesWordNonce: boolean;
  /** Who begins with new indices for itself. */
  readonly hostResetsOwnWord: boolean;
  readonly bmcResetsOwnWord: boolean;
  /** Nobody writes the peer's word. */
  readonly leavesPeerWord: boolean;
  /** The nonce of a word is changed before its indices. */
  readonly resetsNonceFirst: boolean;
  /** After its own word a side looks at the peer's again. */
  readonly looksAgain: boolean;
  /** A side that waits for a slot wishes a bell for it. */
  readonly wishesSlots: boolean;
  /** A slot is written before the index that gives it away. */
  readonly writesSlotFirst: boolean;
  /** Only free slots are written. */
  readonly waitsForSlots: boolean;
  /** Only slots that were given away are read. */
  readonly readsOwnedOnly: boolean;
  /** The BMC starts with host versions 0/0, so that an older proposal is none. */
  readonly zeroesVersions: boolean;
  /** The host begins anew when it finds its versions zeroed. */
  readonly noticesZeroedVersions: boolean;
  /** The host reads STR again behind a byte, and behind an answer. */
  readonly readsStatusAgain: boolean;
  /** The host takes a refusal without a reason for the sign of a restart. */
  readonly wantsReason: boolean;
  /** A refusal of versions that are not as the host wrote them is none. */
  readonly comparesVersions: boolean;
  /** The BMC looks at STR again before it handles an Initialise: IDR reads as 0 behind a reset. */
  readonly looksForReset: boolean;
}

export const ALL_RULES: Rules4 = {
  comparesEcho: true,
  writesNonceLast: true,
  readsNonceFirst: true,
  readsEchoFirst: true,
  passesOverRepeated: true,
  comparesWordNonce: true,
  hostResetsOwnWord: true,
  bmcResetsOwnWord: true,
  leavesPeerWord: true,
  resetsNonceFirst: true,
  looksAgain: true,
  wishesSlots: true,
  writesSlotFirst: true,
  waitsForSlots: true,
  readsOwnedOnly: true,
  zeroesVersions: true,
  noticesZeroedVersions: true,
  readsStatusAgain: true,
  wantsReason: true,
  comparesVersions: true,
  looksForReset: true,
};

/** What a run brought about, for the onlooker alone. */
export interface Tally {
  opened: number;
  closed: number;
  /** Fill levels that cannot be. */
  impossible: number;
  readonly received: Uint8Array[];
}

export function newTally(): Tally {
  return { opened: 0, closed: 0, impossible: 0, received: [] };
}

export function newRing(
  terms: Pick<Ring, "nonce" | "slots" | "slotBytes" | "ownOffset" | "peerOffset">,
  wish: number,
): Ring {
  return { ...terms, put: 0, got: 0, acknowledged: 0, wish, waiting: undefined };
}

/** Packets that were put and that the peer is not known to have got. */
export function outstanding({ acknowledged, put }: Ring): number {
  return distance(acknowledged, put);
}

/* ---- Accesses ---- */

export function readBytes(bus: WindowBus, step: string, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  bus.readWindow(step, offset, bytes, 0, length);
  return bytes;
}

export function readU16(bus: WindowBus, step: string, offset: number): number {
  return readU16be(readBytes(bus, step, offset, 2), 0);
}

export function writeBytes(bus: WindowBus, step: string, offset: number, bytes: Uint8Array): void {
  bus.writeWindow(step, offset, bytes, 0, bytes.length);
}

export type WordOffset = (typeof Field4)["hostWord" | "bmcWord"];
