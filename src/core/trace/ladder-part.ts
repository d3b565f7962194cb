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

/** Who gets the events of a part as they are complete. */
export interface PartListener {
  /** What leads to the part. */
  before(events: readonly LadderEvent[]): void;
  shown(events: readonly LadderEvent[]): void;
}

/** Interprets rows as they come, in the order of their running numbers; memory does not grow with the trace. */
export class PartInterpreter {
  readonly #from: number;
  readonly #to: number;
  readonly #marks: readonly LadderMark[];
  readonly #interpreter: TraceInterpreter;
  readonly #listener: PartListener;
  #nextMark = 0;
  #begun = false;
  #ended = false;

  constructor(options: PartOptions, listener: PartListener) {
    const { from = 0, to = Number.POSITIVE_INFINITY, marks = [] } = options;
    this.#from = from;
    this.#to = to;
    this.#marks = marks;
    this.#interpreter = new TraceInterpreter(options);
    this.#listener = listener;
  }

  /** False for a row behind the part: no further row is of interest. */
  push(row: TraceEntry): boolean {
    if (row.n > this.#to) {
      this.flush();
      this.#ended = true;
      return false;
    }
    if (row.n >= this.#from && !this.#begun) {
      this.flush();
      this.#begun = true;
    }
    this.#markUpTo(row.n);
    this.#tell(this.#interpreter.push(row));
    return true;
  }

  /** Tells what still waits for its run to end, where no row is here for a while. */
  flush(): void {
    this.#tell(this.#interpreter.flush());
  }

  /** No more rows come. */
  end(): void {
    if (this.#ended) return;
    this.#tell(this.#interpreter.end());
    this.#markUpTo(Number.POSITIVE_INFINITY);
  }

  #markUpTo(n: number): void {
    for (let mark = this.#marks[this.#nextMark]; mark !== undefined && mark.before <= n;) {
      this.#tell(this.#interpreter.mark(mark));
      mark = this.#marks[++this.#nextMark];
    }
  }

  #tell(events: readonly LadderEvent[]): void {
    if (events.length === 0) return;
    if (this.#begun) this.#listener.shown(events);
    else this.#listener.before(events);
  }
}

/** Interprets rows, which must be in the order of their running numbers, up to the part's end. */
export function ladderPart(rows: readonly TraceEntry[], options: PartOptions = {}): LadderPart {
  const before: LadderEvent[] = [];
  const shown: LadderEvent[] = [];
  const part = new PartInterpreter(options, {
    before: (events) => before.push(...events),
    shown: (events) => shown.push(...events),
  });
  rows.every((row) => part.push(row));
  part.end();
  return { before, shown };
}
