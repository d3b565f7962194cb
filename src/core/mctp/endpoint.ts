/**
 * An MCTP endpoint on one link: assembles what arrives, answers control requests, cuts and queues what is sent, and
 * follows requests to their responses. It knows packets and time, no binding.
 */
import { readU32be } from "../wire/bytes.ts";
import { zeroCounters } from "../wire/counters.ts";
import type { PacketParts } from "../wire/packet-parts.ts";
import { earliest, type Eid, type Millis } from "../wire/units.ts";
import type { Assembler, AssemblyLimits } from "./assembly.ts";
import { Control, decodeControl, encodeRequest, INSTANCE_IDS, type ControlMessage } from "./control/codec.ts";
import { assignsEid, respond, takeDatagram } from "./control/responder.ts";
import type { ControlServices, EndpointIdentity } from "./control/services.ts";
import { MCTP_COUNTERS, type MctpCounter, type MctpCounters } from "./counters.ts";
import { EndpointPort } from "./endpoint-port.ts";
import type { PacketExchange } from "./link.ts";
import { BROADCAST_EID, MessageType, NULL_EID, hasIntegrityCheck, typeOf, type Message } from "./message.ts";
import {
  Flag,
  HEADER_BYTES,
  HEADER_VERSION,
  destinationOf,
  headerVersion,
  messageHeader,
  sourceOf,
  tagOf,
} from "./packet.ts";
import {
  RequestTable,
  type RequestOutcome,
  type RequestTicket,
  type RequestTiming,
  type ResponseRule,
} from "./requests.ts";
import type { QueueLimits, SendDone, TransmitQueue } from "./transmit-queue.ts";

/** Times of this binding (LPC-MCTP-4, LPC-MCTP-5), in milliseconds. */
export interface EndpointTiming extends RequestTiming {
  /** MT4: how long the instance id and tag of an unanswered request are not used again. */
  readonly tagExpiry: Millis;
}

export interface EndpointConfig {
  readonly identity: EndpointIdentity;
  readonly timing: EndpointTiming;
  readonly assembly: AssemblyLimits;
  readonly queue: QueueLimits;
  /** What control requests are answered from beside the identity. */
  readonly services?: ControlServices;
}

/** Memory in use: messages half received, messages to send, requests without an answer. */
export interface EndpointUsage {
  readonly assemblies: number;
  readonly assemblyBytes: number;
  readonly queuedMessages: number;
  readonly queuedBytes: number;
  readonly requests: number;
}

/** Message types that there can be. */
const TYPES = 128;

const WASTE: readonly MctpCounter[] = [
  "headerVersion",
  "foreignDestination",
  "badSource",
  "emptyPayload",
  "noStart",
  "unitTooSmall",
  "unexpectedTag",
  "outOfSequence",
  "unequalSize",
  "restarted",
  "assemblyEvicted",
  "messageTooLong",
  "unsupportedType",
  "controlDiscarded",
];

/** Takes the messages of one type that are no responses to own requests. */
export type MessageHandler = (message: Message, now: Millis) => void;

export class Endpoint implements PacketExchange {
  readonly identity: EndpointIdentity;
  readonly counters: MctpCounters = zeroCounters(MCTP_COUNTERS);
  /** Told when a bus owner assigned an EID, be it the one there was. */
  onEidAssigned: ((eid: Eid, by: Eid, now: Millis) => void) | undefined;
  /** Told of a message whose type nobody handles, after it was counted. */
  onUnsupported: ((message: Message) => void) | undefined;
  /** Told when there is something to send or a new deadline: whoever drives the link should look. */
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
  readonly #timing: EndpointTiming;
  /** Beside the own port. */
  readonly #morePorts: EndpointPort[] = [];
  readonly #assembler: Assembler;
  readonly #queue: TransmitQueue;
  readonly #requests: RequestTable;
  /** By message type. */
  readonly #handlers: (MessageHandler | undefined)[] = new Array<undefined>(TYPES).fill(undefined);
  #nextInstance = 0;

