/** The end of a side in the event loop: its channel is closed in order, as far as the peer lets it. */
import type { Runner } from "./runner.ts";

/**
 * For a side that gets no rounds any more. It is longer than what a stop takes: with a dead BMC a host ends by H4.3, after
 * T_stop, 500 ms (LPC-TIME-5).
 */
const LIMIT_MILLISECONDS = 1000;

/** Asks the side to stop, and waits until it has. */
export async function closeChannel(
  side: { stop(): void; readonly stopped: boolean },
  runner: Pick<Runner, "kick">,
): Promise<void> {
  side.stop();
  runner.kick();
  const limit = performance.now() + LIMIT_MILLISECONDS;
  while (!side.stopped && performance.now() < limit) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    runner.kick();
  }
}
