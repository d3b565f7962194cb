/** The file of a trace: a recording of lines (recording.ts), which ends after so many accesses or bytes. */
import { encodeTraceRow, isLifeRow, type TraceEntry } from "../../core/trace/format.ts";
import { encodeTraceHead, type TraceHead } from "../../core/trace/head.ts";
import type { TraceLosses } from "./output-counters.ts";
import { Recording, recordingFile } from "./recording.ts";
import type { Tell } from "../../platform/log-events.ts";

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

/** Every line is a JSON object. */
const FIRST_OF_TRACE = "{".charCodeAt(0);

export class TraceFile {
  readonly #recording: Recording;
  readonly #path: string;
  #accesses = 0;
  #bytes = 0;
  #accessesLeft: number;

  /** `tell`: one line for people when the trace ends before its agent. Throws a Failure. */
  constructor({ path, limit }: TraceTarget, tell: Tell, defaultBytes: number = DEFAULT_TRACE_BYTES) {
    this.#path = path;
    this.#accessesLeft = limit ?? Number.POSITIVE_INFINITY;
    this.#recording = new Recording({
      name: `the trace ${path}`,
      unit: "row",
      place: recordingFile("trace", "the trace", path, isTrace),
      largestBytes: limit === undefined ? defaultBytes : Number.POSITIVE_INFINITY,
      whyLargest: "it has reached its largest size; --trace-limit sets another limit",
      tell,
    });
  }

  get isOpen(): boolean {
    return this.#recording.isOpen;
  }

  get state(): WrittenTrace {
    return { path: this.#path, accesses: this.#accesses, bytes: this.#bytes };
  }

  get counts(): TraceLosses {
    const { ended, lost } = this.#recording.counts;
    return { tracesEnded: ended, traceRowsLost: lost };
  }

  /** Why the trace has ended before its agent, a sentence for people. */
  get note(): string | undefined {
    return this.#recording.note;
  }

  /** False once the trace has ended: at its limit, or because it cannot be written any more. */
  write(line: TraceHead | TraceEntry): boolean {
    if (!this.#recording.isOpen) return false;
    const text = "trace" in line ? encodeTraceHead(line) : encodeTraceRow(line);
    const isOpen = this.#recording.add(text);
    this.#bytes += text.length + 1;
    if (!("op" in line) || line.again === true || isLifeRow(line)) return isOpen;
    this.#accesses++;
    if (--this.#accessesLeft <= 0) this.#recording.end("it has as many accesses as --trace-limit says");
    return this.#recording.isOpen;
  }

  /** No row comes any more. What waits is still written: see `written`. */
  close(): void {
    this.#recording.close();
  }

  /** As close, for a trace of nothing. */
  abandon(): void {
    this.#recording.abandon();
  }

  /** Waits until a trace that was closed is on its disk, no longer than the limit in milliseconds. Never rejects. */
  written(limit?: number): Promise<void> {
    return this.#recording.written(limit);
  }
}

/** Whether a file that begins so may be an older trace: a board, say, is not emptied by mistake. */
function isTrace(start: Uint8Array): boolean {
  return start.length === 0 || start[0] === FIRST_OF_TRACE;
}