  constructor(config: EndpointConfig) {
    this.identity = config.identity;
    this.#timing = config.timing;
    this.#config = config;
    this.ownPort = new EndpointPort(config, this.counters);
    this.#assembler = this.ownPort.assembler;
    this.#queue = this.ownPort.queue;
    this.#requests = new RequestTable(
      config.timing.tagExpiry,
      this.counters,
      (destination, tag, bytes, done, via) => this.#enqueue(destination, true, tag, bytes, done, via),
      (destination) => this.onUnanswered?.(destination),
      (destination) => this.route?.(destination) ?? this.ownPort,
    );
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
    const ports = [this.ownPort, ...this.#morePorts];
    const sum = (of: (port: EndpointPort) => number): number => ports.reduce((total, port) => total + of(port), 0);
    const { underWay, waiting } = this.#requests;
    return {
      assemblies: sum(({ assembler }) => assembler.unfinished),
      assemblyBytes: sum(({ assembler }) => assembler.bytes),
      queuedMessages: sum(({ queue }) => queue.length),
      queuedBytes: sum(({ queue }) => queue.queuedBytes),
      requests: underWay + waiting,
    };
  }

  /** Packets received that led to no message, as far as they can be told: dropped, or the start of nothing. */
  get wasted(): number {
    return WASTE.reduce((sum, name) => sum + this.counters[name], 0);
  }

  /** Has messages of a type, other than responses, handed to `handler`. One handler a type; control is taken. */
  handle(type: number, handler: MessageHandler): void {
    if (type === MessageType.CONTROL || this.#handlers[type] !== undefined) {
      throw new Error(`message type 0x${type.toString(16)} is taken`);
    }
    this.#handlers[type] = handler;
  }

  /* ---- Sending ---- */

  /**
   * Sends a message that expects no response. `bytes` begins with the IC and type byte and stays untouched until
   * `done`. Without a link, or with a full queue, `done` is called at once.
   */
  send(destination: Eid, bytes: Uint8Array, now: Millis, done?: SendDone): void {
    const port = this.#portTo(destination);
    this.#enqueueAt(port, destination, true, this.#requests.borrowTag(destination, now, port), bytes, done);
  }

  /** Sends a response: to the source of `request`, with its tag and TO clear. */
  respond(request: Message, bytes: Uint8Array, done?: SendDone): void {
    this.#enqueue(request.source, false, request.tag, bytes, done, request.arrival);
  }

  /**
   * Sends a request and calls `done` once, with the response or why there is none. To a control request the response
   * must carry its instance id and command. `via`: the port that it goes out of,
   * where the destination does not say it.
   */
  request(
    destination: Eid,
    bytes: Uint8Array,
    now: Millis,
    done: (outcome: RequestOutcome, now: Millis) => void,
    timing: RequestTiming = this.#timing,
    via?: EndpointPort,
  ): RequestTicket {
    const ticket = this.#requests.start(destination, bytes, timing, controlRule(bytes), done, now, via);
    this.onWork?.();
    return ticket;
  }

  /** Sends a control request under the next instance id. */
  requestControl(
    destination: Eid,
    command: number,
    data: Uint8Array,
    now: Millis,
    done: (outcome: RequestOutcome, now: Millis) => void,
    timing: RequestTiming = this.#timing,
    via?: EndpointPort,
  ): RequestTicket {
    const instance = this.#nextInstance;
    this.#nextInstance = (instance + 1) % INSTANCE_IDS;
    return this.request(destination, encodeRequest(instance, command, data), now, done, timing, via);
  }

