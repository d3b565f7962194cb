/**
 * Requests that change something and are sent again, because their response was lost, must not change it twice
 * (LPC-MCTP-14): for each requester, the last such request and its response. A request with the same tag and bytes (so
 * with the same instance id) from the same EID on the same port that comes within MT4 is the same request, and gets the
 * same response.
 *
 * Requests that only read are answered anew: what was true then may be no longer. So may an answer about EIDs once
 * another request has set or allocated some: it is void. A refused request has changed nothing, and is judged anew, too.
 */
import { equalBytes } from "../../wire/bytes.ts";
import { later, type Eid, type Millis } from "../../wire/units.ts";
import type { Message } from "../message.ts";
import { LARGEST_CONTROL_MESSAGE } from "../assembly.ts";
import { Completion, Control } from "./codec.ts";

/** Where a response has its completion code: behind type, instance id and command. */
const COMPLETION_AT = 3;

type Change = "eids" | "other";

const CHANGES: ReadonlyMap<number, Change> = new Map([
  [Control.SET_ENDPOINT_ID, "eids"],
  [Control.ALLOCATE_ENDPOINT_IDS, "eids"],
  [Control.ROUTING_INFORMATION_UPDATE, "other"],
  [Control.REQUEST_RATE_LIMIT, "other"],
  [Control.UPDATE_RATE_LIMIT, "other"],
  // Begins a discovery.
  [Control.DISCOVERY_NOTIFY, "other"],
]);

interface Answered {
  readonly tag: number;
  readonly request: Uint8Array;
  readonly response: Uint8Array;
  readonly change: Change;
  readonly until: Millis;
}

/**
 * Bytes that one port remembers at most (LPC-MCTP-7): for each of 255 EIDs a request and a response of
 * LARGEST_CONTROL_MESSAGE bytes.
 */
export const REPEATS_BYTES: number = 255 * 2 * LARGEST_CONTROL_MESSAGE;

/** What one port remembers, for no longer than the span. */
export class RepeatMemory {
  readonly #span: Millis;
  /** By source EID, the oldest first. */
  readonly #last = new Map<Eid, Answered>();

  /** `span`: MT4, how long an instance id means the same request. */
  constructor(span: Millis) {
    this.#span = span;
  }

  /** The response that this very request has had, undefined when it is a new one. */
  recall(request: Message, now: Millis): Uint8Array | undefined {
    const last = this.#last.get(request.source);
    if (last === undefined || last.until <= now || last.tag !== request.tag) return undefined;
    return equalBytes(last.request, request.bytes) ? last.response : undefined;
  }

  /** A request was answered; one that changes nothing only ends the one before. */
  remember(request: Message, command: number, response: Uint8Array, now: Millis): void {
    const { source, tag, bytes } = request;
    this.#last.delete(source);
    this.expire(now);
    const change = CHANGES.get(command);
    if (change === undefined || response[COMPLETION_AT] !== Completion.SUCCESS) return;
    if (bytes.length > LARGEST_CONTROL_MESSAGE || response.length > LARGEST_CONTROL_MESSAGE) return;
    // The request's bytes are a view of what the link received, which may be much more.
    this.#last.set(source, { tag, request: bytes.slice(), response, change, until: later(now, this.#span) });
  }

  /** Forgets what was answered about EIDs: a request has changed them. */
  forgetEids(): void {
    for (const [source, { change }] of this.#last) if (change === "eids") this.#last.delete(source);
  }

  clear(): void {
    this.#last.clear();
  }

  /** When the oldest answer is no longer needed. */
  nextDeadline(): Millis | undefined {
    if (this.#last.size === 0) return undefined;
    for (const { until } of this.#last.values()) return until;
    return undefined;
  }

  /** Forgets the answers whose span has passed. */
  expire(now: Millis): void {
    for (const [source, { until }] of this.#last) {
      if (until > now) return;
      this.#last.delete(source);
    }
  }
}
