/** The rows of a trace as they arrive, read in pieces: memory does not grow with the trace. */
import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { LONGEST_TRACE_LINE, TraceReader, type TraceReject, type TraceEntry } from "../../core/trace/format.ts";
import type { TraceHead } from "../../core/trace/head.ts";
import { harmless } from "../harmless.ts";
import { STANDARD_STREAM, cutLineText, invalidTrace, timelessTrace, unreadableTrace } from "../trace/trace-files.ts";

/** Characters of a step that are kept: those of this program are shorter than 20. */
const LONGEST_STEP = 60;

/** Rows in order, as far as they are here. */
export interface RowSource {
  /** The next row; undefined while none is here. Throws a Failure at a line that is no row. */
  take(): TraceEntry | undefined;
  /** Waits for more; false at the end. */
  fill(): Promise<boolean>;
  /** Ends the source before its end: `fill` then returns false. */
  stop(): void;
}

/** One file, or standard input. */
export class FileSource implements RowSource {
  readonly file: string;
  readonly #reader = new TraceReader();
  readonly #stream: Readable;
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #decoder = new TextDecoder();
  readonly #warn: (text: string) => void;
  /** Lines that were received whole, those before `#next` taken. */
  #lines: readonly string[] = [];
  #next = 0;
  /** The beginning of a line whose end is still to come. */
  #rest = "";
  #ended = false;
  #stopped = false;

  constructor(file: string, warn: (text: string) => void) {
    this.file = file;
    this.#warn = warn;
    this.#stream = file === STANDARD_STREAM ? process.stdin : createReadStream(file);
    this.#chunks = this.#stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  get head(): TraceHead | undefined {
    return this.#reader.head;
  }

  take(): TraceEntry | undefined {
    while (this.#next < this.#lines.length) {
      const text = this.#lines[this.#next++]!;
      const row = this.#reader.line(text);
      if (!row.ok) this.#refused(row.reject, text);
      else if (row.value !== undefined) return harmlessRow(row.value);
    }
    return undefined;
  }

  async fill(): Promise<boolean> {
    if (this.#ended) return false;
    const chunk = await this.#read();
    if (chunk === undefined) {
      this.#ended = true;
      const last = this.#rest + this.#decoder.decode();
      this.#rest = "";
      this.#receive(last === "" || this.#stopped ? [] : [last]);
      return this.#next < this.#lines.length;
    }
    const text = this.#decoder.decode(chunk, { stream: true });
    if (!text.includes("\n")) {
      this.#rest += text;
      if (this.#rest.length > LONGEST_TRACE_LINE) this.#receive([this.#rest]);
      return true;
    }
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    this.#receive(lines);
    return true;
  }

  stop(): void {
    this.#stopped = true;
    this.#stream.destroy();
  }

  #receive(lines: readonly string[]): void {
    this.#lines = [...this.#lines.slice(this.#next), ...lines];
    this.#next = 0;
  }

  async #read(): Promise<Buffer | undefined> {
    try {
      const next = await this.#chunks.next();
      return next.done === true ? undefined : next.value;
    } catch (error) {
      if (this.#stopped) return undefined;
      throw unreadableTrace(this.file, error);
    }
  }

  /** A last line that was not written to its end is left out: an agent that is killed leaves one, or a full disk. */
  #refused(reject: TraceReject, text: string): void {
    if (this.#ended && this.#next === this.#lines.length && reject.reason === "notJson" && text.startsWith("{")) {
      this.#warn(cutLineText(this.file, reject));
    } else throw invalidTrace(this.file, reject);
  }
}

/** The row with its step fit for terminals and of bounded length. */
function harmlessRow(row: TraceEntry): TraceEntry {
  const { step } = row;
  if (step === undefined) return row;
  const shown = harmless(step.length > LONGEST_STEP ? `${Array.from(step.slice(0, LONGEST_STEP)).join("")}…` : step);
  return shown === step ? row : { ...row, step: shown };
}

export interface NamedSource {
  readonly file: string;
  readonly rows: RowSource;
}

interface Part extends NamedSource {
  next: TraceEntry | undefined;
  time: bigint;
  ended: boolean;
}

/**
 * Two traces of one bus merged by time and numbered afresh, as mergeByTime does: each keeps its order, a row without a
 * time of its own is refused, and at equal times the first comes first.
 */
export class MergedSource implements RowSource {
  readonly #parts: readonly [Part, Part];
  #taken = 0;

  constructor(first: NamedSource, second: NamedSource) {
    const part = (source: NamedSource): Part => ({ ...source, next: undefined, time: -1n, ended: false });
    this.#parts = [part(first), part(second)];
  }

  take(): TraceEntry | undefined {
    const [first, second] = this.#parts;
    if (!hasNext(first) || !hasNext(second)) return undefined;
    const part = second.next === undefined || (first.next !== undefined && first.time <= second.time) ? first : second;
    const row = part.next;
    part.next = undefined;
    return row === undefined ? undefined : { ...row, n: this.#taken++ };
  }

  async fill(): Promise<boolean> {
    for (const part of this.#parts) {
      while (!hasNext(part)) part.ended = !(await part.rows.fill());
    }
    return this.#parts.some(({ next }) => next !== undefined);
  }

  stop(): void {
    for (const { rows } of this.#parts) rows.stop();
  }
}

/** Takes the part's next row if it is here; false while it is unknown which that is. */
function hasNext(part: Part): boolean {
  if (part.next !== undefined) return true;
  const row = part.rows.take();
  if (row === undefined) return part.ended;
  if (row.t === undefined) throw timelessTrace(part.file, row.n);
  const own = BigInt(row.t);
  if (own > part.time) part.time = own;
  part.next = row;
  return true;
}
