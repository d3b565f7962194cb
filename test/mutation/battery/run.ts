/**
 * Runs of which the traces are known: both sides of the project, or one of them against a scripted peer, the same rows
 * every time.
 */
import type { RoleName } from "../../../src/core/binding/side.ts";
import type { TraceEntry } from "../../../src/core/trace/format.ts";

/** Milliseconds, as the sides of a run have them configured. */
export interface RunTimes {
  readonly announce: number;
  readonly refused: number;
  readonly stop: number;
}

/** What a run is, beside its rows. */
export interface RunFacts {
  /** Without spaces. */
  readonly name: string;
  /** The sides that are the project's own; a scripted peer is not judged. */
  readonly judged: readonly RoleName[];
  readonly depth: 0 | 1;
  readonly windowBytes: number;
  /** No side is told which versions to speak: LPC-VER-4 is asked of them. */
  readonly usualVersions: boolean;
  /** Undefined: the rows carry no time. */
  readonly times: RunTimes | undefined;
}

export interface BatteryRun extends RunFacts {
  /**
   * Carries the run out. A mistake in a side may make it end early; with `strict` it throws then, which no run of sides
   * without a mistake does.
   */
  readonly rows: (strict?: boolean) => readonly TraceEntry[];
}
