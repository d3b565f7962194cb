/** The answer to `mctp-lpc spec NAME`, as lines for a terminal. */
import type { PlacedRequirement, Section, Step } from "../../core/spec/document.ts";
import { sectionName } from "../../core/spec/find.ts";
import { numberLabel } from "../../core/spec/headings.ts";
import { boundText, versionsText } from "../../core/spec/requirements.ts";
import type { Specification } from "../../core/spec/specification.ts";
import { areaFacts, requirementFacts, sectionMarkdown, stepFacts, type SectionFacts, type StepFacts } from "./facts.ts";
import { inlinePieces, markdownLines } from "./markdown-text.ts";
import { bold, faint, plain, type Line, type Piece } from "../styled.ts";
import { labelled, wrap } from "./pieces.ts";
import { tableLines } from "./table-text.ts";

const INDENT = "  ";

/** The contents: every numbered heading, and the areas of requirements. */
export function contentsLines(specification: Specification): readonly Line[] {
  const lines: Line[] = [];
  for (const { file, title, letter, sections } of specification.documents) {
    if (lines.length > 0) lines.push([]);
    const name = letter === undefined ? title : sections.slice(0, 1).map(sectionName).join("");
    lines.push([bold(name), faint(`  ${file}`)]);
    const listed = sections.filter(({ number, level }) => level > 1 && level <= 3 && number !== undefined);
    const width = Math.max(0, ...listed.map((section) => numberColumn(section).length));
    for (const section of listed) {
      lines.push([plain(`${INDENT}${numberColumn(section).padEnd(width)}  ${section.title}`)]);
    }
  }
  lines.push([], [bold("Requirements")]);
  const areas = areaFacts(specification);
  const width = Math.max(0, ...areas.map(({ area }) => area.length));
  for (const { area, requirements, sections } of areas) {
    const range = `1 to ${String(requirements.length)}`.padEnd(9);
    const places = sections.map(({ number, title }) => (number === undefined ? title : numberLabel(number)));
    const kind = sections.length === 1 ? "clause" : "clauses";
    lines.push([plain(`${INDENT}${area.padEnd(width)}  ${range}`), faint(`${kind} ${places.join(", ")}`)]);
  }
  return lines;
}

function numberColumn({ number = "", level }: Section): string {
  return `${INDENT.repeat(level - 2)}${numberLabel(number)}`;
}

/** A requirement with all that hangs on it. */
export function requirementLines(
  specification: Specification,
  requirement: PlacedRequirement,
  width: number,
): readonly Line[] {
  const { id, text, section, steps, counters, citedIn } = requirementFacts(specification, requirement);
  const rows: (readonly [name: string, text: readonly Piece[]])[] = [["clause", [plain(nameOf(section))]]];
  for (const { step, rows: cells } of steps) rows.push(["step", [bold(`${step}:`), plain(" "), ...stepText(cells)]]);
  for (const counter of counters) rows.push(["counter", [bold(`${counter.name}:`), plain(` ${counter.text}`)]]);
  for (const other of citedIn) rows.push(["cited in", [plain(nameOf(other))]]);
  return [
    [bold(id), plain(`  ${requirement.bound}, ${versionsText(requirement.versions)}`)],
    ...wrap(inlinePieces(text), width),
    [],
    ...labelled(rows, width),
  ];
}

/** The requirements of an area, each with its text. */
export function areaLines(requirements: readonly PlacedRequirement[], width: number): readonly Line[] {
  return requirements.flatMap((requirement, index) => [
    ...(index === 0 ? [] : [[]]),
    [bold(requirement.id), plain(`  ${boundText(requirement)}; clause ${nameOf(requirement.section)}`)],
    ...wrap(inlinePieces(requirement.text), width),
  ]);
}

/** A step as its table has it, with the clause that the table stands in. */
export function stepLines(step: Step, width: number): readonly Line[] {
  const table = tableLines(
    step.headings.map((heading) => [bold(heading)]),
    step.rows.map((row) => row.map(inlinePieces)),
    width,
  );
  return [[bold(step.id), plain(`  clause ${nameOf(stepFacts(step).section)}`)], [], ...table];
}

export function sectionLines(specification: Specification, section: Section, width: number): readonly Line[] {
  return markdownLines(sectionMarkdown(specification, section), width);
}

function nameOf({ number, title }: SectionFacts): string {
  return number === undefined ? title : `${numberLabel(number)} ${title}`;
}

/** What a step does and then does, without its name and the requirements it cites. */
function stepText(rows: StepFacts["rows"]): readonly Piece[] {
  const texts = rows.flatMap((row) =>
    Object.entries(row)
      .filter(([heading, text]) => heading !== "step" && heading !== "requirement" && !["", "—"].includes(text))
      .map(([, text]) => text),
  );
  return inlinePieces(texts.join("; "));
}
