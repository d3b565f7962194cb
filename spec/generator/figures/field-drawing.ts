/**
 * Drawings of bit fields, byte fields and maps of memory: rows of cells on a common grid, each cell with its name and
 * the mark of its owner. Colour never stands alone: each owner has a letter, too.
 *
 * Text that does not fit its place is an error: drawings are made anew without being looked at.
 */
import { coordinate, drawing, element, paint, type DrawingText, type Markup } from "../../../src/core/drawing/svg.ts";
import { DETAIL, LABEL, MARK, NAME, TEXT_STYLES, WIRE_NAME, brokenInto, placedText, textWidth } from "./placed-text.ts";

/** Whose a field is. `hardware` changes by itself, `none` has no owner: reserved or zero. */
export type Owner = "host" | "bmc" | "both" | "hardware" | "neutral" | "none";

export interface FieldCell {
  /** The place in the row, in its units from the left: from the start of `from` to the start of `to`. */
  readonly from: number;
  readonly to: number;
  /** The name, broken at spaces where it must be; names of the wire are set in a fixed pitch. */
  readonly name: string;
  readonly isWireName?: boolean;
  /** A second line of less weight. */
  readonly detail?: string;
  readonly owner: Owner;
  /** The cell is longer than it is drawn. */
  readonly isCut?: boolean;
}

/** A bracket below a row, with what it says of the cells above it. */
export interface Bracket {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

export interface FieldRow {
  /** Left of the row: an offset, a byte's number. */
  readonly label?: string;
  /** Above the row: what it shows. */
  readonly heading?: string;
  readonly units: number;
  readonly height: number;
  readonly cells: readonly FieldCell[];
  /** Numbers above the row: centred over a unit, or at a place between two. */
  readonly ruler?: readonly { readonly at: number; readonly text: string }[];
  readonly brackets?: readonly Bracket[];
  /** Lines from the ends of this row up to the ends of a cell of the row above, of which this row is a magnification. */
  readonly magnifies?: FieldCell;
  /** Space above the row. */
  readonly gap?: number;
}

export interface FieldDrawing extends DrawingText {
  readonly rows: readonly FieldRow[];
  /** What the marks mean, in the order they are listed. */
  readonly legend: readonly (readonly [owner: Owner, text: string])[];
  /** A label below the last row: the offset where it ends. */
  readonly endLabel?: string;
  /** Below everything, each on a line of its own, or more where it needs them. */
  readonly notes?: readonly string[];
}

const MARKS: Readonly<Record<Owner, string>> = {
  host: "H",
  bmc: "B",
  both: "H B",
  hardware: "HW",
  neutral: "",
  none: "",
};

const WIDTH = 552;
const MARGIN = 12;
const GRID_LEFT = 68;
const GRID_WIDTH = WIDTH - GRID_LEFT - MARGIN;
const LINE = 15;
const BAND = 4;
const SAMPLE_WIDTH = 30;
/** Cells narrower than this have their mark below the name instead of beside it. */
const NARROW = 100;

function colourOf(owner: "host" | "bmc" | "hardware"): string {
  return owner === "hardware" ? paint("other") : paint(owner);
}

/** The coloured parts of a cell or of a legend's sample. */
function ownedBox(x: number, y: number, width: number, height: number, owner: Owner): readonly Markup[] {
  const frame = element("rect", {
    x,
    y,
    width,
    height,
    fill: owner === "none" ? paint("panel") : "none",
    stroke: owner === "none" ? paint("rule") : paint("faint"),
    "stroke-dasharray": owner === "none" ? "4 3" : undefined,
  });
  if (owner === "none" || owner === "neutral") return [frame];
  const halves =
    owner === "both"
      ? ([
          ["host", 0],
          ["bmc", 0.5],
        ] as const)
      : ([[owner, 0]] as const);
  const share = width / halves.length;
  const tints = halves.flatMap(([side, start]) => {
    const left = x + start * width;
    return [
      element("rect", { x: left, y, width: share, height, fill: colourOf(side), "fill-opacity": 0.1 }),
      element("rect", { x: left, y, width: share, height: BAND, fill: colourOf(side) }),
    ];
  });
  return [...tints, frame];
}

/** The letters of an owner, each in its colour, ending at `x`. */
function markText(owner: Owner, x: number, y: number): readonly Markup[] {
  const sides = owner === "both" ? (["host", "bmc"] as const) : owner === "none" || owner === "neutral" ? [] : [owner];
  return sides
    .toReversed()
    .map((side, index) =>
      placedText(MARKS[side], { x: x - index * 13, y, style: MARK, anchor: "end", room: WIDTH, fill: colourOf(side) }),
    );
}

class Sheet {
  readonly body: Markup[] = [];
  y: number = MARGIN;

