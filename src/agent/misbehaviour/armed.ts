/** An entry of a list as it is carried out: which occasions it takes, how often it was done, and what is told of it. */
import { SeededRandom } from "../../platform/faulty.ts";
import type { RoleName } from "../../core/binding/side.ts";
import type { Entry } from "./list.ts";
import type { Tell } from "../../platform/log-events.ts";

const PERCENT = 100;
const TEN = 10;

export class Armed {
  readonly entry: Entry;
  /** How often it was done. */
  times = 0;
  readonly #random: SeededRandom;
  readonly #tell: Tell;
  readonly #breaks: string;
  #occasions = 0;
  /** The count at which it is told next: the first time, the tenth, the hundredth. */
  #toldNext = 1;

  constructor(entry: Entry, role: RoleName, seed: number, tell: Tell) {
    this.entry = entry;
    this.#random = new SeededRandom(seed);
    this.#tell = tell;
    this.#breaks = entry.misdeed.breaks[role]?.[0] ?? "";
  }

  /** The requirement that it breaks before all others. */
  get breaks(): string {
    return this.#breaks;
  }

  /** Asked once for each occasion. */
  chosen(): boolean {
    const { nth, percent } = this.entry;
    this.#occasions++;
    if (nth !== undefined && this.#occasions !== nth) return false;
    return percent === undefined || this.#random.chance(percent / PERCENT);
  }

  done(): void {
    this.times++;
    if (this.times < this.#toldNext) return;
    this.#toldNext *= TEN;
    const count = this.times === 1 ? "1 time" : `${String(this.times)} times`;
    this.#tell(`misbehaved on purpose: ${this.entry.text} (${this.#breaks}), ${count} so far`, "misbehaviour");
  }
}
