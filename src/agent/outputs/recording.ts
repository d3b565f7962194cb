/**
 * What an agent records without gaps, to a file or to standard output: a trace, a capture. What waits is written in the
 * background, in order: a disk that hangs, or a reader that does not read, holds up no access to the bus. What cannot be
 * kept ends the recording, for nothing could be judged behind a gap.
 */
import { withinTime } from "../../node/within-time.ts";
import { pathTrouble } from "../../platform/failure.ts";
import { openOutput } from "../../platform/opening.ts";
import { removeOwn, system } from "../../platform/system.ts";
import { BackgroundWriter, type Write, type WriteFailure } from "./background-writer.ts";
import { TRACE_FLUSH_LIMIT } from "./stop-limits.ts";
import type { Tell } from "../../platform/log-events.ts";

/** Bytes that wait for the disk or the reader: far more than come in 100 ms. */
export const WAITING_RECORDING_BYTES: number = 8 * 1024 * 1024;
/** Milliseconds that records are gathered for. So many a process that is killed has not written. */
export const RECORDING_GATHER = 5;

const MIBIBYTE = 1024 * 1024;

/** Where a recording goes. */
export interface RecordingPlace {
  readonly write: Write;
  /** The file is empty for nothing: what was made of it goes. */
  readonly abandon?: () => void;
  /** Releases it. `wholeBytes`: up to the last record that is whole, where the end of the place is not. Never rejects. */
  readonly close?: (wholeBytes: number | undefined) => Promise<void>;
}

/** Opens a file of its owner. `what`: "the trace"; `code`: of the Failure that is thrown. */
export function recordingFile(
  code: string,
  what: string,
  path: string,
  replaces: (start: Uint8Array) => boolean,
): RecordingPlace {
  const { fd, isNew } = openOutput(code, `write ${what} ${path}`, path, { replaces });
  return {
    write: (bytes) => system.writeLater(fd, bytes),
    abandon: () => {
      if (isNew) removeOwn(path, fd);
    },
    close: async (wholeBytes) => {
      // A record of which the disk took a part is none that could be read.
      if (wholeBytes !== undefined) await system.truncateLater(fd, wholeBytes).catch(() => undefined);
      await system.closeLater(fd).catch(() => undefined);
    },
  };
}

export interface RecordingOptions {
  /** For people: "the trace /tmp/t". */
  readonly name: string;
  /** What a record is: "row". */
  readonly unit: string;
  readonly place: RecordingPlace;
  /** Bytes after which it ends, and why then. */
  readonly largestBytes: number;
  readonly whyLargest: string;
  /** One line for people when it ends before its agent. */
  readonly tell: Tell;
}

export class Recording {
  /** Ended early, 0 or 1, and records that could not be written. */
  readonly counts: { ended: number; lost: number } = { ended: 0, lost: 0 };
  readonly #options: RecordingOptions;
  readonly #writer: BackgroundWriter;
  #bytesLeft: number;
  #isOpen = true;
  #hasFailed = false;
  #note: string | undefined;
  #finished: Promise<void> | undefined;

  constructor(options: RecordingOptions) {
    this.#options = options;
    this.#bytesLeft = options.largestBytes;
    this.#writer = new BackgroundWriter({
      write: options.place.write,
      gather: RECORDING_GATHER,
      failed: (failure) => {
        this.#fail(failure);
      },
    });
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Why it has ended before its agent, a sentence for people. */
  get note(): string | undefined {
    return this.#note;
  }

  /** A record: a line without its end, or bytes. False once the recording has ended, for want of room or at its limit. */
  add(record: string | Uint8Array): boolean {
    if (!this.#isOpen) return false;
    const bytes = typeof record === "string" ? record.length + 1 : record.length;
    if (this.#writer.waitingBytes + bytes > WAITING_RECORDING_BYTES) {
      this.counts.ended++;
      const { unit } = this.#options;
      this.end(`its disk or reader did not take ${String(WAITING_RECORDING_BYTES / MIBIBYTE)} MiB of ${unit}s in time`);
      return false;
    }
    if (typeof record === "string") this.#writer.addLine(record);
    else this.#writer.addBytes(record);
    this.#bytesLeft -= bytes;
    if (this.#bytesLeft <= 0) this.end(this.#options.whyLargest);
    return this.#isOpen;
  }

  /** Ends it before its agent, and says why. */
  end(why: string): void {
    if (!this.#isOpen) return;
    this.#note = `${this.#options.name} has ended: ${why}`;
    this.#options.tell(this.#note, "recording-ended");
    this.close();
  }

  /** Nothing comes any more. What waits is still written: see `written`. */
  close(): void {
    this.#isOpen = false;
    this.#finished ??= this.#finish();
  }

  /** As close, for a recording of nothing. */
  abandon(): void {
    this.#writer.discard();
    if (this.#isOpen) this.#options.place.abandon?.();
    this.close();
  }

  /** Waits until a recording that was closed is written, no longer than the limit in milliseconds. Never rejects. */
  async written(limit: number = TRACE_FLUSH_LIMIT): Promise<void> {
    const finished = Promise.resolve(this.#finished).then(() => true);
    if ((await withinTime(finished, limit)) === true) return;
    const records = this.#writer.waiting;
    this.counts.lost += records;
    this.#options.tell(
      `${this.#options.name} was not written within ${String(limit)} ms: ${this.#lastText(records)}`,
      "recording-ended",
    );
  }

  #fail({ error, lost }: WriteFailure): void {
    this.#hasFailed = true;
    const records = lost + this.#writer.discard();
    this.counts.lost += records;
    if (this.#isOpen) this.counts.ended++;
    const why = `${pathTrouble(error)}; ${this.#lastText(records)}`;
    if (this.#isOpen) this.end(why);
    else this.#options.tell(`${this.#options.name} is not whole: ${why}`, "recording-ended");
  }

  #lastText(records: number): string {
    const { unit } = this.#options;
    return records === 1 ? `its last ${unit} is lost` : `its last ${String(records)} ${unit}s are lost`;
  }

  /** Never rejects. */
  async #finish(): Promise<void> {
    await this.#writer.settled();
    await this.#options.place.close?.(this.#hasFailed ? this.#writer.wholeBytes : undefined);
  }
}
