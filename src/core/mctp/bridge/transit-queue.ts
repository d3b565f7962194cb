/** Packets on their way from one port to another, in the order in which they came, in bounded memory (LPC-MCTP-16). */
import { Fifo } from "../../wire/fifo.ts";

export interface TransitLimits {
  readonly packets: number;
  readonly bytes: number;
}

/** A packet as it was received: header and payload are `bytes[start]` to `bytes[end]`. */
export interface TransitPacket {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** What the packets that came in on one port may take in the queues of all others together. */
export class TransitShare {
  readonly #limits: TransitLimits;
  #packets = 0;
  #bytes = 0;

  constructor(limits: TransitLimits) {
    this.#limits = limits;
  }

  /** A port without a packet in any queue has room for one, however large it is. */
  hasRoom(bytes: number): boolean {
    if (this.#packets === 0) return true;
    return this.#packets < this.#limits.packets && this.#bytes + bytes <= this.#limits.bytes;
  }

  take(packets: number, bytes: number): void {
    this.#packets += packets;
    this.#bytes += bytes;
  }
}

export class TransitQueue {
  readonly #limits: TransitLimits;
  readonly #share: TransitShare;
  readonly #packets = new Fifo<TransitPacket>();
  #bytes = 0;

  /** `limits`: of this queue; `share`: of all queues that the port has packets in. */
  constructor(limits: TransitLimits, share: TransitShare = new TransitShare(limits)) {
    this.#limits = limits;
    this.#share = share;
  }

  get length(): number {
    return this.#packets.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether a packet of so many bytes would find room now. */
  hasRoom(bytes: number): boolean {
    const full = this.length >= this.#limits.packets || this.#bytes + bytes > this.#limits.bytes;
    return (!full || this.length === 0) && this.#share.hasRoom(bytes);
  }

  /** False when there is no room; an empty queue has room for a packet however large it is, if the share has. */
  add(packet: TransitPacket): boolean {
    const length = packet.end - packet.start;
    if (!this.hasRoom(length)) return false;
    this.#packets.push(packet);
    this.#bytes += length;
    this.#share.take(1, length);
    return true;
  }

  take(): TransitPacket | undefined {
    const packet = this.#packets.shift();
    if (packet === undefined) return undefined;
    const length = packet.end - packet.start;
    this.#bytes -= length;
    this.#share.take(-1, -length);
    return packet;
  }

  /** Drops all; gives how many that were. */
  clear(): number {
    const { length } = this.#packets.takeAll();
    this.#share.take(-length, -this.#bytes);
    this.#bytes = 0;
    return length;
  }
}
