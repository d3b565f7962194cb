/**
 * A trace as a ladder for terminals: who did what on the bus, one line an access or a run of accesses that belong
 * together. Reads of the status register draw nothing, unless they show what no line has told yet; neither does taking
 * a byte from a register right after it was written, for its arrow has just arrived.
 */
import { unreachable } from "../wire/result.ts";
import type { TraceEntry, TraceTime } from "./format.ts";
import { isDrawn, type LadderEvent, type WindowEvent } from "./ladder-events.ts";
import { LadderLines, SMALLEST_LADDER_WIDTH, type LadderLine } from "./ladder-lines.ts";
import { eventItems, timeText } from "./ladder-words.ts";
import { TraceInterpreter, type InterpreterOptions } from "./trace-interpreter.ts";

export type { LadderLine } from "./ladder-lines.ts";

export interface LadderOptions extends InterpreterOptions {
  /** Columns; every line fits. */
  readonly width?: number | undefined;
  /** Lines begin with the seconds since this time, where there is room; without it they tell no time. */
  readonly since?: TraceTime | undefined;
}

const USUAL_WIDTH = 100;
/** Columns of the time, microseconds for the first 1000 s, and the space behind it. */
const TIME_WIDTH = 11;

export class Ladder {
  readonly #lines: LadderLines;
  readonly #since: TraceTime | undefined;
  readonly #interpreter: TraceInterpreter;

  constructor(options: LadderOptions = {}) {
    const { width = USUAL_WIDTH, since } = options;
    this.#since = width - TIME_WIDTH < SMALLEST_LADDER_WIDTH ? undefined : since;
    this.#lines = new LadderLines(width - (this.#since === undefined ? 0 : TIME_WIDTH));
    this.#interpreter = new TraceInterpreter(options);
  }

  /** The line that names the columns, to be shown above the first. */
  get header(): string {
    return `${this.#since === undefined ? "" : "seconds".padEnd(TIME_WIDTH)}${this.#lines.header}`;
  }

  /** The lines that are complete with this row. Window accesses wait for the row that ends their run. */
  push(row: TraceEntry): readonly LadderLine[] {
    return this.draw(this.#interpreter.push(row));
  }

  /** The lines that still waited, where no row is here for a while. */
  flush(): readonly LadderLine[] {
    return this.draw(this.#interpreter.flush());
  }

  /** The lines that still waited at the end of a trace. */
  end(): readonly LadderLine[] {
    return this.draw(this.#interpreter.end());
  }

  /** The lines of interpreted events. */
  draw(events: readonly LadderEvent[]): readonly LadderLine[] {
    return events.filter(isDrawn).flatMap((event) => this.#withTime(event, this.#linesOf(event)));
  }

  /** The first line of an event has its time; a pause is time. */
  #withTime({ kind, t }: LadderEvent, lines: readonly LadderLine[]): readonly LadderLine[] {
    const since = this.#since;
    if (since === undefined) return lines;
    return lines.map(({ side, text }, index) => {
      const time = t === undefined || kind === "pause" || index > 0 ? "" : timeText(t, since);
      return { side, text: `${time.padStart(TIME_WIDTH - 1).slice(0, TIME_WIDTH - 1)} ${text}` };
    });
  }

  #linesOf(event: LadderEvent): readonly LadderLine[] {
    const items = eventItems(event);
    switch (event.kind) {
      case "byte":
        return [this.#lines.arrow(event.from, items.join(), event.side)];
      case "taken":
        return [this.#lines.taken(event.side, items.join())];
      case "statusWritten":
      case "statusSeen":
        return this.#lines.note(event.side, items);
      case "window":
        return this.#lines.note(event.side, isPlainWrite(event) ? event.items : items);
      case "outside":
      case "pause":
        return this.#lines.outside(items);
      case "mark":
        return event.side === "lab" ? this.#lines.outside(items) : this.#lines.note(event.side, items);
      default:
        return unreachable(event);
    }
  }
}

/** Fields and packets with their values need no verb: the side that shows them wrote them. */
function isPlainWrite({ verb, area }: WindowEvent): boolean {
  return verb === "writes" && area !== "elsewhere";
}
