/**
 * Requests under way: tags, retries and the matching of responses (DSP0236 8.1, 11.2; LPC-MCTP-5). A request that gets
 * no response within MT2 is sent again, bytes and instance id unchanged, MN1 times; then it has failed. MT2 runs from
 * when the last packet was taken: what a slow link still has on its way is not sent twice.
 */
import { later, type Eid, type Millis } from "../wire/units.ts";
import type { MctpCounters } from "./counters.ts";
import { NULL_EID, typeOf, type Message } from "./message.ts";
import { TagTable } from "./tags.ts";
import type { SendDone } from "./transmit-queue.ts";

export interface RequestTiming {
  /** MT2: how long one attempt waits. */
  readonly attemptTimeout: Millis;
  /** MN1: attempts after the first. */
  readonly retries: number;
  /** The tag to use, 0 to 7; the request waits until it is free. Undefined: any that is free. */
  readonly tag?: number;
  /** Told of each attempt, from 1 on, as it is made. */
  readonly onAttempt?: (attempt: number, tag: number, now: Millis) => void;
}

export type RequestOutcome =
  | { readonly ok: true; readonly response: Message; readonly attempts: number }
  | { readonly ok: false; readonly reject: "timeout" | "cancelled" | "tooMany"; readonly attempts: number };

export interface RequestTicket {
  /** Ends the request without waiting any longer; its outcome is `cancelled`. */
  cancel(now: Millis): void;
}

/** What must agree beside source and tag for a message to be a request's response. */
export interface ResponseRule {
  /** The responder may answer under another EID: a request to the null EID, or one that changes the EID. */
  readonly anySource: boolean;
  readonly accepts: (response: Message) => boolean;
}

/** A request that has no outcome yet; what its sender can end it by. */
class Pending implements RequestTicket {
  readonly destination: Eid;
  readonly bytes: Uint8Array;
  readonly timing: RequestTiming;
  readonly rule: ResponseRule | undefined;
  /** The port that it goes out of and its response comes in on; undefined where the destination says it. */
  readonly via: object | undefined;
  readonly done: (outcome: RequestOutcome, now: Millis) => void;
  /** Told how the copy in the queue fared. */
  readonly out: SendDone;
  /** The port that it went out of, as the destination's way was when it got its tag. */
  port: object | undefined = undefined;
  tag: number | undefined = undefined;
  attempts = 0;
  deadline: Millis | undefined = undefined;
  /** The last copy was taken, or lost with its link. */
  isOut = false;
  /** Where the last copy waits to be sent; undefined once it is out. */
  queue: Progress | undefined = undefined;
  /** What `queue` had taken when it was last looked at. */
  taken = 0;
  /** Times that MT2 passed while nothing of the queue was taken. */
  stuck = 0;
  readonly #table: { cancel(pending: Pending, now: Millis): void };

  constructor(
    table: { cancel(pending: Pending, now: Millis): void },
    destination: Eid,
    bytes: Uint8Array,
    timing: RequestTiming,
    rule: ResponseRule | undefined,
    via: object | undefined,
    done: (outcome: RequestOutcome, now: Millis) => void,
  ) {
    this.#table = table;
    this.destination = destination;
    this.bytes = bytes;
    this.timing = timing;
    this.rule = rule;
    this.via = via;
    this.done = done;
    this.out = (outcome, sentAt) => {
      this.isOut = true;
      this.queue = undefined;
      if (outcome === "sent" && sentAt !== undefined) this.deadline = later(sentAt, timing.attemptTimeout);
    };
  }

  cancel(now: Millis): void {
    this.#table.cancel(this, now);
  }
}

/** A queue, as far as it tells whether it moves. */
interface Progress {
  readonly packetsTaken: number;
}

type SendCopy = (
  destination: Eid,
  tag: number,
  bytes: Uint8Array,
  done: SendDone,
  via: object | undefined,
) => Progress | undefined;

/** Requests that wait for a tag, all peers together; more are refused. */
const WAITING_LIMIT = 256;

export class RequestTable {
  readonly #tags: TagTable;
  readonly #counters: MctpCounters;
  readonly #send: SendCopy;
  readonly #unanswered: (destination: Eid) => void;
  /** The port that leads to an EID; undefined where there is one only. */
  readonly #portTo: (destination: Eid) => object | undefined;
  /** By destination and tag. */
  readonly #underWay = new Map<number, Pending>();
  /** Those to the null EID, which may have the same tag on several ports. */
  readonly #toEnds: Pending[] = [];
  readonly #waiting: Pending[] = [];

