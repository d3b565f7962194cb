/** How long a host rests, and what ends its rest (LPC-TIME-2). */
import { LATENESS } from "../context.ts";
import { PLACE } from "../requirements.ts";
import type { Rulings } from "../rulings.ts";
import { EARLY } from "./stop.ts";

/** Follows one rest: when it began, and whether the version fields have changed since. */
export class Rest {
  readonly #docket: Rulings;
  readonly #fields = new Uint8Array(4);
  #hasChanged = false;
  #began: number = Number.NaN;

  constructor(docket: Rulings) {
    this.#docket = docket;
  }

  /** The host may rest from here on. `fields`: the version fields as they are then, undefined for zeroed. */
  begin(fields: Uint8Array | undefined): void {
    if (fields === undefined) this.#fields.fill(0);
    else this.#fields.set(fields);
    this.#hasChanged = false;
    this.#began = this.#docket.context.moment;
  }

  /** The version fields are read at `start` while the host rests. */
  read(bytes: Uint8Array, start: number): void {
    const { moment, times } = this.#docket.context;
    const rested = moment - this.#began;
    if (this.#hasChanged || rested > times.refused + LATENESS) {
      this.#docket.break("LPC-TIME-2", "draft", {
        seen: this.#hasChanged
          ? "the host rests on, though the version fields have changed"
          : `the host still rests after ${String(Math.round(rested))} ms`,
        expected: this.#hasChanged ? "a BMC that restarts ends the rest" : `a rest lasts ${String(times.refused)} ms`,
      });
      this.#began = Number.NaN;
    }
    this.#hasChanged = [0, 1, 2, 3].some((at) => bytes[start + at] !== this.#fields[at]);
  }

  /** A start-up begins behind the rest. */
  judgeEnd(): void {
    const { moment, times, livesTold } = this.#docket.context;
    const rested = moment - this.#began;
    if (this.#hasChanged || !livesTold || !(rested < times.refused - EARLY)) {
      this.#docket.keep(PLACE["LPC-TIME-2"]);
      return;
    }
    this.#docket.break("LPC-TIME-2", "draft", {
      seen: `a rest ends after ${String(Math.round(rested))} ms, the host version fields unchanged`,
      expected: `it lasts ${String(times.refused)} ms`,
    });
  }
}