  /** Gives the queue that the message is in; undefined when it is in none, which `done` was told. */
  #enqueue(
    destination: Eid,
    tagOwner: boolean,
    tag: number,
    bytes: Uint8Array,
    done: SendDone | undefined,
    via?: object,
  ): TransmitQueue | undefined {
    return this.#enqueueAt(this.#portTo(destination, via), destination, tagOwner, tag, bytes, done);
  }

  #enqueueAt(
    port: EndpointPort,
    destination: Eid,
    tagOwner: boolean,
    tag: number,
    bytes: Uint8Array,
    done: SendDone | undefined,
  ): TransmitQueue | undefined {
    if (!port.isUp) {
      done?.("linkDown");
      return undefined;
    }
    const header = messageHeader(destination, this.identity.eid, tagOwner, tag);
    const unit = this.unitTo?.(destination);
    if (port.queue.add(header, bytes, done, unit)) {
      (port.onWork ?? this.onWork)?.();
      return port.queue;
    }
    this.counters.queueFull++;
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
    this.#morePorts.push(port);
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

  /** A packet for this endpoint came in on one of its ports. */
  receiveAt(port: EndpointPort, bytes: Uint8Array, start: number, end: number, now: Millis): void {
    if (end - start <= HEADER_BYTES) {
      this.counters.emptyPayload++;
      return;
    }
    const header = readU32be(bytes, start);
    if (!this.#judgeHeader(header, port)) return;
    const message = port.assembler.accept(header, bytes, start + HEADER_BYTES, end, now);
    if (message === undefined) return;
    this.counters.messagesReceived++;
    this.counters.bytesReceived += message.bytes.length;
    this.#deliver(message, now);
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

  receivePacket(bytes: Uint8Array, start: number, end: number, now: Millis): void {
    this.receiveAt(this.ownPort, bytes, start, end, now);
  }

  packetLost(): void {
    this.#assembler.clear("packetLost");
  }

  nextDeadline(): Millis | undefined {
    let first = earliest(this.#assembler.nextDeadline(), this.#requests.nextDeadline());
    for (const { assembler } of this.#morePorts) first = earliest(first, assembler.nextDeadline());
    return first;
  }

  expire(now: Millis): void {
    this.#assembler.expire(now);
    for (const { assembler } of this.#morePorts) assembler.expire(now);
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
    if ((header & Flag.TO) === 0 && !this.#requests.expects(source, tagOf(header), port)) {
      this.counters.unexpectedTag++;
      return false;
    }
    return true;
  }

  #deliver(message: Message, now: Millis): void {
    const type = typeOf(message.bytes);
    if (type === MessageType.CONTROL) {
      this.#deliverControl(message, now);
    } else if (!message.tagOwner) {
      if (!this.#requests.answer(message, now)) this.counters.unexpectedTag++;
    } else {
      const handler = this.#handlers[type];
      if (handler !== undefined) {
        handler(message, now);
        return;
      }
      this.counters.unsupportedType++;
      this.onUnsupported?.(message);
    }
  }

  #deliverControl(message: Message, now: Millis): void {
    const control = hasIntegrityCheck(message.bytes) ? undefined : decodeControl(message.bytes, message.tagOwner);
    switch (control?.kind) {
      case "request":
        this.#answerControl(message, control, now);
        return;
      case "response":
        if (!this.#requests.answer(message, now)) this.counters.unexpectedTag++;
        return;
      case "datagram":
        if (!takeDatagram(control, this.#portOf(message).services, message.source)) this.counters.controlDiscarded++;
        return;
      case undefined:
        this.counters.controlDiscarded++;
    }
  }

  #answerControl(message: Message, request: ControlMessage, now: Millis): void {
    const { repeats, services, identity } = this.#portOf(message);
    const before = repeats.recall(message, now);
    if (before !== undefined) {
      this.counters.requestsRepeated++;
      this.respond(message, before);
      return;
    }
    const response = respond(request, identity, services, message.source);
    if (response === undefined) return;
    repeats.remember(message, request.command, response, now);
    // The answer to Set Endpoint ID already goes out under the new EID.
    this.respond(message, response);
    if (assignsEid(request, response)) this.onEidAssigned?.(this.identity.eid, message.source, now);
  }

  #portOf({ arrival }: Message): EndpointPort {
    return arrival instanceof EndpointPort ? arrival : this.ownPort;
  }
}

/** What is a response to a control request; undefined for other requests, which the type and tag have to do for. */
function controlRule(bytes: Uint8Array): ResponseRule | undefined {
  if (typeOf(bytes) !== MessageType.CONTROL) return undefined;
  const request = decodeControl(bytes, true);
  if (request === undefined) return undefined;
  const { instance, command } = request;
  return {
    // LPC-MCTP-11: the response comes from an EID that the requester may not know yet.
    anySource: command === Control.SET_ENDPOINT_ID,
    accepts: (response) => {
      const control = decodeControl(response.bytes, response.tagOwner);
      return control?.kind === "response" && control.instance === instance && control.command === command;
    },
  };
}
