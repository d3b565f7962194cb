/** Links without a binding between whatever sends and receives packets: each has a unit, and is moved on by hand. */
import type { PacketExchange } from "../../src/mctp/link.ts";
import { writeU32be } from "../../src/wire/bytes.ts";
import type { PacketParts } from "../../src/wire/packet-parts.ts";
import { millis, type Millis } from "../../src/wire/units.ts";

export function packetBytes({ header, message, start, end }: PacketParts): Uint8Array {
  const bytes = new Uint8Array(4 + end - start);
  writeU32be(bytes, 0, header);
  bytes.set(message.subarray(start, end), 4);
  return bytes;
}

/** A link between two exchanges that carries `unit` payload bytes a packet. */
export class Wire {
  readonly unit: number;
  readonly #ends: readonly [PacketExchange, PacketExchange];
  /** Packets that it carried, both ways. */
  carried = 0;

  constructor(one: PacketExchange, other: PacketExchange, unit = 64) {
    this.#ends = [one, other];
    this.unit = unit;
  }

  up(now: Millis = millis(0)): this {
    for (const end of this.#ends) end.linkUp(now);
    return this;
  }

  down(now: Millis = millis(0)): void {
    for (const end of this.#ends) end.linkDown(now);
  }

  /** Carries one packet each way at most; true when it carried any. */
  step(now: Millis = millis(0)): boolean {
    const [one, other] = this.#ends;
    const there = this.#carry(one, other, now);
    const back = this.#carry(other, one, now);
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

/** Moves all wires on until none carries anything; fails when that never ends. */
export function settle(wires: readonly Wire[], now: Millis = millis(0), limit = 100_000): void {
  for (let step = 0; step < limit; step++) {
    let moved = false;
    for (const wire of wires) moved = wire.step(now) || moved;
    if (!moved) return;
  }
  throw new Error(`packets still go round after ${limit} steps`);
}
