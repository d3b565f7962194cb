/** Medians and percentiles of samples: these machines are noisy, means lie. */

/** The value below which `share` (0 to 1) of the samples lie; NaN without samples. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

export function median(samples: readonly number[]): number {
  return percentile(samples, 0.5);
}

/** Seconds that `work` takes. */
function secondsOf(work: () => void): number {
  const started = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - started) / 1e9;
}

/** Runs before the first that counts take this many times a run: the compiler needs that long to make up its mind. */
const WARM_UP_RUNS = 3;

/**
 * Seconds a repetition, the median of `samples` runs of about `runSeconds` each. `work` does so many repetitions; how
 * many fill a run is found out while the program warms up.
 */
export function medianSeconds(samples: number, runSeconds: number, work: (repetitions: number) => void): number {
  let repetitions = 64;
  const runOnce = (): number =>
    secondsOf(() => {
      work(repetitions);
    });
  for (let warm = 0; warm < WARM_UP_RUNS * runSeconds;) {
    const seconds = runOnce();
    warm += seconds;
    repetitions = Math.max(1, Math.min(4 * repetitions, Math.round((repetitions * runSeconds) / seconds)));
  }
  return median(Array.from({ length: samples }, runOnce)) / repetitions;
}

/* ---- Two builds ---- */

/** Times of the same work in any one unit, measured one after the other so that both meet the same noise. */
export interface TimePair {
  readonly own: number;
  readonly other: number;
}

/** All ratios: how many times as quick the own build is. */
export interface Ratios {
  readonly ratioOfMedians: number;
  readonly ratioOfBests: number;
  /** The least and the largest ratio of one pair. */
  readonly pairRatios: { readonly min: number; readonly max: number };
}

/** Throws unless the count of pairs is odd: the median is then one of the measurements, and no mean of two. */
export function ratiosOf(pairs: readonly TimePair[]): Ratios {
  if (pairs.length % 2 === 0) throw new RangeError(`${String(pairs.length)} pairs: the count must be odd`);
  const [own, other] = [pairs.map((pair) => pair.own), pairs.map((pair) => pair.other)];
  const ratios = pairs.map((pair) => pair.other / pair.own);
  return {
    ratioOfMedians: median(other) / median(own),
    ratioOfBests: Math.min(...other) / Math.min(...own),
    pairRatios: { min: Math.min(...ratios), max: Math.max(...ratios) },
  };
}
