/**
 * How a BMC tells of its start: STR is cleared, the magic is written, and two bytes announce the start, each into an empty
 * ODR (LPC-BMC-1, LPC-BMC-10, LPC-BMC-11, LPC-TIME-1).
 */
import { PLACE } from "../requirements.ts";
import { Status } from "../../binding/registers.ts";
import type { Rulings } from "../rulings.ts";

const ANNOUNCEMENTS = 2;
/** Milliseconds: an announcement that is unread is looked after more often than this on every machine. */
const LONGEST_LOOK = 50;
/** Milliseconds by which a wait may end before its time. */
const EARLY = 20;

/** Follows the announcements of a start, and of a whole life whether the magic was written in it. */
export class BmcAnnouncements {
  readonly #rulings: Rulings;
  /** STR was cleared in this start, and nothing of a former one counts. */
  #hasCleared = false;
  /** Milliseconds, NaN when the wait for the announcements is over or its beginning unknown. */
  #clearedAt: number = Number.NaN;
  #count = 0;
  /** STR showed ODR full when the start went on behind the announcements. */
  #waitedInVain = false;
  /** Milliseconds, NaN when no announcement is unread. */
  #unreadSince: number = Number.NaN;
  #hasMagic = false;
  /** The magic was written by itself, as only a BMC does that announces its start. */
  #wroteMagicAlone = false;
  #hasMagicInLife = false;
  #dummiesBeforeMagic = 0;
  /** LPC-BMC-10 was found broken in this start. */
  #lateTold = false;

  constructor(rulings: Rulings) {
    this.#rulings = rulings;
  }

  /** The magic was written in this life. */
  get hasMagicInLife(): boolean {
    return this.#hasMagicInLife;
  }

  get dummiesBeforeMagic(): number {
    return this.#dummiesBeforeMagic;
  }

  beginLife(): void {
    this.#dummiesBeforeMagic = 0;
    this.#hasMagicInLife = false;
  }

  beginStart(): void {
    this.#count = 0;
    this.#hasMagic = false;
    this.#dummiesBeforeMagic = 0;
    this.#wroteMagicAlone = false;
    this.#unreadSince = Number.NaN;
    this.#lateTold = false;
    this.#waitedInVain = false;
  }

  /* ---- STR ---- */

  /** The start that has begun is one with STR = 0x01. */
  cleared(): void {
    this.#hasCleared = true;
    this.#clearedAt = this.#rulings.context.moment;
  }

