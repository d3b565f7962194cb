/** A request that has no outcome yet: where its copies are, and until when it waits. */
import { later, millis, type Eid, type Millis } from "../wire/units.ts";
import { typeOf, type Message } from "./message.ts";
import type { NotAskedReason, RequestDone, RequestTicket, RequestTiming, ResponseRule } from "./request-terms.ts";
import type { SendDone } from "./transmit-queue.ts";

/** A queue, as far as it tells whether it moves. */
export interface Progress {
  readonly packetsTaken: number;
}

/** What a pending request asks of the table that it is in. */
export interface PendingOwner {
  cancel(pending: PendingRequest, now: Millis): void;
  /** A request's deadline is another than `before`. */
  deadlineMoved(before: Millis): void;
}

/** What became of the last copy: it waits to be sent, the link has taken it, or it was not sent or lost with its link. */
type Copy = "waiting" | "out" | "refused";

export class PendingRequest implements RequestTicket {
  readonly destination: Eid;
  readonly bytes: Uint8Array;
  readonly timing: RequestTiming;
  readonly rule: ResponseRule | undefined;
  /** The port to use; undefined where the destination says it. */
  readonly via: object | undefined;
  readonly done: RequestDone;
  /** Told how the copy in the queue fared. */
  readonly out: SendDone;
  /** The port that its copies go out of and its response comes in on: the way to the destination when it got its tag. */
  port: object | undefined = undefined;
  tag: number | undefined = undefined;
  attempts = 0;
  /** Until when it waits: for a tag before the first attempt, then for a response. */
  deadline: Millis;
  /** A copy was sent, or waits to be sent. */
  wasSent = false;
  /** Why the last attempt sent none. */
  refusal: NotAskedReason = "noTag";
  /** Times that MT2 passed while nothing of the queue was taken. */
  stuck = 0;
  readonly #owner: PendingOwner;
  #copy: Copy = "waiting";
  /** Where the last copy waits to be sent; undefined once it is out. */
  #queue: Progress | undefined = undefined;
  /** What `#queue` had taken when it was last looked at. */
  #taken = 0;

  constructor(
    owner: PendingOwner,
    destination: Eid,
    bytes: Uint8Array,
    timing: RequestTiming,
    rule: ResponseRule | undefined,
    via: object | undefined,
    done: RequestDone,
    now: Millis,
  ) {
    this.#owner = owner;
    this.destination = destination;
    this.bytes = bytes;
    this.timing = timing;
    this.rule = rule;
    this.via = via;
    this.done = done;
    this.deadline = later(now, this.patience);
    this.out = (outcome, sentAt) => {
      this.#queue = undefined;
      if (outcome !== "sent") {
        this.#copy = "refused";
        this.refusal = outcome === "queueFull" ? "queueFull" : "linkDown";
        return;
      }
      this.#copy = "out";
      if (sentAt === undefined) return;
      const before = this.deadline;
      this.deadline = later(sentAt, timing.attemptTimeout);
      this.#owner.deadlineMoved(before);
    };
  }

  /** The time of all its attempts, which is also how long it waits for a tag. */
  get patience(): Millis {
    return millis(this.timing.attemptTimeout * (this.timing.retries + 1));
  }

  cancel(now: Millis): void {
    this.#owner.cancel(this, now);
  }

  /** Makes an attempt: `send` puts a copy into a queue and gives that queue, or has `out` told why not. */
  attempt(now: Millis, send: (pending: PendingRequest) => Progress | undefined): void {
    this.attempts++;
    this.deadline = later(now, this.timing.attemptTimeout);
    this.timing.onAttempt?.(this.attempts, this.tag!, now);
    this.#copy = "waiting";
    const queue = send(this);
    // `out` may have been told already.
    const { copy } = this;
    if (copy !== "refused") this.wasSent = true;
    this.#queue = copy === "waiting" ? queue : undefined;
    this.#taken = queue?.packetsTaken ?? 0;
  }

  get copy(): Copy {
    return this.#copy;
  }

  /** The last copy waits in a queue still. */
  get isQueued(): boolean {
    return this.#queue !== undefined;
  }

  /** Whether the copy has not gone out yet, and the link was only slow since this was last asked. */
  isMoving(): boolean {
    if (this.#queue === undefined) return false;
    const taken = this.#queue.packetsTaken;
    const moved = taken !== this.#taken;
    this.#taken = taken;
    return moved;
  }

  /** Whether a response that comes in at `arrival` can be its own, as far as the rest of it is known. */
  isAnsweredBy(arrival: object | undefined, response: Message | undefined): boolean {
    if (this.port !== arrival) return false;
    return (
      response === undefined ||
      (typeOf(this.bytes) === typeOf(response.bytes) && this.rule?.accepts(response) !== false)
    );
  }
}
