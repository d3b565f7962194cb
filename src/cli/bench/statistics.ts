/** Medians and percentiles of samples: these machines are noisy, means lie. */

/** The value below which `share` (0 to 1) of the samples lie; NaN without samples. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

export function median(samples: readonly number[]): number {
  return percentile(samples, 0.5);
}

/** Seconds that `work` took. */
export function secondsOf(work: () => void): number {
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
  for (let warm = 0; warm < WARM_UP_RUNS * runSeconds;) {
    const seconds = secondsOf(() => {
      work(repetitions);
    });
    warm += seconds;
    repetitions = Math.max(1, Math.min(4 * repetitions, Math.round((repetitions * runSeconds) / seconds)));
  }
  const runs = Array.from({ length: samples }, () =>
    secondsOf(() => {
      work(repetitions);
    }),
  );
  return median(runs) / repetitions;
}
