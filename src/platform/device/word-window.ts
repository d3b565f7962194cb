/**
 * A window of mapped device memory. An LPC bridge takes accesses of 1, 2 and 4 bytes that are aligned, and memory that
 * is mapped as a device's faults on others, so this copies aligned words, and single bytes at the ends.
 */
import { endianness } from "node:os";
import { checkRange } from "../mapped-window.ts";
import type { Window } from "../port.ts";

const WORD_BYTES = 4;
const IS_LITTLE_ENDIAN = endianness() === "LE";

export class WordWindow implements Window {
  readonly size: number;
  readonly #bytes: Uint8Array;
  readonly #words: Uint32Array;

  /** `memory` begins at an address that is a multiple of a page. */
  constructor(memory: ArrayBuffer, size: number) {
    this.size = size;
    this.#bytes = new Uint8Array(memory, 0, size);
    this.#words = new Uint32Array(memory, 0, Math.floor(size / WORD_BYTES));
  }

  read(offset: number, into: Uint8Array, at: number, length: number): void {
    checkRange(this.size, offset, length);
    const view = viewOf(into);
    const end = offset + length;
    let to = at;
    let from = offset;
    while (from < end) {
      if (from % WORD_BYTES === 0 && end - from >= WORD_BYTES) {
        view.setUint32(to, this.#words[from / WORD_BYTES]!, IS_LITTLE_ENDIAN);
        [from, to] = [from + WORD_BYTES, to + WORD_BYTES];
      } else {
        into[to++] = this.#bytes[from++]!;
      }
    }
  }

  write(offset: number, bytes: Uint8Array, start: number, end: number): void {
    checkRange(this.size, offset, end - start);
    const view = viewOf(bytes);
    let from = start;
    let to = offset;
    while (from < end) {
      if (to % WORD_BYTES === 0 && end - from >= WORD_BYTES) {
        this.#words[to / WORD_BYTES] = view.getUint32(from, IS_LITTLE_ENDIAN);
        [from, to] = [from + WORD_BYTES, to + WORD_BYTES];
      } else {
        this.#bytes[to++] = bytes[from++]!;
      }
    }
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
