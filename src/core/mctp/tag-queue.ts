/**
 * Requests that wait for a tag, a queue for each destination (and for each port of the null EID's): each has places of
 * its own, so that requests to an EID that does not answer take none from others, and some more for duties. In a queue
 * each asker has its places, and they take turns: who asks much waits for itself.
 */
import type { Eid, Millis } from "../wire/units.ts";
import { NULL_EID } from "./message.ts";
import type { PendingRequest } from "./pending-request.ts";

/** Requests of one asker to one EID that may wait for a tag; duties may use the reserve beyond them. */
export const WAITING_PLACES = 32;
const DUTY_PLACES = 8;

/** All to one destination: those of each asker, oldest first, in the order of the askers' turns. None is empty. */
type Queue = Map<object | undefined, PendingRequest[]>;
/** An EID; for the null EID the port. */
type Key = Eid | object | undefined;

export class TagQueue {
  /** None is empty. */
  readonly #queues = new Map<Key, Queue>();
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Whether requests to this destination wait already. */
  has(destination: Eid, port: object | undefined): boolean {
    return this.#length > 0 && this.#queues.has(keyOf(destination, port));
  }

  /** Has a request wait; false when there is no place for it. */
  add(pending: PendingRequest, port: object | undefined): boolean {
    const key = keyOf(pending.destination, port);
    const { asker, isDuty } = pending.timing;
    const queue = this.#queues.get(key) ?? new Map<object | undefined, PendingRequest[]>();
    const own = queue.get(asker) ?? [];
    const places = isDuty === true ? WAITING_PLACES + DUTY_PLACES : WAITING_PLACES;
    if (own.length >= places) return false;
    own.push(pending);
    queue.set(asker, own);
    this.#queues.set(key, queue);
    this.#length++;
    return true;
  }

  /** Takes a request out; false when it is not in here. */
  remove(pending: PendingRequest): boolean {
    for (const [key, queue] of this.#queues) if (this.#remove(key, queue, pending)) return true;
    return false;
  }

  /**
   * Launches those that `takesTag` gives a tag, one of each asker in turn, its oldest first. `freed`: whose tag has come free, at `port`; undefined:
   * anybody's may have. A launched request is in no queue any more: it may have its outcome before `launch` returns.
   */
  start(
    takesTag: (pending: PendingRequest) => boolean,
    launch: (pending: PendingRequest) => void,
    freed: Eid = NULL_EID,
    port?: object,
  ): void {
    for (const [key, queue] of [...this.#queues]) {
      // A tag of the null EID is one of every EID on its port, and the other way round.
      if (freed !== NULL_EID && key !== freed && key !== port) continue;
      for (let next = nextOf(queue, takesTag); next !== undefined; next = nextOf(queue, takesTag)) {
        this.#remove(key, queue, next);
        passTurn(queue, next.timing.asker);
        launch(next);
      }
    }
  }

  /** Takes out those whose time is over, and gives them. */
  takeOverdue(now: Millis): readonly PendingRequest[] {
    const overdue = [...this.#queues.values()].flatMap((queue) =>
      allOf(queue).filter(({ deadline }) => deadline <= now),
    );
    for (const pending of overdue) this.remove(pending);
    return overdue;
  }

  /** The first moment at which one may get a tag, as `nextFree` knows it, or has waited for long enough. */
  nextDeadline(nextFree: (pending: PendingRequest) => Millis | undefined): Millis | undefined {
    let first: Millis | undefined;
    for (const queue of this.#queues.values()) {
      const all = allOf(queue);
      const free = nextFree(all[0]!);
      if (free !== undefined && (first === undefined || free < first)) first = free;
      for (const { deadline } of all) if (first === undefined || deadline < first) first = deadline;
    }
    return first;
  }

  #remove(key: Key, queue: Queue, pending: PendingRequest): boolean {
    const { asker } = pending.timing;
    const own = queue.get(asker);
    const place = own?.indexOf(pending) ?? -1;
    if (own === undefined || place < 0) return false;
    own.splice(place, 1);
    this.#length--;
    if (own.length === 0) queue.delete(asker);
    if (queue.size === 0) this.#queues.delete(key);
    return true;
  }
}

function allOf(queue: Queue): readonly PendingRequest[] {
  return [...queue.values()].flat();
}

/** Has the asker wait until all others have had a turn. */
function passTurn(queue: Queue, asker: object | undefined): void {
  const own = queue.get(asker);
  if (own === undefined || queue.size === 1) return;
  queue.delete(asker);
  queue.set(asker, own);
}

/** The first one that gets a tag; where one that takes any gets none, no other that takes any does. */
function nextOf(queue: Queue, takesTag: (pending: PendingRequest) => boolean): PendingRequest | undefined {
  let isAnyGone = false;
  const takes = (pending: PendingRequest): boolean => {
    const { tag, isDuty } = pending.timing;
    const takesAny = tag === undefined && isDuty !== true;
    if (takesAny && isAnyGone) return false;
    const isGiven = takesTag(pending);
    isAnyGone ||= takesAny && !isGiven;
    return isGiven;
  };
  for (const own of queue.values()) {
    const next = own.find(takes);
    if (next !== undefined) return next;
  }
  return undefined;
}

function keyOf(destination: Eid, port: object | undefined): Key {
  return destination === NULL_EID ? port : destination;
}
