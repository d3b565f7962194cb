/** How a host reads ODR: when, how often, and what it does behind a byte (LPC-HOST-14, -16, -10, LPC-KCS-1, LPC-BMC-13). */
import { Command, Status, commandName } from "../../binding/registers.ts";
import { byteText } from "../context.ts";
import { PLACE, type JudgedRequirement } from "../requirements.ts";
import type { Rulings } from "../rulings.ts";
import type { Oddities } from "./oddities.ts";

/** How often a byte in ODR may be seen and left there. */
const LOOKS_AT_BYTE = 8;

/** Follows the bytes of ODR from the STR that shows them to the STR that is read behind them. */
export class DataReads {
  readonly #docket: Rulings;
  readonly #oddities: Oddities;
  /** A byte of ODR was read since STR was. */
  #hasByte = false;
  /** The access at which ODR was read as 0x00, -1 for none. */
  #zeroReadAt = -1;
  #looks = 0;

  constructor(docket: Rulings, oddities: Oddities) {
    this.#docket = docket;
    this.#oddities = oddities;
  }

  /** A life begins. */
  started(): void {
    this.#hasByte = false;
  }

  /** The host does what a byte in ODR asks for: looks at that byte count anew. */
  clearLooks(): void {
    this.#looks = 0;
  }

  /** STR is read: what was read from ODR before it is settled. */
  statusRead(value: number): void {
    this.#hasByte = false;
    if (this.#zeroReadAt >= 0 && (value & Status.BMC_ACTIVE) !== 0) this.#breakByteOfPeer(Command.INITIALISE);
    this.#zeroReadAt = -1;
  }

  /** STR is read. `isFollowed`: the host's place is known, and it looks at ODR there; `isBlind`: it awaits the magic. */
  judgeUnread(value: number, isFollowed: boolean, isBlind: boolean): void {
    if ((value & Status.OBF) === 0) {
      this.#looks = 0;
      return;
    }
    if (!isFollowed) return;
    this.#looks++;
    if (this.#looks !== LOOKS_AT_BYTE) return;
    this.#docket.break(isBlind ? "LPC-HOST-14" : "LPC-HOST-16", "draft", {
      seen: `STR shows OBF = 1 ${String(LOOKS_AT_BYTE)} times, and ${isBlind ? "the window is not looked at" : "ODR is not read"}`,
      expected: isBlind
        ? "a byte in ODR is a reason to look for the magic (H0.2)"
        : "a byte in ODR is read in every round (H0.3, H2.4)",
    });
  }

  /** ODR is read; `status` is STR as read last, -1 for unknown. */
  judgeRead(value: number, status: number): void {
    if (status < 0) return;
    if ((status & Status.OBF) !== 0 && !this.#hasByte) {
      this.#docket.keep(PLACE["LPC-HOST-16"]);
      return;
    }
    this.#docket.break("LPC-HOST-16", "wire", {
      seen: `ODR is read (${byteText(value)}) ${this.#hasByte ? "twice behind one read of STR" : "though STR showed OBF = 0"}`,
      expected: "ODR is read when STR shows OBF = 1: what it holds otherwise means nothing",
      cause:
        value === Command.DUMMY
          ? { name: "staleDummy", text: "a dummy read before is taken for a new one" }
          : undefined,
    });
  }

  /** The byte that was read is the host's now. */
  take(value: number, status: number): void {
    this.#hasByte = true;
    this.#looks = 0;
    if (value === Command.TX_BEGIN || value === Command.RX_COMPLETE || value === Command.DUMMY) return;
    this.#oddities.noteByte(value);
    if (status < 0 || (status & Status.OBF) === 0) return;
    // A register that was reset under the host reads as 0: the next look at STR tells.
    if (value === Command.INITIALISE) this.#zeroReadAt = this.#docket.access;
    else this.#breakByteOfPeer(value);
  }

  #breakByteOfPeer(value: number): void {
    this.#docket.breakOfPeer("LPC-BMC-13", "wire", {
      seen: `${commandName(value)} is read from ODR`,
      expected: "Tx Begin, Rx Complete or a dummy",
      cause:
        value === Command.INITIALISE
          ? { name: "otherDirection", text: "Initialise goes from host to BMC only" }
          : undefined,
    });
  }

  /** The host does `what`: LPC-KCS-1 outside a session, LPC-HOST-10 in one. */
  judgeStale(what: string, isInSession: boolean): void {
    const rule: JudgedRequirement = isInSession ? "LPC-HOST-10" : "LPC-KCS-1";
    if (!this.#hasByte) {
      this.#docket.keep(PLACE[rule]);
      return;
    }
    this.#hasByte = false;
    this.#docket.break(rule, "draft", {
      seen: `${what} behind a byte of ODR, and STR was not read between`,
      expected: "STR is read again behind every byte that is read from ODR",
    });
  }
}
