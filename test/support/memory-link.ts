/** A link in memory between whatever sends and receives packets, without a binding: it is moved on by hand. */
import type { PacketExchange } from "../../src/core/mctp/link.ts";
import { writeU32be } from "../../src/core/wire/bytes.ts";
import { PACKET_HEADER_BYTES, type PacketParts } from "../../src/core/wire/packet-parts.ts";
import { millis, type Millis } from "../../src/core/wire/units.ts";

const START = millis(0);

/** A packet in one piece, as it comes out of a link. */
export function packetBytes({ header, message, start, end }: PacketParts): Uint8Array {
  const bytes = new Uint8Array(PACKET_HEADER_BYTES + end - start);
  writeU32be(bytes, 0, header);
  bytes.set(message.subarray(start, end), PACKET_HEADER_BYTES);
  return bytes;
}

export class MemoryLink {
  /** Payload bytes of a packet. */
  readonly unit: number;
  /** Packets that it carried, both ways. */
  carried = 0;
  readonly #one: PacketExchange;
  readonly #other: PacketExchange;

  constructor(one: PacketExchange, other: PacketExchange, unit = 64) {
    this.#one = one;
    this.#other = other;
    this.unit = unit;
  }

  up(now: Millis = START): this {
    this.#one.linkUp(now);
    this.#other.linkUp(now);
    return this;
  }

  /** Carries one packet each way at most; true when it carried any. */
  step(now: Millis = START): boolean {
    const there = this.#carry(this.#one, this.#other, now);
    const back = this.#carry(this.#other, this.#one, now);
    return there || back;
  }

  #carry(from: PacketExchange, to: PacketExchange, now: Millis): boolean {
    const parts = from.nextPacket(this.unit, now);
    if (parts === undefined) return false;
    const bytes = packetBytes(parts);
    this.carried++;
    from.packetDone(now);
    to.receivePacket(bytes, 0, bytes.length, now);
    return true;
  }
}

/** Moves all links on until none carries anything; fails when that never ends. */
export function settle(links: readonly MemoryLink[], now: Millis = START, limit = 1_000_000): void {
  for (let step = 0; step < limit; step++) {
    let moved = false;
    for (const link of links) moved = link.step(now) || moved;
    if (!moved) return;
  }
  throw new Error(`packets still go round after ${String(limit)} steps`);
}
