/** A conformance run for people: a line for each case as it ends, the evidence of a failure below it, the summary. */
import type { CaseResult } from "../../conform/run.ts";
import type { Evidence } from "../../conform/outcome.ts";
import type { Case } from "../../conform/case.ts";
import { sideWord } from "../../core/judge/report.ts";
import { sectionName } from "../../core/spec/find.ts";
import type { Specification } from "../../core/spec/specification.ts";
import { print, printLines } from "../output.ts";
import { inlinePieces } from "../spec/markdown-text.ts";
import { labelled, wrap } from "../spec/pieces.ts";
import { bold, faint, plain, type Line, type Piece } from "../styled.ts";
import { columnsOf, ProgressLine } from "../terminal.ts";
import { evidenceLadder, whereText } from "./evidence.ts";
import { goesOnText, type ConformReport, type RunFacts } from "./report.ts";

const MARGIN = 4;
const WIDEST = 140;

const WORDS = {
  pass: { text: "pass", style: "plain" },
  fail: { text: "FAIL", style: "wrong" },
  notTestable: { text: "skip", style: "unusual" },
} as const;

export class PeopleOutput {
  readonly #width = Math.min(WIDEST, columnsOf("stdout"));
  readonly #specification: Specification;
  readonly #progress = new ProgressLine("stderr");
  readonly #nameWidth: number;
  readonly #count: number;
  #done = 0;

  constructor(specification: Specification, played: readonly Case<never>[]) {
    this.#specification = specification;
    this.#nameWidth = Math.max(0, ...played.map(({ name }) => name.length));
    this.#count = played.length;
  }

  head({ tested, platform, windowBytes, depth, leftOut }: Omit<RunFacts, "remains" | "wasEnded">): void {
    const cases = `${String(this.#count)} cases`;
    const size = `window ${String(windowBytes / 1024)} KiB, depth ${String(depth)}`;
    print([bold(`Conformance of the ${sideWord(tested)} on ${platform}`), plain(` (${size}): ${cases}`)]);
    const risky = leftOut.filter(({ why }) => why === "risk").length;
    const slow = leftOut.length - risky;
    if (risky > 0) {
      const why =
        "an implementation that is not prepared for them may not survive them; --destructive plays them, too.";
      printLines(wrap([plain(`${String(risky)} cases are left out: ${why}`)], this.#width));
    }
    if (slow > 0) print(`${String(slow)} slow cases are left out (--fast).`);
    print("");
  }

  begin({ name }: Case<never>): void {
    this.#progress.update(`${String(this.#done + 1)} of ${String(this.#count)}: ${name} …`);
  }

  result(result: CaseResult): void {
    this.#progress.clear();
    this.#done++;
    const { case: one, outcome, milliseconds } = result;
    const name = one.name.padEnd(this.#nameWidth);
    const head: Piece[] = [WORDS[outcome.kind], plain("  "), outcome.kind === "pass" ? plain(name) : bold(name)];
    switch (outcome.kind) {
      case "pass":
        print([...head, faint(`  ${millisecondsText(milliseconds)}`)]);
        return;
      case "notTestable":
        print([...head, plain(`  ${outcome.why}`)]);
        return;
      case "fail":
        print([...head, plain("  "), { text: `${outcome.evidence.requirement} broken`, style: "wrong" }]);
        printLines([...this.#evidence(one, outcome.evidence), ...goesOnLines(result), []]);
    }
  }

  end(report: ConformReport): void {
    this.#progress.clear();
    const { passes, failures, notTestable, milliseconds, accesses, remains, summary, wasEnded } = report;
    const broken = [...new Set(failures.map(({ evidence }) => evidence.requirement))];
    print("");
    if (wasEnded) print("The run was ended before its last case.");
    const cases = `${String(passes)} passed, ${String(failures.length)} failed, ${String(notTestable)} not testable`;
    print(`${cases}, in ${millisecondsText(milliseconds)} with ${String(accesses)} bus accesses.`);
    print([bold(`${summary}${broken.length === 0 ? "" : `: ${broken.join(", ")}`}`)]);
    const missing = report.requirements.filter(({ state }) => state === "notExercised").map(({ id }) => id);
    if (missing.length > 0) printLines(labelled([["not exercised", [plain(missing.join(", "))]]], this.#width));
    const hidden = report.requirements.filter(({ state }) => state === "notVisible").length;
    if (hidden > 0) print(`${String(hidden)} further requirements cannot be seen from the other side of the board.`);
    for (const note of remains) printLines(wrap([plain(note)], this.#width));
  }

  #evidence(one: Case<never>, evidence: Evidence): readonly Line[] {
    const { requirement, seen, expected, finding } = evidence;
    const rule = this.#specification.requirements.find(({ id }) => id === requirement);
    const rows: [string, readonly Piece[]][] = [
      ["case", [plain(`${one.text}.`)]],
      ["seen", [plain(seen)]],
      ["expected", [plain(expected)]],
    ];
    if (finding?.bytes !== undefined) rows.push(["bytes", [plain(whereText(finding.bytes, finding.offset))]]);
    if (finding?.cause !== undefined) rows.push(["guess", [plain(finding.cause.text)]]);
    if (rule !== undefined) {
      rows.push(["rule", [...inlinePieces(rule.text), faint(` (clause ${sectionName(rule.section)})`)]]);
    }
    const margin = plain(" ".repeat(MARGIN));
    const { header, lines } = evidenceLadder(evidence, this.#width - MARGIN);
    const ladder = lines.map(({ side, text }): Line => [margin, { text, style: side }]);
    return [
      ...labelled(rows, this.#width, MARGIN),
      ...(lines.length === 0 ? [] : [[margin, faint(header)], ...ladder]),
    ];
  }
}

function goesOnLines(result: CaseResult): readonly Line[] {
  const text = goesOnText(result);
  return text === undefined ? [] : [[plain(" ".repeat(MARGIN)), plain(text)]];
}

/** "12 ms", "3.4 s" */
export function millisecondsText(milliseconds: number): string {
  return milliseconds < 1000 ? `${milliseconds.toFixed(0)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}
