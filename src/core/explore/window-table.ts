/** The contents that a window has had, as small numbers, and what accesses make of them; each is worked out once. */
import { toHex } from "../wire/bytes.ts";
import { Interner } from "./intern.ts";

export class WindowTable {
  readonly #bytes: Interner<Uint8Array>;
  readonly #windows = new Interner<Uint8Array>();
  readonly #written = new Map<string, number>();
  readonly #read = new Map<string, number>();

  /** A window of zeros is number 0; `bytes` numbers what is read and written. */
  constructor(bytes: Interner<Uint8Array>, windowBytes: number) {
    this.#bytes = bytes;
    this.#number(new Uint8Array(windowBytes));
  }

  get size(): number {
    return this.#windows.size;
  }

  /** The number of the bytes that a read gives. */
  read(window: number, offset: number, length: number): number {
    const key = `${String(window)} ${String(offset)} ${String(length)}`;
    let number = this.#read.get(key);
    if (number === undefined) {
      const bytes = this.#windows.value(window).slice(offset, offset + length);
      if (bytes.length !== length) throw new Error("a read outside the explored window");
      number = this.#bytes.number(toHex(bytes), bytes);
      this.#read.set(key, number);
    }
    return number;
  }

  /** The number of the window after the bytes of number `bytes` were written to it. */
  write(window: number, offset: number, bytes: number): number {
    const key = `${String(window)} ${String(offset)} ${String(bytes)}`;
    let number = this.#written.get(key);
    if (number === undefined) {
      const after = Uint8Array.from(this.#windows.value(window));
      after.set(this.#bytes.value(bytes), offset);
      number = this.#number(after);
      this.#written.set(key, number);
    }
    return number;
  }

  #number(bytes: Uint8Array): number {
    return this.#windows.number(toHex(bytes), bytes);
  }
}
