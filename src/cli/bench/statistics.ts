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

/**
 * Seconds a repetition, the median of `samples` runs. `work` does so many repetitions; how many fill a run of
 * `runSeconds` is found out first, which warms the program up as well.
 */
export function medianSeconds(samples: number, runSeconds: number, work: (repetitions: number) => void): number {
  let repetitions = 64;
  for (;;) {
    const seconds = secondsOf(() => {
      work(repetitions);
    });
    if (seconds > runSeconds / 2) {
      repetitions = Math.max(1, Math.round((repetitions * runSeconds) / seconds));
      break;
    }
    repetitions *= 2;
  }
  const runs = Array.from({ length: samples }, () =>
    secondsOf(() => {
      work(repetitions);
    }),
  );
  return median(runs) / repetitions;
}
