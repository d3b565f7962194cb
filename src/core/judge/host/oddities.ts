/** What a host reads that has no meaning, and what it does because of it (LPC-KCS-4, LPC-KCS-5, LPC-KCS-8). */
import { Command } from "../../binding/registers.ts";
import { byteText } from "../context.ts";
import { PLACE } from "../requirements.ts";
import type { Rulings } from "../rulings.ts";

/** Bits 5, 4, 3 and 2 of STR. */
const MEANINGLESS = 0x3c;
/** Of these, bits that only software sets. */
const SOFTWARE_RESERVED = 0x34;
/** Accesses behind which something odd is no longer taken for the reason of what follows. */
const REASON_HOLDS = 8;

interface Oddity {
  readonly rule: "LPC-KCS-8" | "LPC-KCS-5" | "LPC-KCS-4";
  readonly text: string;
  readonly access: number;
}

/** Keeps the last oddity that was read: a host that leaves its session right behind it has taken it for a reason. */
export class Oddities {
  readonly #docket: Rulings;
  #last: Oddity | undefined;

  constructor(docket: Rulings) {
    this.#docket = docket;
  }

  /** A life begins. */
  clear(): void {
    this.#last = undefined;
  }

  /** STR is read; `isUp`: with its session bits set. */
  judgeStatus(value: number, isUp: boolean): void {
    if ((value & MEANINGLESS) !== 0 && isUp) {
      this.#last = {
        rule: "LPC-KCS-8",
        text: `an STR of ${byteText(value)}, with bits set that have no meaning`,
        access: this.#docket.access,
      };
      this.#docket.keep(PLACE["LPC-KCS-8"]);
    }
    if ((value & SOFTWARE_RESERVED) === 0) return;
    this.#docket.breakOfPeer("LPC-KCS-7", "wire", {
      seen: `STR is read as ${byteText(value)}`,
      expected: "bits 5, 4 and 2 are 0",
    });
  }

  /** A byte is read from ODR that no BMC sends. */
  noteByte(value: number): void {
    const isInitialise = value === Command.INITIALISE;
    this.#docket.keep(isInitialise ? PLACE["LPC-KCS-5"] : PLACE["LPC-KCS-4"]);
    this.#last = {
      rule: isInitialise ? "LPC-KCS-5" : "LPC-KCS-4",
      text: isInitialise ? "an Initialise read from ODR" : `the unknown byte ${byteText(value)}`,
      access: this.#docket.access,
    };
  }

  /** A start-up begins in a session that STR shows up; a host that stops may have another reason. */
  judgeLeaving(isStopping: boolean): void {
    const oddity = this.#last;
    this.#last = undefined;
    if (oddity === undefined || isStopping || this.#docket.access - oddity.access > REASON_HOLDS) return;
    this.#docket.break(oddity.rule, "wire", {
      seen: `a start-up begins behind ${oddity.text}, though STR shows the session up`,
      expected: "it has no effect",
    });
  }
}
