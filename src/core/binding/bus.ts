/**
 * The buses of both sides: what a side can do on the board, one method for each kind of access.
 *
 * A procedure is an ordinary function that calls its bus once for each access, in the order of its step table, and
 * names the step of each. One access is one step of the hardware that nothing divides, one row of a trace and one
 * arrow of a figure. What a side may not do it cannot call: the host's bus has no `writeStatus`.
 *
 * `Step` are the steps of one role's tables (specification, clauses 10 and 11).
 */

/** The window, as both sides have it. Offsets and lengths are bytes. */
export interface WindowBus<Step extends string = string> {
  /** Copies `length` bytes of the window from `offset` into `into[at]` and after. What the hardware does not answer reads as 0xff. */
  readWindow(step: Step, offset: number, into: Uint8Array, at: number, length: number): void;
  /** Copies `bytes[start]` up to, not including, `bytes[end]` into the window at `offset`. */
  writeWindow(step: Step, offset: number, bytes: Uint8Array, start: number, end: number): void;
}

export interface HostBus<Step extends string = string> extends WindowBus<Step> {
  /** STR. No side effect. */
  readStatus(step: Step): number;
  /** ODR. Empties it. */
  readOdr(step: Step): number;
  /** IDR. Fills it. */
  writeIdr(step: Step, command: number): void;
}

export interface BmcBus<Step extends string = string> extends WindowBus<Step> {
  /** STR. No side effect. */
  readStatus(step: Step): number;
  /** STR; bit 0 written as 0 empties ODR. */
  writeStatus(step: Step, value: number): void;
  /** IDR, or the byte that the driver took from there. Empties it. */
  readIdr(step: Step): number;
  /** ODR. Fills it. */
  writeOdr(step: Step, command: number): void;
}

/**
 * What a service procedure found: `again` when there may be more to do at once, `waiting` when only an event (a
 * register read or written by the peer, a deadline, a packet to send) can bring more work.
 */
export type Progress = "again" | "waiting";
