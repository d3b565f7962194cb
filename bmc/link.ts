/** The BMC's end of a board as a link of the asynchronous API. */
import { boardLink, type BoardLinkOptions, type Link } from "../src/api/link.ts";
import { BmcPortBus } from "../src/node/port-bus.ts";
import { openBmcPlatform, parsePlatform } from "../src/platform/kinds.ts";
import type { BmcPlatform } from "../src/platform/port.ts";
import { createBmcSide } from "./role/side.ts";
import type { BmcConfig } from "./role/state.ts";

export interface BmcLinkOptions extends BoardLinkOptions, Partial<Omit<BmcConfig, "windowBytes">> {}

/**
 * The link of the BMC on a platform, like "shm:/dev/shm/board" or a side of a LoopbackBoard. A virtual board that does not
 * exist is made. Throws an MctpError: `misuse` for words and numbers that cannot be, `board` for a board that cannot be
 * used or has its BMC already.
 *
 * @example
 * ```ts
 * const link = bmcLink("shm:/dev/shm/board", { versions: { min: 1, cur: 3 } });
 * await using bmc = new Endpoint(link, { eid: 8, kind: "busOwner", duties: true });
 * ```
 */
export function bmcLink(place: string | BmcPlatform, options: BmcLinkOptions = {}): Link {
  return boardLink(place, options, {
    open: (name, opening) => openBmcPlatform(parsePlatform(name, "bmc"), opening),
    side: createBmcSide,
    bus: (platform) => new BmcPortBus(platform),
  });
}
