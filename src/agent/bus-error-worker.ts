/** The second thread of bus-error-watch.ts. */
import { rmSync, statSync, watch, writeSync } from "node:fs";
import { workerData } from "node:worker_threads";
import { exitNow, isParked } from "../platform/libc.ts";
import { shortened } from "../platform/shared-file/board-watch.ts";
import type { BusErrorPlan } from "./bus-error-watch.ts";

/** However the memory went. */
const LOOK_MILLISECONDS = 1000;
/** After the file has changed: the agent may touch it soon. */
const SOON_MILLISECONDS = [10, 50, 200];
const STANDARD_ERROR = 2;

const { boardPath, boardBytes, remove } = workerData as BusErrorPlan;

function cause(): string {
  const size = statSync(boardPath, { throwIfNoEntry: false })?.size;
  return size !== undefined && size < boardBytes
    ? shortened(boardPath).message
    : `an access to the board ${boardPath} failed: its memory is gone; remove it and start both agents again`;
}

function end(): never {
  for (const path of remove) {
    try {
      rmSync(path, { force: true });
    } catch {
      // Whoever comes next copes with what is left, as after a kill.
    }
  }
  try {
    writeSync(STANDARD_ERROR, `mctp-lpc: ${cause()}\n`);
  } catch {
    // Nobody reads it: the exit status still tells.
  }
  return exitNow(1);
}

function look(): void {
  if (isParked(process.pid)) end();
}

look();
setInterval(look, LOOK_MILLISECONDS);
try {
  watch(boardPath, () => {
    for (const delay of SOON_MILLISECONDS) setTimeout(look, delay);
  }).on("error", () => undefined);
} catch {
  // No watch left to give: the interval finds it as well, later.
}
