/** A finding for people: what was broken, where, what was seen, the ladder round it, the rule, the guess. */
import type { Finding, OlderPeer } from "../../core/judge/finding.ts";
import { findingDetails, findingTitle, kindText } from "../../core/judge/report.ts";
import { sectionName } from "../../core/spec/find.ts";
import type { Specification } from "../../core/spec/specification.ts";
import { harmless } from "../../core/wire/harmless.ts";
import { inlinePieces } from "../spec/markdown-text.ts";
import { bold, faint, labelled, paint, plain, wrap, type Line, type Painter, type Piece } from "../spec/pieces.ts";
import { sidePaint, type Colours } from "../terminal.ts";
import type { LadderContext } from "./ladder-context.ts";
import type { RowPlace } from "./rows-of-accesses.ts";

/** Columns before a line of the ladder; the marked line has an arrow there. */
export const MARGIN = 2;
const MARK = "▸ ";

export class FindingText {
  readonly #specification: Specification;
  readonly #width: number;
  readonly #colours: Colours;
  readonly #painter: Painter;

  constructor(specification: Specification, width: number, colours: Colours, painter: Painter) {
    this.#specification = specification;
    this.#width = width;
    this.#colours = colours;
    this.#painter = painter;
  }

  /** The findings of one access, with one ladder for all of them; none where the access is too far back. */
  ofAccess(findings: readonly Finding[], place: RowPlace | undefined, context: LadderContext): string {
    const parts = findings.map((finding) => this.#finding(finding, place));
    const ladder = place === undefined ? [] : this.#ladder(context, place.index);
    return `${[...parts, ...(ladder.length > 0 ? [ladder.join("\n")] : [])].join("\n\n")}\n`;
  }

  olderPeer({ access, text }: OlderPeer): string {
    const note = `note, access ${String(access)}: ${harmless(text)}.`;
    return `${this.#painted(wrap([{ text: note, style: "italic" }], this.#width))}\n`;
  }

  #finding(finding: Finding, place: RowPlace | undefined): string {
    const { access, step } = finding;
    const row = place?.n;
    const where = [
      `access ${String(access)}`,
      ...(row === undefined || row === access ? [] : [`row ${String(row)}`]),
      ...(step === undefined ? [] : [`step ${harmless(step)}`]),
      kindText(finding),
    ].join(", ");
    const details = findingDetails(finding).map(([name, text]) => [name, [plain(harmless(text))]] as const);
    const rule = this.#rule(finding.requirement);
    const isGuess = ([name]: readonly [string, unknown]): boolean => name === "guess";
    const rows = [...details.filter((part) => !isGuess(part)), ...rule, ...details.filter(isGuess)];
    const title = [bold(findingTitle(finding)), plain(`: ${where}`)];
    return this.#painted([...wrap(title, this.#width), ...labelled(rows, this.#width, MARGIN)]);
  }

  /** The requirement as the specification says it, with its clause. */
  #rule(id: string): readonly (readonly [string, readonly Piece[]])[] {
    const requirement = this.#specification.requirements.find((candidate) => candidate.id === id);
    if (requirement === undefined) return [];
    const clause = faint(` (clause ${sectionName(requirement.section)})`);
    return [["rule", [...inlinePieces(requirement.text), clause]]];
  }

  #ladder(context: LadderContext, index: number): readonly string[] {
    const lines = context.round(index);
    if (lines.length === 0) return [];
    const shown = lines.map(({ side, text, isMarked }) => {
      const line = sidePaint(this.#colours, side)(harmless(text));
      return isMarked ? this.#colours.bold(`${MARK}${line}`) : `${" ".repeat(MARGIN)}${line}`;
    });
    return [`${" ".repeat(MARGIN)}${this.#colours.dim(context.header)}`, ...shown];
  }

  #painted(lines: readonly Line[]): string {
    return lines.map((line) => paint(line, this.#painter)).join("\n");
  }
}
