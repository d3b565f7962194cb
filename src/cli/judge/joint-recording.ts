/**
 * Two traces of one bus, as far as both were recorded. The trace of a side that was killed, and one that ended at its limit or
 * for want of space, ends without a row that says so. What the other side did behind that end cannot be judged: it may have
 * met accesses that no row shows.
 */
import type { LifeEvent, TraceEntry } from "../../core/trace/format.ts";
import type { TraceHead } from "../../core/trace/head.ts";
import { nameOf } from "../trace/trace-files.ts";
import { MergedSource, type NamedSource, type RowSource } from "../trace/trace-source.ts";

export class JointRecording implements RowSource {
  readonly #parts: readonly RecordedPart[];
  readonly #rows: MergedSource;
  readonly #warn: (text: string) => void;
  readonly #givesAll: boolean;
  #isOver = false;

  /**
   * `warn`: told once when one of the two ends early. `givesAll`: the rows behind that come, too, and `isOver` says that
   * they are not to be judged; otherwise they are left out.
   */
  constructor(first: NamedSource, second: NamedSource, warn: (text: string) => void, givesAll = false) {
    const [one, other] = [new RecordedPart(first), new RecordedPart(second)];
    this.#parts = [one, other];
    this.#rows = new MergedSource({ file: one.file, rows: one }, { file: other.file, rows: other });
    this.#warn = warn;
    this.#givesAll = givesAll;
  }

  get head(): TraceHead | undefined {
    return this.#rows.head;
  }

  /** One of the two has ended before its side did. */
  get isOver(): boolean {
    return this.#isOver;
  }

  take(): TraceEntry | undefined {
    if (this.#isOver) return this.#givesAll ? this.#rows.take() : undefined;
    const row = this.#rows.take();
    const cut = row === undefined ? undefined : this.#parts.find((part) => part.isCut);
    if (cut === undefined) return row;
    this.#isOver = true;
    this.#warn(
      `${nameOf(cut.file)} ends before its side did: what the other trace has behind that is not judged. The agent was killed, or its trace ended early`,
    );
    return this.#givesAll ? row : undefined;
  }

  async fill(): Promise<boolean> {
    return (this.#givesAll || !this.#isOver) && (await this.#rows.fill());
  }

  stop(): void {
    this.#rows.stop();
  }
}

/** A trace that knows whether it was ended by its side. */
class RecordedPart implements RowSource {
  readonly file: string;
  readonly #rows: RowSource;
  /** Undefined for a trace without lives, which says nothing of its end. */
  #lastEvent: LifeEvent | undefined;
  #hasEnded = false;
  #isStopped = false;

  constructor({ file, rows }: NamedSource) {
    this.file = file;
    this.#rows = rows;
  }

  get head(): TraceHead | undefined {
    return this.#rows.head;
  }

  /** All its rows were taken, and the last life in it has no end. */
  get isCut(): boolean {
    return this.#hasEnded && !this.#isStopped && this.#lastEvent !== undefined && this.#lastEvent !== "ended";
  }

  take(): TraceEntry | undefined {
    // What was told again has the times of rounds: it cannot be put in order with the other side's accesses.
    for (let row = this.#rows.take(); row !== undefined; row = this.#rows.take()) {
      if (row.op === "life") this.#lastEvent = row.event;
      if (row.again !== true) return row;
    }
    return undefined;
  }

  async fill(): Promise<boolean> {
    const hasMore = await this.#rows.fill();
    if (!hasMore) this.#hasEnded = true;
    return hasMore;
  }

  stop(): void {
    this.#isStopped = true;
    this.#rows.stop();
  }
}
