/** What carries the packets of one port of a node, and what is known of it before it runs. */
import type { RouterPort } from "../core/mctp/bridge/router-port.ts";
import { Binding, Medium } from "../core/mctp/control/link-identifiers.ts";
import type { PacketExchange } from "../core/mctp/link.ts";
import type { SerialCounters } from "../core/serial/counters.ts";
import type { Eid } from "../core/wire/units.ts";
import type { LinkShare } from "./processor-share.ts";
import type { TunCounters } from "./tun-counters.ts";

/** A port of the node as its link knows it. */
export type LinkPort = Required<PacketExchange> & Pick<RouterPort, "isUp" | "isCrowded" | "router">;

/** A link as it runs: it was made for a port, and moves its packets. */
export interface PortLink {
  /** Payload bytes of a packet that it sends; 0 while that is not known. */
  readonly unit: number;
  /** Payload bytes of a packet that it takes, where that is another number. */
  readonly incomingUnit?: number;
  /** Of a serial line. */
  readonly counters?: Readonly<SerialCounters>;
  /** Of an interface of the kernel. */
  readonly tunCounters?: Readonly<TunCounters>;
  /** Rests that the other end was given, see pacer.ts. */
  readonly paced?: number;
  /** There may be something to send, or a new deadline. */
  kick(): void;
  /** A promise was settled, whose waiters run only when the event loop has its turn. */
  endTurn?(): void;
  /**
   * Opens what root alone may open, ahead of `start`, and carries nothing yet. Throws a Failure when the link cannot be
   * used.
   */
  open?(): Promise<void>;
  /** Throws a Failure when the link cannot be used. */
  start(): Promise<void>;
  /** Port 0 came up with packets of so many payload bytes, or went down: 0. For a link that follows it. */
  mainChanged?(unit: number): void;
  /**
   * Of an interface of the kernel, which has no one to ask: it has this EID from now on; undefined: none. Gives why not, in
   * words for people.
   */
  setKernelEid?(eid: Eid | undefined): string | undefined;
  /**
   * Closes the link in order, as far as the other end lets it, and releases everything. `inVain`: its node could not start;
   * what was made for the link goes, too.
   */
  stop(inVain?: boolean): Promise<void>;
}

/** How control messages name a link (DSP0239). */
export interface LinkKind {
  readonly binding: number;
  readonly medium: number;
}

/** A link to be made, whichever kind it is. */
export interface LinkPlan {
  /** For people: "serial:/dev/ttyUSB0", "the channel". */
  readonly name: string;
  readonly kind: LinkKind;
  /** A line without a session is up while it is open: that says nothing of an endpoint at its other end. */
  readonly showsPresence: boolean;
  /**
   * Of an interface of this machine's kernel. `agent`: it is a port of the node, and the kernel gets its EID without being
   * asked, `eid` if that is given. `kernel`: the kernel owns the bus, and the node is no more than the way between this
   * link and port 0, of which it has no other.
   */
  readonly kernel?: { readonly owner: "agent" | "kernel"; readonly eid: Eid | undefined };
  /** Makes the link. `tell` takes a line for people each time something happens to it. `share`: what its peer may cost. */
  readonly open: (port: LinkPort, tell: (line: string) => void, share: LinkShare) => PortLink;
}

/** The LPC channel: a binding of a vendor, the medium unspecified (14.1). */
export const CHANNEL_KIND: LinkKind = { binding: Binding.VENDOR, medium: Medium.UNSPECIFIED };
/** As the channel: DSP0239 has no number for what lies inside one machine. */
export const TUN_KIND: LinkKind = { binding: Binding.VENDOR, medium: Medium.UNSPECIFIED };
/** DSP0253 between a management controller and a device. */
export const SERIAL_KIND: LinkKind = { binding: Binding.SERIAL, medium: Medium.ASYNCHRONOUS_SERIAL };
/** A link of which nothing is known: DSP0239 reserves binding 0. */
export const UNKNOWN_KIND: LinkKind = { binding: Binding.VENDOR, medium: Medium.UNSPECIFIED };