  row(row: FieldRow, above: { readonly row: FieldRow; readonly bottom: number } | undefined): number {
    const unit = GRID_WIDTH / row.units;
    const place = (at: number): number => GRID_LEFT + at * unit;
    this.y += row.gap ?? 0;
    if (row.heading !== undefined) {
      this.y += LINE;
      this.body.push(placedText(row.heading, { x: GRID_LEFT, y: this.y - 3, style: NAME, room: GRID_WIDTH }));
    }
    const rulerHeight = row.ruler === undefined ? 0 : LINE;
    if (row.ruler !== undefined) {
      this.y += rulerHeight;
      for (const { at, text: number } of row.ruler) {
        const centred = Math.max(at, (textWidth(number, LABEL) / 2 - MARGIN) / unit);
        this.body.push(
          placedText(number, { x: place(centred), y: this.y - 4, style: LABEL, anchor: "middle", room: WIDTH }),
        );
      }
    }
    const top = this.y;
    if (row.magnifies !== undefined && above !== undefined)
      this.#magnification(row.magnifies, above, top - rulerHeight);
    if (row.label !== undefined) {
      this.#label(row.label, top + Math.min(16, row.height));
    }
    for (const cell of row.cells) this.#cell(cell, place(cell.from), place(cell.to), top, row.height);
    this.y = top + row.height;
    for (const bracket of row.brackets ?? []) this.#bracket(bracket, place(bracket.from), place(bracket.to));
    return top + row.height;
  }

  #cell(cell: FieldCell, left: number, right: number, top: number, height: number): void {
    const width = right - left;
    this.body.push(...ownedBox(left, top, width, height, cell.owner));
    if (cell.isCut === true && right - left === GRID_WIDTH) {
      for (const edge of [left, right]) this.#cut(edge, top + height / 2, false);
    } else if (cell.isCut === true) {
      for (const edge of [top, top + height]) this.#cut(left + 0.72 * width, edge, true);
    }
    const style = cell.isWireName === true ? WIRE_NAME : NAME;
    const marked = MARKS[cell.owner] !== "";
    const isNarrow = width < NARROW;
    const names = brokenInto(width - 6, cell.name, style);
    const details = cell.detail === undefined ? [] : brokenInto(width - 6, cell.detail, DETAIL);
    const lines = [
      ...names.map((content) => ({ content, style: cell.owner === "none" ? DETAIL : style })),
      ...details.map((content) => ({ content, style: DETAIL })),
    ];
    const room = (isNarrow && marked ? height - LINE : height) - BAND;
    if (lines.length * LINE > room) throw new Error(`"${cell.name}" has more lines than its cell`);
    const first = top + BAND + (room - lines.length * LINE) / 2 + LINE - 4;
    for (const [index, { content, style: own }] of lines.entries()) {
      this.body.push(
        placedText(content, {
          x: (left + right) / 2,
          y: first + index * LINE,
          style: own,
          anchor: "middle",
          room: width - 4,
        }),
      );
    }
    if (!marked) return;
    const markRight = isNarrow ? (left + right) / 2 + textWidth(MARKS[cell.owner], MARK) / 2 : right - 6;
    this.body.push(...markText(cell.owner, markRight, top + height - 6));
  }

