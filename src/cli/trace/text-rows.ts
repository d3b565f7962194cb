/** The rows of a trace as lines of text, which come in pieces. */
import { LONGEST_TRACE_LINE, TraceReader, type TraceEntry, type TraceReject } from "../../core/trace/format.ts";
import type { TraceHead } from "../../core/trace/head.ts";
import type { FileRows } from "./file-rows.ts";
import { cutLineText, invalidTrace } from "./trace-files.ts";

/** Characters of a step that are kept: those of this program are shorter than 20. */
const LONGEST_STEP = 60;

export class TextRows implements FileRows {
  readonly #file: string;
  readonly #warn: (text: string) => void;
  readonly #reader = new TraceReader();
  readonly #decoder = new TextDecoder();
  /** Lines that were received whole, those before `#next` taken. */
  #lines: readonly string[] = [];
  #next = 0;
  /** The beginning of a line whose end is still to come. */
  #rest = "";
  #ended = false;

  constructor(file: string, warn: (text: string) => void) {
    this.#file = file;
    this.#warn = warn;
  }

  get head(): TraceHead | undefined {
    return this.#reader.head;
  }

  get hasMore(): boolean {
    return this.#next < this.#lines.length;
  }

  push(bytes: Uint8Array): void {
    const text = this.#decoder.decode(bytes, { stream: true });
    if (!text.includes("\n")) {
      this.#rest += text;
      if (this.#rest.length > LONGEST_TRACE_LINE) this.#receive([this.#rest]);
      return;
    }
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    this.#receive(lines);
  }

  end(isWhole: boolean): void {
    this.#ended = true;
    const last = this.#rest + this.#decoder.decode();
    this.#rest = "";
    if (last !== "" && isWhole) this.#receive([last]);
  }

  take(): TraceEntry | undefined {
    while (this.#next < this.#lines.length) {
      const text = this.#lines[this.#next++]!;
      const row = this.#reader.line(text);
      if (!row.ok) this.#refused(row.reject, text);
      else if (row.value !== undefined) return withShortStep(row.value);
    }
    return undefined;
  }

  #receive(lines: readonly string[]): void {
    this.#lines = [...this.#lines.slice(this.#next), ...lines];
    this.#next = 0;
  }

  /** A last line that was not written to its end is left out: an agent that is killed leaves one, or a full disk. */
  #refused(reject: TraceReject, text: string): void {
    if (this.#ended && this.#next === this.#lines.length && reject.reason === "notJson" && text.startsWith("{")) {
      this.#warn(cutLineText(this.#file, reject));
    } else throw invalidTrace(this.#file, reject);
  }
}

/** The row with its step of bounded length. */
function withShortStep(row: TraceEntry): TraceEntry {
  const { step } = row;
  if (step === undefined || step.length <= LONGEST_STEP) return row;
  return { ...row, step: `${step.slice(0, LONGEST_STEP)}…` };
}
