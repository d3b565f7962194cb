/**
 * The file of a trace. Rows wait in memory and are written in the background, in order: a disk that hangs holds up no access
 * to the bus. A trace has no gaps, because nothing could be judged behind one: what cannot be kept ends it.
 */
import { encodeTraceRow, isLifeRow, type TraceEntry } from "../../core/trace/format.ts";
import { encodeTraceHead, type TraceHead } from "../../core/trace/head.ts";
import { pathTrouble } from "../../platform/failure.ts";
import { openOutput } from "../../platform/opening.ts";
import { removeOwn, system } from "../../platform/system.ts";
import { BackgroundWriter, type WriteFailure } from "./background-writer.ts";
import type { TraceLosses } from "./output-counters.ts";
import { TRACE_FLUSH_LIMIT } from "./stop-limits.ts";

export interface TraceTarget {
  readonly path: string;
  /** Accesses after which the trace ends; undefined: it ends after DEFAULT_TRACE_BYTES. */
  readonly limit: number | undefined;
}

/** A trace as far as it is written, what waits for the disk included. */
export interface WrittenTrace {
  readonly path: string;
  readonly accesses: number;
  readonly bytes: number;
}

/** Bytes of a trace without another limit. */
export const DEFAULT_TRACE_BYTES: number = 1024 * 1024 * 1024;
/** Bytes of rows that wait for the disk: far more than come in 100 ms. */
export const WAITING_TRACE_BYTES: number = 8 * 1024 * 1024;
/** Milliseconds that rows are gathered for. So many a process that is killed has not written. */
export const TRACE_GATHER = 5;

const MIBIBYTE = 1024 * 1024;
/** Every line is a JSON object. */
const FIRST_OF_TRACE = "{".charCodeAt(0);

export class TraceFile {
  readonly counts: TraceLosses = { tracesEnded: 0, traceRowsLost: 0 };
  readonly #path: string;
  readonly #tell: (line: string) => void;
  readonly #isNew: boolean;
  readonly #fd: number;
  readonly #writer: BackgroundWriter;
  #accesses = 0;
  #bytes = 0;
  #accessesLeft: number;
  #bytesLeft: number;
  #isOpen = true;
  #hasFailed = false;
  #note: string | undefined;
  #finished: Promise<void> | undefined;

  /** `tell`: one line for people when the trace ends before its agent. Throws a Failure. */
  constructor({ path, limit }: TraceTarget, tell: (line: string) => void, defaultBytes: number = DEFAULT_TRACE_BYTES) {
    this.#path = path;
    this.#tell = tell;
    this.#accessesLeft = limit ?? Number.POSITIVE_INFINITY;
    this.#bytesLeft = limit === undefined ? defaultBytes : Number.POSITIVE_INFINITY;
    const { fd, isNew } = openOutput("trace", `write the trace ${path}`, path, { replaces: isTrace });
    this.#fd = fd;
    this.#isNew = isNew;
    this.#writer = new BackgroundWriter({
      write: (bytes) => system.writeLater(fd, bytes),
      gather: TRACE_GATHER,
      failed: (failure) => {
        this.#fail(failure);
      },
    });
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get state(): WrittenTrace {
    return { path: this.#path, accesses: this.#accesses, bytes: this.#bytes };
  }

  /** Why the trace has ended before its agent, a sentence for people. */
  get note(): string | undefined {
    return this.#note;
  }

  /** False once the trace has ended: at its limit, or because it cannot be written any more. */
  write(line: TraceHead | TraceEntry): boolean {
    if (!this.#isOpen) return false;
    const text = "trace" in line ? encodeTraceHead(line) : encodeTraceRow(line);
    if (this.#writer.waitingBytes + text.length + 1 > WAITING_TRACE_BYTES) {
      this.counts.tracesEnded++;
      this.#end(`its disk did not take ${String(WAITING_TRACE_BYTES / MIBIBYTE)} MiB of rows in time`);
      return false;
    }
    this.#writer.add(text);
    this.#bytes += text.length + 1;
    this.#bytesLeft -= text.length + 1;
    if ("op" in line && line.again !== true && !isLifeRow(line)) {
      this.#accesses++;
      this.#accessesLeft--;
    }
    if (this.#accessesLeft <= 0) this.#end("it has as many accesses as --trace-limit says");
    else if (this.#bytesLeft <= 0) {
      this.#end("it has reached its largest size; --trace-limit sets another limit");
    }
    return this.#isOpen;
  }

  /** No row comes any more. What waits is still written: see `written`. */
  close(): void {
    this.#isOpen = false;
    this.#finished ??= this.#finish();
  }

  /** As close, for a trace of nothing. */
  abandon(): void {
    this.#writer.discard();
    if (this.#isOpen && this.#isNew) removeOwn(this.#path, this.#fd);
    this.close();
  }

  /** Waits until a trace that was closed is on its disk, no longer than the limit in milliseconds. Never rejects. */
  async written(limit: number = TRACE_FLUSH_LIMIT): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const overdue = new Promise<true>((resolve) => {
      timer = setTimeout(resolve, limit, true);
    });
    const isOverdue = await Promise.race([this.#finished, overdue]);
    clearTimeout(timer);
    if (isOverdue !== true) return;
    const rows = this.#writer.waitingLines;
    this.counts.traceRowsLost += rows;
    this.#tell(`the trace ${this.#path} was not written within ${String(limit)} ms: ${lastRows(rows)}`);
  }

  #fail({ error, lostLines }: WriteFailure): void {
    this.#hasFailed = true;
    const rows = lostLines + this.#writer.discard();
    this.counts.traceRowsLost += rows;
    if (this.#isOpen) this.counts.tracesEnded++;
    const why = `${pathTrouble(error)}; ${lastRows(rows)}`;
    if (this.#isOpen) this.#end(why);
    else this.#tell(`the trace ${this.#path} is not whole: ${why}`);
  }

  #end(why: string): void {
    this.#note = `the trace ${this.#path} has ended: ${why}`;
    this.#tell(this.#note);
    this.close();
  }

  /** Never rejects. */
  async #finish(): Promise<void> {
    await this.#writer.settled();
    // A row of which the disk took a part is none that could be read.
    if (this.#hasFailed) await system.truncateLater(this.#fd, this.#writer.wholeBytes).catch(() => undefined);
    await system.closeLater(this.#fd).catch(() => undefined);
  }
}

function lastRows(rows: number): string {
  return rows === 1 ? "its last row is lost" : `its last ${String(rows)} rows are lost`;
}

/** Whether a file that begins so may be an older trace: a board, say, is not emptied by mistake. */
function isTrace(first: number | undefined): boolean {
  return first === undefined || first === FIRST_OF_TRACE;
}
