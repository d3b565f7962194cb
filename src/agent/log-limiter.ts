/**
 * Lines about what the peer does, at a rate that the peer does not set: so many at once, so many a second after that.
 * What is left out is counted and told with the next line that is let through, or when it has become quiet.
 */
import type { Clock } from "../node/clock.ts";
import { later, millis, type Millis } from "../core/wire/units.ts";

const BURST_LINES = 100;
const LINES_PER_SECOND = 10;
const TELL_DELAY_MILLISECONDS = 2000;

export class LogLimiter {
  readonly #log: (line: string) => void;
  readonly #clock: Clock;
  /** When the next line would be due if lines came at the sustained rate. */
  #due: Millis = millis(0);
  #leftOut = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Lines that were never written. */
  linesLeftOut = 0;

  constructor(log: (line: string) => void, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  write(line: string): void {
    if (!this.#admit()) {
      this.#leftOut++;
      this.linesLeftOut++;
      this.#timer ??= setTimeout(() => {
        this.#tell();
      }, TELL_DELAY_MILLISECONDS).unref();
      return;
    }
    this.flush();
    this.#log(line);
  }

  /** Tells at once what was left out. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#leftOut === 0) return;
    const count = this.#leftOut;
    this.#leftOut = 0;
    this.#log(`${String(count)} ${count === 1 ? "line" : "lines"} left out: the peer changes its mind too often`);
  }

  #tell(): void {
    if (this.#admit()) {
      this.flush();
      return;
    }
    this.#timer = setTimeout(() => {
      this.#tell();
    }, TELL_DELAY_MILLISECONDS).unref();
  }

  #admit(): boolean {
    const now = this.#clock.now();
    const apart = 1000 / LINES_PER_SECOND;
    if (this.#due > later(now, millis((BURST_LINES - 1) * apart))) return false;
    this.#due = later(millis(Math.max(this.#due, now)), millis(apart));
    return true;
  }
}
