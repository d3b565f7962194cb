/** The BMC's end of a board as a link of the asynchronous API. */
import { boardLink, linkOnBoard, type Link } from "../src/api/link.ts";
import { BmcPortBus } from "../src/node/port-bus.ts";
import { createPacketMemory } from "../src/node/packet-memory.ts";
import type { PollMode } from "../src/node/runner.ts";
import { openBmcPlatform, parsePlatform } from "../src/platform/kinds.ts";
import type { Depth } from "../src/core/binding/kcs-word.ts";
import type { BmcPlatform } from "../src/platform/port.ts";
import { createBmcSide } from "./role/side.ts";
import type { BmcConfig } from "./role/state.ts";

export interface BmcLinkOptions extends Partial<Omit<BmcConfig, "windowBytes">> {
  /** How to wait for the other side. Default: adaptive. */
  readonly poll?: PollMode;
  /** Window bytes of a virtual board: one that exists must have them. Default: as it is, 1 MiB where it is made. */
  readonly windowBytes?: number;
  /** Depth of it, likewise: 0, registers alone (where it is made), or 1, the raw KCS driver before the BMC. */
  readonly depth?: Depth;
}

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
  const { poll, windowBytes, depth, ...config } = options;
  return linkOnBoard(
    place,
    { poll, windowBytes, depth },
    (name, opening) => openBmcPlatform(parsePlatform(name, "bmc"), opening),
    (platform, mode) => {
      const side = createBmcSide({ ...config, windowBytes: platform.window.size }, createPacketMemory());
      return boardLink(side, new BmcPortBus(platform), platform, mode);
    },
  );
}
