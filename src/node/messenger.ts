/**
 * Requests as promises, for the parts of an agent that wait: the endpoint below knows neither promises nor a clock.
 */
import { setMaxListeners } from "node:events";
import type { Clock } from "./clock.ts";
import type { EndpointCore } from "../core/mctp/endpoint.ts";
import type { Message } from "../core/mctp/message.ts";
import {
  NOT_ASKED_TEXT,
  type RequestOutcome,
  type RequestTicket,
  type RequestTiming,
} from "../core/mctp/request-terms.ts";
import type { SendOutcome } from "../core/mctp/transmit-queue.ts";
import { Failure } from "../platform/failure.ts";
import { unreachable } from "../core/wire/result.ts";
import { millis, type Eid, type Millis } from "../core/wire/units.ts";

export interface Answer {
  readonly response: Message;
  readonly attempts: number;
  readonly roundTripMicroseconds: number;
}

/** Codes of failures without a response; sending the request again may help. */
export const UNANSWERED: ReadonlySet<string> = new Set(["timeout", "not-asked", "link-down", "link-lost"]);

export class Messenger {
  readonly endpoint: EndpointCore;
  /** Told when a promise was settled, whose waiters run only once the event loop gets its turn. */
  onSettled: (() => void) | undefined;
  readonly #clock: Clock;
  readonly #upWaiters = new Set<() => void>();
  /** What to do for requests under way when the link to their destination is lost. */
  readonly #endedByLoss = new Map<() => void, Eid>();

  constructor(endpoint: EndpointCore, clock: Clock) {
    this.endpoint = endpoint;
    this.#clock = clock;
  }

  get now(): Millis {
    return this.#clock.now();
  }

