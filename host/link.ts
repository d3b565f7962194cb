/** The host's end of a board as a link of the asynchronous API. */
import { boardLink, type BoardLinkOptions, type Link } from "../src/api/link.ts";
import { HostPortBus } from "../src/node/port-bus.ts";
import { openHostPlatform, parsePlatform } from "../src/platform/kinds.ts";
import type { HostPlatform } from "../src/platform/port.ts";
import { createHostSide } from "./role/side.ts";
import type { HostConfig } from "./role/state.ts";

export interface HostLinkOptions extends BoardLinkOptions, Partial<Omit<HostConfig, "windowBytes">> {}

/**
 * The link of the host on a platform, like "shm:/dev/shm/board" or a side of a LoopbackBoard. A virtual board that does not
 * exist is made. Throws an MctpError: `misuse` for words and numbers that cannot be, `board` for a board that cannot be
 * used or has its host already.
 *
 * @example
 * ```ts
 * await using host = new Endpoint(hostLink("shm:/dev/shm/board", { mtu: 4096 }), { eid: 9 });
 * ```
 */
export function hostLink(place: string | HostPlatform, options: HostLinkOptions = {}): Link {
  return boardLink(place, options, {
    open: (name, opening) => openHostPlatform(parsePlatform(name), opening),
    side: createHostSide,
    bus: (platform) => new HostPortBus(platform),
  });
}
