/** What a judgement is told to: people's text or JSON. */
import type { Finding, OlderPeer } from "../../core/judge/finding.ts";
import type { BusFacts, TraceVerdict } from "../../core/judge/report.ts";
import type { TraceEntry } from "../../core/trace/format.ts";

/** Where a judgement is told. */
export interface JudgeOutput {
  head(files: readonly string[], facts: BusFacts): void;
  /** Before the judge is told of the row: findings of its access can be placed then. */
  row(row: TraceEntry, access: number): void;
  finding(finding: Finding): void;
  olderPeer(note: OlderPeer): void;
  /** No row is here: tells what waits for more of them. */
  idle(): void;
  verdict(verdict: TraceVerdict): void;
}
