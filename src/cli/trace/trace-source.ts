/** The rows of a trace as they arrive, read in pieces: memory does not grow with the trace. */
import { isCapture } from "../../core/capture/capture-reader.ts";
import type { TraceEntry } from "../../core/trace/format.ts";
import { mergeHeads, type TraceHead } from "../../core/trace/head.ts";
import { Failure } from "../../platform/failure.ts";
import { onOutputLost, outputDrained } from "../../platform/standard-streams.ts";
import { complain } from "../output.ts";
import { withinTime } from "../../node/within-time.ts";
import { openTraceInput, type TraceInput } from "./trace-input.ts";
import { CaptureRows, type PacketSink } from "./capture-rows.ts";
import type { FileRows } from "./file-rows.ts";
import { TextRows } from "./text-rows.ts";
import { filesOfBus, timelessTrace, unreadableTrace } from "./trace-files.ts";

/** Rows in order, as far as they are here. */
export interface RowSource {
  /** The head of the trace, or of both merged; undefined before the first row, and where there is none. */
  readonly head?: TraceHead | undefined;
  /** The next row; undefined while none is here. Throws a Failure at a line that is no row. */
  take(): TraceEntry | undefined;
  /** Waits for more; false at the end. */
  fill(): Promise<boolean>;
  /** Ends the source before its end: `fill` then returns false. */
  stop(): void;
}

/** Bytes that tell a capture from a text. */
const MAGIC_BYTES = 4;

export interface FileOptions {
  /** A file has no end until `stop`, for what is written to it later comes, too. */
  readonly follow?: boolean | undefined;
  /** Takes the packets of a capture that has no accesses; without it such a capture is refused. */
  readonly onPacket?: PacketSink | undefined;
}

/** One file, or standard input: lines of text, or a capture. */
export class FileSource implements RowSource {
  readonly file: string;
  readonly #input: TraceInput;
  readonly #warn: (text: string) => void;
  readonly #onPacket: PacketSink | undefined;
  /** The first bytes, while it is not known what they are. */
  #start: Buffer = Buffer.alloc(0);
  #rows: FileRows | undefined;
  #ended = false;
  #stopped = false;

  constructor(file: string, warn: (text: string) => void, { follow = false, onPacket }: FileOptions = {}) {
    this.file = file;
    this.#warn = warn;
    this.#onPacket = onPacket;
    this.#input = openTraceInput(file, warn, follow);
  }

  get head(): TraceHead | undefined {
    return this.#rows?.head;
  }

  take(): TraceEntry | undefined {
    return this.#rows?.take();
  }

