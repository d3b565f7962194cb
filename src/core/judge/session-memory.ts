/**
 * What a judge needs of a session whose beginning the recorder no longer holds: the accesses that opened it, and moments
 * at which nothing was under way. From such a moment on the bus can be judged without what came before.
 */
import type { SideListener } from "./listener.ts";
import { Recorder, type BeforeAccess } from "./recorder.ts";

const OPENING_ENTRIES = 64;
const MOMENTS = 8;

export interface SessionContext {
  /** With the number of each access, for those that the recorder it is told from no longer holds. */
  readonly opening: { readonly recorder: Recorder; readonly numbers: readonly number[] } | undefined;
  readonly from: number;
}

export class SessionMemory {
  readonly #recorder: Recorder;
  readonly #opening: Recorder;
  /** The recorder's entry numbers, oldest first from `#next` on; the places come round. */
  readonly #moments = new Float64Array(MOMENTS).fill(-1);
  readonly #apart: number;
  #next = 0;
  #last = 0;
  /** The entry with which the opening begins, -1 before the first session. */
  #openingFrom = -1;
  /** The recorder's numbers of the opening's accesses; of polls it tells two. */
  #openingNumbers: number[] = [];

  constructor(recorder: Recorder, opening: Recorder = new Recorder({ entries: OPENING_ENTRIES })) {
    this.#recorder = recorder;
    this.#opening = opening;
    this.#apart = recorder.entries / MOMENTS;
  }

  /** A session is open and no packet is under way in either direction. `isNew`: for the first time in this session. */
  quiet(isNew: boolean): void {
    const { made } = this.#recorder;
    if (isNew) this.#keepOpening();
    else if (made - this.#last < this.#apart) return;
    this.#moments[this.#next] = made;
    this.#next = (this.#next + 1) % MOMENTS;
    this.#last = made;
  }

  /**
   * Tells the opening of the last session and, from the first quiet moment on that is held, what followed. False, and
   * nothing told, where the recorder holds the opening itself or no such moment.
   */
  replay(listener: SideListener, before: BeforeAccess): boolean {
    const { oldest } = this.#recorder;
    if (this.#openingFrom < 0 || this.#openingFrom >= oldest) return false;
    const held = this.#moments.filter((moment) => moment >= oldest && moment > this.#openingFrom);
    if (held.length === 0) return false;
    this.#opening.replay(listener, (_access, time) => {
      before(-1, time);
    });
    this.#recorder.replay(listener, before, Math.min(...held));
    return true;
  }

  /**
   * What is needed to understand the accesses that are held: the opening, where the recorder no longer holds it, and the
   * entry to begin with. That is a moment at which nothing was under way, if one is known: the first, or the last.
   */
  context(which: "longest" | "latest"): SessionContext {
    const { oldest, made } = this.#recorder;
    // An access behind it says how many are missing before it.
    const held = this.#moments.filter((moment) => moment >= oldest && moment > this.#openingFrom && moment < made);
    if (this.#openingFrom < 0 || this.#openingFrom >= oldest || held.length === 0) {
      const isLatest = which === "latest" && this.#openingFrom >= oldest;
      return { opening: undefined, from: isLatest ? this.#openingFrom : oldest };
    }
    const from = which === "longest" ? Math.min(...held) : Math.max(...held);
    return { opening: { recorder: this.#opening, numbers: this.#openingNumbers }, from };
  }

  /** The same at this moment, of a copy of the recorder. */
  copy(recorder: Recorder): SessionMemory {
    const other = new SessionMemory(recorder, this.#opening.copy());
    other.#moments.set(this.#moments);
    other.#next = this.#next;
    other.#last = this.#last;
    other.#openingFrom = this.#openingFrom;
    other.#openingNumbers = this.#openingNumbers;
    return other;
  }

  #keepOpening(): void {
    const { made, oldest } = this.#recorder;
    this.#moments.fill(-1);
    this.#openingFrom = Math.max(oldest, made - OPENING_ENTRIES);
    this.#opening.clear();
    const opening = this.#opening;
    this.#openingNumbers = [];
    this.#recorder.replay(
      opening,
      (access, time) => {
        this.#openingNumbers.push(access);
        opening.time = time;
      },
      this.#openingFrom,
    );
  }
}
