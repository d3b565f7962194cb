/**
 * Message tags: eight for each peer, one for each request under way (DSP0236 8.1). A tag whose request went
 * unanswered rests until no late response can be meant for it.
 *
 * The null EID means whoever is at the other end, who answers under its own EID: a request there and one to any peer
 * never carry the same tag.
 */
import { later, millis, type Eid, type Millis } from "../wire/units.ts";
import { NULL_EID } from "./message.ts";
import { TAGS } from "./packet.ts";

const IN_USE = millis(Number.POSITIVE_INFINITY);
const FREE = millis(Number.NEGATIVE_INFINITY);

interface PeerTags {
  /** For each tag the moment from which it may be taken. */
  readonly freeFrom: Millis[];
  next: number;
}

export class TagTable {
  readonly #peers: (PeerTags | undefined)[] = new Array<PeerTags | undefined>(256);
  readonly #expiry: Millis;
  /** When tags were last asked for. */
  #latest: Millis = FREE;

  /** `expiry`: how long a tag rests after an unanswered request; MT4 for control messages. */
  constructor(expiry: Millis) {
    this.#expiry = expiry;
  }

  /** A free tag for a request to this peer, `only` if given; undefined when none is, in use or at rest. */
  allocate(peer: Eid, now: Millis, only?: number): number | undefined {
    const tags = this.#of(peer);
    const steps = only === undefined ? TAGS : 1;
    for (let step = 0; step < steps; step++) {
      const tag = ((only ?? tags.next) + step) % TAGS;
      if (this.#isFree(peer, tag, now)) {
        tags.freeFrom[tag] = IN_USE;
        tags.next = (tag + 1) % TAGS;
        return tag;
      }
    }
    return undefined;
  }

  /** The response came: the tag is free at once. */
  release(peer: Eid, tag: number): void {
    this.#of(peer).freeFrom[tag] = FREE;
  }

  /** No response came: the tag rests. */
  expire(peer: Eid, tag: number, now: Millis): void {
    this.#of(peer).freeFrom[tag] = later(now, this.#expiry);
  }

  /** A tag for a message that expects no response: the next that no request uses, which stays free. */
  borrow(peer: Eid, now: Millis): number {
    const tags = this.#of(peer);
    for (let step = 0; step < TAGS; step++) {
      const tag = (tags.next + step) % TAGS;
      if (tags.freeFrom[tag]! <= now) {
        tags.next = (tag + 1) % TAGS;
        return tag;
      }
    }
    return tags.next;
  }

  /** The earliest moment at which a resting tag, of this peer or of those it shares tags with, is free again. */
  nextFree(peer: Eid): Millis | undefined {
    const sharing = peer === NULL_EID ? this.#peers : [this.#of(peer), this.#peers[NULL_EID]];
    const resting = sharing
      .flatMap((tags) => tags?.freeFrom ?? [])
      .filter((moment) => Number.isFinite(moment) && moment > this.#latest);
    return resting.length === 0 ? undefined : millis(Math.min(...resting));
  }

  #isFree(peer: Eid, tag: number, now: Millis): boolean {
    this.#latest = now;
    if (this.#of(peer).freeFrom[tag]! > now) return false;
    if (peer !== NULL_EID) return (this.#peers[NULL_EID]?.freeFrom[tag] ?? FREE) <= now;
    return this.#peers.every((tags) => tags === undefined || tags.freeFrom[tag]! <= now);
  }

  #of(peer: Eid): PeerTags {
    let tags = this.#peers[peer];
    if (tags === undefined) {
      tags = { freeFrom: Array.from({ length: TAGS }, () => FREE), next: 0 };
      this.#peers[peer] = tags;
    }
    return tags;
  }
}
