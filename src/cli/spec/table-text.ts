/** Tables for a terminal: columns fitted to its width, cells broken into lines. */
import { faint, plain, type Line, type Piece } from "../styled.ts";
import { lineWidth, longestWord, wrap } from "./pieces.ts";

const GAP = "  ";
/** Narrower than this no column gets while another is wider. */
const LEAST_WIDTH = 4;

export type Cell = readonly Piece[];

/** Lines of a table of at most `width` columns, if that leaves each of its columns a few characters. */
export function tableLines(headings: readonly Cell[], rows: readonly (readonly Cell[])[], width: number): Line[] {
  const widths = columnWidths([headings, ...rows], width - GAP.length * (headings.length - 1));
  const body = rows.map((row) => rowLines(row, widths));
  const unclear = rows.some(([first = []]) => first.length === 0 || lineWidth(first) > widths[0]!);
  // Where the first column does not show it, a blank line tells which lines are one row.
  const between = unclear && body.some((lines) => lines.length > 1) ? [[]] : [];
  const rule = faint(widths.map((columns) => "─".repeat(columns)).join(GAP));
  return [
    ...rowLines(headings, widths),
    [rule],
    ...body.flatMap((lines, index) => (index === 0 ? lines : [...between, ...lines])),
  ];
}

/**
 * What each column gets of `width`: all that it wants if there is enough; else its longest word, and of the rest a
 * share by what it wants beyond that. Where even the longest words do not fit, the longest are broken.
 */
export function columnWidths(rows: readonly (readonly Cell[])[], width: number): readonly number[] {
  const columns = Array.from({ length: rows[0]?.length ?? 0 }, (_, index) => rows.map((row) => row[index] ?? []));
  const wanted = columns.map((cells) => Math.max(1, ...cells.map(lineWidth)));
  if (sum(wanted) <= width) return wanted;
  const least = columns.map((cells) => Math.max(1, ...cells.map(longestWord)));
  while (sum(least) > width && Math.max(...least) > LEAST_WIDTH) least[least.indexOf(Math.max(...least))]!--;
  const beyond = sum(wanted) - sum(least);
  const spare = Math.max(0, width - sum(least));
  const widths = least.map((columns, index) => columns + Math.floor((spare * (wanted[index]! - columns)) / beyond));
  // What rounding has left over goes to the column that lacks most.
  const lacking = widths.map((columns, index) => wanted[index]! - columns);
  widths[lacking.indexOf(Math.max(...lacking))]! += Math.max(0, width - sum(widths));
  return widths;
}

function rowLines(cells: readonly Cell[], widths: readonly number[]): readonly Line[] {
  const wrapped = widths.map((columns, index) => wrap(cells[index] ?? [], columns));
  const height = Math.max(1, ...wrapped.map((lines) => lines.length));
  return Array.from({ length: height }, (_, index) => {
    const line = wrapped.flatMap((lines, column): readonly Piece[] => {
      const part = lines[index] ?? [];
      const padding = plain(" ".repeat(widths[column]! - lineWidth(part)));
      return column === 0 ? [...part, padding] : [plain(GAP), ...part, padding];
    });
    return withoutTrailingSpace(line);
  });
}

function withoutTrailingSpace(line: Line): Line {
  const end = line.findLastIndex(({ text }) => text.trim() !== "");
  return line.slice(0, end + 1);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
