/** What carries the packets of one port of a node, and what is known of it before it runs. */
import type { RouterPort } from "../core/mctp/bridge/router-port.ts";
import type { PacketExchange } from "../core/mctp/link.ts";
import type { SerialCounters } from "../core/serial/counters.ts";
import type { LinkShare } from "./processor-share.ts";

/** A port of the node as its link knows it. */
export type LinkPort = Required<PacketExchange> & Pick<RouterPort, "isUp" | "router">;

/** A link as it runs: it was made for a port, and moves its packets. */
export interface PortLink {
  /** Payload bytes of a packet that it sends; 0 while that is not known. */
  readonly unit: number;
  /** Payload bytes of a packet that it takes, where that is another number. */
  readonly incomingUnit?: number;
  /** Of a serial line. */
  readonly counters?: Readonly<SerialCounters>;
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
  /** Makes the link. `tell` takes a line for people each time something happens to it. `share`: what its peer may cost. */
  readonly open: (port: LinkPort, tell: (line: string) => void, share: LinkShare) => PortLink;
}

/** The LPC channel: a binding of a vendor, the medium unspecified. */
export const CHANNEL_KIND: LinkKind = { binding: 0xff, medium: 0x00 };
export const SERIAL_KIND: LinkKind = { binding: 0x05, medium: 0x00 };
