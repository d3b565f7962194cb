/** What the asynchronous API fails with: one class, whose code tells what happened. */
import { Failure, messageOf } from "../platform/failure.ts";

/**
 * Match on these, never on the text.
 *
 * - `timeout`: no response to any of the attempts
 * - `deadline`: the time allowed for the whole was over
 * - `aborted`: the caller's signal was aborted
 * - `not-asked`: the request was never sent, because no message tag came free in time; later it may work
 * - `link-down`: there is no channel
 * - `link-lost`: the channel was lost before the response came or the message was sent
 * - `too-many`: more at once than memory is kept for; later it may work
 * - `refused`: a control request was answered with an error code, `completion`
 * - `invalid`: a control request was answered with what is no response to it
 * - `closed`: the endpoint, or the connection to the agent, was closed
 * - `no-agent`: no agent runs there, or it has gone, or this user may not use it
 * - `taken`: another program serves the messages
 * - `board`: the board cannot be made, opened or used, or another process is at that end of it already
 * - `misuse`: an invalid argument, or a message type that is taken already
 */
export type MctpErrorCode =
  | "timeout"
  | "deadline"
  | "aborted"
  | "not-asked"
  | "link-down"
  | "link-lost"
  | "too-many"
  | "refused"
  | "invalid"
  | "closed"
  | "no-agent"
  | "taken"
  | "board"
  | "misuse";

/** What the endpoint and its links fail with. */
export class MctpError extends Error {
  readonly code: MctpErrorCode;
  /** Of an error with code `refused`: the completion code of the answer. */
  readonly completion: number | undefined;

  constructor(code: MctpErrorCode, message: string, options: ErrorOptions & { readonly completion?: number } = {}) {
    super(message, options);
    this.name = "MctpError";
    this.code = code;
    this.completion = options.completion;
  }
}

const CODES: Readonly<Record<string, MctpErrorCode>> = {
  timeout: "timeout",
  cancelled: "aborted",
  "not-asked": "not-asked",
  "link-down": "link-down",
  "link-lost": "link-lost",
  "too-many": "too-many",
};

/** A failure of the parts below with its code in the API; anything else is handed back as it is. */
export function asMctpError(error: unknown): unknown {
  if (!(error instanceof Failure)) return error;
  const code = CODES[error.code];
  return code === undefined ? error : new MctpError(code, messageOf(error), { cause: error });
}

/** Failures of opening a board that are the caller's words; all others are the board's. */
const MISUSED_BOARD: ReadonlySet<string> = new Set(["platform-spec", "window-size"]);

/** As asMctpError, for what went wrong before there was a link. */
export function asBoardError(error: unknown): unknown {
  if (error instanceof RangeError) return new MctpError("misuse", messageOf(error), { cause: error });
  if (!(error instanceof Failure)) return error;
  return new MctpError(MISUSED_BOARD.has(error.code) ? "misuse" : "board", messageOf(error), { cause: error });
}
