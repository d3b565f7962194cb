/**
 * What one packet buffer was seen to hold: the bytes that a side wrote to it, or read from it, since the last packet, and
 * which of them are known. Pieces may come in any order. Memory grows with the largest packet seen, not beyond the buffer.
 */
import { copyBytes, readU32be } from "../wire/bytes.ts";
import { LENGTH_BYTES } from "../binding/packet-buffer.ts";

/** Gaps that are kept apart; of pieces more scattered the later ones are taken for unknown. */
const RANGES_KEPT = 8;
const FIRST_BYTES = 128;
const NOT_HIDDEN: number = Number.MAX_SAFE_INTEGER;

/** From and behind a run of bytes. */
type Run = readonly [from: number, to: number];

export class BufferImage {
  bytes: Uint8Array = new Uint8Array(FIRST_BYTES);
  isEmpty = true;
  /** Most packets are accessed from their beginning on: bytes accessed from the start without a gap. */
  reach = 0;
  /** The end of the last byte accessed. */
  end = 0;
  /** What lies apart from that, ascending, whether its values were shown or not. */
  #runs: readonly Run[] = [];
  /** From here on, values may be missing: the recorder cut a piece. */
  #hidden: number = NOT_HIDDEN;

  clear(): void {
    this.isEmpty = true;
    this.reach = 0;
    this.end = 0;
    this.#hidden = NOT_HIDDEN;
    if (this.#runs.length > 0) this.#runs = [];
  }

  /** Everything up to here was accessed, and its values are known. */
  get known(): number {
    return this.#hidden < this.reach ? this.#hidden : this.reach;
  }

  /** The length field, undefined while it is not known. */
  get length(): number | undefined {
    return this.known >= LENGTH_BYTES ? readU32be(this.bytes, 0) : undefined;
  }

  /** Whether a byte of a range was accessed. */
  touches(from: number, to: number): boolean {
    return from < this.reach || this.#runs.some((run) => from < run[1] && to > run[0]);
  }

  /** `length` bytes at `at` of the buffer were accessed; `bytes[start..end)` are the first of them. */
  add(at: number, length: number, bytes: Uint8Array, start: number, end: number): void {
    this.isEmpty = false;
    if (length === 0) return;
    const shown = end - start;
    if (at + shown > this.bytes.length) this.#grow(at + shown);
    copyBytes(bytes, start, this.bytes, at, shown);
    if (shown < length && at + shown < this.#hidden) this.#hidden = at + shown;
    const to = at + length;
    if (to > this.end) this.end = to;
    if (at > this.reach) this.#runs = joined([...this.#runs, [at, to]]);
    else if (to > this.reach) this.reach = to;
    if (this.#runs.length > 0) this.#takeIn();
  }

  /** Runs that what was accessed from the start has reached. */
  #takeIn(): void {
    while (this.#runs.length > 0 && this.#runs[0]![0] <= this.reach) {
      this.reach = Math.max(this.reach, this.#runs[0]![1]);
      this.#runs = this.#runs.slice(1);
    }
  }

  #grow(to: number): void {
    const larger = new Uint8Array(Math.max(to, 2 * this.bytes.length));
    larger.set(this.bytes);
    this.bytes = larger;
  }
}

function joined(runs: readonly Run[]): readonly Run[] {
  const whole: Run[] = [];
  for (const run of [...runs].sort((one, other) => one[0] - other[0])) {
    const last = whole.at(-1);
    if (last !== undefined && run[0] <= last[1]) whole[whole.length - 1] = [last[0], Math.max(last[1], run[1])];
    else whole.push(run);
  }
  return whole.slice(0, RANGES_KEPT);
}
