/** What both sides do in a session of version 4. Specification: Annex C, table S. */
import type { Progress, WindowBus } from "../../binding/bus.ts";
import { readU32be, writeU32be } from "../../wire/bytes.ts";
import { Wish, decodeWord, distance, encodeIndices, nextIndex, slotPitch, type Word } from "./region.ts";
import {
  outstanding,
  readBytes,
  writeBytes,
  type Config4,
  type Ring,
  type Rules4,
  type Tally,
  type WordOffset,
} from "./sides.ts";

const LENGTH_BYTES = 4;
/** Passes of a round: it has an end, whatever the peer writes (LPC-SEC-2). */
const PASSES = 2;

/** Where a side and its peer have their words. */
export interface WordPlaces {
  readonly own: WordOffset;
  readonly peer: WordOffset;
}

/** `impossible`: the peer's word says what cannot be. `over`: the session has ended. */
export type RingProgress = Progress | "impossible" | "over";

/** Rings the peer's bell, unless an unread byte does so already; false when STR showed that the session is over. */
export type RingBell = () => boolean;

export function serveRing(
  bus: WindowBus,
  ring: Ring,
  places: WordPlaces,
  { batch }: Config4,
  rules: Rules4,
  tally: Tally,
  ringBell: RingBell,
): RingProgress {
  let peer = readWord(bus, "S3", places.peer);
  for (let pass = 0; pass < PASSES; pass++) {
    if (rules.comparesWordNonce && peer.nonce !== ring.nonce) return "waiting"; // S4
    const arrived = distance(ring.got, peer.put);
    if (arrived > ring.slots || distance(ring.acknowledged, peer.got) > outstanding(ring)) return "impossible"; // S5
    ring.acknowledged = peer.got; // S6

    const reads = rules.readsOwnedOnly ? Math.min(arrived, batch) : 1;
    for (let index = 0; index < reads; index++) receive(bus, ring, tally);
    const hasPut = ring.waiting !== undefined && (outstanding(ring) < ring.slots || !rules.waitsForSlots);
    if (hasPut && rules.writesSlotFirst) send(bus, ring);
    const packet = ring.waiting;
    if (hasPut) {
      ring.put = nextIndex(ring.put);
      ring.waiting = undefined;
    }

    // S10: whoever knows of more to do does not wish to be rung for it.
    const hasMore = reads < arrived;
    const wish = hasMore ? 0 : Wish.packets | (ring.waiting !== undefined && rules.wishesSlots ? Wish.slots : 0);
    if (reads === 0 && !hasPut && wish === ring.wish) return "waiting";
    writeBytes(bus, "S10", places.own, encodeIndices(ring.put, ring.got, wish));
    ring.wish = wish;
    if (hasPut && !rules.writesSlotFirst) writeSlot(bus, ring, distance(1, ring.put), packet!);

    peer = readWord(bus, "S11", places.peer);
    const wanted = (hasPut ? Wish.packets : 0) | (reads > 0 ? Wish.slots : 0);
    if ((peer.wish & wanted) !== 0 && peer.nonce === ring.nonce && !ringBell()) return "over";
    const hasNews = hasMore || peer.put !== ring.got || peer.got !== ring.acknowledged;
    if (!hasNews || (!rules.looksAgain && !hasMore)) return "waiting"; // S14
  }
  return "again";
}

function readWord(bus: WindowBus, step: string, offset: number): Word {
  return decodeWord(readBytes(bus, step, offset, 4));
}

function receive(bus: WindowBus, ring: Ring, tally: Tally): void {
  const offset = ring.peerOffset + (ring.got % ring.slots) * slotPitch(ring.slotBytes);
  const length = readU32be(readBytes(bus, "S7", offset, LENGTH_BYTES), 0);
  ring.got = nextIndex(ring.got);
  // An out-of-bounds length: the packet is dropped, its slot given back.
  if (length > ring.slotBytes - LENGTH_BYTES) return;
  tally.received.push(readBytes(bus, "S8", offset + LENGTH_BYTES, length));
}

function send(bus: WindowBus, ring: Ring): void {
  writeSlot(bus, ring, ring.put, ring.waiting!);
}

function writeSlot(bus: WindowBus, ring: Ring, index: number, packet: Uint8Array): void {
  const frame = new Uint8Array(LENGTH_BYTES + packet.length);
  writeU32be(frame, 0, packet.length);
  frame.set(packet, LENGTH_BYTES);
  writeBytes(bus, "S9", ring.ownOffset + (index % ring.slots) * slotPitch(ring.slotBytes), frame);
}
