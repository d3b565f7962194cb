/** A call of the control socket: what serves it, and the number that tells its progress from that of others. */

export type Notify = (method: string, parameters: unknown) => void;

/** The client that calls. */
export interface Caller {
  /** It is of the agent's own user, or root; not only of the group that the agent was told of. */
  readonly isOwner: boolean;
  /** Bytes that it was sent and has not read. */
  unreadBytes(): number;
}

/**
 * A method of the agent: gets the call's parameters, a way to tell of progress, a signal for the caller's leaving, and the
 * caller.
 */
export type ControlMethod = (parameters: unknown, notify: Notify, signal: AbortSignal, caller: Caller) => unknown;

/**
 * The number that a client gave a call, or that a notification gives back; agents and clients of version 1 send none.
 */
export function callOf(parameters: unknown): number | undefined {
  const call = typeof parameters === "object" && parameters !== null && "call" in parameters ? parameters.call : 0;
  return Number.isSafeInteger(call) && call !== 0 ? (call as number) : undefined;
}
