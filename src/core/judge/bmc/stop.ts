/** A BMC's stop: STR = 0x01, and a dummy if ODR is empty (LPC-BMC-7). */
import { SESSION_BITS, Status } from "../../binding/registers.ts";
import { byteText } from "../context.ts";
import { PLACE } from "../requirements.ts";
import type { Rulings } from "../rulings.ts";

/** Follows a BMC from the moment it is asked to stop to its end. */
export class BmcStop {
  readonly #rulings: Rulings;
  #isCleared = false;
  #hasDummy = false;
  /** STR, read since, showed ODR empty. */
  #hasRoom = false;

  constructor(rulings: Rulings) {
    this.#rulings = rulings;
  }

  /** STR was cleared in the stop. */
  get isCleared(): boolean {
    return this.#isCleared;
  }

  begin(): void {
    this.#isCleared = false;
    this.#hasDummy = false;
    this.#hasRoom = false;
  }

  cleared(): void {
    this.#isCleared = true;
  }

  looked(value: number): void {
    if (this.#isCleared) this.#hasRoom = (value & Status.OBF) === 0;
  }

  /** A byte is written behind STR = 0x01. */
  written(): void {
    this.#hasDummy = true;
  }

  breakEarlyDummy(): void {
    this.#rulings.break("LPC-BMC-7", "draft", {
      seen: "the dummy of a stop is written before STR is cleared",
      expected: "STR = 0x01, then the dummy",
    });
  }

  /** The stop is over. `written`: STR as it was written last, -1 for unknown. `hasMagic`: the BMC had begun to start. */
  judgeEnd(written: number, hasMagic: boolean): void {
    if (!this.#isCleared && written >= 0 && (written & SESSION_BITS) !== 0) {
      this.#rulings.break("LPC-BMC-7", "draft", {
        seen: `the BMC stops, and STR was written last as ${byteText(written)}`,
        expected: "BMC Active and Channel Active are cleared first",
      });
    } else if (this.#isCleared && this.#hasRoom && !this.#hasDummy && hasMagic) {
      this.#rulings.break("LPC-BMC-7", "draft", {
        seen: "the BMC stops, ODR is empty, and no dummy is written",
        expected: "a dummy tells of the stop",
      });
    } else this.#rulings.keep(PLACE["LPC-BMC-7"]);
  }
}
