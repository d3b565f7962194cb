/** What a BMC must forget of a session when an Initialise begins the next one (LPC-BMC-4). */
import type { Rulings } from "../rulings.ts";

/** What the session before an Initialise left. */
export interface Kept {
  /** An Rx Complete was owed. */
  readonly owed: boolean;
  /** A packet waited for its Tx Begin. */
  readonly waiting: boolean;
}

/** Keeps what the session before left, to tell a command that belongs to it from one that belongs nowhere. */
export class FormerSession {
  readonly #rulings: Rulings;
  #kept: Kept = { owed: false, waiting: false };

  constructor(rulings: Rulings) {
    this.#rulings = rulings;
  }

  /** An Initialise was answered. */
  left(kept: Kept): void {
    this.#kept = kept;
  }

  /** Tx Begin is written in a session, and no packet was. */
  breakEmptyBegin(): void {
    const isKept = this.#kept.waiting;
    this.#kept = { ...this.#kept, waiting: false };
    this.#rulings.break(isKept ? "LPC-BMC-4" : "LPC-BUF-7", "wire", {
      seen: isKept
        ? "Tx Begin is written in a session in which no packet was, for one of the session before"
        : "Tx Begin is written, and no packet was written since the buffer is the BMC's",
      expected: isKept
        ? "Initialise makes the BMC forget what waited"
        : "the whole packet is in the buffer before its Tx Begin",
    });
  }

  /** Rx Complete is written in a session, and none was owed. */
  breakNeedlessComplete(): void {
    const isKept = this.#kept.owed;
    this.#kept = { ...this.#kept, owed: false };
    this.#rulings.break(isKept ? "LPC-BMC-4" : "LPC-BMC-13", "wire", {
      seen: isKept
        ? "Rx Complete is written in a new session for a Tx Begin of the one before"
        : "Rx Complete is written, and no packet was announced",
      expected: isKept ? "Initialise makes the BMC forget what it owed" : "one Rx Complete for each Tx Begin",
      cause: { name: "byteInvented", text: "the command answers nothing in this session" },
    });
  }
}
