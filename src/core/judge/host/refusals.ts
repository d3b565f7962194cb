/** Refusals and start-ups in a row: when a host has to rest, and when it must not (LPC-HOST-15, LPC-HOST-7, LPC-TIME-2). */
import { PLACE, type JudgedRequirement } from "../requirements.ts";
import type { Rulings } from "../rulings.ts";

/** Start-ups in a row, with no rest and no session between, beyond which it is no chance. */
const STARTS_IN_A_ROW = 12;
const STARTS_BEFORE_REST = 8;
const REFUSALS_IN_A_ROW = 4;

/** Counts what goes wrong in a row: refusals since the last session, start-ups since the last rest or session. */
export class Refusals {
  readonly #docket: Rulings;
  /** Undefined where the row's beginning was not seen. */
  #refusals: number | undefined;
  /** Refusals that no rest followed. */
  #restless = 0;
  /** Opening Initialises since the last rest or session, and start-ups, of which some end at their close. */
  #startsInARow = 0;
  #begun = 0;
  /** The row was seen from its beginning. */
  #isRowWhole = false;

  constructor(docket: Rulings) {
    this.#docket = docket;
  }

  /** A life begins, with nothing behind it. */
  started(): void {
    this.inSession();
  }

  /** A session is used: what went wrong before counts no longer. */
  inSession(): void {
    this.#refusals = 0;
    this.#restless = 0;
    this.endRow();
  }

  /** A rest or a session ends the row of start-ups. */
  endRow(): void {
    this.#startsInARow = 0;
    this.#begun = 0;
    this.#isRowWhole = true;
  }

  /** The host waits for an absent BMC, or rests behind an answer that it declines; its own count of start-ups goes on. */
  waits(): void {
    this.#startsInARow = 0;
  }

  /** A start-up begins. */
  begins(): void {
    this.#begun++;
  }

  /** The opening Initialise is written. */
  opens(): void {
    this.#startsInARow++;
    if (this.#startsInARow !== STARTS_IN_A_ROW) return;
    this.#docket.break("LPC-TIME-2", "draft", {
      seen: `${String(STARTS_IN_A_ROW)} start-ups in a row, with neither session nor rest between`,
      expected: "the ninth is followed by a rest",
    });
  }

  /** The version fields were read as they were proposed: the BMC refuses. */
  refused(): void {
    if (this.#refusals !== undefined) this.#refusals++;
  }

  /** A start-up begins behind a refusal. A second refusal, or a later one, has to have a rest behind it. */
  judgeNoRest(): void {
    if (this.#refusals === undefined || this.#refusals < 2) {
      this.#docket.keep(PLACE["LPC-HOST-15"]);
      return;
    }
    this.#restless++;
    if (!this.#docket.context.livesTold && this.#restless < REFUSALS_IN_A_ROW) return;
    this.#docket.break("LPC-HOST-15", "draft", {
      seen: `refusal number ${String(this.#refusals)} in a row is followed by a start-up at once`,
      expected: "the host asks again once, and rests behind the second refusal",
    });
  }

  /** Start-ups in a row that led nowhere end in a rest, whatever the last of them met (H1.29). */
  get #hasTriedOften(): boolean {
    return Math.max(this.#begun, this.#startsInARow) >= STARTS_BEFORE_REST;
  }

  get #mayRest(): boolean {
    return this.#hasTriedOften || !this.#isRowWhole;
  }

  /** The version fields are read where only a host reads them that rests behind a row of start-ups. True: it does. */
  restsBehindRow(): boolean {
    const rests = this.#hasTriedOften;
    if (rests) this.endRow();
    return rests;
  }

  /** The host rests behind a refusal. */
  judgeRestBehindRefusal(): void {
    if (this.#refusals === 1 && !this.#mayRest) {
      this.#docket.break("LPC-HOST-15", "draft", {
        seen: "the host rests behind the first refusal since it started or was in a session",
        expected: "it begins the start-up again at once",
      });
    }
    this.endRow();
    this.#restless = 0;
  }

  /** The host rests behind version fields that a restart of the BMC had changed. */
  judgeRestBehindRestart(): void {
    this.#judgeRest("LPC-HOST-7", {
      seen: "the host rests, though the version fields were not those that it wrote",
      expected: "fields that changed tell of a BMC that restarted: the start-up begins again at once",
    });
  }

  /** The host rests behind an answer whose rx_size is above what it asked for. */
  judgeRestBehindLargeAnswer(): void {
    this.#judgeRest("LPC-MTU-6", {
      seen: "the host rests behind an rx_size above what it asked for",
      expected: "it begins the start-up again at once",
    });
  }

  #judgeRest(rule: JudgedRequirement, broken: { readonly seen: string; readonly expected: string }): void {
    const mayRest = this.#mayRest;
    this.endRow();
    if (!mayRest) this.#docket.break(rule, "draft", broken);
  }
}
