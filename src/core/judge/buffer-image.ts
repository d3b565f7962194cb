/**
 * What one packet buffer was seen to hold: the bytes that a side wrote to it, or read from it, since the last packet, and
 * which of them are known. Pieces may come in any order. Memory grows with the largest packet seen, not beyond the buffer.
 */
import { copyBytes, readU32be } from "../wire/bytes.ts";
import { LENGTH_BYTES } from "../binding/packet-buffer.ts";

/** Gaps that are kept apart; of pieces more scattered the later ones are taken for unknown. */
const RANGES_KEPT = 8;
const FIRST_BYTES = 128;

export class BufferImage {
  bytes: Uint8Array = new Uint8Array(FIRST_BYTES);
  /** Ascending, apart from each other: from and behind each run of bytes accessed, whether they were shown or not. */
  readonly #ranges: number[] = [];
  /** From here on, values may be missing: the recorder cut a piece. */
  #hidden = Number.POSITIVE_INFINITY;
  #pieces = 0;

  clear(): void {
    this.#ranges.length = 0;
    this.#hidden = Number.POSITIVE_INFINITY;
    this.#pieces = 0;
  }

  get isEmpty(): boolean {
    return this.#pieces === 0;
  }

  /** Bytes accessed without a gap from the start of the buffer. */
  get reach(): number {
    return this.#ranges[0] === 0 ? this.#ranges[1]! : 0;
  }

  /** The end of the last byte accessed. */
  get end(): number {
    return this.#ranges.at(-1) ?? 0;
  }

  /** Everything up to here was accessed, and its values are known. */
  get known(): number {
    return Math.min(this.#hidden, this.reach);
  }

  /** The length field, undefined while it is not known. */
  get length(): number | undefined {
    return this.known >= LENGTH_BYTES ? readU32be(this.bytes, 0) : undefined;
  }

  covers(from: number, to: number): boolean {
    for (let at = 0; at < this.#ranges.length; at += 2) {
      if (from >= this.#ranges[at]! && to <= this.#ranges[at + 1]!) return true;
    }
    return from >= to;
  }

  touches(from: number, to: number): boolean {
    for (let at = 0; at < this.#ranges.length; at += 2) {
      if (from < this.#ranges[at + 1]! && to > this.#ranges[at]!) return true;
    }
    return false;
  }

  /** `length` bytes at `at` of the buffer were accessed; `bytes[start..end)` are the first of them. */
  add(at: number, length: number, bytes: Uint8Array, start: number, end: number): void {
    this.#pieces++;
    if (length === 0) return;
    const shown = end - start;
    if (at + shown > this.bytes.length) this.#grow(at + shown);
    copyBytes(bytes, start, this.bytes, at, shown);
    if (this.#ranges.length === 2 && at === this.#ranges[1]) this.#ranges[1] = at + length;
    else if (this.#ranges.length === 0) this.#ranges.push(at, at + length);
    else this.#join(at, at + length);
    if (shown < length) this.#hidden = Math.min(this.#hidden, at + shown);
  }

  #join(from: number, to: number): void {
    const ranges: [number, number][] = [[from, to]];
    for (let at = 0; at < this.#ranges.length; at += 2) ranges.push([this.#ranges[at]!, this.#ranges[at + 1]!]);
    ranges.sort((one, other) => one[0] - other[0]);
    const joined: [number, number][] = [];
    for (const range of ranges) {
      const last = joined.at(-1);
      if (last !== undefined && range[0] <= last[1]) last[1] = Math.max(last[1], range[1]);
      else joined.push(range);
    }
    this.#ranges.length = 0;
    for (const range of joined.slice(0, RANGES_KEPT)) this.#ranges.push(...range);
  }

  #grow(to: number): void {
    const larger = new Uint8Array(Math.max(to, 2 * this.bytes.length));
    larger.set(this.bytes);
    this.bytes = larger;
  }
}
