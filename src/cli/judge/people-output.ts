/** A judgement for people: each finding with the ladder round it as soon as that is there, then the verdict. */
import type { Finding, OlderPeer } from "../../core/judge/finding.ts";
import type { BusFacts, TraceVerdict } from "../../core/judge/report.ts";
import type { Specification } from "../../core/spec/specification.ts";
import type { TraceEntry } from "../../core/trace/format.ts";
import { readSpecificationFolder, SPECIFICATION_FOLDER } from "../spec/folder.ts";
import { printLines } from "../output.ts";
import { columnsOf } from "../terminal.ts";
import { FindingText, MARGIN } from "./finding-lines.ts";
import { LadderContext } from "./ladder-context.ts";
import { RowsOfAccesses, type RowPlace } from "../../core/judge/rows-of-accesses.ts";
import type { JudgeOutput } from "./judge-output.ts";
import { nameOf } from "../trace/trace-files.ts";
import { headLines, verdictLines } from "./verdict-lines.ts";

/** The widest ladder that is drawn: on wider terminals its sides would be too far apart. */
const WIDEST = 140;

/** Findings of one access that wait for the accesses behind it, and a note that waits for the findings before it. */
type Waiting =
  | { readonly kind: "findings"; readonly findings: Finding[]; readonly place: RowPlace | undefined }
  | { readonly kind: "note"; readonly note: OlderPeer };

export class PeopleOutput implements JudgeOutput {
  readonly #width = Math.min(WIDEST, columnsOf("stdout"));
  readonly #specification: Specification = readSpecificationFolder(SPECIFICATION_FOLDER);
  readonly #text = new FindingText(this.#specification, this.#width);
  readonly #context = new LadderContext(Math.max(this.#width - MARGIN, 60));
  readonly #rows = new RowsOfAccesses();
  #waiting: Waiting[] = [];
  #index = 0;

  head(files: readonly string[], facts: BusFacts): void {
    printLines(headLines(files.map(nameOf).join(" and "), facts, this.#width));
  }

  row(row: TraceEntry, access: number): void {
    this.#rows.push(row, access);
    // Rows of a file may have any numbers; those of the ladder have to ascend.
    const n = this.#index++;
    this.#context.push(row.n === n ? row : { ...row, n });
    this.#tellComplete();
  }

  finding(finding: Finding): void {
    const last = this.#waiting.at(-1);
    if (last?.kind === "findings" && last.findings[0]?.access === finding.access) last.findings.push(finding);
    else this.#waiting.push({ kind: "findings", findings: [finding], place: this.#rows.of(finding.access) });
  }

  olderPeer(note: OlderPeer): void {
    this.#waiting.push({ kind: "note", note });
    this.#tellComplete();
  }

  idle(): void {
    if (this.#waiting.length === 0) return;
    this.#context.flush();
    for (const waiting of this.#waiting) this.#tell(waiting);
    this.#waiting = [];
  }

  verdict(verdict: TraceVerdict): void {
    this.idle();
    printLines([[], ...verdictLines(verdict, this.#specification, this.#width)]);
  }

  #tellComplete(): void {
    for (let next = this.#waiting[0]; next !== undefined && this.#isComplete(next); next = this.#waiting[0]) {
      this.#tell(next);
      this.#waiting.shift();
    }
  }

  #isComplete(waiting: Waiting): boolean {
    if (waiting.kind === "note" || waiting.place === undefined) return true;
    return this.#context.isComplete(waiting.place.index);
  }

  #tell(waiting: Waiting): void {
    if (waiting.kind === "note") {
      printLines([[], ...this.#text.olderPeer(waiting.note)]);
      return;
    }
    const { findings, place } = waiting;
    printLines([[], ...this.#text.ofAccess(findings, place, this.#context)]);
  }
}
