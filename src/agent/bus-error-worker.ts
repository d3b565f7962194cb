/** The second thread of bus-error-watch.ts. */
import { readFileSync, rmSync, statSync, watch, writeSync } from "node:fs";
import { constants } from "node:os";
import { workerData } from "node:worker_threads";
import { shortened } from "../platform/shared-file/shortened.ts";
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

/** Whether the first thread sits in the handler of parkOnBusError: while it does, the signal is blocked. */
function isParked(): boolean {
  const status = readFileSync(`/proc/self/task/${String(process.pid)}/status`, "latin1");
  const blocked = /^SigBlk:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0";
  return ((BigInt(`0x${blocked}`) >> BigInt(constants.signals.SIGBUS - 1)) & 1n) === 1n;
}

async function end(): Promise<never> {
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
  // Loaded only now: a thread that has a native module loaded can bring down a process that is about to end in order.
  const { exitNow } = await import("../platform/libc.ts");
  return exitNow(1);
}

let ending = false;

function look(): void {
  if (!ending && isParked()) {
    ending = true;
    void end();
  }
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
