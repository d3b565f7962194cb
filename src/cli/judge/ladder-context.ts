/**
 * The ladder round an access: the lines before it, its own, marked, and those behind it. The last lines of a bus are
 * kept, and the last accesses that a ladder draws nothing for; memory does not grow with the trace.
 */
import {
  isLifeRow,
  isRegisterRow,
  type RegisterRow,
  type TraceEntry,
  type TraceSide,
} from "../../core/trace/format.ts";
import { isDrawn, type DataRegister, type LadderEvent } from "../../core/trace/ladder-events.ts";
import { Ladder } from "../../core/trace/ladder.ts";
import { TraceInterpreter } from "../../core/trace/trace-interpreter.ts";

/** Milliseconds without an access that are told as a pause. */
const PAUSE = 100;
/** Lines before and behind the access. */
const LINES_ROUND = 2;
/** Lines that are kept, for accesses that turn out to be wrong only later. */
const LINES_KEPT = 64;
/** Hexadecimal digits of a value from outside that are kept, more than a line shows. */
const DIGITS_KEPT = 200;
/** Register accesses that are kept: those that a ladder draws nothing for have to be found again. */
const ROWS_KEPT = 256;
/** Rows behind an access after which its ladder is told as it is: a bus that is polled draws no line. */
const ROWS_WAITED = 1000;
/** Rows after which accesses that belong together are drawn before their end: those of a poll have none. */
const LONGEST_RUN = 256;

export interface ContextLine {
  readonly side: TraceSide;
  readonly text: string;
  /** The line of the access itself. */
  readonly isMarked: boolean;
}

export class LadderContext {
  readonly #width: number;
  readonly #interpreter = new TraceInterpreter({ pause: PAUSE });
  #ladder: Ladder;
  /** What would be drawn; lines are made of it only where they are asked for. */
  readonly #drawn: LadderEvent[] = [];
  readonly #rows: RegisterRow[] = [];
  #last = -1;
  #rowsSinceEvent = 0;

  /** Columns of its lines. */
  constructor(width: number) {
    this.#width = width;
    this.#ladder = new Ladder({ width });
  }

  get header(): string {
    return this.#ladder.header;
  }

  /** Takes the next row; the numbers of rows ascend. */
  push(row: TraceEntry): void {
    if (this.#last < 0) this.#ladder = new Ladder({ width: this.#width, since: row.t });
    this.#last = row.n;
    if (!isLifeRow(row) && isRegisterRow(row)) keep(this.#rows, row, ROWS_KEPT);
    this.#draw(this.#interpreter.push(row));
    if (++this.#rowsSinceEvent >= LONGEST_RUN) this.flush();
  }

  /** Draws what waits for the accesses that it belongs to. */
  flush(): void {
    this.#draw(this.#interpreter.flush());
    this.#rowsSinceEvent = 0;
  }

  /** Whether all lines behind row `n` are here, or none are to be expected soon. */
  isComplete(n: number): boolean {
    if (this.#last - n >= ROWS_WAITED) return true;
    return this.#drawn.filter(({ first }) => first > n).length >= LINES_ROUND;
  }

  /** The lines round row `n`, as far as they are here; none if the row is no longer known. */
  round(n: number): readonly ContextLine[] {
    const own = this.#drawn.findLastIndex((event) => tellsOfAccess(event) && event.first <= n && n <= event.last);
    const events = [...this.#drawn];
    let at = own;
    if (own < 0) {
      const row = this.#rows.find((candidate) => candidate.n === n);
      if (row === undefined) return [];
      at = events.findIndex(({ first }) => first > n);
      if (at < 0) at = events.length;
      events.splice(at, 0, eventOf(row));
    }
    return events.slice(Math.max(0, at - LINES_ROUND), at + LINES_ROUND + 1).flatMap((event) => {
      const isMarked = event === events[at];
      return this.#ladder.draw([event]).map(({ side, text }) => ({ side, text, isMarked }));
    });
  }

  #draw(events: readonly LadderEvent[]): void {
    for (const event of events) {
      if (!isDrawn(event)) continue;
      this.#rowsSinceEvent = 0;
      keep(this.#drawn, shortened(event), LINES_KEPT);
    }
  }
}

/** The event with no more of a value than a line shows: that of a whole window would be kept with it. */
function shortened(event: LadderEvent): LadderEvent {
  if (event.kind !== "outside" || event.value.length <= DIGITS_KEPT) return event;
  return { ...event, value: Array.from(event.value.slice(0, DIGITS_KEPT)).join("") };
}

/** Whether an event is an access; a pause or a life only stands before one. */
function tellsOfAccess({ kind }: LadderEvent): boolean {
  return kind !== "pause" && kind !== "mark";
}

function keep<Item>(items: Item[], item: Item, most: number): void {
  items.push(item);
  if (items.length > most) items.shift();
}

/** A register access that a ladder leaves out, for it tells nothing new. */
function eventOf({ n, t, side, reg, value: text, step, op }: RegisterRow): LadderEvent {
  const value = Number.parseInt(text, 16);
  const head = { first: n, last: n, ...(t === undefined ? {} : { t }), steps: step === undefined ? [] : [step] };
  if (side === "lab") return { kind: "outside", side, ...head, place: { register: reg }, value: text };
  if (reg === "STR") {
    if (op === "kcs_write") return { kind: "statusWritten", side, ...head, value, discards: undefined };
    return { kind: "statusSeen", side, ...head, value, isNews: true, endsSession: false };
  }
  const register: DataRegister = reg;
  return { kind: "taken", side, ...head, register, value, closing: false, isNew: true, atOnce: false };
}
