/**
 * Turns a bus error into words and an exit status. A board's file that somebody makes shorter, or whose pages the file
 * system cannot provide, is a bus error for whoever touches it next; the kernel then ends the process by a signal, and
 * no JavaScript can run in its handler. So the thread that met it is parked in a handler of the C library, and a second
 * thread, which looks now and then, says what happened, removes what the agent has put beside the board, and ends the
 * process.
 */
import { statSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { fileURLToPath } from "node:url";
import { dieOnBusError, parkOnBusError } from "../platform/libc.ts";

/** What the second thread needs to know. */
export interface BusErrorPlan {
  readonly boardPath: string;
  readonly boardBytes: number;
  /** Files that are the agent's own: doorbell, control socket. */
  readonly remove: readonly string[];
}

/** The thread does next to nothing; a heap that is full would end the whole process, so it has room to spare. */
const SMALL_HEAP = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 2 };

/** From now on until the process ends. */
export function watchForBusErrors(boardPath: string, remove: readonly string[]): void {
  const plan: BusErrorPlan = { boardPath, boardBytes: statSync(boardPath).size, remove };
  const worker = new Worker(fileURLToPath(new URL("bus-error-worker.js", import.meta.url)), {
    workerData: plan,
    resourceLimits: SMALL_HEAP,
  });
  worker.unref();
  // At once: a thread that is parked before the second one runs is found by its first look.
  parkOnBusError();
  // Without the second thread nobody would end a parked process.
  worker.once("error", dieOnBusError);
}
