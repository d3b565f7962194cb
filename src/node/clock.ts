/** Time for the core, and what this process has used of its processors. */
import { millis, type Millis } from "../core/wire/units.ts";

export interface Clock {
  /** Monotonic, so that a change of the wall clock ends no wait. */
  now(): Millis;
  /** Processor time of this process so far, of all its threads; default: the time that passes. */
  used?(): Millis;
}

export const monotonicClock: Clock = {
  now: () => millis(performance.now()),
  used: () => {
    const { user, system } = process.cpuUsage();
    return millis((user + system) / 1000);
  },
};

export function usedOf(clock: Clock): Millis {
  return clock.used?.() ?? clock.now();
}
