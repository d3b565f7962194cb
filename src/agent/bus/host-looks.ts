/** What a BMC's agent looks at beside its recorded accesses, for mistakes of a host that these cannot show. */
import { CONTROL_FIELDS_BYTES } from "../../core/binding/control-region.ts";
import type { BindingCounters } from "../../core/binding/counters.ts";
import type { Finding } from "../../core/judge/finding.ts";
import { findEarlyInitialise, findOverwritten } from "../../core/judge/looks.ts";
import type { Window } from "../../platform/port.ts";

export class HostLooks {
  readonly #window: Pick<Window, "read"> | undefined;
  readonly #region = new Uint8Array(CONTROL_FIELDS_BYTES);
  /** Closes, fences and proposals of the host that had been read at the last look. */
  #closes = 0;
  #fences = 0;
  #proposals = 0;
  /** The last look saw a close, and nothing behind it. */
  #isBehindClose = false;
  #lostBefore = 0;
  #lostTold = 0;

  /**
   * `window`: of a board of depth 0, where the look at the host's fields is certain. A driver that holds a byte lets the host
   * go on before the BMC has read its first fence (LPC-KCS-13).
   */
  constructor(window: Pick<Window, "read"> | undefined) {
    this.#window = window;
  }

  /**
   * To be called behind each round. Looks at the host's fields when the BMC has read the first fence behind a close, and
   * nothing else since.
   */
  behindClose(counters: Readonly<BindingCounters>): Finding | undefined {
    const { closingInitialises, fencesReceived } = counters;
    const proposals = counters.sessionsOpened + counters.versionRefused + counters.mtuRefused;
    const hasClosed = closingInitialises !== this.#closes;
    const hasFenced = fencesReceived !== this.#fences;
    if (!hasClosed && !hasFenced && proposals === this.#proposals) return undefined;
    const isFirstFence =
      this.#isBehindClose && fencesReceived === this.#fences + 1 && !hasClosed && proposals === this.#proposals;
    this.#isBehindClose = closingInitialises === this.#closes + 1 && !hasFenced;
    this.#closes = closingInitialises;
    this.#fences = fencesReceived;
    this.#proposals = proposals;
    if (!isFirstFence || this.#window === undefined) return undefined;
    this.#window.read(0, this.#region, 0, CONTROL_FIELDS_BYTES);
    return findEarlyInitialise(this.#region);
  }

  /**
   * `lost`: host bytes that were lost in IDR, by the board's counts. A byte that is being counted looks like a lost one, so
   * what two calls found is a finding.
   */
  atCounts(lost: number): Finding | undefined {
    const sure = Math.min(lost, this.#lostBefore);
    this.#lostBefore = lost;
    if (sure <= this.#lostTold) return undefined;
    const more = sure - this.#lostTold;
    this.#lostTold = sure;
    return findOverwritten(more);
  }
}
