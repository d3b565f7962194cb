/** A window that this process has mapped: every access is a copy. */
import { copyBytes, ViewedBytes } from "../core/wire/bytes.ts";
import type { Window } from "./port.ts";

export class MappedWindow implements Window {
  readonly size: number;
  readonly bytes: Uint8Array;
  readonly #viewed: ViewedBytes;

  constructor(bytes: Uint8Array) {
    this.size = bytes.length;
    this.bytes = bytes;
    this.#viewed = new ViewedBytes(bytes);
  }

  read(offset: number, into: Uint8Array, at: number, length: number): void {
    checkRange(this.size, offset, length);
    this.#viewed.copyTo(offset, into, at, length);
  }

  write(offset: number, bytes: Uint8Array, start: number, end: number): void {
    checkRange(this.size, offset, end - start);
    copyBytes(bytes, start, this.bytes, offset, end - start);
  }
}

/** Throws a RangeError for an access outside a window of `size` bytes. */
export function checkRange(size: number, offset: number, length: number): void {
  if (offset >= 0 && length >= 0 && offset + length <= size) return;
  throw new RangeError(
    `window access outside the window: ${String(length)} bytes at ${String(offset)} of ${String(size)}`,
  );
}
