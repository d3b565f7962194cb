/**
 * One link of a router. Towards the link it is a packet exchange like an endpoint; what goes out of it takes turns: one
 * packet of the node's own, one from each port that has some, so that no port keeps the others waiting. The packets
 * from one port stay in their order. The only port of a node passes its endpoint's packets through.
 */
import { readU32be } from "../../wire/bytes.ts";
import { Fifo } from "../../wire/fifo.ts";
import type { PacketParts } from "../../wire/packet-parts.ts";
import type { Millis } from "../../wire/units.ts";
import type { EndpointPort } from "../endpoint-port.ts";
import type { EndpointCore } from "../endpoint.ts";
import type { PacketExchange } from "../link.ts";
import { HEADER_BYTES } from "../packet.ts";
import type { BridgeCounters } from "./counters.ts";
import { TransitQueue, type TransitLimits, type TransitShare } from "./transit-queue.ts";

/** Bytes of the largest packet of a link that can leave packets where they are. */
const LARGEST_KEPT_BACK = 65_536;

/** What has deadlines beside those of the endpoint. */
export interface Timed {
  nextDeadline(): Millis | undefined;
  expire(now: Millis): void;
}

/** The router as its ports know it. */
export interface PortRouter extends Timed {
  readonly endpoint: EndpointCore;
  readonly counters: BridgeCounters;
  /** Has the deadlines of something kept along with the endpoint's, by the driver of any link. */
  keepTime(timed: Timed): void;
  /** A packet that came in on port `from` has gone out on another. */
  forwarded(from: number): void;
  /** Whether a packet of so many bytes that comes in on port `from` may find no room at the port that it is to go out of. */
  isCrowded(from: number, bytes: number): boolean;
  /** As PacketExchange.receivePacket. */
  receive(from: RouterPort, bytes: Uint8Array, start: number, end: number, now: Millis): boolean;
}

export class RouterPort implements PacketExchange {
  readonly router: PortRouter;
  readonly number: number;
  /** For people: what the link is. */
  readonly name: string;
  /** The way of the bridge's own messages. */
  readonly local: EndpointPort;
  /** Packets for others that were dropped. */
  wastedTransit = 0;
  /** Told once: a packet that came in here found no room among those that are to be forwarded. */
  onFirstTransitFull: (() => void) | undefined;
  /** Packets for others that came in here and have gone out, and of others that have gone out here. */
  forwardedPackets = 0;
  readonly #linkChanged: ((up: boolean) => void) | undefined;
  /** By the number of the port that the packets came in on. */
  readonly #transit: (TransitQueue | undefined)[] = [];
  /** The router has no other port: nothing is forwarded, and all packets are the node's own. */
  #isOnly = true;
  /** How many packets wait in them. */
  #waiting = 0;
  /** Whose turn it is: -1 is the bridge's own, others are places in #transit. */
  #turn = -1;
  /** For each packet given to the link and not yet taken by the peer, oldest first: whether it is the bridge's own. */
  readonly #underWay = new Fifo<boolean>();
  readonly #parts: PacketParts = { header: 0, message: new Uint8Array(0), start: 0, end: 0 };
  #isUp = false;

  /** `linkChanged`: told when the link has come up or was lost. */
  constructor(
    router: PortRouter,
    number: number,
    name: string,
    local: EndpointPort,
    linkChanged: ((up: boolean) => void) | undefined,
  ) {
    this.router = router;
    this.number = number;
    this.name = name;
    this.local = local;
    this.#linkChanged = linkChanged;
  }

