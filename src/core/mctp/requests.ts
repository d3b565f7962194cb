/**
 * Requests under way: tags, retries and the matching of responses (DSP0236 8.1, 11.2; LPC-MCTP-5). A request that gets
 * no response within MT2 is sent again, bytes and instance id unchanged, MN1 times; then it has failed. MT2 runs from
 * when the last packet was taken: what a slow link still has on its way is not sent twice.
 *
 * What this side refuses is no statement about the destination: such a request ends as `notAsked`, and in bounded time.
 */
import { earliest, later, millis, type Eid, type Millis } from "../wire/units.ts";
import type { MctpCounters } from "./counters.ts";
import { NULL_EID, type Message } from "./message.ts";
import { PendingRequest, type PendingOwner, type Progress } from "./pending-request.ts";
import type { NotAskedReason, RequestDone, RequestTiming, ResponseRule } from "./request-terms.ts";
import { TagQueue } from "./tag-queue.ts";
import { TagTable, type PickTag } from "./tags.ts";

/** Puts a copy of a request, which has its tag, into a queue and gives that; undefined: into none, which `out` was told. */
type SendCopy = (pending: PendingRequest) => Progress | undefined;

export class RequestTable implements PendingOwner {
  readonly #tags: TagTable;
  readonly #counters: MctpCounters;
  readonly #send: SendCopy;
  readonly #unanswered: (destination: Eid) => void;
  /** The port that leads to an EID; undefined where there is one only. */
  readonly #portTo: (destination: Eid) => object | undefined;
  /** By destination and tag. */
  readonly #underWay = new Map<number, PendingRequest>();
  /** Those to the null EID, which may have the same tag on several ports. */
  readonly #toEnds: PendingRequest[] = [];
  readonly #waiting = new TagQueue();
  #deadline: Millis | undefined;
  /** `#deadline` is not known since something changed. */
  #isStale = false;

