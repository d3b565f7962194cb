/** One file of the specification: its sections, and the requirements, steps, figures and tables in them. */
import { captionBefore, captionBehind, type Caption } from "./captions.ts";
import { citations } from "./citations.ts";
import { anchorMaker, plainText, splitHeading } from "./headings.ts";
import { readRequirement, type Requirement } from "./requirements.ts";
import { readTables } from "./tables.ts";

export interface Section {
  /** Name of its file in spec/. */
  readonly file: string;
  /** "7.2", "E" for an annex, "E.3" for a section of it; undefined where the heading has none. */
  readonly number: string | undefined;
  /** The heading without its number. */
  readonly title: string;
  /** 1 for the file's own title. */
  readonly level: number;
  /** Unique in its file, and the same as a forge gives the heading. */
  readonly anchor: string;
  /** Index of the heading's line. */
  readonly line: number;
  /** Index of the line behind its last, sections below it included. */
  readonly end: number;
}

export interface PlacedRequirement extends Requirement {
  readonly section: Section;
  readonly line: number;
}

/** A row of a step table, with the rows below it that have no step of their own. */
export interface Step {
  /** "H1.3" */
  readonly id: string;
  readonly headings: readonly string[];
  /** In Markdown, as many as there are headings. */
  readonly rows: readonly (readonly string[])[];
  /** Identifiers of the requirements that it cites. */
  readonly requirements: readonly string[];
  readonly section: Section;
  readonly line: number;
}

export interface Figure {
  /** As the file names it, like "figures/start-up-v3.svg". */
  readonly path: string;
  /** What its caption says, or without one its text alternative; in Markdown. */
  readonly text: string;
  readonly caption: Caption | undefined;
  readonly section: Section;
  readonly line: number;
}

/** A table, as far as it is cited. */
export interface CaptionedTable {
  readonly caption: Caption | undefined;
  readonly section: Section;
  /** Index of the line with its headings. */
  readonly line: number;
}

export interface SpecDocument {
  readonly file: string;
  readonly title: string;
  /** Of an annex, "E". */
  readonly letter: string | undefined;
  readonly lines: readonly string[];
  readonly sections: readonly Section[];
  readonly requirements: readonly PlacedRequirement[];
  /** Lines that begin like a requirement and are none. */
  readonly malformed: readonly string[];
  readonly steps: readonly Step[];
  readonly figures: readonly Figure[];
  readonly tables: readonly CaptionedTable[];
}

const STEP = /^[HB]\d+\.\d+$/;
const FIGURE = /!\[([^\]]*)\]\(([^)\s]+\.svg)(?: "[^"]*")?\)/g;

/** Reads a file of spec/. */
export function readDocument(file: string, text: string): SpecDocument {
  const lines = text.split("\n");
  const prose = withoutCode(lines);
  const sections = readSections(file, prose);
  const sectionAt = (line: number): Section => {
    const section = sections.findLast((candidate) => candidate.line <= line);
    if (section === undefined) throw new Error(`${file}: line ${String(line + 1)} stands before the first heading`);
    return section;
  };

  const requirements: PlacedRequirement[] = [];
  const malformed: string[] = [];
  const figures: Figure[] = [];
  for (const [line, content] of prose.entries()) {
    const requirement = readRequirement(content);
    if (requirement === "malformed") malformed.push(content);
    else if (requirement !== undefined) requirements.push({ ...requirement, section: sectionAt(line), line });
    for (const [, alternative = "", path = ""] of content.matchAll(FIGURE)) {
      const caption = captionBehind(lines, line);
      figures.push({ path, text: caption?.text ?? alternative, caption, section: sectionAt(line), line });
    }
  }
  const [first] = sections;
  const letter = first?.number !== undefined && /^[A-Z]$/.test(first.number) ? first.number : undefined;
  const steps = readSteps(prose, sectionAt);
  const tables = readTables(prose).map(({ line }) => ({
    caption: captionBefore(lines, line),
    section: sectionAt(line),
    line,
  }));
  const title = first?.title ?? file;
  return { file, title, letter, lines, sections, requirements, malformed, steps, figures, tables };
}

/** The lines with those of fenced code and of comments blanked, so that nothing in them is taken for text. */
export function withoutCode(lines: readonly string[]): readonly string[] {
  let fence: string | undefined;
  let comment = false;
  return lines.map((line) => {
    const [, mark] = /^ *(```+|~~~+)/.exec(line) ?? [];
    if (fence !== undefined) {
      if (mark?.startsWith(fence) === true) fence = undefined;
      return "";
    }
    if (comment || line.startsWith("<!--")) {
      comment = !line.includes("-->");
      return "";
    }
    fence = mark;
    return mark === undefined ? line : "";
  });
}

function readSections(file: string, prose: readonly string[]): readonly Section[] {
  const anchorOf = anchorMaker();
  let letter: string | undefined;
  const open = prose.flatMap((content, line) => {
    const [, marks = "", markdown = ""] = /^(#{1,6}) +(.+?)(?: +#+)? *$/.exec(content) ?? [];
    if (marks === "") return [];
    const text = plainText(markdown);
    const { number, title } = splitHeading(text, letter);
    if (marks.length === 1 && number !== undefined && /^[A-Z]$/.test(number)) letter = number;
    return [{ file, number, title, level: marks.length, anchor: anchorOf(text), line }];
  });
  return open.map((section, index) => {
    const next = open.slice(index + 1).find(({ level }) => level <= section.level);
    return { ...section, end: next?.line ?? prose.length };
  });
}

function readSteps(prose: readonly string[], sectionAt: (line: number) => Section): readonly Step[] {
  const steps: Step[] = [];
  for (const { headings, rows, line } of readTables(prose)) {
    if (headings[0] !== "step" || !headings.includes("then")) continue;
    let here: { id: string; rows: (readonly string[])[]; line: number } | undefined;
    const finish = (): void => {
      if (here === undefined) return;
      const requirements = [...new Set(here.rows.flatMap((row) => row.flatMap(citations)))];
      steps.push({ ...here, headings, requirements, section: sectionAt(line) });
    };
    for (const [index, row] of rows.entries()) {
      const [id = ""] = row;
      if (STEP.test(id)) {
        finish();
        here = { id, rows: [row], line: line + 2 + index };
      } else if (id === "") {
        here?.rows.push(row);
      }
    }
    finish();
  }
  return steps;
}
