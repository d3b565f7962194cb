/** What a bus owner knows of one endpoint. */
import type { RememberedEndpoint } from "./memory.ts";

/**
 * `silent`: it did not answer when it was last asked. `gone`: it left, or was silent for too long; its EID is given to
 * others when there is none better.
 */
export type Presence = "present" | "silent" | "gone";

/** Checks in a row after which a silent endpoint is taken for gone. */
export const MISSES_TO_GONE = 3;

export interface EndpointRecord extends RememberedEndpoint {
  /** Its UUID is not known yet: it has joined for the time being, and is not remembered. */
  readonly provisional: boolean;
  readonly presence: Presence;
  /** Checks in a row that it did not answer. */
  readonly misses: number;
  /** Why its EID is not one that just came next. */
  readonly fixed: "static" | "port" | "pinned" | "own" | undefined;
  readonly controlVersions: readonly number[];
  readonly messageTypes: readonly number[];
}
