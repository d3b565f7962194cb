/** An interface of this machine's kernel as a link of a node. */
import type { TunLinkSpec } from "../platform/tun/kind.ts";
import { TunDevice } from "../platform/tun/tun-device.ts";
import { monotonicClock } from "./clock.ts";
import { TUN_KIND, type LinkPlan } from "./link.ts";
import { TunDriver } from "./tun-driver.ts";

export function tunLink(spec: TunLinkSpec): LinkPlan {
  const { name, owner, eid } = spec;
  return {
    name,
    kind: TUN_KIND,
    showsPresence: false,
    kernel: { owner, eid },
    open: (port, tell, share) => {
      const ownEid = owner === "kernel" ? eid : undefined;
      return new TunDriver(port, monotonicClock, { make: () => TunDevice.make(spec), ownEid, share, tell });
    },
  };
}
