/**
 * Message tags: eight for each peer, one for each request under way (DSP0236 8.1). The tag of a request that went
 * unanswered is in reuse hold-off until no late response can be meant for it. So that an EID which does not answer
 * never leaves the agent without a tag for its own duties, the last tags are kept for these.
 *
 * The null EID means the peer on the link of a port, which answers under its own EID: a request there and one to a
 * peer behind the same port never carry the same tag. Requests on different ports cannot be taken for each other.
 */
import { later, millis, type Eid, type Millis } from "../wire/units.ts";
import { NULL_EID } from "./message.ts";
import { TAGS } from "./packet.ts";

const IN_USE = millis(Number.POSITIVE_INFINITY);
const FREE = millis(Number.NEGATIVE_INFINITY);

/**
 * Tags 5 to 7 are kept for duties. An unanswered one holds its tag for its attempts and the hold-off, some 6 s: in that
 * time an endpoint is checked, or looked for, three times at most.
 */
export const COMMON_TAGS: number = TAGS - 3;
const DUTY_TAGS = Array.from({ length: TAGS - COMMON_TAGS }, (_, index) => COMMON_TAGS + index);

/** Not given to peers of a port on which a request to the null EID waits, which needs one that all of them have free. */
const SPARED_TAG = COMMON_TAGS - 1;

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
  /** Whether it is a duty of the agent itself. */
  readonly isDuty?: boolean | undefined;
}

/** Gives a number from 0 to 7. */
export type PickTag = () => number;

const NO_WISH: TagWish = {};

export class TagTable {
  readonly #peers: (PeerTags | undefined)[] = new Array<PeerTags | undefined>(256);
  /** Of the null EID, for each port. */
  readonly #ends = new Map<object | undefined, PeerTags>();
  readonly #holdOff: Millis;
  readonly #pick: PickTag | undefined;
  /** When tags were last asked for. */
  #latest: Millis = FREE;

  /**
   * `holdOff`: how long the tag of an unanswered request is not used again; MT4 for control messages. `pick`: the tag to
   * look at first, 0 to 7, which an endpoint elsewhere cannot predict; undefined: the tags take turns (LPC-MCTP-22).
   */
  constructor(holdOff: Millis, pick?: PickTag) {
    this.#holdOff = holdOff;
    this.#pick = pick;
  }

  /** A free tag for a request to this peer; undefined when none is: all in use, in hold-off or kept for duties. */
  allocate(peer: Eid, now: Millis, wish: TagWish = NO_WISH): number | undefined {
    const { port, only, isSparing = false, isDuty = false } = wish;
    const tags = this.#of(peer, port);
    const first = only ?? this.#pick?.() ?? tags.next;
    const steps = only === undefined ? TAGS : 1;
    for (let step = 0; step < steps; step++) {
      const tag = (first + step) % TAGS;
      if (!isDuty && tag >= COMMON_TAGS && (only === undefined || !this.#mayLendDutyTag(now, port))) continue;
      if (isSparing && peer !== NULL_EID && tag === SPARED_TAG) continue;
      if (this.#isFree(peer, tag, now, port)) return take(tags, tag, port);
    }
    // Peers that do not answer may hold every common tag of the port: they do not keep a request to its end waiting.
    const isLent = peer === NULL_EID && only === undefined && !isDuty && this.#mayLendDutyTag(now, port);
    return isLent ? take(tags, COMMON_TAGS, port) : undefined;
  }

  /** The response came: the tag is free at once. */
  release(peer: Eid, tag: number, port?: object): void {
    this.#of(peer, port).freeFrom[tag] = FREE;
  }

  /** No response came, or another one may come: the tag is not used until its hold-off is over. */
  holdOff(peer: Eid, tag: number, now: Millis, port?: object): void {
    this.#of(peer, port).freeFrom[tag] = later(now, this.#holdOff);
  }

  /** A tag for a message that expects no response: the next that no request uses, which stays free. */
  borrow(peer: Eid, now: Millis, port?: object): number {
    const tags = this.#of(peer, port);
    const first = this.#pick?.() ?? tags.next;
    for (let step = 0; step < TAGS; step++) {
      const tag = (first + step) % TAGS;
      if (tags.freeFrom[tag]! <= now) {
        tags.next = (tag + 1) % TAGS;
        return tag;
      }
    }
    return first;
  }

  /** The end of the first hold-off among the tags of this peer and of those that it shares tags with. */
  nextFree(peer: Eid, port?: object): Millis | undefined {
    let first = this.#firstFree(this.#ends.get(port), undefined);
    if (peer !== NULL_EID) return this.#firstFree(this.#peers[peer], first);
    for (const tags of this.#peers) first = this.#firstFree(tags, first);
    return first;
  }

  #firstFree(tags: PeerTags | undefined, before: Millis | undefined): Millis | undefined {
    let first = before;
    for (const moment of tags?.freeFrom ?? []) {
      if (moment > this.#latest && moment < (first ?? IN_USE)) first = moment;
    }
    return first;
  }

  /** Whether a request that is no duty may have a tag of the duties: one at a time on a port, so that two are left. */
  #mayLendDutyTag(now: Millis, port: object | undefined): boolean {
    return DUTY_TAGS.every((tag) => this.#isFree(NULL_EID, tag, now, port));
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

function take(tags: PeerTags, tag: number, port: object | undefined): number {
  tags.freeFrom[tag] = IN_USE;
  tags.ports[tag] = port;
  tags.next = (tag + 1) % TAGS;
  return tag;
}
