/** What pairs of measurements say about two builds. A pair is measured back to back, so that both meet the same noise. */
import { median } from "./statistics.ts";

/** Times of the same work, in any one unit. */
export interface TimePair {
  readonly own: number;
  readonly other: number;
}

export interface PairSummary {
  readonly own: TimeSummary;
  readonly other: TimeSummary;
  /** Times as quick as the other: the other's time divided by the own one, of the medians and of the least times. */
  readonly ratioOfMedians: number;
  readonly ratioOfBests: number;
  /** The same of every pair by itself: the least and the largest. */
  readonly pairRatios: { readonly min: number; readonly max: number };
}

interface TimeSummary {
  readonly median: number;
  readonly best: number;
}

/** Throws unless the count of pairs is odd: the median is then one of the measurements, and no mean of two. */
export function summarizePairs(pairs: readonly TimePair[]): PairSummary {
  if (pairs.length % 2 === 0) throw new RangeError(`${String(pairs.length)} pairs: the count must be odd`);
  const own = summarize(pairs.map((pair) => pair.own));
  const other = summarize(pairs.map((pair) => pair.other));
  const ratios = pairs.map((pair) => pair.other / pair.own);
  return {
    own,
    other,
    ratioOfMedians: other.median / own.median,
    ratioOfBests: other.best / own.best,
    pairRatios: { min: Math.min(...ratios), max: Math.max(...ratios) },
  };
}

function summarize(times: readonly number[]): TimeSummary {
  return { median: median(times), best: Math.min(...times) };
}
