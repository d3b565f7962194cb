/** Lines for a terminal as pieces of text, each of one style: what a piece says is made harmless when it is painted. */
import { harmless, shortened, type Harmless, type Painted } from "../core/wire/harmless.ts";

export type Style = "plain" | "bold" | "italic" | "code" | "faint" | "wrong" | "unusual" | "host" | "bmc" | "lab";

/** Text of one style. Every character is taken to be one column wide, as those of the specification are. */
export interface Piece {
  readonly text: string;
  readonly style: Style;
  /** Bold beside its style. */
  readonly isStrong?: boolean;
}

export type Line = readonly Piece[];

export function plain(text: string): Piece {
  return { text, style: "plain" };
}

export function bold(text: string): Piece {
  return { text, style: "bold" };
}

export function faint(text: string): Piece {
  return { text, style: "faint" };
}

/** The piece in bold. */
export function strong(piece: Piece): Piece {
  return { ...piece, isStrong: true };
}

/* ---- Escape sequences ---- */

/** Select Graphic Rendition: what begins a style, and what ends it. */
type Rendition = readonly [begin: number, end: number];

const BOLD: Rendition = [1, 22];
const FAINT: Rendition = [2, 22];
const CYAN: Rendition = [36, 39];
const YELLOW: Rendition = [33, 39];

const RENDITIONS: Readonly<Record<Style, Rendition | undefined>> = {
  plain: undefined,
  bold: BOLD,
  italic: [3, 23],
  code: CYAN,
  faint: FAINT,
  wrong: [31, 39],
  unusual: YELLOW,
  host: CYAN,
  bmc: YELLOW,
  lab: FAINT,
};

const ESC = "\u001b";

/** Back to the beginning of the line, which is erased. */
export const ERASE_LINE = `\r${ESC}[2K` as Painted;
const ERASE_BELOW = `${ESC}[J`;
/** A line that is too wide is cut at the edge of the terminal: broken, it could not be drawn over. */
const [WRAP_OFF, WRAP_ON] = [`${ESC}[?7l`, `${ESC}[?7h`];

/* ---- Painting ---- */

/** A line as text; what is of one style is painted in one go. Without colours it is the text alone. */
export function painted(line: Line, hasColours: boolean): Painted {
  const runs: { text: Harmless; piece: Piece }[] = [];
  for (const piece of line) {
    if (piece.text === "") continue;
    const last = runs.at(-1);
    const text = harmless(piece.text);
    if (last?.piece.style === piece.style && last.piece.isStrong === piece.isStrong) {
      last.text = `${last.text}${text}` as Harmless;
    } else runs.push({ text, piece });
  }
  return runs.map(({ text, piece }) => (hasColours ? paintedPiece(text, piece) : text)).join("") as Painted;
}

function paintedPiece(text: Harmless, { style, isStrong }: Piece): string {
  const own = rendered(text, RENDITIONS[style]);
  return isStrong === true ? rendered(own, BOLD) : own;
}

function rendered(text: string, rendition: Rendition | undefined): string {
  return rendition === undefined ? text : `${ESC}[${String(rendition[0])}m${text}${ESC}[${String(rendition[1])}m`;
}

/** A line that is drawn over the one that stands there, with at most so many characters. */
export function overdrawn(text: string, most: number): Painted {
  return `${ERASE_LINE}${shortened(harmless(text), most)}` as Painted;
}

/** Lines drawn over the `before` lines above the cursor; what is left of those below is erased. */
export function redrawn(lines: readonly Line[], before: number, hasColours: boolean): Painted {
  const up = before === 0 ? "" : `${ESC}[${String(before)}A`;
  const drawn = lines.map((line) => `${ESC}[2K${painted(line, hasColours)}\n`).join("");
  return `${up}${WRAP_OFF}${drawn}${ERASE_BELOW}${WRAP_ON}` as Painted;
}
