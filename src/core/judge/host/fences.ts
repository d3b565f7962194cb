/** The close that begins a start-up, and the fences behind its two Initialises (LPC-HOST-3, -4, -6, -13). */
import { Status } from "../../binding/registers.ts";
import { byteText } from "../context.ts";
import { PLACE } from "../requirements.ts";
import type { Rulings } from "../rulings.ts";
import { FIELDS_TOO_LATE } from "./texts.ts";

/** Fences behind each Initialise. */
export const FENCES = 2;

/** Follows whether a start-up began with a close, and counts the fences behind the last Initialise. */
export class CloseAndFences {
  readonly #docket: Rulings;
  #hasClosed = false;
  #fences = 0;

  constructor(docket: Rulings) {
    this.#docket = docket;
  }

  get hasClosed(): boolean {
    return this.#hasClosed;
  }

  /** Fences behind the last Initialise. */
  get count(): number {
    return this.#fences;
  }

  /** A start-up begins. */
  clear(): void {
    this.#hasClosed = false;
    this.#fences = 0;
  }

  /** An Initialise that closes, or stands where the close should. */
  close(): void {
    this.#hasClosed = true;
    this.#fences = 0;
  }

  /** An Initialise that opens. */
  open(): void {
    this.#fences = 0;
  }

  /** A fence is written behind an Initialise. */
  fence(): void {
    this.#fences++;
    this.#docket.context.docket.followsDraft("host");
    if (this.#fences > FENCES) {
      this.#docket.break("LPC-HOST-16", "draft", {
        seen: `fence number ${String(this.#fences)} behind one Initialise`,
        expected: "two fences",
      });
    }
  }

  /** A first Initialise that proposes. */
  breakNoClose(): void {
    this.#docket.break("LPC-HOST-3", "draft", {
      seen: "the first Initialise of a start-up proposes versions",
      expected: "host versions 0/0 and Initialise come first: the close of any session that is left",
    });
  }

  /** The first Initialise is written, and the versions were not zeroed for it. */
  breakUnzeroed(): void {
    this.#docket.break("LPC-HOST-3", "draft", {
      seen: "the first Initialise of a start-up is written, and the host version fields were not zeroed before",
      expected: "0 in host_ver_min and host_ver_cur, then Initialise",
      cause: FIELDS_TOO_LATE,
    });
  }

  /** The proposal is written behind the close. */
  judgeProposal(status: number, hasWritten: boolean): void {
    const what =
      this.#fences < FENCES
        ? `behind the close and ${this.#fences === 0 ? "no fence" : "one fence"}`
        : (status & Status.IBF) !== 0 || hasWritten
          ? "while the second fence is unread"
          : (status & Status.OBF) !== 0
            ? `behind an STR of ${byteText(status)}: ODR holds a byte of an older session`
            : undefined;
    if (what !== undefined) {
      this.#docket.break("LPC-HOST-4", "draft", {
        seen: `the proposal is written ${what}`,
        expected: "two fences, and an STR read that shows IBF = 0 and OBF = 0 behind the second, come first",
      });
    } else this.#docket.keep(PLACE["LPC-HOST-4"]);
    if ((status & Status.CHANNEL_ACTIVE) !== 0) {
      this.#docket.break("LPC-HOST-13", "draft", {
        seen: `the proposal is written though STR, read as ${byteText(status)}, shows a channel behind close and fences`,
        expected: "the BMC has not seen the close: the start-up begins again",
      });
    } else this.#docket.keep(PLACE["LPC-HOST-13"]);
  }

  /** The answer is read behind the opening Initialise. A host with neither close nor fences is an older one. */
  judgeAnswer(status: number, hasWritten: boolean): void {
    if (!this.#hasClosed && this.#fences === 0) {
      const { docket } = this.#docket.context;
      if (docket.generation("host") !== "draft") {
        docket.isOlder("host", "an older host: it neither closes nor fences (LPC-HOST-3, LPC-HOST-4, LPC-HOST-6)");
      }
      return;
    }
    const isUnread = (status & Status.IBF) !== 0 || hasWritten;
    if (this.#fences >= FENCES && !isUnread) {
      this.#docket.keep(PLACE["LPC-HOST-6"]);
      return;
    }
    this.#docket.break("LPC-HOST-6", "draft", {
      seen:
        this.#fences < FENCES
          ? `the answer is read behind Initialise and ${this.#fences === 0 ? "no fence" : "one fence"}`
          : "the answer is read while the last fence is unread",
      expected: "two fences, and an STR read that shows IBF = 0 behind the second, come first",
    });
  }
}
