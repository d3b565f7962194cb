/** A second board as a further link of a bridge, on which the bridge is the BMC. */
import type { FurtherLink, OpenBoardLink } from "../src/node/bridging.ts";
import { monotonicClock } from "../src/node/clock.ts";
import { BmcPortBus } from "../src/node/port-bus.ts";
import { createPacketMemory } from "../src/node/packet-memory.ts";
import { Runner } from "../src/node/runner.ts";
import { SideDriver } from "../src/node/side-driver.ts";
import { NEWEST_VERSION, OLDEST_VERSION } from "../src/core/binding/versions.ts";
import { openBmcPlatform } from "../src/platform/kinds.ts";
import { abandon, orAbandon } from "../src/platform/scope.ts";
import type { SharedFileSpec } from "../src/platform/shared-file/kind.ts";
import type { RouterPort } from "../src/core/mctp/bridge/router-port.ts";
import { createBmcSide } from "./role/side.ts";

const STOP_LIMIT_MILLISECONDS = 500;

/** The board is opened when the link starts, and made where it does not exist. */
export const openBoardLink: OpenBoardLink = (spec, port, tell): FurtherLink => {
  let end: ReturnType<typeof openEnd> | undefined;
  return {
    get unit() {
      return end?.side.session?.mtu.bmcToHost ?? 0;
    },
    counters: undefined,
    kick: () => {
      end?.runner.kick();
    },
    start: () => {
      end = openEnd(spec, port, tell);
      end.runner.start();
      return Promise.resolve();
    },
    stop: async (inVain) => {
      if (end === undefined) return;
      const { platform, side, runner } = end;
      if (!end.isLost()) {
        side.stop();
        runner.kick();
        const limit = performance.now() + STOP_LIMIT_MILLISECONDS;
        while (!side.stopped && performance.now() < limit) {
          await new Promise((resolve) => setTimeout(resolve, 1));
          runner.kick();
        }
      }
      runner.stop();
      if (inVain === true) abandon(platform);
      else platform.close();
    },
  };
};

/** The BMC's end of the board, running for a port. */
function openEnd(spec: SharedFileSpec, port: RouterPort, tell: (line: string) => void) {
  const platform = openBmcPlatform(spec, { doorbell: true, log: tell });
  return orAbandon(platform, () => {
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
    return { platform, side, runner, isLost: () => lost };
  });
}
