/** Links: what carries packets for an endpoint, driven by the event loop. */
import type { Depth } from "../core/binding/kcs-word.ts";
import type { RoleState, Side } from "../core/binding/side.ts";
import type { PacketMemory } from "../core/binding/packet-buffer.ts";
import { Channel } from "../node/channel.ts";
import { CHANNEL_KIND, type LinkKind } from "../node/link.ts";
import { createPacketMemory } from "../node/packet-memory.ts";
import { POLL_MODES, type PollMode } from "../node/runner.ts";
import type { PacketExchange } from "../core/mctp/link.ts";
import type { OpenOptions } from "../platform/kind.ts";
import type { HostPort, Platform } from "../platform/port.ts";
import { orAbandon } from "../platform/scope.ts";
import { MctpError, asBoardError } from "./errors.ts";

/** A link that carries packets for its endpoint. */
export interface RunningLink {
  /** Payload bytes of a packet that it sends; 0 while that is not known. Without it: the baseline, 64. */
  readonly unit?: number;
  /** There is something to send, or a new deadline: the link looks soon. */
  kick(): void;
  /** A promise was settled whose waiters run only when the event loop has its turn: a link that spins ends its turn. */
  endTurn?(): void;
  /** Closes the channel in order, as far as the other end lets it, and releases everything. */
  close(): Promise<void>;
}

/**
 * One end of a connection. `hostLink` of `mctp-lpc/host` and `bmcLink` of `mctp-lpc/bmc` make the two ends of the LPC
 * binding; a link of your own pulls packets from the exchange, hands in what arrives, and tells when it is up or down.
 */
export interface Link {
  /** For people: "serial:/dev/ttyUSB0". */
  readonly name?: string;
  /** How routing tables name it (DSP0239). Default: a binding of a vendor, the medium unspecified. */
  readonly kind?: LinkKind;
  /** Whether "up" says that there is another end. An endpoint announces itself on such a link, elsewhere it is asked. */
  readonly hasSessions?: boolean;
  /** Begins to carry packets; called once. `lost` is to be called when the link can never work again. */
  start(exchange: PacketExchange, lost: (why: Error) => void): RunningLink;
}

/** How a link of a board is opened; what a role is configured with stands beside it. */
export interface BoardLinkOptions {
  /** How to wait for the other side. Default: adaptive. */
  readonly poll?: PollMode;
  /** Window bytes of a virtual board: one that exists must have them. Default: as it is, 1 MiB where it is made. */
  readonly windowBytes?: number;
  /** Depth of it, likewise: 0, registers alone (where it is made), or 1, the raw KCS driver before the BMC. */
  readonly depth?: Depth;
}

/** What the link of a role is made of. */
export interface LinkRole<End extends Platform<HostPort>, State extends RoleState, Config, Bus> {
  open(place: string, options: OpenOptions): End;
  side(config: Partial<Config>, memory: PacketMemory): Side<State, Config, Bus>;
  bus(platform: End): Bus;
}

/**
 * The link of a role: on a platform that is handed in, or on the one that `open` opens, which is released when no side
 * can be made for it. Throws an MctpError with code `misuse` or `board`.
 */
export function boardLink<
  End extends Platform<HostPort>,
  State extends RoleState,
  Config extends { readonly windowBytes: number },
  Bus,
>(
  place: string | End,
  options: BoardLinkOptions & Partial<Omit<Config, "windowBytes">>,
  role: LinkRole<End, State, Config, Bus>,
): Link {
  const { poll = "adaptive", windowBytes, depth, ...config } = options;
  if (!POLL_MODES.includes(poll)) {
    throw new MctpError("misuse", `a polling mode is one of ${POLL_MODES.join(", ")}, not ${poll}`);
  }
  const made = (platform: End): Link => {
    const own = { ...config, windowBytes: platform.window.size } as unknown as Partial<Config>;
    return channelLink(role.side(own, createPacketMemory()), role.bus(platform), platform, poll);
  };
  try {
    if (typeof place !== "string") return made(place);
    return orAbandon(role.open(place, { windowBytes, depth, doorbell: poll !== "busy", log: () => undefined }), made);
  } catch (error) {
    throw asBoardError(error);
  }
}

/** The link that a side of the LPC binding on a platform is. */
function channelLink<State extends RoleState, Config, Bus>(
  side: Side<State, Config, Bus>,
  bus: Bus,
  platform: Platform<HostPort>,
  poll: PollMode,
): Link {
  return {
    name: platform.name,
    kind: CHANNEL_KIND,
    hasSessions: true,
    start: (exchange, lost) => {
      const channel = new Channel({ side, bus, platform, poll, lost }, exchange);
      void channel.start();
      return {
        get unit() {
          return channel.unit;
        },
        kick: () => {
          channel.kick();
        },
        endTurn: () => {
          channel.endTurn();
        },
        close: () => channel.stop(),
      };
    },
  };
}
