/** A second board as a further link of a bridge, on which the bridge is the BMC. */
import { NEWEST_VERSION, OLDEST_VERSION } from "../src/core/binding/versions.ts";
import { Channel } from "../src/node/channel.ts";
import { monotonicClock } from "../src/node/clock.ts";
import { floodText } from "../src/node/flood-text.ts";
import { CHANNEL_KIND, type LinkPlan, type LinkPort, type PortLink } from "../src/node/link.ts";
import { createPacketMemory } from "../src/node/packet-memory.ts";
import type { LinkShare } from "../src/node/processor-share.ts";
import { BmcPortBus } from "../src/node/port-bus.ts";
import { openBmcPlatform } from "../src/platform/kinds.ts";
import { orAbandon } from "../src/platform/scope.ts";
import type { SharedFileSpec } from "../src/platform/shared-file/spec.ts";
import { createBmcSide } from "./role/side.ts";
import type { Tell } from "../src/platform/log-events.ts";

/** The board is opened when the link starts, and made where it does not exist. */
export function secondBoard(spec: SharedFileSpec): LinkPlan {
  return {
    name: spec.name,
    kind: CHANNEL_KIND,
    showsPresence: true,
    open: (port, tell, share): PortLink => {
      let channel: ReturnType<typeof openChannel> | undefined;
      return {
        get unit() {
          return channel?.unit ?? 0;
        },
        get incomingUnit() {
          return channel?.incomingUnit ?? 0;
        },
        get paced() {
          return channel?.paced ?? 0;
        },
        kick: () => channel?.kick(),
        open: () => {
          channel = openChannel(spec, port, tell, share);
          return Promise.resolve();
        },
        start: async () => {
          channel ??= openChannel(spec, port, tell, share);
          await channel.start();
        },
        stop: async (inVain) => channel?.stop(inVain),
      };
    },
  };
}

function openChannel(spec: SharedFileSpec, port: LinkPort, tell: Tell, share: LinkShare) {
  const flooded = (): void => {
    tell(floodText("host", spec.name), "flood");
  };
  const opened = openBmcPlatform(spec, { doorbell: true, log: tell });
  return orAbandon(opened, (platform) => {
    const versions = { min: OLDEST_VERSION, cur: NEWEST_VERSION };
    const side = createBmcSide({ versions, mtu: undefined, windowBytes: platform.window.size }, createPacketMemory());
    const lost = ({ message }: Error): void => {
      if (port.isUp) port.linkDown(monotonicClock.now());
      tell(message, "link-lost");
    };
    const bus = new BmcPortBus(platform);
    return new Channel({ side, bus, platform, poll: "adaptive", lost, share, flooded }, port);
  });
}
