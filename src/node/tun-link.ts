/** An interface of this machine's kernel as a link of a node. */
import { Failure } from "../platform/failure.ts";
import { hasBecomeUser } from "../platform/privileges.ts";
import type { TunLinkSpec } from "../platform/tun/kind.ts";
import { TunDevice } from "../platform/tun/tun-device.ts";
import { monotonicClock } from "./clock.ts";
import { TUN_KIND, type LinkPlan } from "./link.ts";
import { TunDriver } from "./tun-driver.ts";

/** Throws a Failure for a process that gives up the rights which the interface needs for as long as it lives. */
export function tunLink(spec: TunLinkSpec): LinkPlan {
  const { name, owner, eid } = spec;
  if (hasBecomeUser()) {
    throw new Failure(
      "tun-user",
      `${name} needs the capability CAP_NET_ADMIN for as long as the agent runs, which --user gives up: leave --user out and have the service manager start the agent as that user with AmbientCapabilities=CAP_NET_ADMIN`,
    );
  }
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
