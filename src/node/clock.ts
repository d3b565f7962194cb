/** Time for the core: monotonic, so that a change of the wall clock ends no wait. */
import { millis, type Millis } from "../core/wire/units.ts";

export interface Clock {
  now(): Millis;
}

export const monotonicClock: Clock = { now: () => millis(performance.now()) };
