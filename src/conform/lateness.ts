/** How late the machine lets the tester be: what a case sees on a busy machine may be the machine's doing. */
import type { Surroundings } from "./surroundings.ts";

/** Milliseconds: a machine that lets the tester wait for as long lets the other side wait, too. */
const BUSY = 20;
/** Milliseconds for which it is taken for busy then: the two wait for their turns at different times. */
const BUSY_FOR = 10_000;

/** Wraps what a run is given, and measures by how much pauses and looks at the clock come later than they should. */
export class Lateness {
  readonly surroundings: Surroundings;
  readonly #given: Surroundings;
  #last: number;
  #longest = 0;
  #busyUntil: number;

  constructor(given: Surroundings) {
    this.#given = given;
    this.#last = given.now();
    this.#busyUntil = this.#last;
    const { restart, stop } = given;
    this.surroundings = {
      ...given,
      now: () => this.#look(0),
      pause: async (milliseconds) => {
        this.#look(0);
        await given.pause(milliseconds);
        this.#look(milliseconds);
      },
      restart: restart === undefined ? undefined : () => this.#leftOut(restart),
      ...(stop === undefined ? {} : { stop: () => this.#leftOut(stop) }),
    };
  }

  /** The longest lateness since `begin`, in milliseconds. */
  get longest(): number {
    this.#look(0);
    return this.#longest;
  }

  /** Whether the tester had to wait lately. */
  get isBusy(): boolean {
    return this.#look(0) < this.#busyUntil;
  }

  begin(): void {
    this.#last = this.#given.now();
    this.#longest = 0;
  }

  #look(asked: number): number {
    const now = this.#given.now();
    const late = now - this.#last - asked;
    this.#longest = Math.max(this.#longest, late);
    if (late >= BUSY) this.#busyUntil = now + BUSY_FOR;
    this.#last = now;
    return now;
  }

  /** Programs that start and stop take their time. */
  async #leftOut(work: () => Promise<void>): Promise<void> {
    this.#look(0);
    await work();
    this.#last = this.#given.now();
  }
}
