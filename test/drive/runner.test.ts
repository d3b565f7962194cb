import { describe, expect, test } from "@jest/globals";
import { createBmcSide } from "../../bmc/side.ts";
import { createHostSide } from "../../host/side.ts";
import { monotonicClock } from "../../src/drive/clock.ts";
import { bmcExecutor, hostExecutor } from "../../src/drive/executor.ts";
import { createPacketMemory } from "../../src/drive/packet-memory.ts";
import { POLL_MODES, Runner, type PollMode } from "../../src/drive/runner.ts";
import { SideDriver } from "../../src/drive/side-driver.ts";
import { LoopbackBoard } from "../../src/platform/loopback.ts";
import { bmcEndpoint, hostEndpoint } from "../support/endpoints.ts";

/** The longest that any mode sleeps, and some room for a machine that is busy. */
const SLOWEST_LOOK = 1000;
const PATIENCE = 10 * SLOWEST_LOOK;

/** Both sides in one event loop, each under a runner. */
class RunningPair {
  readonly board = new LoopbackBoard(4096);
  readonly host = createHostSide({ windowBytes: 4096, mtu: 64 }, createPacketMemory());
  readonly bmc = createBmcSide({ windowBytes: 4096, mtu: 64 }, createPacketMemory());
  readonly #runners: readonly Runner[];

  constructor(mode: PollMode) {
    const host = new SideDriver(this.host, hostExecutor(this.board.host), hostEndpoint());
    const bmc = new SideDriver(this.bmc, bmcExecutor(this.board.bmc), bmcEndpoint());
    this.#runners = [
      new Runner(bmc, this.board.bmc.interrupts, monotonicClock, mode),
      new Runner(host, this.board.host.interrupts, monotonicClock, mode),
    ];
    for (const runner of this.#runners) runner.start();
  }

  stop(): void {
    for (const runner of this.#runners) runner.stop();
  }

  /** Milliseconds until the condition holds, looked at now and then. */
  async until(condition: () => boolean, what: string): Promise<number> {
    const start = monotonicClock.now();
    while (!condition()) {
      if (monotonicClock.now() - start > PATIENCE) throw new Error(`no ${what} within ${PATIENCE} ms`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return monotonicClock.now() - start;
  }

  opened(sessions: number): boolean {
    return [this.host, this.bmc].every(
      ({ session, state }) => session !== undefined && state.counters.sessionsOpened === sessions,
    );
  }
}

describe("LPC-KCS-10 a side that nobody wakes looks at STR all the same", () => {
  test.each(POLL_MODES)(
    "LPC-KCS-10, LPC-BMC-9: %s: a reset that rings for nobody is found, be the sides fast asleep",
    async (mode) => {
      const pair = new RunningPair(mode);
      try {
        await pair.until(() => pair.opened(1), "session");
        // Long enough for every mode to have come to its longest sleep.
        await new Promise((resolve) => setTimeout(resolve, SLOWEST_LOOK));
        pair.board.word = 0;
        await pair.until(() => pair.bmc.state.counters.statusResetSeen === 1, "look at STR");
        await pair.until(() => pair.opened(2), "second session");
      } finally {
        pair.stop();
      }
    },
    2 * PATIENCE,
  );

  test("a runner that was stopped looks at nothing any more", async () => {
    const pair = new RunningPair("adaptive");
    await pair.until(() => pair.opened(1), "session");
    pair.stop();
    pair.board.word = 0;
    pair.board.bmcInterrupts.raise();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(pair.bmc.state.counters.statusResetSeen).toBe(0);
  });
});