  /** Told when there is something to send: the driver of the link should look. Port 0 has the endpoint's, too. */
  set onWork(tell: () => void) {
    this.local.onWork = tell;
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  get transitPackets(): number {
    return this.#waiting;
  }

  get transitBytes(): number {
    return this.#transit.reduce((sum, queue) => sum + (queue?.bytes ?? 0), 0);
  }

  /* ---- The router's side ---- */

  /** `share`: of all that port `from` has in the queues of others. */
  openTransit(from: number, limits: TransitLimits, share: TransitShare): void {
    this.#transit[from] = new TransitQueue(limits, share);
    this.#isOnly = false;
  }

  /** Whether a packet of so many bytes that came in on port `from` would find room now. */
  hasRoom(from: number, bytes: number): boolean {
    return this.#transit[from]?.hasRoom(bytes) ?? true;
  }

  /** Takes a packet that came in on port `from`; false when there is no room for it. */
  forward(from: number, packet: { bytes: Uint8Array; start: number; end: number }): boolean {
    if (this.#transit[from]?.add(packet) !== true) return false;
    this.#waiting++;
    (this.local.onWork ?? this.router.endpoint.onWork)?.();
    return true;
  }

  /* ---- The link's side ---- */

  linkUp(now: Millis): void {
    this.#isUp = true;
    this.router.endpoint.portUp(this.local, now);
    this.#linkChanged?.(true);
  }

  linkDown(now: Millis): void {
    this.#isUp = false;
    this.#underWay.takeAll();
    this.#waiting = 0;
    for (const queue of this.#transit) this.router.counters.outgoingLinkDown += queue?.clear() ?? 0;
    this.router.endpoint.portDown(this.local, now);
    this.#linkChanged?.(false);
  }

  nextPacket(unit: number): PacketParts | undefined {
    if (this.#isOnly) return this.local.queue.next(unit);
    if (this.#waiting === 0) return this.#nextOwn(unit);
    const turns = this.#transit.length + 1;
    for (let step = 0; step < turns; step++) {
      const turn = this.#turn;
      this.#turn = turn + 1 < this.#transit.length ? turn + 1 : -1;
      const packet = turn === -1 ? this.#nextOwn(unit) : this.#nextTransit(turn, unit);
      if (packet !== undefined) return packet;
    }
    return undefined;
  }

  packetDone(now: Millis): void {
    if (this.#isOnly || this.#underWay.shift() === true) this.local.queue.packetDone(now);
    else this.forwardedPackets++;
  }

  receivePacket(bytes: Uint8Array, start: number, end: number, now: Millis): boolean {
    if (this.#isOnly) return this.router.endpoint.receiveAt(this.local, bytes, start, end, now);
    return this.router.receive(this, bytes, start, end, now);
  }

  packetLost(): void {
    this.local.assembler.clear("packetLost");
  }

  /** What comes in here next may find no room: for a link that can leave packets where they are. */
  get isCrowded(): boolean {
    return this.router.isCrowded(this.number, LARGEST_KEPT_BACK);
  }

  get wasted(): number {
    return this.wastedTransit + (this.number === 0 ? this.router.endpoint.wasted : 0);
  }

  get payloadPackets(): number {
    return this.local.payloadPackets + this.forwardedPackets;
  }

  get answeredPackets(): number {
    return this.local.answeredPackets;
  }

  /** The bridge's own deadlines; whichever link's driver is awake first carries them out. */
  nextDeadline(): Millis | undefined {
    return this.router.nextDeadline();
  }

  expire(now: Millis): void {
    this.router.expire(now);
  }

  #nextOwn(unit: number): PacketParts | undefined {
    const packet = this.local.queue.next(unit);
    if (packet !== undefined) this.#underWay.push(true);
    return packet;
  }

  /** The next packet of one port that the link can carry; larger ones are dropped. */
  #nextTransit(from: number, unit: number): PacketParts | undefined {
    const { counters } = this.router;
    for (;;) {
      const packet = this.#transit[from]?.take();
      if (packet === undefined) return undefined;
      this.#waiting--;
      const { bytes, start, end } = packet;
      const payload = end - start - HEADER_BYTES;
      if (payload > unit) {
        counters.unitTooLarge++;
        continue;
      }
      counters.packetsForwarded++;
      counters.bytesForwarded += payload;
      this.#underWay.push(false);
      this.router.forwarded(from);
      const parts = this.#parts;
      parts.header = readU32be(bytes, start);
      parts.message = bytes;
      parts.start = start + HEADER_BYTES;
      parts.end = end;
      return parts;
    }
  }
}
