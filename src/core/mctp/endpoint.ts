/**
 * An MCTP endpoint on one link: assembles what arrives, answers control requests, cuts and queues what is sent, and
 * follows requests to their responses. It knows packets and time, no binding.
 */
import { readU32be } from "../wire/bytes.ts";
import { zeroCounters } from "../wire/counters.ts";
import type { PacketParts } from "../wire/packet-parts.ts";
import { earliest, type Eid, type Millis } from "../wire/units.ts";
import type { Assembler, AssemblyLimits } from "./assembly.ts";
import { encodeRequest, INSTANCE_IDS, type ControlMessage } from "./control/codec.ts";
import type { ControlServices, EndpointIdentity } from "./control/services.ts";
import { ControlTraffic, controlRule } from "./control-traffic.ts";
import { MCTP_COUNTERS, type MctpCounters } from "./counters.ts";
import { EndpointPort } from "./endpoint-port.ts";
import { HandlerTable, type HandlerFailure, type MessageHandler } from "./handler-table.ts";
import type { PacketExchange } from "./link.ts";
import { LocalAsker } from "./local-asker.ts";
import { BROADCAST_EID, MessageType, NULL_EID, typeOf, type Message } from "./message.ts";
import {
  BASELINE_UNIT,
  Flag,
  HEADER_BYTES,
  HEADER_VERSION,
  destinationOf,
  headerVersion,
  messageHeader,
  sourceOf,
  tagOf,
} from "./packet.ts";
import type { RequestDone, RequestTicket, RequestTiming } from "./request-terms.ts";
import { RequestTable } from "./requests.ts";
import type { QueueLimits, SendDone, Sender, TransmitQueue } from "./transmit-queue.ts";

/** Times of this binding (LPC-MCTP-4, LPC-MCTP-5), in milliseconds. */
export interface EndpointTiming extends RequestTiming {
  /** MT4: how long the instance id and tag of an unanswered request are not used again. */
  readonly tagHoldOff: Millis;
}

export interface EndpointConfig {
  readonly identity: EndpointIdentity;
  readonly timing: EndpointTiming;
  readonly assembly: AssemblyLimits;
  readonly queue: QueueLimits;
  /** What control requests are answered from beside the identity. */
  readonly services?: ControlServices;
  /** The tag to try first, 0 to 7, unpredictable (LPC-MCTP-22). Default: they take turns, as tests and replays need. */
  readonly pickTag?: () => number;
}

/** Memory in use: messages half received, messages to send, requests without an answer. */
export interface EndpointUsage {
  readonly assemblies: number;
  readonly assemblyBytes: number;
  readonly queuedMessages: number;
  readonly queuedBytes: number;
  readonly requests: number;
}

export class EndpointCore implements PacketExchange {
  readonly identity: EndpointIdentity;
  /** Of requests that bring no times of their own. */
  readonly timing: EndpointTiming;
  readonly counters: MctpCounters = zeroCounters(MCTP_COUNTERS);
  /** Told when a bus owner assigned an EID, be it the one there was. */
  onEidAssigned: ((eid: Eid, by: Eid, now: Millis) => void) | undefined;
  /**
   * Told of every valid control message and of its port, after the response to it is queued: its sender speaks the
   * control protocol. Repeated requests are left out.
   */
  onControl: ((control: ControlMessage, source: Eid, port: EndpointPort) => void) | undefined;
  /** Told of a message whose type has no handler, after it was counted. */
  onUnsupported: ((message: Message) => void) | undefined;
  /** Told of the first error that the handler of a message type throws. */
  onHandlerFailure: ((failure: HandlerFailure) => void) | undefined;
  /** Told when there is something to send or a new deadline: the driver of the link should look. */
  onWork: (() => void) | undefined;
  /** Told when the link comes up or is lost. */
  onLinkChange: ((up: boolean, now: Millis) => void) | undefined;
  /** Told when a port beside the own one comes up or is lost. */
  onFurtherPort: (() => void) | undefined;
  /** Told of an attempt of a request that got no response. */
  onUnanswered: ((destination: Eid) => void) | undefined;
  /** On a router: the port that leads to an EID, undefined for the own one. */
  route: ((destination: Eid) => EndpointPort | undefined) | undefined;
  /**
   * On a network with bridges: payload bytes that packets on the whole way to an EID may have, undefined where the link
   * alone says it.
   */
  unitTo: ((destination: Eid) => number | undefined) | undefined;
  /** The port of the link that the endpoint has when it is on no router. */
  readonly ownPort: EndpointPort;
  readonly #config: EndpointConfig;
  /** The own one first. */
  readonly #ports: EndpointPort[];
  readonly #assembler: Assembler;
  readonly #queue: TransmitQueue;
  readonly #requests: RequestTable;
  readonly #control: ControlTraffic;
  readonly #handlers = new HandlerTable(this.counters, (failure) => this.onHandlerFailure?.(failure));
  #nextInstance = 0;