  async fill(): Promise<boolean> {
    if (this.#ended) return false;
    const chunk = await this.#read();
    if (chunk === undefined) {
      this.#ended = true;
      const rows = this.#rows ?? this.#begin();
      rows.end(!this.#stopped);
      return rows.hasMore;
    }
    if (this.#rows !== undefined) this.#rows.push(chunk);
    else {
      this.#start = Buffer.concat([this.#start, chunk]);
      if (this.#start.length >= MAGIC_BYTES) this.#begin();
    }
    return true;
  }

  stop(): void {
    this.#stopped = true;
    this.#input.stop();
  }

  #begin(): FileRows {
    this.#rows = isCapture(this.#start)
      ? new CaptureRows(this.file, this.#warn, this.#onPacket)
      : new TextRows(this.file, this.#warn);
    this.#rows.push(this.#start);
    return this.#rows;
  }

  async #read(): Promise<Buffer | undefined> {
    try {
      const next = await this.#input.chunks.next();
      return next.done === true ? undefined : next.value;
    } catch (error) {
      if (this.#stopped) return undefined;
      if (error instanceof Failure) throw error;
      throw unreadableTrace(this.file, error);
    }
  }
}

export interface NamedSource {
  readonly file: string;
  readonly rows: RowSource;
}

interface Part extends NamedSource {
  next: TraceEntry | undefined;
  time: bigint;
  ended: boolean;
  /** No row came for so long that the other trace does not wait for it. */
  isQuiet: boolean;
  /** A wait that was not waited for to its end. */
  filling: Promise<boolean> | undefined;
}

/**
 * Two traces of one bus merged by time and numbered afresh, as mergeByTime does: each keeps its order, a row without a
 * time of its own is refused, and at equal times the first comes first. Traces that still grow do not wait for each
 * other longer than `quiet` milliseconds: a side that was stopped writes no more.
 */
export class MergedSource implements RowSource {
  readonly #parts: readonly [Part, Part];
  readonly #quiet: number | undefined;
  #taken = 0;

  constructor(first: NamedSource, second: NamedSource, quiet?: number) {
    const part = (source: NamedSource): Part => ({
      ...source,
      next: undefined,
      time: -1n,
      ended: false,
      isQuiet: false,
      filling: undefined,
    });
    this.#parts = [part(first), part(second)];
    this.#quiet = quiet;
  }

  get head(): TraceHead | undefined {
    const [first, second] = this.#parts;
    return mergeHeads(first.rows.head, second.rows.head);
  }

  take(): TraceEntry | undefined {
    const [first, second] = this.#parts;
    if (!isKnown(first) || !isKnown(second)) return undefined;
    const part = second.next === undefined || (first.next !== undefined && first.time <= second.time) ? first : second;
    const row = part.next;
    part.next = undefined;
    return row === undefined ? undefined : { ...row, n: this.#taken++ };
  }

  async fill(): Promise<boolean> {
    for (const part of this.#parts) {
      part.isQuiet = false;
      while (!isKnown(part)) await this.#fillPart(part);
    }
    return this.#parts.some(({ next, ended }) => next !== undefined || !ended);
  }

  async #fillPart(part: Part): Promise<void> {
    part.filling ??= part.rows.fill();
    const filled = this.#quiet === undefined ? await part.filling : await withinTime(part.filling, this.#quiet);
    if (filled === undefined) {
      part.isQuiet = true;
      return;
    }
    part.filling = undefined;
    part.ended = !filled;
  }

  stop(): void {
    for (const { rows } of this.#parts) rows.stop();
  }
}

/** Takes the part's next row if it is here; false while it has to be waited for. */
function isKnown(part: Part): boolean {
  if (part.next !== undefined) return true;
  const row = part.rows.take();
  if (row === undefined) return part.ended || part.isQuiet;
  if (row.t === undefined) throw timelessTrace(part.file, row.n);
  const own = BigInt(row.t);
  if (own > part.time) part.time = own;
  part.next = row;
  return true;
}

/** Milliseconds without a row after which what waits for more of them is told. */
const IDLE = 300;
/** … and after which one of two traces that are followed does not wait for the other. */
const QUIET = 500;

const warn = (text: string): void => {
  complain(`mctp-lpc: ${text}`);
};

/** The rows of one trace, or of the two of one bus. `onPacket` is for one file alone: packets are merged with nothing. */
export function openRows(files: readonly string[], { follow = false, onPacket }: FileOptions = {}): RowSource {
  const [first, second] = filesOfBus(files);
  if (second === undefined) return new FileSource(first, warn, { follow, onPacket });
  const named = (file: string): NamedSource => ({ file, rows: new FileSource(file, warn, { follow }) });
  return new MergedSource(named(first), named(second), follow ? QUIET : undefined);
}

/**
 * Gives every row to `take` as it comes, until it returns false, the source ends, Ctrl-C ends it or the output has no
 * reader any more. `idle` is called when no row came for a while.
 */
export async function forEachRow(rows: RowSource, take: (row: TraceEntry) => boolean, idle: () => void): Promise<void> {
  const stop = (): void => {
    rows.stop();
  };
  process.once("SIGINT", stop);
  const forget = onOutputLost(stop);
  const timer = setTimeout(idle, IDLE);
  try {
    do {
      timer.refresh();
      for (let row = rows.take(); row !== undefined; row = rows.take()) {
        if (!take(row)) {
          stop();
          return;
        }
        await outputDrained();
      }
      // What a fill printed by itself, as packets are.
      await outputDrained();
    } while (await rows.fill());
  } finally {
    clearTimeout(timer);
    process.off("SIGINT", stop);
    forget();
  }
}
