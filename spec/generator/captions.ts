/**
 * Numbers of figures and tables. The captions stand in the pages; their numbers, and the numbers by which texts cite
 * them, are put right here. A figure without a caption gets the one that its text alternative is, which is "Figure" from
 * then on: the caption is text, and says what the figure shows to those who cannot see it.
 */
import { labelCitations, readCaption, captionLine, type CaptionKind } from "../../src/core/spec/captions.ts";
import { withoutCode, type CaptionedTable, type Figure, type SpecDocument } from "../../src/core/spec/document.ts";
import { BODY_FILE, readSpecification, type SpecFile, type Specification } from "../../src/core/spec/specification.ts";

export interface NumberedPages {
  /** In the order in which they were given. */
  readonly files: readonly SpecFile[];
  /** What has to be mended by hand, each with its file and line. */
  readonly problems: readonly string[];
}

/**
 * Numbers the captions of the pages of spec/. `earlier` has pages as they were before parts of them were generated: a
 * caption without a number is the one of the same words there.
 */
export function numberCaptions(
  files: readonly SpecFile[],
  earlier: ReadonlyMap<string, string> = new Map(),
): NumberedPages {
  const specification = readSpecification(files);
  const problems: string[] = [];
  const renames = new Renames();
  const pages = new Map<string, Page>();
  for (const document of specification.documents) {
    const page = new Page(document, specification, problems);
    page.collect(renames, earlierLabels(document.file, earlier));
    pages.set(document.file, page);
  }
  return {
    files: files.map(({ file, text }) => ({ file, text: pages.get(file)?.written(renames) ?? text })),
    problems,
  };
}

/** The labels that captions of a page had, by kind and words. */
function earlierLabels(file: string, earlier: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const lines = earlier.get(file)?.split("\n") ?? [];
  const labels = new Map<string, string>();
  for (const index of lines.keys()) {
    const caption = readCaption(lines, index);
    if (caption?.label !== undefined) labels.set(`${caption.kind} ${caption.text}`, caption.label);
  }
  return labels;
}

/** From the labels that texts cite to those that there are now. */
class Renames {
  /** By file, and then by kind and label. */
  readonly #now = new Map<string, Map<string, Set<string>>>();

  add(file: string, kind: CaptionKind, before: string, now: string): void {
    const labels = this.#now.get(file) ?? new Map<string, Set<string>>();
    this.#now.set(file, labels);
    const key = `${kind} ${before}`;
    labels.set(key, (labels.get(key) ?? new Set()).add(now));
  }

  /** What a label that is cited in `file` has become: of that file, else of the body, else of any. */
  of(file: string, kind: CaptionKind, label: string): readonly string[] {
    for (const candidate of [file, BODY_FILE, ...this.#now.keys()]) {
      const found = this.#now.get(candidate)?.get(`${kind} ${label}`);
      if (found !== undefined) return [...found];
    }
    return [];
  }
}

class Page {
  readonly #document: SpecDocument;
  readonly #labels: Specification["labels"];
  readonly #problems: string[];

  constructor(document: SpecDocument, { labels }: Specification, problems: string[]) {
    this.#document = document;
    this.#labels = labels;
    this.#problems = problems;
  }

  collect(renames: Renames, earlier: ReadonlyMap<string, string>): void {
    const { file, lines, figures, tables } = this.#document;
    const claimed = new Set<number>();
    const note = (kind: CaptionKind, item: Figure | CaptionedTable): void => {
      const now = this.#labels.get(item);
      const { caption } = item;
      if (now === undefined || caption === undefined) return;
      claimed.add(caption.line);
      const before = caption.label ?? earlier.get(`${kind} ${caption.text}`);
      if (before !== undefined) renames.add(file, kind, before, now);
    };
    for (const figure of figures) {
      note("Figure", figure);
      const place = this.#labels.get(figure);
      if (figure.caption === undefined && place !== undefined) renames.add(file, "Figure", place, place);
      if (figure.caption === undefined && (figure.text === "" || /^Figure(?: \S+)?$/.test(figure.text))) {
        this.#problem(figure.line, `the figure ${figure.path} has no caption: write what it shows between ![ and ]`);
      }
    }
    for (const table of tables) {
      note("Table", table);
      if (table.caption !== undefined) continue;
      this.#problem(table.line, 'the table has no caption: write "**Table —** What it is" as a paragraph before it');
    }
    const prose = withoutCode(lines);
    for (const index of prose.keys()) {
      const caption = readCaption(prose, index);
      if (caption === undefined || claimed.has(index)) continue;
      const place = caption.kind === "Table" ? "directly before a table" : "directly behind a figure";
      this.#problem(index, `the caption "${caption.text}" does not stand ${place}`);
    }
  }

  /** The page with its labels as they are now. */
  written(renames: Renames): string {
    const lines = this.#cited(renames).split("\n");
    const { figures, tables } = this.#document;
    for (const table of tables) {
      const label = this.#labels.get(table);
      if (table.caption !== undefined && label !== undefined) relabel(lines, table.caption.line, "Table", label);
    }
    // From the end, for a caption that is added moves the lines behind it.
    for (const figure of figures.toReversed()) {
      const label = this.#labels.get(figure) ?? "";
      if (figure.caption !== undefined) relabel(lines, figure.caption.line, "Figure", label);
      else lines.splice(figure.line + 1, 0, "", captionLine("Figure", label, figure.text));
      lines[figure.line] = lines[figure.line]!.replace(/!\[[^\]]*\]\(/, "![Figure](");
    }
    return lines.join("\n");
  }

  /** The text with the labels that it cites as they are now; captions are left for later. */
  #cited(renames: Renames): string {
    const { file, lines } = this.#document;
    const prose = withoutCode(lines).map((line, index) => (line === "" ? " ".repeat(lines[index]!.length) : line));
    const text = lines.join("\n");
    const parts: string[] = [];
    let end = 0;
    for (const { start, end: behind, from, kind, label } of labelCitations(prose.join("\n"))) {
      if (/(?:^|\n)(?:\*\*|!\[)$/.test(text.slice(0, from))) continue;
      const [now, ...others] = renames.of(file, kind, label);
      if (now === undefined || others.length > 0) {
        const line = text.slice(0, start).split("\n").length - 1;
        const why = now === undefined ? "there is none" : `that was ${[now, ...others].join(" and ")}`;
        this.#problem(line, `${kind} ${label} is cited, and ${why}`);
        continue;
      }
      parts.push(text.slice(end, start), now);
      end = behind;
    }
    return parts.join("") + text.slice(end);
  }

  #problem(line: number, what: string): void {
    this.#problems.push(`spec/${this.#document.file}, line ${String(line + 1)}: ${what}`);
  }
}

function relabel(lines: string[], line: number, kind: CaptionKind, label: string): void {
  const lead = /^\*\*(?:Figure|Table)(?: [^*]*)?\*\* +(?:— +)?/;
  lines[line] = lines[line]!.replace(lead, captionLine(kind, label, ""));
}
