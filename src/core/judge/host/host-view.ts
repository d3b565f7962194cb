/** What the parts of a host's watch ask of the watch. */
import type { Session } from "../side-watch.ts";

export interface HostView {
  /** STR as the host read it last, -1 for unknown. */
  readonly status: () => number;
  /** The host has written a byte to IDR since it read STR. */
  readonly hasWritten: () => boolean;
  readonly session: () => Session;
  /** The host was asked to stop. */
  readonly stopping: () => boolean;
  readonly endSession: () => void;
}
