/** The accesses to the KCS registers that have an effect, in their order: what a test says of the sides, it says by these. */
import type { OpenFile, ServedFile } from "./fuse/served-file.ts";

/** Of reads of STR there is no record. */
export interface BoardAccess {
  readonly side: "host" | "bmc";
  readonly access: "reads" | "writes";
  readonly register: "IDR" | "ODR" | "STR";
  readonly value: number;
  /** When the board carried it out, in ms of a clock of the board's own. */
  readonly at: number;
}

/** Of more the oldest are forgotten. */
const MOST_ACCESSES = 16_384;

/** Each open has the record of that moment, as JSON. */
export class AccessRecord implements ServedFile {
  readonly name = "accesses";
  readonly sizeBytes = 0;
  #accesses: BoardAccess[] = [];

  add(
    side: BoardAccess["side"],
    access: BoardAccess["access"],
    register: BoardAccess["register"],
    value: number,
  ): void {
    this.#accesses.push({ side, access, register, value, at: performance.now() });
    if (this.#accesses.length > 2 * MOST_ACCESSES) this.#accesses = this.#accesses.slice(-MOST_ACCESSES);
  }

  forget(): void {
    this.#accesses = [];
  }

  open(): OpenFile {
    const text = Buffer.from(JSON.stringify(this.#accesses.slice(-MOST_ACCESSES)));
    return {
      read: (call, offset, length) => {
        call.answer(text.subarray(offset, offset + length));
      },
    };
  }
}
