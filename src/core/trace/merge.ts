/** Two traces of one bus, one recorded on each side, made into one. */
import type { TraceEntry } from "./format.ts";

/**
 * Merges by `t`, which both sides must have taken from one clock, and numbers the rows afresh. Each side's own order
 * stays; rows without a time stand right behind the row before them. At equal times `rowsA` come first.
 */
export function mergeByTime<Row extends TraceEntry>(rowsA: readonly Row[], rowsB: readonly Row[]): readonly Row[] {
  const merged: Row[] = [];
  const take = (row: Row): void => {
    merged.push({ ...row, n: merged.length });
  };
  const timesA = moments(rowsA);
  const timesB = moments(rowsB);
  let nextB = 0;
  for (const [index, row] of rowsA.entries()) {
    const time = timesA[index]!;
    while (nextB < rowsB.length && timesB[nextB]! < time) take(rowsB[nextB++]!);
    take(row);
  }
  while (nextB < rowsB.length) take(rowsB[nextB++]!);
  return merged;
}

/** The moment of every row; a row that is stamped earlier than one before it counts as simultaneous with that. */
function moments(rows: readonly TraceEntry[]): readonly bigint[] {
  let last = -1n;
  return rows.map((row) => {
    const own = row.t === undefined ? last : BigInt(row.t);
    if (own > last) last = own;
    return last;
  });
}
