/** Times of many requests as the few numbers that are shown. */
import type { Answers } from "./honest-traffic.ts";

/** Milliseconds. */
export interface AnswersSummary {
  readonly sent: number;
  readonly lost: number;
  readonly median: number;
  readonly p99: number;
  readonly worst: number;
}

export function summaryOf(...all: readonly Answers[]): AnswersSummary {
  const times = all.flatMap(({ milliseconds }) => milliseconds).sort((one, other) => one - other);
  const lost = all.reduce((sum, answers) => sum + answers.lost, 0);
  const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? 0;
  return { sent: times.length + lost, lost, median: at(0.5), p99: at(0.99), worst: times.at(-1) ?? 0 };
}
