/** Words of the text that name something else in it: requirements, clauses, annexes, steps, procedures, figures, tables. */
import { labelCitations } from "../../../src/core/spec/captions.ts";
import { citationPlaces } from "../../../src/core/spec/citations.ts";
import type { Targets } from "./targets.ts";

export interface Reference {
  /** From this character of the text up to, not including, that one. */
  readonly start: number;
  readonly end: number;
  /** Identifier in the page. */
  readonly target: string;
}

/** "clauses 5.4, 6 and 9.2": the word, and then numbers that are looked at one by one. */
const CLAUSES = /\b[Cc]lauses?\s+((?:\d+|[A-Z]\.\d+)(?:\.\d+)*(?:(?:,|,?\s+and|\s+or|\s+to|\s*–)\s*\d+(?:\.\d+)*)*)/g;
const ANNEXES = /\bAnnex(?:es)?\s+([A-Z]\b(?:(?:,|\s+and|\s+to)\s+[A-Z]\b)*)(?!\.\d)/g;
const LETTERED = /\b(?:Annex\s+)?([A-Z](?:\.\d+)+)\b/g;
const STEPS = /\b[HB]\d+\.\d+\b/g;
const PROCEDURES = /\b[HB]\d\b(?!\.\d)/g;
/** A number alone is a clause only in parentheses. */
const IN_PARENTHESES = /\((\d+\.\d+)\)/g;

/** Every reference of a text to something that there is, in order and without overlaps. */
export function findReferences(text: string, targets: Targets): readonly Reference[] {
  const found: Reference[] = [];
  const add = (start: number, length: number, target: string | undefined): void => {
    if (target === undefined || found.some((other) => start < other.end && other.start < start + length)) return;
    found.push({ start, end: start + length, target });
  };
  for (const { start, end, id } of citationPlaces(text)) add(start, end - start, targets.requirement(id));
  for (const { from, end, kind, label } of labelCitations(text)) add(from, end - from, targets.captioned(kind, label));
  for (const match of text.matchAll(STEPS)) add(match.index, match[0].length, targets.step(match[0]));
  for (const match of text.matchAll(CLAUSES)) {
    if (isForeign(text, match)) continue;
    const [whole, list = ""] = match;
    const from = match.index + whole.length - list.length;
    for (const number of list.matchAll(/(?:[A-Z]\.)?\d+(?:\.\d+)*/g)) {
      // The word belongs to the first number, so that there is more to aim at than a digit.
      const lead = number.index === 0 ? from - match.index : 0;
      add(from + number.index - lead, number[0].length + lead, targets.numbered(number[0]));
    }
  }
  for (const match of text.matchAll(LETTERED)) add(match.index, match[0].length, targets.numbered(match[1] ?? ""));
  for (const match of text.matchAll(ANNEXES)) {
    const [whole, list = ""] = match;
    const from = match.index + whole.length - list.length;
    for (const letter of list.matchAll(/\b[A-Z]\b/g)) {
      const lead = letter.index === 0 ? from - match.index : 0;
      add(from + letter.index - lead, 1 + lead, targets.numbered(letter[0]));
    }
  }
  for (const match of text.matchAll(PROCEDURES)) add(match.index, match[0].length, targets.procedure(match[0]));
  for (const match of text.matchAll(IN_PARENTHESES)) {
    const [, number = ""] = match;
    if (!/DSP\d{4}/.test(text.slice(0, match.index))) add(match.index + 1, number.length, targets.numbered(number));
  }
  return found.sort((one, other) => one.start - other.start);
}

/** Clauses of other documents: "DSP0236 clause 12", "revision 1.1: clause 9", "clause 8 of DSP0236". */
function isForeign(text: string, match: RegExpExecArray): boolean {
  const before = text.slice(0, match.index);
  const after = text.slice(match.index + match[0].length);
  return (
    /\b(DSP\d{4}|RFC \d+|IPMI|(?:revision|version) \d+\.\d+)\b[^.;|]{0,24}$/.test(before) ||
    /^\s+of\s+(DSP|RFC|IPMI|the\s+[A-Z])/.test(after)
  );
}