  /**
   * The start that has begun is one without STR = 0x01. `isKnown`: STR was not cleared before, out of sight. `early`: the
   * dummies that were written behind the last change of STR.
   */
  notCleared(isKnown: boolean, early: number): void {
    this.#hasCleared = !isKnown;
    this.#clearedAt = Number.NaN;
    if (early > 0 && this.#rulings.context.livesTold) this.#count = early;
  }

  /** STR is about to be cleared. `isFirst`: STR is written for the first time in a life whose beginning was told. */
  judgeEarly(isStarting: boolean, isFirst: boolean): void {
    const isEarly = isStarting && !this.#hasCleared && this.#count > 0;
    if (!isEarly && !(isFirst && this.#dummiesBeforeMagic > 0)) return;
    this.#rulings.docket.followsDraft("bmc");
    this.#rulings.break("LPC-BMC-1", "draft", {
      seen: "announcements are written before STR is cleared",
      expected: "STR = 0x01 comes first",
    });
  }

  /** STR is read in a start. */
  looked(value: number): void {
    const { moment, times } = this.#rulings.context;
    const since = moment - this.#unreadSince;
    if (since > LONGEST_LOOK && !this.#lateTold) {
      this.#lateTold = true;
      this.#rulings.break("LPC-BMC-10", "draft", {
        seen: `STR is not read for ${String(Math.round(since))} ms while an announcement is unread`,
        expected: "it is read every millisecond at least",
      });
    } else if (since >= 0) this.#rulings.keep(PLACE["LPC-BMC-10"]);
    this.#unreadSince = (value & Status.OBF) !== 0 ? moment : Number.NaN;
    const waited = moment - this.#clearedAt;
    if ((value & Status.OBF) === 0 || !(waited > times.announce + LONGEST_LOOK)) return;
    this.#clearedAt = Number.NaN;
    this.#rulings.break("LPC-TIME-1", "draft", {
      seen: `the BMC still waits for its announcement to be read ${String(Math.round(waited))} ms behind STR = 0x01`,
      expected: `it goes on when ${String(times.announce)} ms are over`,
    });
  }

  /* ---- The magic, and what is written behind it ---- */

  magicWritten(isMagic: boolean, isAlone: boolean): void {
    this.#wroteMagicAlone ||= isAlone;
    this.#hasMagic = isMagic;
    this.#hasMagicInLife ||= isMagic;
  }

  /**
   * Fields behind the magic are written. `isFirst`: the first of them. `status`: STR as it was read last, -1 for unknown.
   * `hasWritten`: ODR was written since.
   */
  goesOn(isFirst: boolean, status: number, hasWritten: boolean): void {
    if (isFirst) this.#waitedInVain = status >= 0 && (status & Status.OBF) !== 0;
    if (this.#count === 0 || status < 0) return;
    const { moment, times } = this.#rulings.context;
    const waited = moment - this.#clearedAt;
    const isUnread = (status & Status.OBF) !== 0 || hasWritten;
    if (!isUnread || !(waited < times.announce - EARLY)) return;
    this.#clearedAt = Number.NaN;
    this.#rulings.break("LPC-BMC-1", "draft", {
      seen: `the region is written while an announcement is unread, ${String(Math.round(waited))} ms behind STR = 0x01`,
      expected: `the second announcement is waited for, ${String(times.announce)} ms at most`,
    });
  }

  /* ---- ODR ---- */

  /**
   * A dummy is written in a start. `isOfLife`: it cannot be the last word of the life before.
   * Returns whether it is one too many.
   */
  written(isOfLife: boolean): boolean {
    this.#unreadSince = this.#rulings.context.moment;
    if (!this.#hasMagic) {
      this.#dummiesBeforeMagic++;
      if (this.#dummiesBeforeMagic >= ANNOUNCEMENTS || isOfLife) this.breakMagic();
      this.#count++;
      return false;
    }
    this.#rulings.keep(PLACE["LPC-BMC-11"]);
    this.#count++;
    if (this.#count <= ANNOUNCEMENTS) return false;
    this.#rulings.break("LPC-BMC-2", "draft", {
      seen: "a third byte is written to ODR before BMC Active is set",
      expected: "two announcements, then BMC Active, then the dummy",
    });
    return true;
  }

  /** A dummy is written outside a start, and tells of nothing: perhaps of a start that has not cleared STR yet. */
  writtenOutside(): void {
    this.#dummiesBeforeMagic++;
  }

  /** A byte is written to ODR, and the magic is missing. */
  breakMagic(): void {
    this.#rulings.docket.followsDraft("bmc");
    this.#rulings.break("LPC-BMC-11", "draft", {
      seen: "a byte is written to ODR before the magic is written to the window",
      expected: "the magic comes first: a host that waits reads no byte without it",
    });
  }

  /* ---- The end of the start ---- */

  /** BMC Active is set. */
  endStart(): void {
    if (this.#clearedAt >= 0) this.#rulings.keep(PLACE["LPC-TIME-1"]);
    this.#judgeCount();
    this.#hasCleared = false;
  }

  #judgeCount(): void {
    const { context, docket } = this.#rulings;
    const isOver = this.#hasCleared && this.#waitedInVain && this.#count < ANNOUNCEMENTS;
    if (isOver) {
      // The host read no announcement: T_ann ends the wait (LPC-TIME-1).
      docket.followsDraft("bmc");
      return;
    }
    // A dummy in front of the magic may be the last word of the life before.
    if (!context.livesTold && this.#dummiesBeforeMagic === 1) this.#count--;
    if (this.#count === 0 && this.#dummiesBeforeMagic < ANNOUNCEMENTS && !this.#wroteMagicAlone) {
      if (docket.generation("bmc") !== "draft") {
        docket.isOlder("bmc", "an older BMC: it does not announce its start (LPC-BMC-1)");
        return;
      }
    }
    if (this.#count > 0) docket.followsDraft("bmc");
    if (this.#hasCleared && this.#count === ANNOUNCEMENTS) this.#rulings.keep(PLACE["LPC-BMC-1"]);
    else {
      this.#rulings.break("LPC-BMC-1", "draft", {
        seen: this.#hasCleared
          ? `${this.#count === 0 ? "no announcement" : "one announcement"} stands between STR = 0x01 and BMC Active`
          : "BMC Active is set in a start that did not clear STR",
        expected: "STR = 0x01, and two announcements, each into an empty ODR",
        cause: { name: "noAnnouncement", text: "a host in a session may miss the restart" },
      });
    }
  }
}
