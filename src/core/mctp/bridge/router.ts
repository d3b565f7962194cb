/**
 * Packets of a node: those for its own endpoint, and those that arrive on one link for an endpoint on another, which it
 * forwards one by one, unchanged and never put together (LPC-MCTP-15). Its own packets share the links with the others'.
 *
 * What is for one bus stays there: the null EID means the other end of the link, the broadcast EID every endpoint on the
 * bus. A packet is forwarded only where it can neither come back nor be answered to the wrong link.
 */
import { zeroCounters } from "../../wire/counters.ts";
import { readU32be } from "../../wire/bytes.ts";
import { earliest, type Millis } from "../../wire/units.ts";
import type { EndpointCore } from "../endpoint.ts";
import { BROADCAST_EID, FIRST_ASSIGNABLE_EID, MessageType, NULL_EID, isAssignable } from "../message.ts";
import { Flag, HEADER_BYTES, HEADER_VERSION, destinationOf, headerVersion, sourceOf } from "../packet.ts";
import { BRIDGE_COUNTERS, type BridgeCounter, type BridgeCounters } from "./counters.ts";
import { RouterPort, type PortRouter, type Timed } from "./router-port.ts";
import { LARGEST_PORT, RouteTable } from "./routes.ts";
import { TransitShare, type TransitLimits, type TransitPacket } from "./transit-queue.ts";

/** For each pair of ports: some of the largest packets of a board, a long message in the smallest packets. */
export const TRANSIT_LIMITS: TransitLimits = { packets: 4096, bytes: 1024 * 1024 };
/** For all packets that came in on one port, whichever they are to go out of. */
export const TRANSIT_OF_PORT: TransitLimits = { packets: 4096, bytes: 4 * 1024 * 1024 };

/** A message of a single packet, as control messages are. */
const WHOLE = Flag.SOM | Flag.EOM;

export class Router implements PortRouter {
  readonly endpoint: EndpointCore;
  readonly routes: RouteTable = new RouteTable();
  readonly counters: BridgeCounters = zeroCounters(BRIDGE_COUNTERS);
  readonly #limits: TransitLimits;
  readonly #ofPort: TransitLimits;
  readonly #ports: RouterPort[] = [];
  /** By the number of the port that packets came in on. */
  readonly #shares: TransitShare[] = [];
  readonly #timed: Timed[] = [];
  #isPassage = false;

  /** `endpoint` is the node's own; it has no link but the ports. */
  constructor(endpoint: EndpointCore, limits: TransitLimits = TRANSIT_LIMITS, ofPort: TransitLimits = TRANSIT_OF_PORT) {
    this.endpoint = endpoint;
    this.#limits = limits;
    this.#ofPort = ofPort;
  }

  get ports(): readonly RouterPort[] {
    return this.#ports;
  }

