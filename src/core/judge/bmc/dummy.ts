/** The dummy that tells the host of a change of STR (LPC-BMC-4, LPC-BMC-13, LPC-KCS-6). */
import { Status, commandName } from "../../binding/registers.ts";
import { byteText } from "../context.ts";
import { PLACE } from "../requirements.ts";
import type { Rulings } from "../rulings.ts";

/** How often STR may be looked at while a dummy waits and ODR has room. */
const LOOKS = 3;

/** Follows the dummy that is due behind a change of STR. */
export class BmcDummy {
  readonly #rulings: Rulings;
  #waits = false;
  #isAnswer = false;
  /** Another byte was written before it. */
  #isPassed = false;
  #isEarly = false;
  #looks = 0;

  constructor(rulings: Rulings) {
    this.#rulings = rulings;
  }

  get waits(): boolean {
    return this.#waits;
  }

  /** STR has answered an Initialise, and its dummy still waits. */
  get waitsBehindAnswer(): boolean {
    return this.#waits && this.#isAnswer;
  }

  drop(): void {
    this.#waits = false;
  }

  beginStart(): void {
    this.#waits = false;
    this.#isEarly = false;
  }

  /** STR has changed. `isAnswer`: it answers an Initialise. */
  expect(isAnswer: boolean): void {
    this.#waits = true;
    this.#isPassed = false;
    this.#isAnswer = isAnswer;
    this.#looks = 0;
  }

  /** A dummy was written before its change of STR. */
  cameEarly(): void {
    this.#isEarly = true;
  }

  /** An Initialise was read: a dummy in front of it counts for nothing. */
  forgetEarly(): void {
    this.#isEarly = false;
  }

  /** STR is read, while nothing else is due; `written` is its value written last. */
  looked(value: number, written: number): void {
    if (!this.#waits || (value & (Status.OBF | Status.IBF)) !== 0) return;
    this.#looks++;
    if (this.#looks < LOOKS) return;
    this.#waits = false;
    this.#rulings.break(this.#isAnswer ? "LPC-BMC-4" : "LPC-BMC-13", "wire", {
      seen: `STR was written as ${byteText(written)}, and no dummy follows${this.#isEarly ? "; one came before" : ""}`,
      expected: "the dummy behind the change of STR tells the host of it",
    });
  }

  /** The dummy is written that waits. */
  written(): void {
    this.#waits = false;
    this.#rulings.keep(PLACE["LPC-KCS-6"]);
  }

  /** Tx Begin or Rx Complete is written. */
  judgePassed(value: number): void {
    if (!this.#waits || this.#isPassed) return;
    this.#isPassed = true;
    this.#rulings.break("LPC-KCS-6", "draft", {
      seen: `${commandName(value)} is written while the dummy waits`,
      expected: "a dummy goes before Rx Complete and Tx Begin",
    });
  }
}
