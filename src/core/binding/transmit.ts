/**
 * The one packet that a side may have under way, and with it whose its sending buffer is (LPC-BUF-7): the side's own
 * while `idle` and, left alone, while `beginPending`; the receiver's while `outstanding`.
 */

export type Transmit = "idle" | "beginPending" | "outstanding";

/** Without a session the buffer has no owner: there is no channel, and no packet. */
export type BufferState = Transmit | "noSession";

export interface BufferTransition<From extends BufferState = BufferState, To extends BufferState = BufferState> {
  readonly from: From;
  readonly to: To;
  /** The steps of both sides that take it. */
  readonly steps: readonly string[];
  readonly when: string;
}

const SESSION_OVER = ["H2.3", "H2.12", "H4.2", "B2.3", "B2.9", "B3.2", "B3.3", "B6.1"] as const;

function bufferTransition<From extends BufferState, To extends BufferState>(
  from: From,
  to: To,
  steps: readonly string[],
  when: string,
): BufferTransition<From, To> {
  return { from, to, steps, when };
}

/* Rows are handed to advanceTransmit as they are: on the way of every packet, a look-up by name would cost. */

export const PACKET_WRITTEN: BufferTransition<"idle", "beginPending"> = bufferTransition(
  "idle",
  "beginPending",
  ["H3.1", "H3.2", "H3.3", "B5.1", "B5.2", "B5.3"],
  "whole packet written",
);
export const TX_BEGIN_WRITTEN: BufferTransition<"beginPending", "outstanding"> = bufferTransition(
  "beginPending",
  "outstanding",
  ["H2.15", "B4.3"],
  "Tx Begin written",
);
export const RX_COMPLETE_READ: BufferTransition<"outstanding", "idle"> = bufferTransition(
  "outstanding",
  "idle",
  ["H2.7", "B2.14"],
  "Rx Complete read",
);

/** Every way of a buffer's states, for the figure. */
export const BUFFER_TRANSITIONS: readonly BufferTransition[] = [
  bufferTransition("noSession", "idle", ["H1.28", "B3.7"], "session opened"),
  PACKET_WRITTEN,
  TX_BEGIN_WRITTEN,
  RX_COMPLETE_READ,
  bufferTransition("idle", "noSession", SESSION_OVER, "session over"),
  bufferTransition("beginPending", "noSession", SESSION_OVER, "session over"),
  bufferTransition("outstanding", "noSession", SESSION_OVER, "session over"),
];

/** Moves by a row of the table. Throws where the row does not begin: a fault of this program. */
export function advanceTransmit(
  channel: { readonly transmit: Transmit },
  row: BufferTransition<Transmit, Transmit>,
): void {
  if (channel.transmit !== row.from) throw new Error(`the buffer is ${channel.transmit}, not ${row.from}`);
  (channel as { transmit: Transmit }).transmit = row.to;
}