  /** A further port; the first one, port 0, is the link towards the bus owner, or the main one of a bus owner. */
  addPort(name: string, linkChanged?: (up: boolean) => void): RouterPort {
    const number = this.#ports.length;
    if (number > LARGEST_PORT) throw new Error(`a bridge has at most ${String(LARGEST_PORT + 1)} ports`);
    const local = number === 0 ? this.endpoint.ownPort : this.endpoint.addPort();
    const port = new RouterPort(this, number, name, local, linkChanged);
    if (number > 0) {
      // What no route leads to goes to port 0, where the bus owner is.
      this.endpoint.route = (destination) => this.#ports[this.routes.portOf(destination)]?.local;
    }
    const share = new TransitShare(this.#ofPort);
    this.#shares.push(share);
    for (const other of this.#ports) {
      other.openTransit(number, this.#limits, share);
      port.openTransit(other.number, this.#limits, this.#shares[other.number]!);
    }
    this.#ports.push(port);
    return port;
  }

  /**
   * From now on the two ports are the ends of one link: what comes in at one goes out of the other, packets for the null and
   * the broadcast EID, too. Only those for the node's own EID, if it has one, stay. Routes are learnt from sources.
   */
  makePassage(): void {
    this.#isPassage = true;
  }

  keepTime(timed: Timed): void {
    this.#timed.push(timed);
  }

  forwarded(from: number): void {
    const port = this.#ports[from];
    if (port !== undefined) port.forwardedPackets++;
  }

  isCrowded(from: number, bytes: number): boolean {
    return this.#ports.some((port) => port.number !== from && !port.hasRoom(from, bytes));
  }

  nextDeadline(): Millis | undefined {
    let first = this.endpoint.nextDeadline();
    for (const timed of this.#timed) first = earliest(first, timed.nextDeadline());
    return first;
  }

  expire(now: Millis): void {
    this.endpoint.expire(now);
    for (const timed of this.#timed) {
      const due = timed.nextDeadline();
      if (due !== undefined && due <= now) timed.expire(now);
    }
  }

  /** Packets that wait to be forwarded, and their bytes. */
  get inTransit(): { readonly packets: number; readonly bytes: number } {
    let packets = 0;
    let bytes = 0;
    for (const port of this.#ports) {
      packets += port.transitPackets;
      bytes += port.transitBytes;
    }
    return { packets, bytes };
  }

  /** A packet arrived on `from`: it is for the node itself, for another link, or to be dropped. */
  receive(from: RouterPort, bytes: Uint8Array, start: number, end: number, now: Millis): boolean {
    const header = readU32be(bytes, start);
    const destination = destinationOf(header);
    if (this.#isPassage) return this.#pass(from, header, { bytes, start, end }, now);
    const isLocal =
      destination === this.endpoint.identity.eid || destination === NULL_EID || destination === BROADCAST_EID;
    if (isLocal || end - start <= HEADER_BYTES) {
      if (!this.#isFromElsewhere(from, header, bytes[start + HEADER_BYTES])) {
        return this.endpoint.receiveAt(from.local, bytes, start, end, now);
      }
      this.endpoint.counters.forgedSource++;
      from.wastedTransit++;
      return false;
    }
    return this.#account(from, this.#forward(from, header, { bytes, start, end }));
  }

  /** Counts why a packet was dropped; gives whether it was not. */
  #account(from: RouterPort, why: BridgeCounter | undefined): boolean {
    if (why === undefined) return true;
    this.counters[why]++;
    from.wastedTransit++;
    if (why === "transitFull" && from.onFirstTransitFull !== undefined) {
      from.onFirstTransitFull();
      from.onFirstTransitFull = undefined;
    }
    return false;
  }

  /**
   * Whether the source of a packet for the node is known to be on another link: then the packet is not from there
   * (LPC-MCTP-21). Two say nothing by their source: a response to a request that went out of this port, and a control
   * message to the null EID, which means the other end of the link; endpoints that have the same EID are told apart so.
   */
  #isFromElsewhere(from: RouterPort, header: number, firstByte: number | undefined): boolean {
    const source = sourceOf(header);
    const port = this.routes.portOf(source);
    const isElsewhere = source === this.endpoint.identity.eid || (port >= 0 && port !== from.number);
    if (!isElsewhere) return false;
    if ((header & Flag.TO) === 0) return !this.endpoint.expects(header, from.local);
    const isWhole = (header & WHOLE) === WHOLE;
    return !(isWhole && destinationOf(header) === NULL_EID && firstByte === MessageType.CONTROL);
  }

  /** Queues a packet on the port that its destination is behind; gives why not. */
  #forward(from: RouterPort, header: number, packet: TransitPacket): BridgeCounter | undefined {
    if (headerVersion(header) !== HEADER_VERSION) return "bridgedVersion";
    const source = sourceOf(header);
    // It could not be answered, or is the node's own that has come back.
    if (source < FIRST_ASSIGNABLE_EID || source === BROADCAST_EID || source === this.endpoint.identity.eid) {
      return "badBridgedSource";
    }
    const to = this.#ports[this.routes.portOf(destinationOf(header))];
    if (to === undefined) return "unroutable";
    if (to === from) return "loops";
    const sourcePort = this.routes.portOf(source);
    if (sourcePort >= 0 && sourcePort !== from.number) return "sourceElsewhere";
    if (!to.isUp) return "outgoingLinkDown";
    return to.forward(from.number, packet) ? undefined : "transitFull";
  }

  /** A packet for the other end of a passage, or for the node's own endpoint beside it. */
  #pass(from: RouterPort, header: number, packet: TransitPacket, now: Millis): boolean {
    const { bytes, start, end } = packet;
    const { eid: own } = this.endpoint.identity;
    const source = sourceOf(header);
    if (own !== NULL_EID && source === own) {
      this.endpoint.counters.forgedSource++;
      from.wastedTransit++;
      return false;
    }
    if (isAssignable(source) && this.routes.portOf(source) !== from.number) {
      this.routes.add({ first: source, count: 1, port: from.number, isStatic: false, bridge: undefined });
    }
    const isOwn = own !== NULL_EID && destinationOf(header) === own;
    if (isOwn || end - start <= HEADER_BYTES) return this.endpoint.receiveAt(from.local, bytes, start, end, now);
    const to = this.#ports.find((port) => port !== from);
    if (headerVersion(header) !== HEADER_VERSION) return this.#account(from, "bridgedVersion");
    if (to?.isUp !== true) return this.#account(from, "outgoingLinkDown");
    return this.#account(from, to.forward(from.number, packet) ? undefined : "transitFull");
  }
}
