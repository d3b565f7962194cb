/**
 * The one packet that a side may have under way, and with it whose its sending buffer is (LPC-BUF-7): the side's own
 * while `idle` and, left alone, while `beginPending`; the receiver's while `outstanding`.
 */
import type { NextState } from "./transitions.ts";

export type Transmit = "idle" | "beginPending" | "outstanding";

/** Without a session the buffer is nobody's: there is no channel, and no packet. */
export type BufferState = Transmit | "noSession";

export const BUFFER_TRANSITIONS = {
  noSession: [{ to: "idle", step: "H1.7, B3.5", when: "session opened" }],
  idle: [
    { to: "beginPending", step: "H3.1, B2.1", when: "whole packet written" },
    { to: "noSession", step: "H2.9, H4.2, B2.2, B3.1, B5.1, B6.1", when: "session over" },
  ],
  beginPending: [
    { to: "outstanding", step: "H2.8, B2.3, B5.2", when: "Tx Begin written" },
    { to: "noSession", step: "H2.9, H4.2, B2.2, B3.1, B5.1, B6.1", when: "session over" },
  ],
  outstanding: [
    { to: "idle", step: "H2.5, B2.7", when: "Rx Complete read" },
    { to: "noSession", step: "H2.9, H4.2, B2.2, B3.1, B5.1, B6.1", when: "session over" },
  ],
} as const;

/** Moves along an edge of the table, from the current state, narrowed to its name. */
export function advanceTransmit<From extends Transmit>(
  channel: { readonly transmit: Transmit },
  _from: From,
  to: Extract<NextState<typeof BUFFER_TRANSITIONS, From>, Transmit>,
): void {
  (channel as { transmit: Transmit }).transmit = to;
}
