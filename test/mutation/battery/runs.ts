/** All runs of the battery. */
import type { BatteryRun } from "./run.ts";
import { BMC_RUNS } from "./bmc-runs.ts";
import { HOST_RUNS } from "./host-runs.ts";
import { PAIR_RUNS } from "./pair-runs.ts";
import { WALKS } from "./walks.ts";

export const RUNS: readonly BatteryRun[] = [...PAIR_RUNS, ...HOST_RUNS, ...BMC_RUNS, ...WALKS];
