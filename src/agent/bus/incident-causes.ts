/** What counts as an incident of a side: what is worth its last accesses, beside what the judge finds. */
import type { CloseReason, Session } from "../../core/binding/channel.ts";
import { BINDING_COUNTERS, type BindingCounters } from "../../core/binding/counters.ts";

/**
 * A peer that ends a session in order does not open the next one so soon: that is one that was killed and has started
 * again. In milliseconds.
 */
export const RESTART_MILLISECONDS = 500;

/** How a session ends that its peer ends in order. One that starts anew begins with the same. */
const ORDERLY: ReadonlySet<CloseReason> = new Set(["closedByHost", "bmcInactive"] as const);

/** Of incidents that the judge has no name for. */
export const STALLED = "T_stall";
export const SESSION_LOST = "session-lost";

export class IncidentCauses {
  #lengthOutOfBounds = 0;
  #crcMismatch = 0;
  #transmitStalled = 0;
  #session: Session | undefined;
  /** When a session ended as if in order. */
  #endedAt = Number.NEGATIVE_INFINITY;

  /** To be asked whenever a counter or the session has changed. Why that is an incident; undefined: it is none. */
  look(
    counters: Readonly<BindingCounters>,
    session: Session | undefined,
    closeReason: CloseReason,
    now: number,
  ): string | undefined {
    const { lengthOutOfBounds, crcMismatch, transmitStalled } = counters;
    let why: string | undefined;
    if (session !== this.#session) {
      if (this.#session !== undefined) why = this.#lost(closeReason, now);
      if (session !== undefined && now - this.#endedAt < RESTART_MILLISECONDS) why = SESSION_LOST;
      if (session !== undefined) this.#endedAt = Number.NEGATIVE_INFINITY;
      this.#session = session;
    }
    if (transmitStalled !== this.#transmitStalled) why = STALLED;
    if (lengthOutOfBounds !== this.#lengthOutOfBounds) why = BINDING_COUNTERS.lengthOutOfBounds.clause;
    if (crcMismatch !== this.#crcMismatch) why = BINDING_COUNTERS.crcMismatch.clause;
    this.#transmitStalled = transmitStalled;
    this.#lengthOutOfBounds = lengthOutOfBounds;
    this.#crcMismatch = crcMismatch;
    return why;
  }

  #lost(closeReason: CloseReason, now: number): string | undefined {
    if (closeReason === "stopped") return undefined;
    if (!ORDERLY.has(closeReason)) return SESSION_LOST;
    this.#endedAt = now;
    return undefined;
  }
}
