/** What is promised whatever a stranger does, and whether a run has shown it. */
import { BYTES_OF_KIND, LOG_BYTES_A_MINUTE } from "../../src/agent/log-limiter.ts";
import { STOP_LIMIT } from "../../src/agent/outputs/stop-limits.ts";
import { SAVE_INTERVAL_MILLISECONDS } from "../../src/node/kept-assignments.ts";
import { ANSWER_BURST, DEFAULT_FLOOD_SHARE, FLOOD_BURST } from "../../src/node/processor-share.ts";
import { HELD_BYTES_GOAL, LATENCY_GOAL, STALL_GOAL } from "../../spec/generator/limits/goals.ts";
import type { Attack, AttackResult } from "./attack.ts";
import type { AnswersSummary } from "./summary.ts";

const MEBIBYTE = 1024 * 1024;
/** An agent that waits for a processor for longer than this share of the time is on a machine that has other work. */
const BUSY_MACHINE = 0.2;
/** What the kernel's account of processor time, in steps of 10 ms, and V8's own threads leave open. */
const SHARE_MARGIN = 0.05;

/** `notJudged`: a time was missed, and the machine had other work: that shows nothing. */
export type Verdict = "met" | "missed" | "notJudged";

export interface GoalShown {
  readonly name: string;
  readonly goal: string;
  readonly measured: string;
  /** What was measured, to find the worst of several attacks. */
  readonly value: number;
  readonly verdict: Verdict;
  /** What the same traffic showed undisturbed, where the machine's load plays a part. */
  readonly undisturbed?: string;
}

/** The goals of one attack, in the order of the table. */
export function goalsOf(result: AttackResult): readonly GoalShown[] {
  const { before, during, toolsBefore, toolsDuring } = result;
  return [
    {
      name: "nothing got through",
      goal: "nothing",
      measured: result.gotThrough.length === 0 ? "nothing" : result.gotThrough.join("; "),
      value: result.gotThrough.length,
      verdict: judge(result.gotThrough.length === 0),
    },
    ...costs(result),
    ...latencies("honest requests", before, during, result.waited),
    ...latencies("local tools", toolsBefore, toolsDuring, result.waited),
    {
      name: "files",
      goal: "all whole",
      measured: `${String(result.files)} sent`,
      value: -result.files,
      verdict: judge(result.files > 0),
    },
    {
      name: "SIGTERM",
      goal: `ended within ${String(STOP_LIMIT)} ms`,
      measured:
        result.stopMilliseconds === undefined ? "had to be killed" : `${milliseconds(result.stopMilliseconds)} ms`,
      value: result.stopMilliseconds ?? Number.POSITIVE_INFINITY,
      verdict: judge(result.stopMilliseconds !== undefined && result.stopMilliseconds <= STOP_LIMIT),
    },
  ];
}

/** What the attack made the agent spend. */
function costs(result: AttackResult): readonly GoalShown[] {
  const { attack, seconds } = result;
  const isPayload = attack.spends === "payload";
  const stateWrites = result.stateWrites / seconds;
  return [
    {
      name: "memory held",
      goal: `at most ${megabytes(HELD_BYTES_GOAL)} MiB`,
      measured: `${megabytes(result.heldBytes)} MiB`,
      value: result.heldBytes,
      verdict: judge(result.heldBytes <= HELD_BYTES_GOAL),
    },
    {
      name: "processor share",
      goal: `at most ${percent(DEFAULT_FLOOD_SHARE)}`,
      measured: `${percent(result.processorShare)}${isPayload ? ", not charged" : ""}`,
      value: isPayload ? 0 : result.processorShare,
      verdict: judge(isPayload || result.processorShare <= shareAllowed(attack, seconds)),
    },
    {
      name: "log",
      goal: `at most ${String(LOG_BYTES_A_MINUTE / 1024)} KiB a minute`,
      measured: `${(result.logBytes / 1024).toFixed(1)} KiB in ${String(seconds)} s`,
      value: result.logBytes,
      verdict: judge(result.logBytes <= logAllowed(seconds)),
    },
    {
      name: "state",
      goal: "at most 1 write a second",
      measured: `${stateWrites.toFixed(1)} a second`,
      value: stateWrites,
      verdict: judge(result.stateWrites <= Math.ceil((1000 * seconds) / SAVE_INTERVAL_MILLISECONDS) + 1),
    },
    {
      name: "loop stall",
      goal: `at most ${String(STALL_GOAL)} ms`,
      measured: `${milliseconds(result.busiest)} ms`,
      value: result.busiest,
      undisturbed: `${milliseconds(result.busiestBefore)} ms`,
      verdict: judge(result.busiest <= STALL_GOAL + result.busiestBefore),
    },
  ];
}

/** `waited`: share of the time in which the agent had no processor. */
function latencies(
  name: string,
  quiet: AnswersSummary,
  disturbed: AnswersSummary,
  waited: number,
): readonly GoalShown[] {
  const isInTime = disturbed.p99 <= LATENCY_GOAL + quiet.p99;
  return [
    {
      name: `${name} lost`,
      goal: "none",
      measured: `${String(disturbed.lost)} of ${String(disturbed.sent)}`,
      value: disturbed.lost,
      verdict: judge(disturbed.lost === 0 && disturbed.sent > 0),
    },
    {
      name: `${name}, p99`,
      goal: `at most ${String(LATENCY_GOAL)} ms`,
      measured: timesOf(disturbed),
      value: disturbed.p99,
      undisturbed: timesOf(quiet),
      verdict: !isInTime && waited > BUSY_MACHINE ? "notJudged" : judge(isInTime),
    },
  ];
}

const judge = (isMet: boolean): Verdict => (isMet ? "met" : "missed");

/** Bytes that one port may have caused in so many seconds: a quarter of a minute's at once, the rest as it refills. */
function logAllowed(seconds: number): number {
  const kinds = Object.values(BYTES_OF_KIND).reduce((sum, bytes) => sum + bytes, 0);
  const minutes = seconds / 60;
  return kinds / 4 + minutes * kinds + (LOG_BYTES_A_MINUTE - kinds) * Math.max(1, minutes);
}

function shareAllowed({ spends }: Attack, seconds: number): number {
  const atOnce = spends === "answers" ? ANSWER_BURST : FLOOD_BURST;
  return DEFAULT_FLOOD_SHARE + atOnce / 1000 / seconds + SHARE_MARGIN;
}

export const megabytes = (bytes: number): string => (bytes / MEBIBYTE).toFixed(1);
export const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
const milliseconds = (time: number): string => time.toFixed(time < 10 ? 1 : 0);
const timesOf = ({ median, p99, worst }: AnswersSummary): string =>
  `${milliseconds(median)} / ${milliseconds(p99)} / ${milliseconds(worst)} ms`;