  /** Two short strokes through an edge: something is left out here. A strip is cut across, a map from side to side. */
  #cut(x: number, y: number, isAcross: boolean): void {
    const [along, step] = isAcross ? ["-5 10", "4 0"] : ["10 -5", "0 4"];
    const [startX, startY] = isAcross ? [x + 0.5, y - 5] : [x - 5, y + 0.5];
    const start = `M ${coordinate(startX)} ${coordinate(startY)}`;
    const back = along.replace(/-?\d+/g, (number) => String(-Number(number)));
    this.body.push(
      element("path", { d: `${start} l ${along} l ${step} l ${back} z`, fill: paint("ground") }),
      element("path", {
        d: `${start} l ${along} m ${step} l ${back}`,
        fill: "none",
        stroke: paint("faint"),
      }),
    );
  }

  #bracket({ text: content }: Bracket, left: number, right: number): void {
    const top = this.y + 5;
    const d = `M ${coordinate(left + 1)} ${coordinate(top)} v 5 H ${coordinate(right - 1)} v -5`;
    this.body.push(element("path", { d, fill: "none", stroke: paint("faint") }));
    const half = textWidth(content, DETAIL) / 2;
    const middle = Math.min(Math.max((left + right) / 2, MARGIN + half), WIDTH - MARGIN - half);
    this.y = top + 5 + LINE;
    this.body.push(
      placedText(content, { x: middle, y: this.y - 3, style: DETAIL, anchor: "middle", room: WIDTH - 2 * MARGIN }),
    );
  }

  #magnification(cell: FieldCell, above: { readonly row: FieldRow; readonly bottom: number }, top: number): void {
    const unit = GRID_WIDTH / above.row.units;
    const lines: readonly (readonly [from: number, to: number])[] = [
      [GRID_LEFT + cell.from * unit, GRID_LEFT],
      [GRID_LEFT + cell.to * unit, GRID_LEFT + GRID_WIDTH],
    ];
    for (const [x1, x2] of lines) {
      this.body.push(
        element("line", { x1, y1: above.bottom, x2, y2: top, stroke: paint("faint"), "stroke-dasharray": "2 3" }),
      );
    }
  }

  #label(content: string, y: number): void {
    const x = GRID_LEFT - 9;
    this.body.push(placedText(content, { x, y, style: LABEL, anchor: "end", room: x }));
  }

  endLabel(content: string): void {
    this.#label(content, this.y + 4);
  }

  legend(entries: FieldDrawing["legend"]): void {
    let x = GRID_LEFT;
    this.y += 14;
    for (const [owner, meaning] of entries) {
      const width = SAMPLE_WIDTH + 8 + textWidth(meaning, DETAIL);
      if (x > GRID_LEFT && x + width > WIDTH - MARGIN) {
        x = GRID_LEFT;
        this.y += 24;
      }
      this.body.push(
        ...ownedBox(x, this.y, SAMPLE_WIDTH, 18, owner),
        ...markText(owner, x + sampleMarkRight(owner), this.y + 15),
        placedText(meaning, {
          x: x + SAMPLE_WIDTH + 6,
          y: this.y + 13,
          style: DETAIL,
          room: WIDTH - MARGIN - x - SAMPLE_WIDTH,
        }),
      );
      x += width + 12;
    }
    this.y += 18;
  }

  notes(sentences: readonly string[]): void {
    const room = WIDTH - MARGIN - GRID_LEFT;
    this.y += 8;
    for (const line of sentences.flatMap((sentence) => brokenInto(room, sentence, DETAIL))) {
      this.y += LINE;
      this.body.push(placedText(line, { x: GRID_LEFT, y: this.y - 3, style: DETAIL, room }));
    }
  }
}

function sampleMarkRight(owner: Owner): number {
  return SAMPLE_WIDTH / 2 + (owner === "both" ? 11 : textWidth(MARKS[owner], MARK) / 2);
}

/** The whole drawing as a document. */
export function fieldDrawing({ rows, legend, endLabel, notes, ...about }: FieldDrawing): string {
  const sheet = new Sheet();
  let above: { readonly row: FieldRow; readonly bottom: number } | undefined;
  for (const row of rows) above = { row, bottom: sheet.row(row, above) };
  if (endLabel !== undefined) sheet.endLabel(endLabel);
  if (legend.length > 0) sheet.legend(legend);
  if (notes !== undefined) sheet.notes(notes);
  return drawing(about, { width: WIDTH, height: sheet.y + MARGIN }, sheet.body, TEXT_STYLES);
}