  constructor(config: EndpointConfig) {
    this.identity = config.identity;
    this.timing = config.timing;
    this.#config = config;
    this.ownPort = new EndpointPort(config, this.counters);
    this.#ports = [this.ownPort];
    this.#assembler = this.ownPort.assembler;
    this.#queue = this.ownPort.queue;
    this.#requests = new RequestTable(
      config.timing.tagHoldOff,
      this.counters,
      ({ destination, tag, bytes, out, port, timing }) =>
        this.#enqueueAt(
          this.#portTo(destination, port),
          messageHeader(destination, this.identity.eid, true, tag!),
          bytes,
          out,
          timing.isDuty === true ? "duty" : "own",
        ),
      (destination) => this.onUnanswered?.(destination),
      (destination) => this.route?.(destination) ?? this.ownPort,
      config.pickTag,
    );
    this.#control = new ControlTraffic(this, this.#ports, this.#requests);
  }

  get isUp(): boolean {
    return this.ownPort.isUp;
  }

  /** Whether the link that leads to an EID is up. */
  isUpTo(destination: Eid): boolean {
    return this.#portTo(destination).isUp;
  }

  /** Messages queued or half sent. */
  get queued(): number {
    return this.#queue.length;
  }

  /** What it holds at this moment, all of it bounded (LPC-MCTP-7). */
  get usage(): EndpointUsage {
    const sum = (of: (port: EndpointPort) => number): number =>
      this.#ports.reduce((total, port) => total + of(port), 0);
    const { underWay, waiting } = this.#requests;
    return {
      assemblies: sum(({ assembler }) => assembler.unfinished),
      assemblyBytes: sum(({ assembler }) => assembler.bytes),
      queuedMessages: sum(({ queue }) => queue.length),
      queuedBytes: sum(({ queue }) => queue.queuedBytes),
      requests: underWay + waiting,
    };
  }

  /**
   * Packets received that led to no message, as far as they can be told: dropped, or the start of nothing. Named one by
   * one: this runs in every turn.
   */
  get wasted(): number {
    const { counters } = this;
    return (
      counters.headerVersion +
      counters.foreignDestination +
      counters.badSource +
      counters.emptyPayload +
      counters.noStart +
      counters.unexpectedTag +
      counters.outOfSequence +
      counters.unequalSize +
      counters.restarted +
      counters.assemblyEvicted +
      counters.messageTooLong +
      counters.controlTooLong +
      counters.unsupportedType +
      counters.controlDiscarded
    );
  }

  /** Packets with payload that were taken on the own port. */
  get payloadPackets(): number {
    return this.ownPort.payloadPackets;
  }

  /**
   * Has messages of a type, other than responses, handed to `handler`. One handler a type; control is taken. What a
   * handler throws is counted, and told to `onHandlerFailure` by its name.
   */
  handle(type: number, handler: MessageHandler, name: string = handler.name): void {
    this.#handlers.add(type, handler, name);
  }

  /** Messages of a type have no handler any more. */
  unhandle(type: number): void {
    this.#handlers.remove(type);
  }

  /**
   * Has a message of this endpoint to itself handed to the handler of its type; `answer` gets the response, at once or
   * later, if there is one. False: no handler takes the type.
   */
  handToSelf(bytes: Uint8Array, answer: (response: Uint8Array) => void, now: Millis): boolean {
    const { eid } = this.identity;
    const arrival = new LocalAsker(answer);
    return this.#handlers.deliver({ source: eid, destination: eid, tagOwner: true, tag: 0, bytes, arrival }, now);
  }

  /* ---- Sending ---- */

  /**
   * Sends a message that expects no response. `bytes` begins with the IC and type byte and stays untouched until
   * `done`. Without a link, or with a full queue, `done` is called at once.
   */
  send(destination: Eid, bytes: Uint8Array, now: Millis, done?: SendDone): void {
    const port = this.#portTo(destination);
    const tag = this.#requests.borrowTag(destination, now, port);
    this.#enqueueAt(port, messageHeader(destination, this.identity.eid, true, tag), bytes, done, "own");
  }

  /**
   * Sends a response: to the source of `request`, with its tag and TO clear. `isUnkept`: the service keeps nothing of the
   * request, which its sender is charged for then.
   */
  respond(request: Message, bytes: Uint8Array, done?: SendDone, isUnkept = false): void {
    const { source, tag, arrival, packets = Math.ceil(request.bytes.length / BASELINE_UNIT) } = request;
    if (arrival instanceof LocalAsker) {
      arrival.answer(bytes);
      done?.("sent");
      return;
    }
    const port = this.#portTo(source, arrival);
    const header = messageHeader(source, this.identity.eid, false, tag);
    const isControl = typeOf(bytes) === MessageType.CONTROL;
    if (this.#enqueueAt(port, header, bytes, done, "peer", isUnkept && !isControl) === undefined) {
      // A peer that asks and does not fetch: its request led to nothing.
      if (!isControl) port.uselessPackets += packets;
    } else if (isUnkept && !isControl) port.unkeptPackets += packets;
  }

  /** A service took a message, keeps nothing of it and does not answer: its sender is charged for it. */
  discard({ arrival, bytes, packets = Math.ceil(bytes.length / BASELINE_UNIT) }: Message): void {
    if (arrival instanceof EndpointPort) arrival.uselessPackets += packets;
  }

  /**
   * Sends a request and calls `done` once, with the response or why there is none. To a control request the response
   * must carry its instance id and command. `via`: the port that it goes out of, where the destination does not say it.
   */
  request(
    destination: Eid,
    bytes: Uint8Array,
    now: Millis,
    done: RequestDone,
    timing: RequestTiming = this.timing,
    via?: EndpointPort,
  ): RequestTicket {
    const pending = this.#requests.start(destination, bytes, timing, controlRule(bytes), done, now, via);
    // A copy that is in a queue has told of the work and the deadline already.
    if (!pending.wasSent) this.onWork?.();
    return pending;
  }

  /** Sends a control request under the next instance id. */
  requestControl(
    destination: Eid,
    command: number,
    data: Uint8Array,
    now: Millis,
    done: RequestDone,
    timing: RequestTiming = this.timing,
    via?: EndpointPort,
  ): RequestTicket {
    const instance = this.#nextInstance;
    this.#nextInstance = (instance + 1) % INSTANCE_IDS;
    return this.request(destination, encodeRequest(instance, command, data), now, done, timing, via);
  }

  /** Gives the queue that the message is in; undefined when it is in none, which `done` was told. */
  #enqueueAt(
    port: EndpointPort,
    header: number,
    bytes: Uint8Array,
    done: SendDone | undefined,
    sender: Sender,
    isUnkept = false,
  ): TransmitQueue | undefined {
    if (!port.isUp) {
      done?.("linkDown");
      return undefined;
    }
    // One packet of the BTU passes everywhere: its way need not be asked for.
    const isSmallControl = typeOf(bytes) === MessageType.CONTROL && bytes.length <= BASELINE_UNIT;
    const unit = isSmallControl ? undefined : this.unitTo?.(destinationOf(header));
    if (port.queue.add(header, bytes, done, unit, sender, isUnkept)) {
      (port.onWork ?? this.onWork)?.();
      return port.queue;
    }
    if (sender === "peer") {
      this.counters.answersNotFetched++;
      port.refused("answersNotFetched");
    } else this.counters.queueFull++;
    done?.("queueFull");
    return undefined;
  }

  #portTo(destination: Eid, via?: object): EndpointPort {
    if (this.route === undefined) return this.ownPort;
    return via instanceof EndpointPort ? via : (this.route(destination) ?? this.ownPort);
  }

  /* ---- A router's side ---- */

  /** A further port, for an endpoint on a router. */
  addPort(): EndpointPort {
    const port = new EndpointPort(this.#config, this.counters);
    this.#ports.push(port);
    return port;
  }

  portUp(port: EndpointPort, now: Millis): void {
    port.isUp = true;
    if (port === this.ownPort) this.onLinkChange?.(true, now);
    else this.onFurtherPort?.();
  }

  portDown(port: EndpointPort, now: Millis): void {
    port.isUp = false;
    port.assembler.clear("channelLost");
    port.queue.clear();
    // In the next session the other end may have begun to count anew.
    port.repeats.clear();
    if (port === this.ownPort) this.onLinkChange?.(false, now);
    else this.onFurtherPort?.();
  }

  /** Whether a packet with TO = 0 is of a response that is waited for on this port. */
  expects(header: number, port: EndpointPort): boolean {
    return this.#requests.expects(sourceOf(header), tagOf(header), port);
  }

  /** A packet for this endpoint came in on one of its ports. */
  receiveAt(port: EndpointPort, bytes: Uint8Array, start: number, end: number, now: Millis): boolean {
    if (end - start <= HEADER_BYTES) {
      this.counters.emptyPayload++;
      return false;
    }
    const header = readU32be(bytes, start);
    if (!this.#judgeHeader(header, port)) return false;
    port.packetsReceived++;
    port.lastSource = sourceOf(header);
    const message = port.assembler.accept(header, bytes, start + HEADER_BYTES, end, now);
    if (message === undefined) return false;
    this.counters.messagesReceived++;
    this.counters.bytesReceived += message.bytes.length;
    const { lastPackets } = port.assembler;
    if (!this.#deliver(message, now)) port.uselessPackets += lastPackets;
    // A message of one packet is a view of it, and whoever has taken that may keep it.
    return lastPackets === 1;
  }

  /* ---- The link's side ---- */

  linkUp(now: Millis): void {
    this.portUp(this.ownPort, now);
  }

  linkDown(now: Millis): void {
    this.portDown(this.ownPort, now);
  }

  nextPacket(unit: number): PacketParts | undefined {
    return this.#queue.next(unit);
  }

  packetDone(now: Millis): void {
    this.#queue.packetDone(now);
  }

  receivePacket(bytes: Uint8Array, start: number, end: number, now: Millis): boolean {
    return this.receiveAt(this.ownPort, bytes, start, end, now);
  }

  packetLost(): void {
    this.#assembler.clear("packetLost");
  }

  nextDeadline(): Millis | undefined {
    let first = this.#requests.nextDeadline();
    for (const { assembler, repeats } of this.#ports) {
      first = earliest(first, earliest(assembler.nextDeadline(), repeats.nextDeadline()));
    }
    return first;
  }

  expire(now: Millis): void {
    for (const { assembler, repeats } of this.#ports) {
      assembler.expire(now);
      repeats.expire(now);
    }
    this.#requests.expire(now);
  }

  #judgeHeader(header: number, port: EndpointPort): boolean {
    if (headerVersion(header) !== HEADER_VERSION) {
      this.counters.headerVersion++;
      return false;
    }
    // LPC-MCTP-10: the endpoint's own, the null and the broadcast EID.
    const destination = destinationOf(header);
    if (destination !== this.identity.eid && destination !== NULL_EID && destination !== BROADCAST_EID) {
      this.counters.foreignDestination++;
      return false;
    }
    const source = sourceOf(header);
    if (source === BROADCAST_EID) {
      this.counters.badSource++;
      return false;
    }
    if ((header & Flag.TO) === 0 && !this.expects(header, port)) {
      this.counters.unexpectedTag++;
      return false;
    }
    return true;
  }

  /** False for payload that nobody takes. */
  #deliver(message: Message, now: Millis): boolean {
    if (typeOf(message.bytes) === MessageType.CONTROL) {
      this.#control.deliver(message, now);
      return true;
    }
    if (!message.tagOwner) {
      if (this.#requests.answer(message, now)) return true;
      this.counters.unexpectedTag++;
      return false;
    }
    if (this.#handlers.deliver(message, now)) return true;
    this.counters.unsupportedType++;
    this.onUnsupported?.(message);
    return false;
  }
}
