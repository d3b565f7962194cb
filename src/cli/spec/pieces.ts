/** Lines of styled text made of paragraphs and cells: broken between words, with names in a column of their own. */
import type { Line, Piece } from "../styled.ts";

export function lineWidth(line: Line): number {
  return line.reduce((width, { text }) => width + text.length, 0);
}

/** Width of the longest word: what cannot be narrower without breaking one. */
export function longestWord(pieces: readonly Piece[]): number {
  return Math.max(0, ...wordsOf(pieces).map(lineWidth));
}

/** Lines of at most `width` columns, broken between words, and within one where it is longer than that alone. */
export function wrap(pieces: readonly Piece[], width: number): readonly Line[] {
  const lines: Line[] = [];
  let line: Piece[] = [];
  let used = 0;
  const put = (word: Line): void => {
    if (used > 0) {
      // A space between two words of one style belongs to it.
      const last = line.at(-1)?.style;
      line.push({ text: " ", style: last === word[0]?.style && last !== undefined ? last : "plain" });
    }
    line.push(...word);
    used += lineWidth(word) + (used > 0 ? 1 : 0);
  };
  for (const word of wordsOf(pieces).flatMap((whole) => breakWord(whole, width))) {
    if (used > 0 && used + 1 + lineWidth(word) > width) {
      lines.push(line);
      line = [];
      used = 0;
    }
    put(word);
  }
  if (line.length > 0) lines.push(line);
  return lines;
}

/** Least columns of a text beside its name. */
const LEAST_TEXT = 20;

/**
 * Names in a column of their own behind `margin` columns, texts broken beside them. A name is left out where the line
 * above has the same.
 */
export function labelled(
  rows: readonly (readonly [name: string, text: readonly Piece[]])[],
  width: number,
  margin = 0,
): readonly Line[] {
  const column = margin + Math.max(...rows.map(([name]) => name.length)) + 2;
  return rows.flatMap(([name, text], index) => {
    const label = `${" ".repeat(margin)}${rows[index - 1]?.[0] === name ? "" : name}`;
    return wrap(text, Math.max(LEAST_TEXT, width - column)).map((line, number): Line => {
      const left: Piece = { text: (number === 0 ? label : "").padEnd(column), style: "faint" };
      return lineWidth(line) === 0 ? [] : [left, ...line];
    });
  });
}

/** Words are what stands between spaces, whatever the styles within: "**LPC-BUF-3**:" is one. */
function wordsOf(pieces: readonly Piece[]): readonly Line[] {
  const words: Piece[][] = [];
  let open = false;
  for (const { text, style } of pieces) {
    for (const part of text.split(/(\s+)/)) {
      if (part === "") continue;
      if (/^\s/.test(part)) {
        open = false;
      } else if (open) {
        words.at(-1)?.push({ text: part, style });
      } else {
        words.push([{ text: part, style }]);
        open = true;
      }
    }
  }
  return words;
}

function breakWord(word: Line, width: number): readonly Line[] {
  const parts: Piece[][] = [[]];
  let room = width;
  for (const { text, style } of word) {
    let rest = text;
    while (rest.length > room) {
      if (room > 0) parts.at(-1)?.push({ text: rest.slice(0, room), style });
      rest = rest.slice(room);
      room = width;
      parts.push([]);
    }
    parts.at(-1)?.push({ text: rest, style });
    room -= rest.length;
  }
  return parts.filter((part) => part.length > 0);
}
