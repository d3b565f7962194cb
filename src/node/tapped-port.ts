/** The port of a link whose packets are told of, too: each as it goes to the link, or comes from it. */
import type { PacketParts } from "../core/wire/packet-parts.ts";
import { PACKET_HEADER_BYTES } from "../core/wire/packet-parts.ts";
import { writeU32be } from "../core/wire/bytes.ts";
import type { Millis } from "../core/wire/units.ts";
import type { LinkPlan, LinkPort } from "./link.ts";

export type PacketWay = "in" | "out";
/** `bytes`: header and payload, the listener's during the call only. */
export type TellPacket = (way: PacketWay, bytes: Uint8Array) => void;

/** The same link, whose packets are told of. */
export function tappedLink(plan: LinkPlan, tell: TellPacket): LinkPlan {
  return { ...plan, open: (port, tellPeople, share) => plan.open(new TappedPort(port, tell), tellPeople, share) };
}

class TappedPort implements LinkPort {
  readonly #port: LinkPort;
  readonly #tell: TellPacket;

  constructor(port: LinkPort, tell: TellPacket) {
    this.#port = port;
    this.#tell = tell;
  }

  get router(): LinkPort["router"] {
    return this.#port.router;
  }

  get isUp(): boolean {
    return this.#port.isUp;
  }

  get isCrowded(): boolean {
    return this.#port.isCrowded;
  }

  get wasted(): number {
    return this.#port.wasted;
  }

  get payloadPackets(): number {
    return this.#port.payloadPackets;
  }

  get answeredPackets(): number {
    return this.#port.answeredPackets;
  }

  linkUp(now: Millis): void {
    this.#port.linkUp(now);
  }

  linkDown(now: Millis): void {
    this.#port.linkDown(now);
  }

  nextPacket(unit: number, now: Millis): PacketParts | undefined {
    const parts = this.#port.nextPacket(unit, now);
    if (parts !== undefined) this.#tell("out", wholeOf(parts));
    return parts;
  }

  packetDone(now: Millis): void {
    this.#port.packetDone(now);
  }

  receivePacket(bytes: Uint8Array, start: number, end: number, now: Millis): boolean {
    this.#tell("in", bytes.subarray(start, end));
    return this.#port.receivePacket(bytes, start, end, now);
  }

  packetLost(now: Millis): void {
    this.#port.packetLost(now);
  }

  nextDeadline(): Millis | undefined {
    return this.#port.nextDeadline();
  }

  expire(now: Millis): void {
    this.#port.expire(now);
  }
}

function wholeOf({ header, message, start, end }: PacketParts): Uint8Array {
  const bytes = new Uint8Array(PACKET_HEADER_BYTES + end - start);
  writeU32be(bytes, 0, header);
  bytes.set(message.subarray(start, end), PACKET_HEADER_BYTES);
  return bytes;
}
