/** What a host does when STR shows that its session is over (LPC-HOST-9, LPC-MCTP-6). */
import { Status } from "../../binding/registers.ts";
import { byteText } from "../context.ts";
import { judgeTaken } from "../rules.ts";
import type { Rulings } from "../rulings.ts";

/** How often a host may look at an ended session. */
const LOOKS = 3;

/** Counts the looks at STR between the end of a session and the start-up that has to follow. */
export class Loss {
  readonly #docket: Rulings;
  #looks = 0;

  constructor(docket: Rulings) {
    this.#docket = docket;
  }

  begin(): void {
    this.#looks = 0;
  }

  /** STR is read again. False where the host has looked too often: it knows nothing of the session's end. */
  look(value: number): boolean {
    if ((value & Status.BMC_ACTIVE) === 0) {
      this.#looks = 0;
      return true;
    }
    this.#looks++;
    if (this.#looks < LOOKS) return true;
    this.#docket.break("LPC-HOST-9", "wire", {
      seen: `STR shows BMC Active without a session ${String(this.#looks + 1)} times, and the host begins no start-up`,
      expected: "the session is over when STR shows Channel Active = 0: the host begins a start-up",
    });
    return false;
  }

  /** The host uses the session that is over. */
  breakUse(what: string, status: number): void {
    this.#docket.break("LPC-HOST-9", "wire", {
      seen: `${what} though STR, read as ${byteText(status)}, shows that the session is over`,
      expected: "packets in flight are given up, and a start-up begins",
    });
  }

  /** A packet is taken in no session at all; both sides are recorded. */
  breakTaken(): void {
    const broken = judgeTaken("host", this.#docket.context.begunIn.bmcToHost, 0);
    if (broken === undefined) return;
    this.#docket.break(broken.requirement, "wire", {
      seen: `${broken.what}: the host is in none`,
      expected: "what was sent in a session is taken in that session only",
    });
  }
}
