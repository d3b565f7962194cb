/** Texts in drawings: their sizes, how wide they may come out on a reader's machine, and where lines break. */
import { DRAWING_CLASS, element, escapeXml, type Markup } from "../../../src/core/drawing/svg.ts";

export interface TextStyle {
  readonly classes: string;
  readonly size: number;
  /** Of a letter, as a share of the size: about what the widest of the usual fonts needs. */
  readonly letter: number;
}

export const NAME: TextStyle = { classes: "", size: 13, letter: 0.56 };
export const WIRE_NAME: TextStyle = { classes: "mono", size: 12, letter: 0.605 };
export const DETAIL: TextStyle = { classes: "small faint", size: 11, letter: 0.56 };
export const LABEL: TextStyle = { classes: "mono faint", size: 12, letter: 0.605 };
export const MARK: TextStyle = { classes: "mark", size: 11, letter: 0.75 };

/** The rules that these styles need beside the common ones. */
export const TEXT_STYLES: readonly string[] = [
  `.${DRAWING_CLASS} text.small { font-size: 11px; }`,
  `.${DRAWING_CLASS} text.mark { font-size: 11px; font-weight: 700; }`,
];

export function textWidth(content: string, { size, letter }: TextStyle): number {
  return content.length * size * letter;
}

export interface TextPlace {
  readonly x: number;
  /** Of the baseline. */
  readonly y: number;
  readonly style: TextStyle;
  /** Which part of the text stands at x: its start unless given. */
  readonly anchor?: "start" | "middle" | "end";
  /** Units that it may take at most; a longer text throws. */
  readonly room: number;
  readonly fill?: string;
}

export function placedText(content: string, { x, y, style, anchor = "start", room, fill }: TextPlace): Markup {
  if (textWidth(content, style) > room) throw new Error(`"${content}" does not fit into ${String(room)} units`);
  return element(
    "text",
    {
      x,
      y,
      class: style.classes === "" ? undefined : style.classes,
      "text-anchor": anchor === "start" ? undefined : anchor,
      fill,
    },
    escapeXml(content),
  );
}

/** The words of a text in as few lines as fit into `room`. */
export function brokenInto(room: number, content: string, style: TextStyle): readonly string[] {
  const lines: string[] = [];
  for (const word of content.split(" ")) {
    const last = lines.at(-1);
    const longer = last === undefined ? word : `${last} ${word}`;
    if (last === undefined || textWidth(longer, style) > room) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}
