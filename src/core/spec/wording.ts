/**
 * The words that make a requirement, as ISO and DMTF use them: "shall", "should" and "may" stand in requirements and
 * nowhere else in the body, and the body speaks of the binding, not of the program that implements it.
 */
import { withoutCode, type SpecDocument } from "./document.ts";

export interface WordingFault {
  /** Index of the line. */
  readonly line: number;
  /** The words, and what is to be done. */
  readonly text: string;
}

/** The clause that says what the words mean. */
const DEFINES_THE_WORDS = "3.2";
const NORMATIVE = /\b(?:shall|should|may|must)\b/gi;
const REQUIRING = /\b(?:shall|should|may)\b/;
const CAPITALS = /\b(?:SHALL|SHOULD|MAY|MUST)\b/g;
const OTHER_KEYWORDS = /\b(?:RFC\s*(?:2119|8174)|BCP\s*14)\b/g;
const PROGRAM = /(?<![\w/.-])(?:src|test|docs|spec)\/[\w.-]+|(?<![\w/.-])(?:host|bmc)\/(?:role|platform|agent|cli)\b/g;
const IMPLEMENTATION = /\breference implementation\b/gi;

/** What in the body stands against these rules, in the order of its lines. */
export function wordingFaults(document: SpecDocument): readonly WordingFault[] {
  const { requirements, sections, lines } = document;
  const requirementLines = new Set(requirements.map(({ line }) => line));
  const faults: WordingFault[] = [];
  for (const [line, text] of withoutCode(lines).entries()) {
    const number = sections.findLast((section) => section.line <= line)?.number;
    const found = (pattern: RegExp): readonly string[] => (text.match(pattern) ?? []).map(String);
    const tell = (words: readonly string[], what: string): void => {
      for (const word of words) faults.push({ line, text: `"${word}" ${what}` });
    };
    tell(found(OTHER_KEYWORDS), "is named: clause 3.2 says what the words mean");
    // What stands before the first clause introduces the whole, and may say where the program is.
    if (number !== undefined) {
      tell(found(PROGRAM), "is a path of the program: leave it to an annex");
      tell(found(IMPLEMENTATION), "is spoken of: leave it to an annex");
    }
    if (number === DEFINES_THE_WORDS) continue;
    if (!requirementLines.has(line)) {
      tell(found(NORMATIVE), "stands outside a requirement: make it one, or say what is so");
      continue;
    }
    tell(found(CAPITALS), "is in capitals: write it small");
    if (!REQUIRING.test(text)) faults.push({ line, text: "the requirement says neither shall, should nor may" });
  }
  return faults;
}