  /** To be called whenever a link changes. */
  linkChanged(): void {
    if (this.endpoint.isUp) for (const wake of [...this.#upWaiters]) wake();
    for (const [end, destination] of [...this.#endedByLoss]) if (!this.endpoint.isUpTo(destination)) end();
  }

  /**
   * Sends a request and waits for its response. Fails with code `timeout` when there is none, `link-down` when there was
   * no channel to send it over, `not-asked` when it was not sent for another reason, `cancelled`, or with `link-lost` at
   * once when the channel is lost meanwhile.
   */
  request(destination: Eid, bytes: Uint8Array, timing: RequestTiming, signal?: AbortSignal): Promise<Answer> {
    return this.#await(destination, signal, (done) =>
      this.endpoint.request(destination, bytes, this.#clock.now(), done, timing),
    );
  }

  /** As `request`, for a control command: the endpoint makes the message and judges what is a response to it. */
  requestControl(
    destination: Eid,
    command: number,
    data: Uint8Array,
    timing: RequestTiming,
    signal?: AbortSignal,
  ): Promise<Answer> {
    return this.#await(destination, signal, (done) =>
      this.endpoint.requestControl(destination, command, data, this.#clock.now(), done, timing),
    );
  }

  #await(
    destination: Eid,
    signal: AbortSignal | undefined,
    start: (done: (outcome: RequestOutcome) => void) => RequestTicket,
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const started = process.hrtime.bigint();
      if (signal?.aborted === true) {
        reject(new Failure("cancelled", "the request was cancelled"));
        return;
      }
      let linkLost = false;
      // The answer may come before request() returns, as a peer in the same turn can give it.
      let settled = false as boolean;
      const cancel = (): void => {
        ticket.cancel(this.#clock.now());
      };
      const endWithLink = (): void => {
        linkLost = true;
        cancel();
      };
      const ticket = start((outcome) => {
        settled = true;
        this.onSettled?.();
        signal?.removeEventListener("abort", cancel);
        this.#endedByLoss.delete(endWithLink);
        if (linkLost) {
          reject(new Failure("link-lost", "the channel was lost before the response came"));
        } else if (outcome.ok) {
          const roundTripMicroseconds = Number(process.hrtime.bigint() - started) / 1000;
          resolve({ response: outcome.response, attempts: outcome.attempts, roundTripMicroseconds });
        } else {
          reject(failureOf(destination, outcome));
        }
      });
      if (settled) return;
      if (signal !== undefined) {
        // A caller may cancel any number of requests by one signal: Node warns of more than ten.
        setMaxListeners(Number.POSITIVE_INFINITY, signal);
        signal.addEventListener("abort", cancel, { once: true });
      }
      if (this.endpoint.isUpTo(destination)) this.#endedByLoss.set(endWithLink, destination);
    });
  }

  /** Resolves once the link is up; false when it is not within `limit` milliseconds. */
  waitForLink(limit: number, signal?: AbortSignal): Promise<boolean> {
    if (this.endpoint.isUp) return Promise.resolve(true);
    if (signal?.aborted === true) return Promise.resolve(false);
    return new Promise((resolve) => {
      const settle = (up: boolean): void => {
        this.#upWaiters.delete(wake);
        clearTimeout(timer);
        signal?.removeEventListener("abort", stop);
        resolve(up);
      };
      const wake = (): void => {
        settle(true);
      };
      const stop = (): void => {
        settle(false);
      };
      const timer = setTimeout(stop, limit);
      this.#upWaiters.add(wake);
      signal?.addEventListener("abort", stop, { once: true });
    });
  }
}

function failureOf(destination: Eid, outcome: RequestOutcome & { readonly ok: false }): Failure {
  const peer = `EID ${String(destination)}`;
  switch (outcome.reject) {
    case "timeout": {
      const attempts = outcome.attempts === 1 ? "1 attempt" : `${String(outcome.attempts)} attempts`;
      return new Failure("timeout", `no response from ${peer} after ${attempts}`);
    }
    case "notAsked": {
      const code = outcome.reason === "linkDown" ? "link-down" : "not-asked";
      return new Failure(code, `${peer} was not asked: ${NOT_ASKED_TEXT[outcome.reason]}`);
    }
    case "cancelled":
      return new Failure("cancelled", "the request was cancelled");
  }
}

/**
 * Sends a message that gets no response, or, with a tag, as a response to a request of that tag. Resolves once its last
 * packet was taken; fails with code `link-down`, `link-lost` or `too-many`, and with `send-timeout` where the peer has not
 * taken it within `limit`, or the sender has gone before: it stays queued then.
 */
export function sendMessage(
  { endpoint, now }: Messenger,
  destination: Eid,
  bytes: Uint8Array,
  tag: number | undefined,
  { limit, signal }: { readonly limit?: Millis; readonly signal?: AbortSignal } = {},
): Promise<undefined> {
  return new Promise((resolve, reject) => {
    const giveUp = (why: string): void => {
      settle();
      reject(new Failure("send-timeout", `the message was not taken ${why}; it stays queued`));
    };
    const leave = (): void => {
      giveUp("before its sender left");
    };
    const timer =
      limit === undefined
        ? undefined
        : setTimeout(() => {
            giveUp(`within ${String(limit / 1000)} s`);
          }, limit);
    const settle = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", leave);
    };
    signal?.addEventListener("abort", leave, { once: true });
    const done = (outcome: SendOutcome): void => {
      settle();
      switch (outcome) {
        case "sent":
          resolve(undefined);
          return;
        case "linkDown":
          reject(new Failure("link-down", "the message was not sent: the channel is down"));
          return;
        case "cancelled":
          reject(new Failure("link-lost", "the channel was lost before the message was sent"));
          return;
        case "queueFull":
          reject(new Failure("too-many", "too many messages wait to be sent: try again later"));
          return;
        default:
          unreachable(outcome);
      }
    };
    if (tag === undefined) endpoint.send(destination, bytes, now, done);
    else {
      const { eid: own } = endpoint.identity;
      const request = { source: destination, destination: own, tagOwner: true, tag, bytes: new Uint8Array(0) };
      endpoint.respond(request, bytes, done);
    }
  });
}

/** Requests between agents: generous, for a peer may be busy with a disk. */
export const PATIENT: RequestTiming = { attemptTimeout: millis(2000), retries: 1 };
