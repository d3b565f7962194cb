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

export class TransitQueue {
  readonly #limits: TransitLimits;
  readonly #packets = new Fifo<TransitPacket>();
  #bytes = 0;

  constructor(limits: TransitLimits) {
    this.#limits = limits;
  }

  get length(): number {
    return this.#packets.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** False when there is no room; a single packet has room however large it is. */
  add(packet: TransitPacket): boolean {
    const length = packet.end - packet.start;
    const full = this.length >= this.#limits.packets || this.#bytes + length > this.#limits.bytes;
    if (full && this.length > 0) return false;
    this.#packets.push(packet);
    this.#bytes += length;
    return true;
  }

  take(): TransitPacket | undefined {
    const packet = this.#packets.shift();
    if (packet !== undefined) this.#bytes -= packet.end - packet.start;
    return packet;
  }

  /** Drops all; gives how many that were. */
  clear(): number {
    this.#bytes = 0;
    return this.#packets.takeAll().length;
  }
}
