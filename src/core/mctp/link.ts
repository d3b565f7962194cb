/**
 * What carries packets for an endpoint, and what a link asks of it. A link knows nothing of messages, an endpoint
 * nothing of bindings.
 */
import type { PacketParts } from "../wire/packet-parts.ts";
import type { Millis } from "../wire/units.ts";

/** The endpoint's half: the link pulls packets whenever it can send one. */
export interface PacketExchange {
  /** The link works; packets may carry up to the given payload bytes, each way. */
  linkUp(now: Millis): void;
  /** The link was lost, with everything in flight. */
  linkDown(now: Millis): void;
  /** The next packet for a link that carries `unit` payload bytes; the object is valid until the next call. */
  nextPacket(unit: number, now: Millis): PacketParts | undefined;
  /** The peer took the packet that `nextPacket` gave last. */
  packetDone(now: Millis): void;
  /**
   * A packet arrived: header and payload are `bytes[start]` to `bytes[end]`, the receiver's to keep. False: nothing of them
   * is kept, and their memory may be used again.
   */
  receivePacket(bytes: Uint8Array, start: number, end: number, now: Millis): boolean;
  /** A packet arrived damaged and was dropped: what it was, and which message it belonged to, is not known. */
  packetLost(now: Millis): void;
  /** Packets received so far that led to nothing; what paces the link looks at it. */
  readonly wasted?: number;
  /**
   * Packets so far that carried payload, and were taken by a service, a requester or the peer, or forwarded; it falls where
   * one turns out to have led to nothing. What these cost is not charged to the peer, but for `answeredPackets`.
   */
  readonly payloadPackets?: number;
  /** Of these, packets of requests that were answered and of which nothing is kept, and of the answers that were fetched. */
  readonly answeredPackets?: number;
  nextDeadline(): Millis | undefined;
  /** Carries out what is due at `now`. */
  expire(now: Millis): void;
}
