/**
 * Lines that are written in the background, in order. The caller never waits: a disk that hangs, or a reader that does not
 * read, holds up the writing alone. How much may wait is the caller's to bound, by `waitingBytes`.
 */

/** Writes some of the bytes and resolves to how many. Rejects when none can be written. */
export type Write = (bytes: Uint8Array) => Promise<number>;

export interface WriteFailure {
  readonly error: unknown;
  /** Of the lines that were written in one go, those that are whole in the output, and those that are not. */
  readonly writtenLines: number;
  readonly lostLines: number;
  /** What the first of these lines was given as `tells`. */
  readonly tells: number;
}

export interface BackgroundWriterOptions {
  readonly write: Write;
  /** Milliseconds that lines are gathered for before they are written; 0: none. */
  readonly gather: number;
  /** Told once for each write that failed; what waits is still tried. */
  readonly failed: (failure: WriteFailure) => void;
  /** Nothing waits any more. */
  readonly idle?: () => void;
}

/** Lines are joined to blocks of about this size, which are written in one go. */
const BLOCK_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

interface Block {
  text: string;
  bytes: number;
  lines: number;
  readonly tells: number;
}

export class BackgroundWriter {
  /** Bytes, and lines, that are not written yet. */
  waitingBytes = 0;
  waitingLines = 0;
  /** Bytes of the output up to the end of the last line that is whole. */
  wholeBytes = 0;
  readonly #options: BackgroundWriterOptions;
  readonly #blocks: Block[] = [];
  /** The output ends in a part of a line. */
  #isTorn = false;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;

  constructor(options: BackgroundWriterOptions) {
    this.#options = options;
  }

  /** `line`: without its end. `tells`: a number for `failed`; such a line begins a block. */
  add(line: string, tells = 0): void {
    const text = `${line}\n`;
    const bytes = Buffer.byteLength(text);
    this.waitingBytes += bytes;
    this.waitingLines++;
    const last = this.#blocks.at(-1);
    if (last === undefined || last.bytes >= BLOCK_BYTES || tells > 0) {
      this.#blocks.push({ text, bytes, lines: 1, tells });
    } else {
      last.text += text;
      last.bytes += bytes;
      last.lines++;
    }
    if (this.#running !== undefined) return;
    if (this.#options.gather === 0 || this.#blocks.length > 1) this.#start();
    else {
      this.#timer ??= setTimeout(() => {
        this.#start();
      }, this.#options.gather);
    }
  }

  /** Resolves when nothing waits any more. */
  async settled(): Promise<void> {
    this.#start();
    while (this.#running !== undefined) await this.#running;
  }

  /** Leaves out what waits, but for what is being written. Gives the number of its lines. */
  discard(): number {
    let discarded = 0;
    for (const block of this.#blocks.splice(0)) {
      discarded += block.lines;
      this.#leave(block);
    }
    return discarded;
  }

  #start(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#blocks.length > 0) this.#running ??= this.#run();
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    for (let block = this.#blocks.shift(); block !== undefined; block = this.#blocks.shift()) {
      await this.#writeBlock(block);
      this.#leave(block);
    }
    this.#running = undefined;
    this.#options.idle?.();
  }

  #leave({ bytes, lines }: Block): void {
    this.waitingBytes -= bytes;
    this.waitingLines -= lines;
  }

  async #writeBlock({ text, lines, tells }: Block): Promise<void> {
    const start = this.#isTorn ? 1 : 0;
    const bytes = Buffer.from(this.#isTorn ? `\n${text}` : text);
    let done = 0;
    try {
      while (done < bytes.length) {
        const written = await this.#options.write(bytes.subarray(done));
        if (written === 0) throw Object.assign(new Error("nothing was written"), { code: "EIO" });
        done += written;
      }
      this.#isTorn = false;
      this.wholeBytes += bytes.length;
    } catch (error) {
      const whole = done === 0 ? 0 : bytes.lastIndexOf(NEWLINE, done - 1) + 1;
      this.wholeBytes += whole;
      if (done > 0) this.#isTorn = whole < done;
      let writtenLines = 0;
      for (let at = start; at < whole; at = bytes.indexOf(NEWLINE, at) + 1) writtenLines++;
      this.#options.failed({ error, writtenLines, lostLines: lines - writtenLines, tells });
    }
  }
}
