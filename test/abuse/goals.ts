/** What is promised whatever a stranger does, and whether a run has shown it. */
import { BYTES_OF_KIND, LOG_BYTES_A_MINUTE } from "../../src/agent/log-limiter.ts";
import { STOP_LIMIT } from "../../src/agent/outputs/stop-limits.ts";
import { SAVE_INTERVAL_MILLISECONDS } from "../../src/node/kept-assignments.ts";
import { DEFAULT_FLOOD_SHARE, FLOOD_BURST } from "../../src/node/processor-share.ts";
import { HELD_BYTES_GOAL, LATENCY_GOAL, STALL_GOAL } from "../../spec/generator/limits/goals.ts";
import type { AttackResult } from "./attack.ts";
import type { AnswersSummary } from "./summary.ts";

const MEBIBYTE = 1024 * 1024;
/** What the kernel's account of processor time, in steps of 10 ms, and V8's own threads leave open. */
const SHARE_MARGIN = 0.05;

export interface GoalShown {
  readonly name: string;
  readonly goal: string;
  readonly measured: string;
  readonly isMet: boolean;
  /** What the same traffic showed undisturbed, where the machine's load plays a part. */
  readonly undisturbed?: string;
}

/** The goals of one attack, in the order of the table. */
export function goalsOf(result: AttackResult): readonly GoalShown[] {
  const { attack, seconds, before, during, toolsBefore, toolsDuring } = result;
  const stateWrites = result.stateWrites / seconds;
  const allowedLog = logAllowed(seconds);
  return [
    {
      name: "nothing got through",
      goal: "nothing",
      measured: result.gotThrough.length === 0 ? "nothing" : result.gotThrough.join("; "),
      isMet: result.gotThrough.length === 0,
    },
    {
      name: "memory held",
      goal: `at most ${megabytes(HELD_BYTES_GOAL)} MiB`,
      measured: `${megabytes(result.heldBytes)} MiB`,
      isMet: result.heldBytes <= HELD_BYTES_GOAL,
    },
    {
      name: "processor share",
      goal: attack.isPayload === true ? "not charged" : `at most ${percent(DEFAULT_FLOOD_SHARE)}`,
      measured: percent(result.processorShare),
      isMet: attack.isPayload === true || result.processorShare <= shareAllowed(seconds),
    },
    {
      name: "log",
      goal: `at most ${String(LOG_BYTES_A_MINUTE / 1024)} KiB a minute`,
      measured: `${(result.logBytes / 1024).toFixed(1)} KiB in ${String(seconds)} s`,
      isMet: result.logBytes <= allowedLog,
    },
    {
      name: "state",
      goal: "at most 1 write a second",
      measured: `${stateWrites.toFixed(1)} a second`,
      isMet: result.stateWrites <= Math.ceil((1000 * seconds) / SAVE_INTERVAL_MILLISECONDS) + 1,
    },
    {
      name: "loop stall",
      goal: `at most ${String(STALL_GOAL)} ms`,
      measured: `${milliseconds(result.busiest)} ms`,
      undisturbed: `${milliseconds(result.busiestBefore)} ms`,
      isMet: result.busiest <= STALL_GOAL + result.busiestBefore,
    },
    ...[["honest requests", before, during] as const, ["local tools", toolsBefore, toolsDuring] as const].flatMap(
      ([name, quiet, disturbed]): GoalShown[] => [
        {
          name: `${name} lost`,
          goal: "none",
          measured: `${String(disturbed.lost)} of ${String(disturbed.sent)}`,
          isMet: disturbed.lost === 0 && disturbed.sent > 0,
        },
        {
          name: `${name}, p99`,
          goal: `at most ${String(LATENCY_GOAL)} ms`,
          measured: timesOf(disturbed),
          undisturbed: timesOf(quiet),
          isMet: disturbed.p99 <= LATENCY_GOAL + quiet.p99,
        },
      ],
    ),
    {
      name: "files",
      goal: "all whole",
      measured: `${String(result.files)} sent`,
      isMet: result.files > 0,
    },
    {
      name: "SIGTERM",
      goal: `ended within ${String(STOP_LIMIT)} ms`,
      measured:
        result.stopMilliseconds === undefined ? "had to be killed" : `${milliseconds(result.stopMilliseconds)} ms`,
      isMet: result.stopMilliseconds !== undefined && result.stopMilliseconds <= STOP_LIMIT,
    },
  ];
}

/** Bytes that one port may have caused in so many seconds: a quarter of a minute's at once, the rest as it refills. */
function logAllowed(seconds: number): number {
  const kinds = Object.values(BYTES_OF_KIND).reduce((sum, bytes) => sum + bytes, 0);
  const minutes = seconds / 60;
  return kinds / 4 + minutes * kinds + (LOG_BYTES_A_MINUTE - kinds) * Math.max(1, minutes);
}

function shareAllowed(seconds: number): number {
  return DEFAULT_FLOOD_SHARE + FLOOD_BURST / 1000 / seconds + SHARE_MARGIN;
}

export const megabytes = (bytes: number): string => (bytes / MEBIBYTE).toFixed(1);
export const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
const milliseconds = (time: number): string => time.toFixed(time < 10 ? 1 : 0);
const timesOf = ({ median, p99, worst }: AnswersSummary): string =>
  `${milliseconds(median)} / ${milliseconds(p99)} / ${milliseconds(worst)} ms`;
