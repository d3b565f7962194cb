/**
 * Message tags: eight for each peer, one for each request under way (DSP0236 8.1). A tag whose request went
 * unanswered rests until no late response can be meant for it.
 *
 * The null EID means whoever is at the other end of a port, who answers under its own EID: a request there and one to a
 * peer behind the same port never carry the same tag. Requests on different ports cannot be taken for each other.
 */
import { later, millis, type Eid, type Millis } from "../wire/units.ts";
import { NULL_EID } from "./message.ts";
import { TAGS } from "./packet.ts";

const IN_USE = millis(Number.POSITIVE_INFINITY);
const FREE = millis(Number.NEGATIVE_INFINITY);

/** Not given to peers of a port on which a request to the null EID waits, which needs one that all of them have free. */
const SPARED_TAG = TAGS - 1;

interface PeerTags {
  /** For each tag the moment from which it may be taken. */
  readonly freeFrom: Millis[];
  /** For each tag the port that its last request went out of. */
  readonly ports: (object | undefined)[];
  next: number;
}

export interface TagWish {
  /** The port that the request goes out of; undefined where there is one only. */
  readonly port?: object | undefined;
  /** The tag to have, 0 to 7; undefined: any. */
  readonly only?: number | undefined;
  /** Whether a request to the null EID waits for a tag on this port. */
  readonly isSparing?: boolean;
}

const NO_WISH: TagWish = {};

export class TagTable {
  readonly #peers: (PeerTags | undefined)[] = new Array<PeerTags | undefined>(256);
  /** Of the null EID, for each port. */
  readonly #ends = new Map<object | undefined, PeerTags>();
  readonly #expiry: Millis;
  /** When tags were last asked for. */
  #latest: Millis = FREE;

  /** `expiry`: how long a tag rests after an unanswered request; MT4 for control messages. */
  constructor(expiry: Millis) {
    this.#expiry = expiry;
  }

  /** A free tag for a request to this peer; undefined when none is, in use or at rest. */
  allocate(peer: Eid, now: Millis, { port, only, isSparing = false }: TagWish = NO_WISH): number | undefined {
    const tags = this.#of(peer, port);
    const steps = only === undefined ? TAGS : 1;
    for (let step = 0; step < steps; step++) {
      const tag = ((only ?? tags.next) + step) % TAGS;
      if (isSparing && peer !== NULL_EID && tag === SPARED_TAG) continue;
      if (this.#isFree(peer, tag, now, port)) {
        tags.freeFrom[tag] = IN_USE;
        tags.ports[tag] = port;
        tags.next = (tag + 1) % TAGS;
        return tag;
      }
    }
    return undefined;
  }

  /** The response came: the tag is free at once. */
  release(peer: Eid, tag: number, port?: object): void {
    this.#of(peer, port).freeFrom[tag] = FREE;
  }

  /** No response came: the tag rests. */
  expire(peer: Eid, tag: number, now: Millis, port?: object): void {
    this.#of(peer, port).freeFrom[tag] = later(now, this.#expiry);
  }

  /** A tag for a message that expects no response: the next that no request uses, which stays free. */
  borrow(peer: Eid, now: Millis, port?: object): number {
    const tags = this.#of(peer, port);
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
  nextFree(peer: Eid, port?: object): Millis | undefined {
    const sharing =
      peer === NULL_EID ? [...this.#peers, this.#of(peer, port)] : [this.#of(peer, port), this.#ends.get(port)];
    const resting = sharing
      .flatMap((tags) => tags?.freeFrom ?? [])
      .filter((moment) => Number.isFinite(moment) && moment > this.#latest);
    return resting.length === 0 ? undefined : millis(Math.min(...resting));
  }

  #isFree(peer: Eid, tag: number, now: Millis, port: object | undefined): boolean {
    this.#latest = now;
    if (this.#of(peer, port).freeFrom[tag]! > now) return false;
    if (peer !== NULL_EID) return (this.#ends.get(port)?.freeFrom[tag] ?? FREE) <= now;
    return this.#peers.every((tags) => tags === undefined || tags.freeFrom[tag]! <= now || tags.ports[tag] !== port);
  }

  #of(peer: Eid, port: object | undefined): PeerTags {
    let tags = peer === NULL_EID ? this.#ends.get(port) : this.#peers[peer];
    if (tags === undefined) {
      tags = { freeFrom: Array.from({ length: TAGS }, () => FREE), ports: new Array<undefined>(TAGS), next: 0 };
      if (peer === NULL_EID) this.#ends.set(port, tags);
      else this.#peers[peer] = tags;
    }
    return tags;
  }
}
