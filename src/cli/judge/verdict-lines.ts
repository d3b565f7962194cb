/** The head and the end of a judgement for people. */
import type { BusFacts, TraceVerdict } from "../../core/judge/report.ts";
import { notExercised, sideWord, sidesText, summaryText } from "../../core/judge/report.ts";
import type { Section } from "../../core/spec/document.ts";
import { sectionName } from "../../core/spec/find.ts";
import type { Specification } from "../../core/spec/specification.ts";
import { bold, plain, type Line, type Piece } from "../styled.ts";
import { labelled, wrap } from "../spec/pieces.ts";
import { amountText, byteText } from "../terminal.ts";

/** What is judged: known before its first access. */
export function headLines(name: string, facts: BusFacts, width: number): readonly Line[] {
  const { version, sides, depth, windowBytes, lives } = facts;
  const items = [
    `trace version ${String(version)}`,
    `recorded by ${sidesText(sides)}`,
    depth === undefined ? "depth unknown (--depth)" : `depth ${String(depth)}`,
    windowBytes === undefined ? "window unknown (--window)" : `window ${byteText(windowBytes)}`,
    ...(lives ? [] : ["starts and stops not recorded"]),
  ];
  return wrap([bold(name), plain(`: ${items.join(", ")}`)], width);
}

/** What was judged, what was not exercised, and the summary as the last line. */
export function verdictLines(verdict: TraceVerdict, specification: Specification, width: number): readonly Line[] {
  const { accesses, sessions, sessionVersions, breaks, findings } = verdict;
  const versions =
    sessionVersions.length === 0
      ? ""
      : `, protocol version${sessionVersions.length === 1 ? "" : "s"} ${sessionVersions.join(" and ")}`;
  const missing = notExercisedLines(verdict, specification, width);
  const more = breaks - findings.length;
  const repeated =
    more > 0 ? [`${amountText(more, "further break")} of the same requirements, by the same sides, not shown`] : [];
  return [
    ...(missing.length === 0 ? [] : [[bold("Not exercised")], ...missing, []]),
    ...repeated.flatMap((text) => wrap([plain(`${text}.`)], width)),
    ...wrap([plain(`${amountText(accesses, "access")} in ${amountText(sessions, "session")}${versions}.`)], width),
    ...wrap([bold(`${summaryText(verdict)}.`)], width),
  ];
}

/** By clause, in the order of the specification: "8.2 Commands  LPC-KCS-4, LPC-KCS-6 (BMC)". */
function notExercisedLines(verdict: TraceVerdict, specification: Specification, width: number): readonly Line[] {
  const missing = notExercised(verdict.standings);
  const bySection = new Map<Section | undefined, string[]>();
  for (const { requirement, side } of missing) {
    const section = specification.requirements.find(({ id }) => id === requirement)?.section;
    const text = side === undefined ? requirement : `${requirement} (${sideWord(side)})`;
    const known = bySection.get(section);
    if (known === undefined) bySection.set(section, [text]);
    else known.push(text);
  }
  const order = [...specification.sections];
  const sorted = [...bySection].sort(([one], [other]) => indexOf(order, one) - indexOf(order, other));
  const rows = sorted.map(([section, texts]): readonly [string, readonly Piece[]] => [
    section === undefined ? "" : sectionName(section),
    [plain(texts.join(", "))],
  ]);
  return rows.length === 0 ? [] : labelled(rows, width, 2);
}

function indexOf(sections: readonly Section[], section: Section | undefined): number {
  return section === undefined ? sections.length : sections.indexOf(section);
}
