/**
 * Loaded into an agent under attack before its own first module (`node --expose-gc --import`): looks at the event loop and the
 * memory from within, and tells over the channel to the parent process. The agent's own code is as it is built.
 */

import { openSync, readSync } from "node:fs";

/** What is told at each look, of the time since the look before. */
export interface Look {
  /** Bytes that are reachable: the heap and what is beside it, after a garbage collection. */
  readonly heldBytes: number;
  /** Milliseconds, the longest that a timer was late. */
  readonly latest: number;
  /**
   * Milliseconds, the longest that the loop's thread ran while a timer was late: what the agent itself kept its loop busy for,
   * however much else ran on the machine.
   */
  readonly busiest: number;
}

const INTERVAL_MILLISECONDS = 5;

/** Milliseconds that the loop's thread has run, as the kernel counts them. */
const SCHEDULED = openSync("/proc/thread-self/schedstat", "r");
const scheduled = Buffer.alloc(64);
function ranFor(): number {
  const length = readSync(SCHEDULED, scheduled, 0, scheduled.length, 0);
  return Number(scheduled.toString("latin1", 0, length).split(" ")[0]) / 1_000_000;
}

let before = performance.now();
let ranBefore = ranFor();
let latest = 0;
let busiest = 0;

setInterval(() => {
  const now = performance.now();
  const late = now - before - INTERVAL_MILLISECONDS;
  latest = Math.max(latest, late);
  busiest = Math.max(busiest, Math.min(late, ranFor() - ranBefore));
  before = performance.now();
  ranBefore = ranFor();
}, INTERVAL_MILLISECONDS).unref();

process.on("message", () => {
  const told = { latest, busiest };
  void collected().then((heldBytes) => {
    process.send?.({ heldBytes, ...told } satisfies Look);
    // The collection is no fault of the agent's.
    before = performance.now();
    ranBefore = ranFor();
    latest = busiest = 0;
  });
});
// The channel keeps no agent alive.
process.channel?.unref();

async function collected(): Promise<number> {
  // Array buffers are let go of behind the collection that finds them unused.
  for (let round = 0; round < 2; round++) {
    globalThis.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
