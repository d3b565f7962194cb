/** An endpoint's packets as a side's driver exchanges them, told to a witness on their way. */
import type { PacketExchange } from "../../../src/core/mctp/link.ts";
import { toHex, writeU32be } from "../../../src/core/wire/bytes.ts";
import { PACKET_HEADER_BYTES, type PacketParts } from "../../../src/core/wire/packet-parts.ts";
import type { Millis } from "../../../src/core/wire/units.ts";
import type { Witness } from "./life.ts";

export class WatchedExchange implements PacketExchange {
  readonly #endpoint: PacketExchange;
  readonly #witness: Witness;

  constructor(endpoint: PacketExchange, witness: Witness) {
    this.#endpoint = endpoint;
    this.#witness = witness;
  }

  linkUp(now: Millis): void {
    this.#endpoint.linkUp(now);
  }

  linkDown(now: Millis): void {
    this.#endpoint.linkDown(now);
  }

  nextPacket(unit: number, now: Millis): PacketParts | undefined {
    const packet = this.#endpoint.nextPacket(unit, now);
    if (packet === undefined) return undefined;
    const header = new Uint8Array(PACKET_HEADER_BYTES);
    writeU32be(header, 0, packet.header);
    this.#witness.passed("offered", toHex(header) + toHex(packet.message.subarray(packet.start, packet.end)));
    return packet;
  }

  packetDone(now: Millis): void {
    this.#endpoint.packetDone(now);
  }

  receivePacket(bytes: Uint8Array, start: number, end: number, now: Millis): boolean {
    this.#witness.passed("delivered", toHex(bytes.subarray(start, end)));
    return this.#endpoint.receivePacket(bytes, start, end, now);
  }

  packetLost(now: Millis): void {
    this.#endpoint.packetLost(now);
  }

  nextDeadline(): Millis | undefined {
    return this.#endpoint.nextDeadline();
  }

  expire(now: Millis): void {
    this.#endpoint.expire(now);
  }
}
