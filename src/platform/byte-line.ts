/** A line that carries bytes both ways, with nothing to say where a packet begins: a UART, a pseudo-terminal. */
import type { Failure } from "./failure.ts";

export interface LineEvents {
  /** The line carries bytes from now on. */
  opened(): void;
  /** `bytes` are the line's: they hold until the call returns. */
  received(bytes: Uint8Array): void;
  /** The line failed or went away, with all that was under way. It may open again. */
  lost(why: Failure): void;
  /** A lost line cannot be opened, for a reason that does not pass by waiting. Told once for each reason. */
  stuck?(why: Failure): void;
}

export interface ByteLine {
  /** For people: "serial:/dev/ttyUSB0". */
  readonly name: string;
  /**
   * Opens the line ahead of `start`, and carries nothing yet: for a device that is open to root, which the process gives
   * up before it reads. Throws a Failure when it cannot be opened now.
   */
  open?(): Promise<void>;
  /** Opens the line, and opens it again whenever it is lost. Throws a Failure when it cannot be opened now. */
  start(events: LineEvents): Promise<void>;
  /** Sends bytes and calls `taken` when the next may be given. On a line that is not open it does nothing. */
  write(bytes: Uint8Array, taken: () => void): void;
  /** Whether bytes wait in the system meanwhile, which keeps as many as it has room for; until the line is lost. */
  pause(isPaused: boolean): void;
  /** Ends it: no event comes any more. */
  close(): Promise<void>;
}
