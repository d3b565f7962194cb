/** A finding for people: what was broken, where, what was seen, the ladder round it, the rule, the guess. */
import type { Finding, OlderPeer } from "../../core/judge/finding.ts";
import { findingDetails, findingTitle, kindText } from "../../core/judge/report.ts";
import { sectionName } from "../../core/spec/find.ts";
import type { Specification } from "../../core/spec/specification.ts";
import { inlinePieces } from "../spec/markdown-text.ts";
import { bold, faint, plain, strong, type Line, type Piece } from "../styled.ts";
import { labelled, wrap } from "../spec/pieces.ts";
import type { LadderContext } from "./ladder-context.ts";
import type { RowPlace } from "../../core/judge/rows-of-accesses.ts";

/** Columns before a line of the ladder; the marked line has an arrow there. */
export const MARGIN = 2;
const MARK = "▸ ";

export class FindingText {
  readonly #specification: Specification;
  readonly #width: number;

  constructor(specification: Specification, width: number) {
    this.#specification = specification;
    this.#width = width;
  }

  /** The findings of one access, with one ladder for all of them; none where the access is too far back. */
  ofAccess(findings: readonly Finding[], place: RowPlace | undefined, context: LadderContext): readonly Line[] {
    const parts = findings.map((finding) => this.#finding(finding, place));
    const ladder = place === undefined ? [] : this.#ladder(context, place.index);
    return [...parts, ladder]
      .filter((part) => part.length > 0)
      .flatMap((part, index) => (index === 0 ? part : [[], ...part]));
  }

  olderPeer({ access, text }: OlderPeer): readonly Line[] {
    return wrap([{ text: `note, access ${String(access)}: ${text}.`, style: "italic" }], this.#width);
  }

  #finding(finding: Finding, place: RowPlace | undefined): readonly Line[] {
    const { access, step } = finding;
    const row = place?.n;
    const where = [
      `access ${String(access)}`,
      ...(row === undefined || row === access ? [] : [`row ${String(row)}`]),
      ...(step === undefined ? [] : [`step ${step}`]),
      kindText(finding),
    ].join(", ");
    const details = findingDetails(finding).map(([name, text]) => [name, [plain(text)]] as const);
    const rule = this.#rule(finding.requirement);
    const isGuess = ([name]: readonly [string, unknown]): boolean => name === "guess";
    const rows = [...details.filter((part) => !isGuess(part)), ...rule, ...details.filter(isGuess)];
    const title = [bold(findingTitle(finding)), plain(`: ${where}`)];
    return [...wrap(title, this.#width), ...labelled(rows, this.#width, MARGIN)];
  }

  /** The requirement as the specification says it, with its clause. */
  #rule(id: string): readonly (readonly [string, readonly Piece[]])[] {
    const requirement = this.#specification.requirements.find((candidate) => candidate.id === id);
    if (requirement === undefined) return [];
    const clause = faint(` (clause ${sectionName(requirement.section)})`);
    return [["rule", [...inlinePieces(requirement.text), clause]]];
  }

  #ladder(context: LadderContext, index: number): readonly Line[] {
    const lines = context.round(index);
    if (lines.length === 0) return [];
    const margin = plain(" ".repeat(MARGIN));
    const shown = lines.map(({ side, text, isMarked }): Line => {
      const piece = { text, style: side };
      return isMarked ? [bold(MARK), strong(piece)] : [margin, piece];
    });
    return [[margin, faint(context.header)], ...shown];
  }
}
