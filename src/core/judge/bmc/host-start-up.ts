/**
 * A host's start-up as a BMC reads it: a close and two fences, a proposal and two fences, and only then packets
 * (LPC-HOST-3, -4, -6, -11). Says nothing of a host whose own accesses are recorded.
 */
import { Status, commandName } from "../../binding/registers.ts";
import { FENCES } from "../host/fences.ts";
import { PLACE } from "../requirements.ts";
import type { Rulings } from "../rulings.ts";

/**
 * unknown: the host may have written, before this BMC started, what was read in its place · unread: an Initialise whose
 * fields the BMC did not read.
 */
type Last = "unknown" | "nothing" | "unread" | "close" | "proposal";

/** Follows the Initialises and fences that a BMC reads. */
export class HostStartUpRead {
  readonly #rulings: Rulings;
  #last: Last = "unknown";
  #fences = 0;
  /** The proposal has no close before it, or no fence between. */
  #isUnclosed = false;
  #isUnfenced = false;
  #isJudged = false;

  constructor(rulings: Rulings) {
    this.#rulings = rulings;
  }

  get #isInferred(): boolean {
    return !this.#rulings.context.isRecorded("host");
  }

  /** A start of the BMC, or a recording that says nothing of what came before. */
  forget(): void {
    this.#last = "unknown";
    this.#fences = 0;
    this.#isUnclosed = false;
  }

  /** STR is read in service. With IDR empty no proposal is left whose close a former life of the BMC has read. */
  looked(status: number): void {
    if (this.#last === "unknown" && (status & Status.IBF) === 0) this.#last = "nothing";
  }

  /** The BMC has passed over an Initialise: what it was cannot be told. */
  passedOver(): void {
    this.#last = "unread";
    this.#fences = 0;
    this.#isUnclosed = false;
  }

  fence(): void {
    this.#fences++;
    if (!this.#isInferred || this.#last === "unknown") return;
    this.#rulings.docket.followsDraft("host");
  }

  /** The fields behind an Initialise are read for the first time. */
  proposed(isClose: boolean): void {
    const last = this.#last;
    const fences = this.#fences;
    this.#last = isClose ? "close" : "proposal";
    this.#fences = 0;
    this.#isJudged = false;
    this.#isUnclosed = false;
    this.#isUnfenced = fences === 0;
    if (!this.#isInferred) return;
    if (last === "proposal" || last === "nothing") this.#rulings.docket.beginsAnew("host");
    if (isClose || last === "unknown" || last === "unread") return;
    if (last === "close") this.#judgeFences("LPC-HOST-4", fences, "the close");
    else {
      this.#isUnclosed = true;
      this.#rulings.breakOfPeer("LPC-HOST-3", "draft", {
        seen: "the first Initialise of a start-up proposes versions",
        expected: "host versions 0/0 and Initialise come first: the close of any session that is left",
      });
    }
  }

  /** Tx Begin or Rx Complete is read in a session. */
  transferred(): void {
    if (this.#last !== "proposal" || this.#isJudged || !this.#isInferred) return;
    this.#isJudged = true;
    const isOlder = this.#isUnfenced && this.#fences === 0 && this.#rulings.docket.generation("host") !== "draft";
    if (!isOlder) {
      this.#judgeFences("LPC-HOST-6", this.#fences, "the proposal");
      return;
    }
    const what = this.#isUnclosed ? "it neither closes before it opens (LPC-HOST-3) nor" : "it does not";
    this.#rulings.docket.isOlder("host", `an older host: ${what} write fences (LPC-HOST-4, LPC-HOST-6)`);
  }

  /** Tx Begin or Rx Complete is read outside a session. `wasRefused`: the last Initialise was. */
  transferredOutside(value: number, wasRefused: boolean): void {
    if (this.#last !== "close" && !(this.#last === "proposal" && wasRefused)) return;
    this.#rulings.breakOfPeer("LPC-HOST-11", "wire", {
      seen: `${commandName(value)} is read behind ${this.#last === "close" ? "the host's own close" : "a refused proposal"}`,
      expected: "packets pass in a session only",
    });
  }

  #judgeFences(requirement: "LPC-HOST-4" | "LPC-HOST-6", fences: number, behind: string): void {
    if (fences >= FENCES) {
      this.#rulings.docket.keep("host", PLACE[requirement]);
      return;
    }
    this.#rulings.breakOfPeer(requirement, "draft", {
      seen: `${fences === 0 ? "no fence" : "one fence"} is read behind ${behind}`,
      expected: "two fences, each written when IDR is empty",
    });
  }
}
