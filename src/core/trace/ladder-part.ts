/** The part of a trace that a ladder shows: what came before is known, but not drawn. */
import type { TraceEntry } from "./format.ts";
import type { LadderEvent, LadderMark } from "./ladder-events.ts";
import { TraceInterpreter, type InterpreterOptions } from "./trace-interpreter.ts";

export interface PartOptions extends InterpreterOptions {
  /** Running number of the first row to show; without it the trace's first. */
  readonly from?: number | undefined;
  /** Running number of the last row to show; without it the trace's last. */
  readonly to?: number | undefined;
  readonly marks?: readonly LadderMark[] | undefined;
}

export interface LadderPart {
  /** What led to the part. */
  readonly before: readonly LadderEvent[];
  readonly shown: readonly LadderEvent[];
}

/** Interprets rows, which must be in the order of their running numbers, up to the part's end. */
export function ladderPart(rows: readonly TraceEntry[], options: PartOptions = {}): LadderPart {
  const { from = 0, to = Number.POSITIVE_INFINITY, marks = [] } = options;
  const interpreter = new TraceInterpreter(options);
  const before: LadderEvent[] = [];
  const shown: LadderEvent[] = [];
  let next = 0;
  let into = before;
  const markUpTo = (n: number): void => {
    for (let mark = marks[next]; mark !== undefined && mark.before <= n; mark = marks[++next]) {
      into.push(...interpreter.mark(mark));
    }
  };

  for (const row of rows) {
    if (row.n > to) break;
    if (row.n >= from && into === before) {
      before.push(...interpreter.flush());
      into = shown;
    }
    markUpTo(row.n);
    into.push(...interpreter.push(row));
  }
  into.push(...interpreter.flush());
  if (to >= (rows.at(-1)?.n ?? 0)) markUpTo(Number.POSITIVE_INFINITY);
  return { before, shown };
}
