/**
 * Text of strangers (peers, files, other agents) made fit for a terminal, a log and XML.
 *
 * What writes there takes `Harmless` or `Painted` text alone, and a string is neither: a writer that forgets this
 * function does not compile.
 */

declare const forTerminals: unique symbol;
declare const forAll: unique symbol;

/** Harmless text with escape sequences of this program's own between it: for a terminal alone. */
export type Painted = string & { readonly [forTerminals]: true };

/**
 * Text without a character that acts on a terminal, forges a line of a log or has no place in XML. Line ends in it were
 * put there by this program.
 */
export type Harmless = Painted & { readonly [forAll]: true };

/** Marks on top of one character that stay: languages that are written with marks have up to four. */
const MOST_MARKS = 4;

/**
 * Control characters, format characters (marks of direction, tags), half characters, those of private use and those that
 * are not assigned; characters that are not drawn at all; line ends of Unicode; marks piled up on one character.
 */
const HARMFUL = new RegExp(
  String.raw`[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|\p{M}(?<=\p{M}{${String(MOST_MARKS + 1)}})`,
  "gu",
);

/** The text with every harmful character, tabs and line ends included, as its number in angle brackets: "<1b>[2J". */
export function harmless(text: string): Harmless {
  return text.replace(HARMFUL, (character) => `<${numberOf(character)}>`) as Harmless;
}

/** A JSON text with the same characters escaped: it says the same. Line ends between its parts stay. */
export function harmlessJson(json: string): Harmless {
  return json.replace(HARMFUL, (character) =>
    character === "\n"
      ? character
      : Array.from({ length: character.length }, (_, at) => `\\u${numberOf(character.charAt(at), 4)}`).join(""),
  ) as Harmless;
}

/** At most `most` UTF-16 units of a text, the last of them "…" where it was longer. No character is cut in two. */
export function shortened(text: Harmless, most: number): Harmless {
  if (text.length <= most) return text;
  const kept = text.slice(0, most - 1);
  return `${/[\ud800-\udbff]$/.test(kept) ? kept.slice(0, -1) : kept}…` as Harmless;
}

/** Texts of which each is a line, as one text that ends in a line end. */
export function asLines<Text extends Painted>(lines: readonly Text[]): Text {
  return lines.map((line) => `${line}\n`).join("") as Text;
}

function numberOf(character: string, digits = 2): string {
  return (character.codePointAt(0) ?? 0).toString(16).padStart(digits, "0");
}
