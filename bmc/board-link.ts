/** A second board as a further link of a bridge, on which the bridge is the BMC. */
import type { FurtherLink, OpenBoardLink } from "../src/node/bridging.ts";
import { monotonicClock } from "../src/node/clock.ts";
import { BmcPortBus } from "../src/node/port-bus.ts";
import { createPacketMemory } from "../src/node/packet-memory.ts";
import { Runner } from "../src/node/runner.ts";
import { SideDriver } from "../src/node/side-driver.ts";
import { NEWEST_VERSION, OLDEST_VERSION } from "../src/core/binding/versions.ts";
import { openBmcPlatform } from "./platform.ts";
import { createBmcSide } from "./role/side.ts";

const WINDOW_BYTES = 1024 * 1024;
const STOP_LIMIT_MILLISECONDS = 500;

/** Opens the board, which is made where it does not exist. Throws a Failure. */
export const openBoardLink: OpenBoardLink = (spec, port, tell): FurtherLink => {
  const platform = openBmcPlatform(
    { scheme: "shm", path: spec.path, name: spec.name },
    { windowBytes: WINDOW_BYTES, doorbell: true, log: tell },
  );
  const versions = { min: OLDEST_VERSION, cur: NEWEST_VERSION };
  const side = createBmcSide({ versions, mtu: undefined, windowBytes: platform.window.size }, createPacketMemory());
  const driver = new SideDriver(side, new BmcPortBus(platform), port);
  const runner = new Runner(driver, platform.interrupts, monotonicClock, "adaptive");
  let lost = false;
  platform.whenLost?.((why) => {
    lost = true;
    runner.stop();
    if (port.isUp) port.linkDown(monotonicClock.now());
    tell(why.message);
  });
  return {
    get unit() {
      return side.session?.mtu.bmcToHost ?? 0;
    },
    counters: undefined,
    kick: () => {
      runner.kick();
    },
    start: () => {
      runner.start();
      return Promise.resolve();
    },
    stop: async () => {
      if (!lost) {
        side.stop();
        runner.kick();
        const limit = performance.now() + STOP_LIMIT_MILLISECONDS;
        while (!side.stopped && performance.now() < limit) {
          await new Promise((resolve) => setTimeout(resolve, 1));
          runner.kick();
        }
      }
      runner.stop();
      platform.close();
    },
  };
};
