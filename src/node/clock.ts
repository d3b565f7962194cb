/** Time for the core, and what this process uses of its processors. */
import { millis, type Millis } from "../core/wire/units.ts";

export interface Clock {
  /** Monotonic, so that a change of the wall clock ends no wait. */
  now(): Millis;
  /** Processor time that a turn of so long is taken to have used, see ProcessorMeter; default: as much as has passed. */
  usedIn?(passed: Millis): Millis;
}

/** Milliseconds of turns between two looks at the processor time: a look costs as much as a short turn. */
const LOOK_INTERVAL = 5;
/** Processors that a turn is taken to use at most. The process has other work, too, which is no turn's. */
const MOST_PROCESSORS = 2;

/**
 * Tells processor time from the time that passes: on a machine that has other work, turns take long and use little; where
 * their garbage is collected on other threads, they use more than the time that they take. What all threads of the process
 * have used since the last look is shared out over the turns since then, and holds for the turns up to the next.
 */
export class ProcessorMeter {
  readonly #used: () => number;
  #processors = 1;
  #turns = 0;
  #usedBefore: number;

  /** `used`: milliseconds that all threads of the process have used so far. */
  constructor(used: () => number) {
    this.#used = used;
    this.#usedBefore = used();
  }

  usedIn(passed: Millis): Millis {
    this.#turns += passed;
    if (this.#turns >= LOOK_INTERVAL) {
      const used = this.#used();
      this.#processors = Math.min(MOST_PROCESSORS, (used - this.#usedBefore) / this.#turns);
      this.#usedBefore = used;
      this.#turns = 0;
    }
    return millis(passed * this.#processors);
  }
}

const meter = new ProcessorMeter(() => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
});

export const monotonicClock: Clock = {
  now: () => millis(performance.now()),
  usedIn: (passed) => meter.usedIn(passed),
};

/** Processor time of a turn that began at `began` and ends now. */
export function usedSince(clock: Clock, began: Millis): Millis {
  const passed = millis(clock.now() - began);
  return clock.usedIn?.(passed) ?? passed;
}
