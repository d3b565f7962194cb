/** A judgement for programs: one JSON object a line, told apart by `kind`. */
import type { Finding, OlderPeer } from "../../core/judge/finding.ts";
import { tallyOf, type BusFacts, type TraceVerdict } from "../../core/judge/report.ts";
import type { TraceEntry } from "../../core/trace/format.ts";
import { toHex } from "../../core/wire/bytes.ts";
import { printJsonLine } from "../output.ts";
import { RowsOfAccesses } from "../../core/judge/rows-of-accesses.ts";
import type { JudgeOutput } from "./judge-output.ts";

export class JsonOutput implements JudgeOutput {
  readonly #rows = new RowsOfAccesses();

  head(files: readonly string[], facts: BusFacts): void {
    printJsonLine({ kind: "head", files, ...facts });
  }

  row(row: TraceEntry, access: number): void {
    this.#rows.push(row, access);
  }

  finding({ kind, bytes, ...finding }: Finding): void {
    const row = this.#rows.of(finding.access)?.n;
    const hex = bytes === undefined ? undefined : toHex(bytes);
    printJsonLine({ kind: "finding", ...finding, bytes: hex, rule: kind, row });
  }

  olderPeer(note: OlderPeer): void {
    printJsonLine({ kind: "olderPeer", ...note });
  }

  idle(): void {
    // Every line is written as soon as it is known.
  }

  verdict({ accesses, sessions, sessionVersions, breaks, standings }: TraceVerdict): void {
    printJsonLine({ kind: "verdict", accesses, sessions, sessionVersions, breaks, ...tallyOf(standings), standings });
  }
}
