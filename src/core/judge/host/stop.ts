/** The stop of a host: its close comes last, in time, or not at all where nothing is open (LPC-HOST-12, LPC-TIME-5). */
import { Status } from "../../binding/registers.ts";
import { LATENESS } from "../context.ts";
import { PLACE } from "../requirements.ts";
import type { Rulings } from "../rulings.ts";

/** Milliseconds by which a timer may fire early. */
export const EARLY = 20;

/** Follows a host from the wish to stop to its end. `askedAt` is the moment of the wish, NaN for unknown. */
export class Stop {
  readonly #docket: Rulings;
  /** A session or a proposal was open when the host was asked. */
  #wasOpen = false;
  /** Nothing can have been, or the access that this forbids was told of. */
  #nothingWasOpen = false;
  #isLatenessTold = false;
  /** The close was written with host version fields that were not zeroed. */
  #hasClosedUnzeroed = false;

  constructor(docket: Rulings) {
    this.#docket = docket;
  }

  /** A life begins. */
  started(): void {
    this.#wasOpen = false;
    this.#isLatenessTold = false;
    this.#hasClosedUnzeroed = false;
  }

  /** The host is asked to stop. Neither of the two where it is not known. */
  asked(wasOpen: boolean, nothingWasOpen: boolean): void {
    this.#wasOpen = wasOpen;
    this.#nothingWasOpen = nothingWasOpen;
  }

  /** STR is read by a host that was asked to stop. */
  judgeTime(askedAt: number): void {
    const { moment, times } = this.#docket.context;
    if (this.#isLatenessTold || !(moment - askedAt > times.stop + LATENESS)) return;
    this.#isLatenessTold = true;
    this.#docket.break("LPC-TIME-5", "draft", {
      seen: `the host still looks at STR ${String(Math.round(moment - askedAt))} ms behind the wish to stop`,
      expected: `it ends without a close when ${String(times.stop)} ms are over`,
    });
  }

  /** The host writes outside a session after it was asked to stop; `hasClosed`: its close is written. */
  judgeWrite(what: string, hasClosed: boolean): void {
    if (this.#hasClosedUnzeroed || (!hasClosed && !this.#nothingWasOpen)) return;
    this.#docket.break("LPC-HOST-12", "draft", {
      seen: `${what} ${hasClosed ? "behind the close of a host that stops" : "by a host that stops with nothing open"}`,
      expected: hasClosed ? "the close is its last word" : "it makes no access",
    });
    this.#nothingWasOpen = false;
  }

  /** The close is written, and the host version fields were not zeroed before. */
  breakUnzeroed(): void {
    this.#docket.break("LPC-HOST-3", "draft", {
      seen: "the close of a host that stops is written, and the host version fields were not zeroed before",
      expected: "0 in host_ver_min and host_ver_cur, then Initialise",
    });
    this.#hasClosedUnzeroed = true;
  }

  /** The host ends after it was asked to; `status` is STR as read last, -1 for unknown. */
  judgeEnd(hasClosed: boolean, status: number, askedAt: number): void {
    if (this.#wasOpen && !hasClosed) this.#judgeNoClose(status, askedAt);
    else if (askedAt >= 0) this.#docket.keep(PLACE["LPC-TIME-5"]);
  }

  #judgeNoClose(status: number, askedAt: number): void {
    if (status < 0 || (status & Status.BMC_ACTIVE) === 0) return;
    const { moment, times } = this.#docket.context;
    const waited = moment - askedAt;
    if ((status & Status.IBF) === 0) {
      this.#docket.break("LPC-HOST-12", "draft", {
        seen: "the host stops with a session or a proposal open, and writes no close",
        expected: "host versions 0/0 and Initialise are its last words",
      });
    } else if (waited < times.stop - EARLY) {
      this.#docket.break("LPC-TIME-5", "draft", {
        seen: `the host ends without a close ${String(Math.round(waited))} ms behind the wish to stop, IBF = 1`,
        expected: `it waits ${String(times.stop)} ms for IDR to become empty`,
      });
    }
  }
}