  /** `tagHoldOff`: how long the tag of an unanswered request is not used again (LPC-MCTP-4). */
  constructor(
    tagHoldOff: Millis,
    counters: MctpCounters,
    send: SendCopy,
    unanswered: (destination: Eid) => void,
    portTo: (destination: Eid) => object | undefined = () => undefined,
    pickTag?: PickTag,
  ) {
    this.#portTo = portTo;
    this.#tags = new TagTable(tagHoldOff, pickTag);
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
    done: RequestDone,
    now: Millis,
    via?: object,
  ): PendingRequest {
    const pending = new PendingRequest(this, destination, bytes, timing, rule, via, done, now);
    const port = this.#portOf(pending);
    // A duty does not queue behind others: they cannot have the tags that are kept for it.
    const isNext = timing.isDuty === true || !this.#waiting.has(destination, port);
    if (isNext && this.#takesTag(pending, port, now)) this.#attempt(pending, now);
    else if (this.#waiting.add(pending, port)) this.#tellWait(pending, port, now);
    else this.#refuse(pending, "tooMany", now);
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
    const { destination, port } = pending;
    this.#end(pending);
    // A request that was sent twice may be answered twice.
    if (pending.attempts > 1) this.#tags.holdOff(destination, pending.tag!, now, port);
    else this.#tags.release(destination, pending.tag!, port);
    pending.done({ ok: true, response, attempts: pending.attempts }, now);
    if (this.#waiting.length > 0) this.#startWaiting(now, destination, port);
    return true;
  }

  /** The first moment at which `expire` has something to do. */
  nextDeadline(): Millis | undefined {
    if (this.#isStale) {
      this.#deadline = this.#firstDeadline();
      this.#isStale = false;
    }
    return this.#deadline;
  }

  deadlineMoved(before: Millis): void {
    if (before === this.#deadline) this.#isStale = true;
  }

  expire(now: Millis): void {
    this.#isStale = true;
    for (const pending of [...this.#underWay.values(), ...this.#toEnds]) {
      // The caller that was told of another request's end may have cancelled this one.
      if (pending.deadline <= now && this.#isUnderWay(pending)) this.#attemptOver(pending, now);
    }
    if (this.#waiting.length === 0) return;
    this.#startWaiting(now);
    for (const pending of this.#waiting.takeOverdue(now)) this.#refuse(pending, "noTag", now);
  }

  /** For the tickets: ends a request without waiting any longer. */
  cancel(pending: PendingRequest, now: Millis): void {
    if (this.#waiting.remove(pending)) {
      this.#isStale = true;
      pending.done({ ok: false, reject: "cancelled", attempts: 0 }, now);
    } else if (this.#isUnderWay(pending)) this.#giveUp(pending, "cancelled", now);
  }

  #attemptOver(pending: PendingRequest, now: Millis): void {
    const { timing } = pending;
    if (pending.isMoving()) {
      pending.deadline = later(now, timing.attemptTimeout);
      return;
    }
    if (pending.wasSent) this.#unanswered(pending.destination);
    if (pending.attempts + pending.stuck > timing.retries) {
      this.#giveUp(pending, "timeout", now);
    } else if (pending.isQueued) {
      // A second copy behind the first would not help.
      pending.stuck++;
      pending.deadline = later(now, timing.attemptTimeout);
    } else {
      this.#counters.requestsRetried++;
      this.#attempt(pending, now);
    }
  }

  #startWaiting(now: Millis, freed?: Eid, port?: object): void {
    this.#waiting.start(
      (pending) => this.#takesTag(pending, this.#portOf(pending), now),
      (pending) => {
        this.#attempt(pending, now);
      },
      freed,
      port,
    );
    this.#isStale = true;
  }

  /** Gives a request a tag, if there is one for it. */
  #takesTag(pending: PendingRequest, port: object | undefined, now: Millis): boolean {
    const { destination, timing } = pending;
    const isSparing = this.#waiting.has(NULL_EID, port);
    const tag = this.#tags.allocate(destination, now, { port, only: timing.tag, isSparing, isDuty: timing.isDuty });
    if (tag === undefined) return false;
    pending.port = port;
    pending.tag = tag;
    if (destination === NULL_EID) this.#toEnds.push(pending);
    else this.#underWay.set(keyOf(destination, tag), pending);
    return true;
  }

  #attempt(pending: PendingRequest, now: Millis): void {
    // Before a copy is in the queue: whoever is told of that asks for the next deadline.
    this.#expireBy(later(now, pending.timing.attemptTimeout));
    pending.attempt(now, this.#send);
  }

  #tellWait(pending: PendingRequest, port: object | undefined, now: Millis): void {
    const free = this.#tags.nextFree(pending.destination, port);
    this.#expireBy(pending.deadline);
    if (free !== undefined) this.#expireBy(free);
    pending.timing.onWait?.({ limit: pending.patience, freeIn: free && millis(free - now) });
  }

  #giveUp(pending: PendingRequest, reject: "timeout" | "cancelled", now: Millis): void {
    const { destination, tag, port, attempts } = pending;
    this.#isStale = true;
    this.#end(pending);
    if (!pending.wasSent) {
      this.#tags.release(destination, tag!, port);
      if (reject === "timeout") {
        this.#refuse(pending, pending.refusal, now);
        return;
      }
    } else this.#tags.holdOff(destination, tag!, now, port);
    if (reject === "timeout" && pending.timing.isProbe !== true) this.#counters.requestsTimedOut++;
    pending.done({ ok: false, reject, attempts }, now);
  }

  #refuse(pending: PendingRequest, reason: NotAskedReason, now: Millis): void {
    this.#isStale = true;
    this.#counters.requestsNotAsked++;
    pending.done({ ok: false, reject: "notAsked", reason, attempts: 0 }, now);
  }

  #isUnderWay(pending: PendingRequest): boolean {
    const { destination, tag } = pending;
    if (tag === undefined) return false;
    if (destination === NULL_EID) return this.#toEnds.includes(pending);
    return this.#underWay.get(keyOf(destination, tag)) === pending;
  }

  #end(pending: PendingRequest): void {
    if (pending.destination === NULL_EID) this.#toEnds.splice(this.#toEnds.indexOf(pending), 1);
    else this.#underWay.delete(keyOf(pending.destination, pending.tag!));
    if (pending.deadline === this.#deadline) this.#isStale = true;
  }

  /** There is something to do at `moment`. */
  #expireBy(moment: Millis): void {
    if (this.#deadline === undefined || moment < this.#deadline) this.#deadline = moment;
  }

  #firstDeadline(): Millis | undefined {
    let first: Millis | undefined;
    for (const { deadline } of this.#underWay.values()) if (first === undefined || deadline < first) first = deadline;
    for (const { deadline } of this.#toEnds) if (first === undefined || deadline < first) first = deadline;
    if (this.#waiting.length === 0) return first;
    const nextFree = (one: PendingRequest): Millis | undefined =>
      this.#tags.nextFree(one.destination, this.#portOf(one));
    return earliest(first, this.#waiting.nextDeadline(nextFree));
  }

  /** The request that a response with this source and tag is for, as far as it is known: its header, or all of it. */
  #find(source: Eid, tag: number, arrival: object | undefined, response?: Message): PendingRequest | undefined {
    const direct = this.#underWay.get(keyOf(source, tag));
    if (direct?.isAnsweredBy(arrival, response) === true) return direct;
    for (const pending of this.#toEnds) {
      if (pending.tag === tag && pending.isAnsweredBy(arrival, response)) return pending;
    }
    for (const pending of this.#underWay.values()) {
      const isOpen = pending.tag === tag && pending.rule?.anySource === true;
      if (isOpen && pending.isAnsweredBy(arrival, response)) return pending;
    }
    return undefined;
  }

  #portOf({ via, destination }: PendingRequest): object | undefined {
    return via ?? this.#portTo(destination);
  }
}

function keyOf(peer: Eid, tag: number): number {
  return (peer << 3) | tag;
}