  constructor(
    tagExpiry: Millis,
    counters: MctpCounters,
    send: SendCopy,
    unanswered: (destination: Eid) => void,
    portTo: (destination: Eid) => object | undefined = () => undefined,
  ) {
    this.#portTo = portTo;
    this.#tags = new TagTable(tagExpiry);
    this.#counters = counters;
    this.#send = send;
    this.#unanswered = unanswered;
  }

  get underWay(): number {
    return this.#underWay.size + this.#toEnds.length;
  }

  /** Requests that wait for a tag. */
  get waiting(): number {
    return this.#waiting.length;
  }

  start(
    destination: Eid,
    bytes: Uint8Array,
    timing: RequestTiming,
    rule: ResponseRule | undefined,
    done: (outcome: RequestOutcome, now: Millis) => void,
    now: Millis,
    via?: object,
  ): RequestTicket {
    const pending = new Pending(this, destination, bytes, timing, rule, via, done);
    if (this.#waiting.length >= WAITING_LIMIT) {
      done({ ok: false, reject: "tooMany", attempts: 0 }, now);
    } else if (this.#waiting.length > 0 || !this.#begin(pending, now, false)) {
      this.#waiting.push(pending);
      this.#startWaiting(now);
    }
    return pending;
  }

  /** A tag for a message that is no request. */
  borrowTag(destination: Eid, now: Millis, port: object): number {
    return this.#tags.borrow(destination, now, port);
  }

  /** Whether a response with this source and tag, from this port, is waited for. */
  expects(source: Eid, tag: number, arrival?: object): boolean {
    return this.#find(source, tag, arrival) !== undefined;
  }

  /** Takes a response; false when no request waits for it. */
  answer(response: Message, now: Millis): boolean {
    const pending = this.#find(response.source, response.tag, response.arrival, response);
    if (pending === undefined) return false;
    this.#end(pending);
    // A request that was sent twice may be answered twice.
    if (pending.attempts > 1) this.#tags.expire(pending.destination, pending.tag!, now, pending.port);
    else this.#tags.release(pending.destination, pending.tag!, pending.port);
    pending.done({ ok: true, response, attempts: pending.attempts }, now);
    if (this.#waiting.length > 0) this.#startWaiting(now);
    return true;
  }

  nextDeadline(): Millis | undefined {
    let first: Millis | undefined;
    for (const { deadline } of this.#underWay.values()) {
      if (deadline !== undefined && (first === undefined || deadline < first)) first = deadline;
    }
    for (const { deadline } of this.#toEnds) {
      if (deadline !== undefined && (first === undefined || deadline < first)) first = deadline;
    }
    for (const { destination, via } of this.#waiting) {
      const free = this.#tags.nextFree(destination, via ?? this.#portTo(destination));
      if (free !== undefined && (first === undefined || free < first)) first = free;
    }
    return first;
  }

  expire(now: Millis): void {
    for (const pending of [...this.#underWay.values(), ...this.#toEnds]) {
      if (pending.deadline === undefined || pending.deadline > now) continue;
      // Whoever was told of another request's end may have cancelled this one.
      if (!this.#isUnderWay(pending)) continue;
      if (isMoving(pending)) {
        pending.deadline = later(now, pending.timing.attemptTimeout);
        continue;
      }
      this.#unanswered(pending.destination);
      if (pending.attempts + pending.stuck > pending.timing.retries) {
        this.#counters.requestsTimedOut++;
        this.#giveUp(pending, "timeout", now);
      } else if (pending.queue === undefined) {
        this.#counters.requestsRetried++;
        this.#attempt(pending, now);
      } else {
        // A second copy behind the first would help nobody.
        pending.stuck++;
        pending.deadline = later(now, pending.timing.attemptTimeout);
      }
    }
    this.#startWaiting(now);
  }

  #startWaiting(now: Millis): void {
    /** Ports on which a request to the null EID waits. */
    let sparing: Set<object | undefined> | undefined;
    for (let index = 0; index < this.#waiting.length;) {
      const pending = this.#waiting[index]!;
      const port = pending.via ?? this.#portTo(pending.destination);
      if (this.#begin(pending, now, sparing?.has(port) === true, port)) {
        this.#waiting.splice(index, 1);
        continue;
      }
      if (pending.destination === NULL_EID) (sparing ??= new Set()).add(port);
      index++;
    }
  }

  /** Makes the first attempt; false when there is no tag for it. */
  #begin(
    pending: Pending,
    now: Millis,
    isSparing: boolean,
    port: object | undefined = pending.via ?? this.#portTo(pending.destination),
  ): boolean {
    const { destination } = pending;
    const tag = this.#tags.allocate(destination, now, { port, only: pending.timing.tag, isSparing });
    if (tag === undefined) return false;
    pending.port = port;
    pending.tag = tag;
    if (destination === NULL_EID) this.#toEnds.push(pending);
    else this.#underWay.set(keyOf(destination, tag), pending);
    this.#attempt(pending, now);
    return true;
  }

  #attempt(pending: Pending, now: Millis): void {
    pending.attempts++;
    pending.deadline = later(now, pending.timing.attemptTimeout);
    pending.timing.onAttempt?.(pending.attempts, pending.tag!, now);
    pending.isOut = false;
    const queue = this.#send(pending.destination, pending.tag!, pending.bytes, pending.out, pending.via);
    // A link that takes packets at once has told already.
    pending.queue = isOut(pending) ? undefined : queue;
    pending.taken = queue?.packetsTaken ?? 0;
  }

