/** What a command waits for, told as soon as it waits; on a terminal with the seconds that it has waited. */
import { complain } from "./output.ts";
import type { ProgressLine } from "./terminal.ts";

const TICK_MILLISECONDS = 1000;

export class WaitLine {
  readonly #progress: ProgressLine;
  readonly #limit: string;
  #why = "";
  #timer: NodeJS.Timeout | undefined;

  /** `limit`: how long it waits at most, in words. */
  constructor(progress: ProgressLine, limit: string) {
    this.#progress = progress;
    this.#limit = limit;
  }

  /** A reason is told once, however often it is given while the wait goes on. */
  waits(why: string): void {
    if (why === this.#why) return;
    this.end();
    this.#why = why;
    this.#progress.clear();
    complain(`${why}; ${this.#limit}`);
    const since = performance.now();
    this.#timer = setInterval(() => {
      this.#progress.update(`waiting for ${((performance.now() - since) / 1000).toFixed(0)} s`);
    }, TICK_MILLISECONDS);
  }

  end(): void {
    clearInterval(this.#timer);
    this.#why = "";
  }
}
