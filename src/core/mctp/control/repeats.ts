/**
 * Requests that change something and are sent again, because their response was lost, must not change it twice
 * (LPC-MCTP-14): for each requester, the last such request and its response. A request with the same tag and bytes (so
 * with the same instance id) from the same EID on the same port that comes within MT4 is the same request, and gets the
 * same response.
 *
 * Requests that only read are answered anew: what was true then may be no longer. So may an answer about EIDs once
 * another request has set or allocated some: it is void.
 */
import { equalBytes } from "../../wire/bytes.ts";
import { later, type Eid, type Millis } from "../../wire/units.ts";
import type { Message } from "../message.ts";
import { BASELINE_UNIT } from "../packet.ts";
import { Control } from "./codec.ts";

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

/** What one port remembers; never more than 256 answers of a packet each. */
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
    this.#forgetOld(now);
    const change = CHANGES.get(command);
    // A request of the control protocol fits one packet.
    if (change === undefined || bytes.length > BASELINE_UNIT) return;
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

  #forgetOld(now: Millis): void {
    for (const [source, { until }] of this.#last) {
      if (until > now) return;
      this.#last.delete(source);
    }
  }
}
