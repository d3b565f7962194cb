/** All runs of the battery. */
import type { BatteryRun } from "./run.ts";
import { BMC_RUNS } from "./bmc-runs.ts";
import { HOST_ANSWER_RUNS } from "./host-answer-runs.ts";
import { HOST_SESSION_RUNS } from "./host-session-runs.ts";
import { HOST_START_RUNS } from "./host-start-runs.ts";
import { PAIR_RUNS } from "./pair-runs.ts";
import { WALKS } from "./walks.ts";

export const RUNS: readonly BatteryRun[] = [
  ...PAIR_RUNS,
  ...HOST_ANSWER_RUNS,
  ...HOST_SESSION_RUNS,
  ...HOST_START_RUNS,
  ...BMC_RUNS,
  ...WALKS,
];