  /** For the tickets: ends a request without waiting any longer. */
  cancel(pending: Pending, now: Millis): void {
    const place = this.#waiting.indexOf(pending);
    if (place >= 0) {
      this.#waiting.splice(place, 1);
      pending.done({ ok: false, reject: "cancelled", attempts: 0 }, now);
    } else if (this.#isUnderWay(pending)) {
      this.#giveUp(pending, "cancelled", now);
    }
  }

  #giveUp(pending: Pending, reject: "timeout" | "cancelled", now: Millis): void {
    this.#end(pending);
    this.#tags.expire(pending.destination, pending.tag!, now, pending.port);
    pending.done({ ok: false, reject, attempts: pending.attempts }, now);
  }

  #isUnderWay(pending: Pending): boolean {
    const { destination, tag } = pending;
    if (tag === undefined) return false;
    if (destination === NULL_EID) return this.#toEnds.includes(pending);
    return this.#underWay.get(keyOf(destination, tag)) === pending;
  }

  #end(pending: Pending): void {
    if (pending.destination === NULL_EID) this.#toEnds.splice(this.#toEnds.indexOf(pending), 1);
    else this.#underWay.delete(keyOf(pending.destination, pending.tag!));
  }

  /** The request that a response with this source and tag is for, as far as it is known: its header, or all of it. */
  #find(source: Eid, tag: number, arrival: object | undefined, response?: Message): Pending | undefined {
    const direct = this.#underWay.get(keyOf(source, tag));
    if (direct !== undefined && comesFrom(direct, arrival) && fits(direct, response)) return direct;
    for (const pending of this.#toEnds) {
      if (pending.tag === tag && comesFrom(pending, arrival) && fits(pending, response)) return pending;
    }
    for (const pending of this.#underWay.values()) {
      const isOpen = pending.tag === tag && pending.rule?.anySource === true;
      if (isOpen && comesFrom(pending, arrival) && fits(pending, response)) return pending;
    }
    return undefined;
  }
}

function isOut(pending: Pending): boolean {
  return pending.isOut;
}

/** Whether the copy has not gone out yet, and the link was only slow since this was last asked. */
function isMoving(pending: Pending): boolean {
  if (pending.queue === undefined) return false;
  const taken = pending.queue.packetsTaken;
  const moved = taken !== pending.taken;
  pending.taken = taken;
  return moved;
}

function comesFrom({ via }: Pending, arrival: object | undefined): boolean {
  return via === undefined || via === arrival;
}

function fits({ bytes, rule }: Pending, response: Message | undefined): boolean {
  return response === undefined || (typeOf(bytes) === typeOf(response.bytes) && rule?.accepts(response) !== false);
}

function keyOf(peer: Eid, tag: number): number {
  return (peer << 3) | tag;
}
