/** All runs of the battery. */
import type { BatteryRun } from "./run.ts";
import { WALKS } from "./walks.ts";

export const RUNS: readonly BatteryRun[] = WALKS;
