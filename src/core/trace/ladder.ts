/**
 * A trace as a ladder for terminals: who did what on the bus, one line an access or a run of accesses that belong
 * together. Reads of the status register draw nothing, unless they show what no line has told yet; neither does taking
 * a byte from a register right after it was written, for its arrow has just arrived.
 */
import { unreachable } from "../wire/result.ts";
import type { TraceEntry } from "./format.ts";
import { isDrawn, type LadderEvent, type WindowEvent } from "./ladder-events.ts";
import { LadderLines, type LadderLine } from "./ladder-lines.ts";
import { eventItems } from "./ladder-words.ts";
import { TraceInterpreter, type InterpreterOptions } from "./trace-interpreter.ts";

export type { LadderLine } from "./ladder-lines.ts";

export interface LadderOptions extends InterpreterOptions {
  /** Columns; every line fits. */
  readonly width?: number | undefined;
}

const USUAL_WIDTH = 100;

export class Ladder {
  readonly #lines: LadderLines;
  readonly #interpreter: TraceInterpreter;

  constructor(options: LadderOptions = {}) {
    this.#lines = new LadderLines(options.width ?? USUAL_WIDTH);
    this.#interpreter = new TraceInterpreter(options);
  }

  /** The line that names the columns, to be shown above the first. */
  get header(): string {
    return this.#lines.header;
  }

  /** The lines that are complete with this row. Window accesses wait for the row that ends their run. */
  push(row: TraceEntry): readonly LadderLine[] {
    return this.draw(this.#interpreter.push(row));
  }

  /** The lines that still waited; for the end of a trace, or for a pause in it. */
  flush(): readonly LadderLine[] {
    return this.draw(this.#interpreter.flush());
  }

  /** The lines of interpreted events. */
  draw(events: readonly LadderEvent[]): readonly LadderLine[] {
    return events.filter(isDrawn).flatMap((event) => this.#linesOf(event));
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
