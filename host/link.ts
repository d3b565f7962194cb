/** The host's end of a board as a link of the asynchronous API. */
import { boardLink, linkOnBoard, type Link } from "../src/api/link.ts";
import { HostPortBus } from "../src/node/port-bus.ts";
import { createPacketMemory } from "../src/node/packet-memory.ts";
import type { PollMode } from "../src/node/runner.ts";
import { openHostPlatform, parsePlatform } from "../src/platform/kinds.ts";
import type { Depth } from "../src/core/binding/kcs-word.ts";
import type { HostPlatform } from "../src/platform/port.ts";
import { createHostSide } from "./role/side.ts";
import type { HostConfig } from "./role/state.ts";

export interface HostLinkOptions extends Partial<Omit<HostConfig, "windowBytes">> {
  /** How to wait for the other side. Default: adaptive. */
  readonly poll?: PollMode;
  /** Window bytes of a virtual board: one that exists must have them. Default: as it is, 1 MiB where it is made. */
  readonly windowBytes?: number;
  /** Depth of it, likewise: 0, registers alone (where it is made), or 1, the raw KCS driver before the BMC. */
  readonly depth?: Depth;
}

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
  const { poll, windowBytes, depth, ...config } = options;
  return linkOnBoard(
    place,
    { poll, windowBytes, depth },
    (name, opening) => openHostPlatform(parsePlatform(name), opening),
    (platform, mode) => {
      const side = createHostSide({ ...config, windowBytes: platform.window.size }, createPacketMemory());
      return boardLink(side, new HostPortBus(platform), platform, mode);
    },
  );
}
