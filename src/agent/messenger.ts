/**
 * Requests as promises, for the parts of an agent that wait: the endpoint below knows neither promises nor a clock.
 */
import type { Clock } from "../drive/clock.ts";
import type { Endpoint } from "../mctp/endpoint.ts";
import type { Message } from "../mctp/message.ts";
import type { RequestTiming } from "../mctp/requests.ts";
import { Failure } from "../platform/failure.ts";
import { millis, type Eid } from "../wire/units.ts";

export interface Answer {
  readonly response: Message;
  readonly attempts: number;
  readonly roundTripMicroseconds: number;
}

export class Messenger {
  readonly endpoint: Endpoint;
  /** Told when a promise was settled, whose waiters run only once the event loop gets its turn. */
  onSettled: (() => void) | undefined;
  readonly #clock: Clock;
  readonly #upWaiters = new Set<() => void>();
  readonly #endedByLoss = new Set<() => void>();

  constructor(endpoint: Endpoint, clock: Clock) {
    this.endpoint = endpoint;
    this.#clock = clock;
  }

  /** To be called whenever the link changes. */
  linkChanged(): void {
    const concerned = this.endpoint.isUp ? this.#upWaiters : this.#endedByLoss;
    for (const tell of [...concerned]) tell();
  }

  /**
   * Sends a request and waits for its response. Fails with code `timeout`, `cancelled`, `too-many`, or with
   * `link-lost` at once when the channel is lost meanwhile.
   */
  request(destination: Eid, bytes: Uint8Array, timing: RequestTiming, signal?: AbortSignal): Promise<Answer> {
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
      const ticket = this.endpoint.request(
        destination,
        bytes,
        this.#clock.now(),
        (outcome) => {
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
            reject(this.#failure(destination, outcome.reject, outcome.attempts));
          }
        },
        timing,
      );
      if (settled) return;
      signal?.addEventListener("abort", cancel, { once: true });
      if (this.endpoint.isUp) this.#endedByLoss.add(endWithLink);
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

  #failure(destination: Eid, why: "timeout" | "cancelled" | "tooMany", attempts: number): Failure {
    switch (why) {
      case "timeout":
        return new Failure(
          "timeout",
          `no response from EID ${String(destination)} after ${String(attempts)} attempts${this.endpoint.isUp ? "" : ": the channel is down"}`,
        );
      case "cancelled":
        return new Failure("cancelled", "the request was cancelled");
      case "tooMany":
        return new Failure("too-many", "too many requests wait for a tag: try again later");
    }
  }
}

/** Requests between agents: generous, for a peer may be busy with a disk. */
export const PATIENT: RequestTiming = { attemptTimeout: millis(2000), retries: 1 };
