/**
 * Lines of text, or blocks of bytes, that are written in the background, in order. The caller never waits: a disk that
 * hangs, or a reader that does not read, holds up the writing alone. How much may wait is the caller's to bound, by
 * `waitingBytes`.
 */

/** Writes some of the bytes and resolves to how many. Rejects when none can be written. */
export type Write = (bytes: Uint8Array) => Promise<number>;

export interface WriteFailure {
  readonly error: unknown;
  /** Of the units that were written in one go, those that are whole in the output, and those that are not. */
  readonly written: number;
  readonly lost: number;
  /** What the first of these was given as `tells`. */
  readonly tells: number;
}

export interface BackgroundWriterOptions {
  readonly write: Write;
  /** Milliseconds that units are gathered for before they are written; 0: none. */
  readonly gather: number;
  /** Told once for each write that failed; what waits is still tried. */
  readonly failed: (failure: WriteFailure) => void;
  /** Nothing waits any more. */
  readonly idle?: () => void;
}

/** A line with its end, or a block. An output has one of the two. */
type Unit = string | Uint8Array;

/** Units are joined to blocks of about this size, which are written in one go. */
const BLOCK_BYTES = 64 * 1024;

interface Block {
  readonly units: Unit[];
  bytes: number;
  readonly tells: number;
}

export class BackgroundWriter {
  /** Bytes, and units, that are not written yet. */
  waitingBytes = 0;
  waiting = 0;
  /** Bytes of the output up to the end of the last unit that is whole. */
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
  addLine(line: string, tells = 0): void {
    this.#add(`${line}\n`, tells);
  }

  /** Bytes that are no line: behind a failure nothing can be made of what follows. */
  addBytes(bytes: Uint8Array): void {
    this.#add(bytes, 0);
  }

  /** Resolves when nothing waits any more. */
  async settled(): Promise<void> {
    this.#start();
    while (this.#running !== undefined) await this.#running;
  }

  /** Leaves out what waits, but for what is being written. Gives the number of its units. */
  discard(): number {
    let discarded = 0;
    for (const block of this.#blocks.splice(0)) {
      discarded += block.units.length;
      this.#leave(block);
    }
    return discarded;
  }

  #add(unit: Unit, tells: number): void {
    const bytes = sizeOf(unit);
    this.waitingBytes += bytes;
    this.waiting++;
    const last = this.#blocks.at(-1);
    if (last === undefined || last.bytes >= BLOCK_BYTES || tells > 0) {
      this.#blocks.push({ units: [unit], bytes, tells });
    } else {
      last.units.push(unit);
      last.bytes += bytes;
    }
    if (this.#running !== undefined) return;
    if (this.#options.gather === 0 || this.#blocks.length > 1) this.#start();
    else {
      this.#timer ??= setTimeout(() => {
        this.#start();
      }, this.#options.gather);
    }
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

  #leave({ bytes, units }: Block): void {
    this.waitingBytes -= bytes;
    this.waiting -= units.length;
  }

  async #writeBlock({ units, tells }: Block): Promise<void> {
    // Ends a line of which the output took a part.
    const before = this.#isTorn && typeof units[0] === "string" ? "\n" : "";
    const bytes = joined(before, units);
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
      const { count, end } = wholeUnits(before, units, done);
      this.wholeBytes += end;
      if (done > 0) this.#isTorn = end < done;
      this.#options.failed({ error, written: count, lost: units.length - count, tells });
    }
  }
}

function sizeOf(unit: Unit): number {
  return typeof unit === "string" ? Buffer.byteLength(unit) : unit.length;
}

function joined(before: string, units: readonly Unit[]): Buffer {
  if (units.every((unit) => typeof unit === "string")) return Buffer.from(before + units.join(""));
  return Buffer.concat(units.map((unit) => (typeof unit === "string" ? Buffer.from(unit) : unit)));
}

/** How many units are whole within the first `done` bytes, and where the last of them ends. */
function wholeUnits(
  before: string,
  units: readonly Unit[],
  done: number,
): { readonly count: number; readonly end: number } {
  if (done < before.length) return { count: 0, end: 0 };
  let end = before.length;
  for (const [count, unit] of units.entries()) {
    const next = end + sizeOf(unit);
    if (next > done) return { count, end };
    end = next;
  }
  return { count: units.length, end };
}
