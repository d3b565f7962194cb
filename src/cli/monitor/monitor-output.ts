/** Where a monitor's rows go: what every way of showing them has. */
import type { TraceEntry } from "../../core/trace/format.ts";
import type { TraceHead } from "../../core/trace/head.ts";
import type { Finding } from "../../core/judge/finding.ts";

/** A finding, and the number of its access, if it is not too far back. */
export interface PlacedFinding {
  readonly finding: Finding;
  readonly row: number | undefined;
}

export interface MonitorOutput {
  begin(head: TraceHead): void;
  /** A row; of one that is told again only what it means for those behind it is of interest. */
  row(row: TraceEntry): void;
  /** Behind the row that it was found at. */
  finding(found: PlacedFinding): void;
  /** Accesses before the next row that did not arrive. */
  lost(accesses: number): void;
  /** The rows of one message of the agent have been given, or none has come for a while. */
  settle(isIdle: boolean): void;
  end(): void;
}
