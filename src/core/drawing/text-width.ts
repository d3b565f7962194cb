/**
 * How wide text may become, for drawings that must break their lines without knowing the reader's font.
 *
 * Widths are those of DejaVu Sans, the widest of the fonts that drawings ask for, so that what fits by this measure
 * fits in any of them.
 */

/** Characters of one width each, in thousandths of the font size. */
const WIDTHS: readonly (readonly [thousandths: number, characters: string])[] = [
  [278, "'ijl"],
  [295, "IJ"],
  [318, " ,.·"],
  [337, "/:;\\|"],
  [361, "-f"],
  [401, "()[]t!"],
  [411, "r"],
  [500, '"*_`–'],
  [525, "sz?"],
  [550, "c"],
  [579, "FLk"],
  [592, "vxy"],
  [615, "PTYoae"],
  [636, "0123456789$Ebdghnpqu{}S"],
  [656, "K"],
  [686, "ABVXZ"],
  [698, "CR"],
  [752, "HNU"],
  [787, "&DGOQ"],
  [838, "#+<=>^w~→▶◀"],
  [863, "M"],
  [1000, "%@Wm…"],
];

const OTHER = 838;
/** What semi-bold text takes more than regular. */
const BOLD = 1.15;
/** Every character of a font whose characters all have one width, as a share of the font size. */
export const MONO_WIDTH = 0.62;

const BY_CHARACTER: ReadonlyMap<string, number> = new Map(
  WIDTHS.flatMap(([width, characters]) => Array.from(characters, (character) => [character, width] as const)),
);

/** Pixels of `text` at most, at this font size in pixels. */
export function textWidth(text: string, fontSize: number, weight: "regular" | "bold" = "regular"): number {
  let thousandths = 0;
  for (const character of text) thousandths += BY_CHARACTER.get(character) ?? OTHER;
  return (thousandths / 1000) * fontSize * (weight === "bold" ? BOLD : 1);
}

/** Between two items of one line. */
export const SEPARATOR = " · ";

/**
 * Items as lines no wider than `width` by `measure`: items share a line while there is room, lines break between two
 * items if they can, else between two words, else anywhere.
 */
export function wrapItems(
  items: readonly string[],
  width: number,
  measure: (text: string) => number,
): readonly string[] {
  const lines: string[] = [];
  for (const item of items) {
    const last = lines.at(-1);
    const joined = last === undefined ? item : `${last}${SEPARATOR}${item}`;
    if (last !== undefined && measure(joined) <= width) lines[lines.length - 1] = joined;
    else lines.push(...wrapWords(item, width, measure));
  }
  return lines;
}

function wrapWords(text: string, width: number, measure: (text: string) => number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ").flatMap((part) => cutToWidth(part, width, measure))) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && measure(longer) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}

/** A word in pieces that fit by themselves. */
function cutToWidth(word: string, width: number, measure: (text: string) => number): readonly string[] {
  const pieces: string[] = [];
  let piece = "";
  for (const character of word) {
    if (piece !== "" && measure(piece + character) > width) {
      pieces.push(piece);
      piece = "";
    }
    piece += character;
  }
  return [...pieces, piece];
}
