/**
 * Captions of figures and tables. A caption is a paragraph: before its table, behind its figure.
 *
 *     **Table 7** — Status register
 *
 * The body counts 1, 2, 3, an annex A.1, A.2. What has no number yet is written `**Table —** Status register`.
 */

export type CaptionKind = "Figure" | "Table";

export interface Caption {
  readonly kind: CaptionKind;
  /** "7", "A.2"; undefined where it has none yet. */
  readonly label: string | undefined;
  /** In Markdown, without its line breaks. */
  readonly text: string;
  /** Index of its first line, and of the line behind its last. */
  readonly line: number;
  readonly end: number;
}

const LABELLED = /^\*\*(Figure|Table)(?: ([^\s*]+))?\*\* — +(\S.*)$/;
const BARE = /^\*\*(Figure|Table) —\*\* +(\S.*)$/;
const LABEL = /^(?:[A-Z]\.)?[1-9]\d*$/;

/** The caption whose paragraph begins in this line. */
export function readCaption(lines: readonly string[], line: number): Caption | undefined {
  const first = lines[line] ?? "";
  const [, kind, label = "", begin = ""] = LABELLED.exec(first) ?? [];
  const [, bareKind, bareBegin = ""] = BARE.exec(first) ?? [];
  if (kind === undefined && bareKind === undefined) return undefined;
  let end = line + 1;
  while ((lines[end] ?? "").trim() !== "") end++;
  const more = lines.slice(line + 1, end).map((each) => each.trim());
  return {
    kind: (kind ?? bareKind) as CaptionKind,
    label: LABEL.test(label) ? label : undefined,
    text: [kind === undefined ? bareBegin : begin, ...more].join(" "),
    line,
    end,
  };
}

/** The line that says a caption. */
export function captionLine(kind: CaptionKind, label: string, text: string): string {
  return `**${kind} ${label}** — ${text}`;
}

/** The caption before the table whose headings stand in this line; comments may stand between. */
export function captionBefore(lines: readonly string[], table: number): Caption | undefined {
  let end = table;
  while (end > 0 && isBetween(lines[end - 1]!)) end--;
  let start = end;
  while (start > 0 && lines[start - 1]!.trim() !== "") start--;
  const caption = end === 0 ? undefined : readCaption(lines, start);
  return caption?.kind === "Table" ? caption : undefined;
}

/** The caption behind the figure in this line. */
export function captionBehind(lines: readonly string[], figure: number): Caption | undefined {
  let line = figure + 1;
  while (line < lines.length && isBetween(lines[line]!)) line++;
  const caption = readCaption(lines, line);
  return caption?.kind === "Figure" ? caption : undefined;
}

function isBetween(line: string): boolean {
  return line.trim() === "" || /^<!--.*-->$/.test(line);
}

/** Counts figures and tables of one letter, or of the body. */
export class LabelCounter {
  readonly #counts = { Figure: 0, Table: 0 };
  readonly #prefix: string;

  constructor(letter: string | undefined) {
    this.#prefix = letter === undefined ? "" : `${letter}.`;
  }

  next(kind: CaptionKind): string {
    return `${this.#prefix}${String(++this.#counts[kind])}`;
  }
}

export interface LabelCitation {
  /** Where the label stands in the text. */
  readonly start: number;
  readonly end: number;
  readonly kind: CaptionKind;
  readonly label: string;
  /** Where the word before it begins, for the first label behind a word. */
  readonly from: number;
}

const CITED =
  /\b(Figure|Table)s?\s+((?:[A-Z]\.)?[1-9]\d*(?!\.?\d)(?:(?:,|,?\s+and|\s+or|\s+to)\s+(?:[A-Z]\.)?[1-9]\d*(?!\.?\d))*)/g;
const ONE_LABEL = /(?:[A-Z]\.)?[1-9]\d*/g;

/** Every place of a text that names a figure or a table of this specification, in order. */
export function labelCitations(text: string): readonly LabelCitation[] {
  return [...text.matchAll(CITED)].flatMap((match) => {
    const [whole, kind = "", list = ""] = match;
    const before = text.slice(0, match.index);
    const after = text.slice(match.index + whole.length);
    if (/\b(?:DSP\d{4}|RFC \d+|IPMI)\b[^.;|]{0,24}$/.test(before) || /^\s+of\s+(?:DSP|RFC|IPMI)/.test(after)) return [];
    const at = match.index + whole.length - list.length;
    return [...list.matchAll(ONE_LABEL)].map(({ index, 0: label }) => ({
      start: at + index,
      end: at + index + label.length,
      kind: kind as CaptionKind,
      label,
      from: index === 0 ? match.index : at + index,
    }));
  });
}
