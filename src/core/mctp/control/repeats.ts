/**
 * Requests that change something and are sent again, because their response was lost, must not change it twice (LPC-MCTP-14): for
 * each requester, the last such request and its response. A request with the same tag and bytes (so with the same
 * instance id) that comes within MT4 is the same request, and gets the same response.
 *
 * Requests that only read are answered anew: what was true then may be no longer.
 */
import { equalBytes } from "../../wire/bytes.ts";
import { later, type Eid, type Millis } from "../../wire/units.ts";
import type { Message } from "../message.ts";
import { Control } from "./codec.ts";

const CHANGES: ReadonlySet<number> = new Set([
  Control.SET_ENDPOINT_ID,
  Control.ALLOCATE_ENDPOINT_IDS,
  Control.ROUTING_INFORMATION_UPDATE,
  Control.REQUEST_RATE_LIMIT,
  Control.UPDATE_RATE_LIMIT,
  // Begins a discovery.
  Control.DISCOVERY_NOTIFY,
]);

interface Answered {
  readonly tag: number;
  readonly request: Uint8Array;
  readonly response: Uint8Array;
  readonly until: Millis;
}

export class RepeatMemory {
  readonly #span: Millis;
  /** By source EID, so never more than 256. */
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
    if (CHANGES.has(command)) {
      this.#last.set(source, { tag, request: bytes, response, until: later(now, this.#span) });
    } else this.#last.delete(source);
  }

  clear(): void {
    this.#last.clear();
  }
}
