/**
 * Lines for people on an output that may fail, stall or fill up: the log of an agent, its DEBUG output. What does not fit
 * is left out and counted, and the output says so itself as soon as it works again.
 */
import { withinTime } from "../../node/within-time.ts";
import type { Harmless } from "../../core/wire/harmless.ts";
import { errnoOf, pathTrouble } from "../../platform/failure.ts";
import { system } from "../../platform/system.ts";
import { BackgroundWriter, type Write, type WriteFailure } from "./background-writer.ts";

/** Bytes of lines that wait for a reader that does not read or a disk that hangs. */
export const WAITING_LINE_BYTES: number = 256 * 1024;
/** From a write that failed until the output is tried again without a new line. */
export const RETRY_MILLISECONDS = 5000;

/** The reader has gone. */
const CLOSED: ReadonlySet<string | undefined> = new Set(["EPIPE", "ECONNRESET", "ERR_STREAM_DESTROYED"]);
/** Whether a write failed because the reader has gone. */
export function isClosed(error: unknown): boolean {
  return CLOSED.has(errnoOf(error));
}

/** Of a terminal that was stopped, where its descriptor does not block. */
const FULL_RETRY_MILLISECONDS = 20;

export interface LineOutputOptions {
  readonly write: Write;
  /** Told of lines that are lost. */
  readonly lost: (lines: number) => void;
  /** The line that says so: "3 lines of the log were lost". */
  readonly lossText: (lines: number, why: string) => Harmless;
}

export class LineOutput {
  /** The reader has gone: nothing is written any more. */
  isClosed = false;
  readonly #options: LineOutputOptions;
  readonly #writer: BackgroundWriter;
  readonly #closed: (() => void)[] = [];
  /** Lines lost that the output has not told of yet, and why. */
  #untold = 0;
  #why = "";
  #retry: NodeJS.Timeout | undefined;
  #isFailing = false;

  constructor(options: LineOutputOptions) {
    this.#options = options;
    this.#writer = new BackgroundWriter({
      write: async (bytes) => {
        const written = await options.write(bytes);
        this.#isFailing = false;
        return written;
      },
      gather: 0,
      failed: (failure) => {
        this.#fail(failure);
      },
      idle: () => {
        if (!this.#isFailing) this.#tellLost();
      },
    });
  }

  /** Never waits and never throws. `line`: without its end. */
  write(line: Harmless): void {
    if (this.isClosed) {
      this.#options.lost(1);
      return;
    }
    this.#tellLost();
    if (!this.#add(line)) this.#lose(1, "they came faster than they were taken");
  }

  /** Counts lines that were left out for another reason, and has the output say so. */
  leftOut(lines: number, why: string): void {
    this.#lose(lines, why);
    if (!this.#isFailing && !this.isClosed) this.#tellLost();
  }

  onClosed(tell: () => void): void {
    if (this.isClosed) tell();
    else this.#closed.push(tell);
  }

  /** Waits until all is written, no longer than the limit in milliseconds. False: something still waits. */
  async flush(limit: number): Promise<boolean> {
    const settled = this.#writer.settled().then(() => true);
    return (await withinTime(settled, limit)) === true;
  }

  #lose(lines: number, why: string): void {
    if (lines === 0) return;
    this.#untold += lines;
    this.#why = why;
    this.#options.lost(lines);
  }

  #add(line: Harmless, tells = 0): boolean {
    if (this.#writer.waitingBytes + Buffer.byteLength(line) + 1 > WAITING_LINE_BYTES) return false;
    this.#writer.addLine(line, tells);
    return true;
  }

  #tellLost(): void {
    const lines = this.#untold;
    if (lines > 0 && this.#add(this.#options.lossText(lines, this.#why), lines)) this.#untold = 0;
  }

  #fail({ error, written, lost, tells }: WriteFailure): void {
    this.#isFailing = true;
    // The line that tells of others is none that is missed.
    const isUntold = tells > 0 && written === 0;
    if (isUntold) this.#untold += tells;
    this.#lose(lost - (isUntold ? 1 : 0), pathTrouble(error));
    if (isClosed(error)) {
      this.isClosed = true;
      clearTimeout(this.#retry);
      this.#options.lost(this.#writer.discard());
      for (const tell of this.#closed) tell();
      return;
    }
    this.#retry ??= setTimeout(() => {
      this.#retry = undefined;
      this.#tellLost();
    }, RETRY_MILLISECONDS).unref();
  }
}

/** Writes to a descriptor by the pool of threads: a terminal that is stopped and a disk that hangs hold up only a thread. */
export function writeToDescriptor(fd: number): Write {
  return async (bytes) => {
    for (;;) {
      try {
        return await system.writeLater(fd, bytes);
      } catch (error) {
        if (errnoOf(error) !== "EAGAIN") throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, FULL_RETRY_MILLISECONDS).unref());
    }
  };
}

/** Writes to a pipe or socket, which Node does without blocking. Resolves when the kernel has taken the bytes. */
export function writeToStream(stream: NodeJS.WritableStream): Write {
  // Each write has its error, too.
  stream.on("error", () => undefined);
  return (bytes) =>
    new Promise((resolve, reject) => {
      stream.write(bytes, (error) => {
        if (error === null || error === undefined) resolve(bytes.length);
        else reject(error);
      });
    });
}
