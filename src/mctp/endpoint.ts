/**
 * An MCTP endpoint on one link: assembles what arrives, answers control requests, cuts and queues what is sent, and
 * follows requests to their responses. It knows packets and time, no binding.
 */
import { readU32be } from "../wire/bytes.ts";
import { zeroCounters } from "../wire/counters.ts";
import type { PacketParts } from "../wire/packet-parts.ts";
import { earliest, type Eid, type Millis } from "../wire/units.ts";
import { Assembler, type AssemblyLimits } from "./assembly.ts";
import { Control, decodeControl, encodeRequest, INSTANCE_IDS, type ControlMessage } from "./control/codec.ts";
import { RepeatMemory } from "./control/repeats.ts";
import { assignsEid, respond, takeDatagram } from "./control/responder.ts";
import type { ControlServices, EndpointIdentity } from "./control/services.ts";
import { MCTP_COUNTERS, type MctpCounter, type MctpCounters } from "./counters.ts";
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
import { RequestTable, type RequestOutcome, type RequestTicket, type RequestTiming } from "./requests.ts";
import { TransmitQueue, type QueueLimits, type SendOutcome } from "./transmit-queue.ts";

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
  readonly #timing: EndpointTiming;
  readonly #assembler: Assembler;
  readonly #queue: TransmitQueue;
  readonly #requests: RequestTable;
  readonly #services: ControlServices;
  readonly #repeats: RepeatMemory;
  readonly #handlers = new Map<number, MessageHandler>();
  #isUp = false;
  #nextInstance = 0;

  constructor(config: EndpointConfig) {
    this.identity = config.identity;
    this.#timing = config.timing;
    this.#services = config.services ?? {};
    this.#repeats = new RepeatMemory(config.timing.tagExpiry);
    this.#assembler = new Assembler(config.assembly, this.counters);
    this.#queue = new TransmitQueue(config.queue, this.counters);
    this.#requests = new RequestTable(config.timing.tagExpiry, this.counters, (destination, tag, bytes) => {
      this.#enqueue(destination, true, tag, bytes, undefined);
    });
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** Messages queued or half sent. */
  get queued(): number {
    return this.#queue.length;
  }

  /** What it holds at this moment, all of it bounded (LPC-MCTP-7). */
  get usage(): EndpointUsage {
    const { unfinished, bytes } = this.#assembler;
    const { length, queuedBytes } = this.#queue;
    const { underWay, waiting } = this.#requests;
    return {
      assemblies: unfinished,
      assemblyBytes: bytes,
      queuedMessages: length,
      queuedBytes,
      requests: underWay + waiting,
    };
  }

  /** Packets received that led to no message, as far as they can be told: dropped, or the start of nothing. */
  get wasted(): number {
    return WASTE.reduce((sum, name) => sum + this.counters[name], 0);
  }

  /** Has messages of a type, other than responses, handed to `handler`. One handler a type; control is taken. */
  handle(type: number, handler: MessageHandler): void {
    if (type === MessageType.CONTROL || this.#handlers.has(type)) {
      throw new Error(`message type 0x${type.toString(16)} is taken`);
    }
    this.#handlers.set(type, handler);
  }

  /* ---- Sending ---- */

  /**
   * Sends a message that expects no response. `bytes` begins with the IC and type byte and stays untouched until
   * `done`. Without a link, or with a full queue, `done` is called at once.
   */
  send(destination: Eid, bytes: Uint8Array, now: Millis, done?: (outcome: SendOutcome) => void): void {
    this.#enqueue(destination, true, this.#requests.borrowTag(destination, now), bytes, done);
  }

  /** Sends a response: to the source of `request`, with its tag and TO clear. */
  respond(request: Message, bytes: Uint8Array, done?: (outcome: SendOutcome) => void): void {
    this.#enqueue(request.source, false, request.tag, bytes, done);
  }

  /** Sends a request and calls `done` once, with the response or why there is none. */
  request(
    destination: Eid,
    bytes: Uint8Array,
    now: Millis,
    done: (outcome: RequestOutcome, now: Millis) => void,
    timing: RequestTiming = this.#timing,
  ): RequestTicket {
    const ticket = this.#requests.start(destination, bytes, timing, undefined, done, now);
    this.onWork?.();
    return ticket;
  }

  /** Sends a control request; the response must carry its instance id and command. */
  requestControl(
    destination: Eid,
    command: number,
    data: Uint8Array,
    now: Millis,
    done: (outcome: RequestOutcome, now: Millis) => void,
    timing: RequestTiming = this.#timing,
  ): RequestTicket {
    const instance = this.#nextInstance;
    this.#nextInstance = (instance + 1) % INSTANCE_IDS;
    const accepts = (response: Message): boolean => {
      const control = decodeControl(response.bytes, response.tagOwner);
      return control?.kind === "response" && control.instance === instance && control.command === command;
    };
    // LPC-MCTP-11: the response comes from an EID that the requester may not know yet.
    const rule = { anySource: command === Control.SET_ENDPOINT_ID, accepts };
    const ticket = this.#requests.start(destination, encodeRequest(instance, command, data), timing, rule, done, now);
    this.onWork?.();
    return ticket;
  }

  #enqueue(
    destination: Eid,
    tagOwner: boolean,
    tag: number,
    bytes: Uint8Array,
    done: ((outcome: SendOutcome) => void) | undefined,
  ): void {
    if (!this.#isUp) {
      done?.("linkDown");
      return;
    }
    const header = messageHeader(destination, this.identity.eid, tagOwner, tag);
    if (this.#queue.add({ header, bytes, done })) this.onWork?.();
    else {
      this.counters.queueFull++;
      done?.("queueFull");
    }
  }

  /* ---- The link's side ---- */

  linkUp(now: Millis): void {
    this.#isUp = true;
    this.onLinkChange?.(true, now);
  }

  linkDown(now: Millis): void {
    this.#isUp = false;
    this.#assembler.clear("channelLost");
    this.#queue.clear();
    // In the next session the other end may have begun to count anew.
    this.#repeats.clear();
    this.onLinkChange?.(false, now);
  }

  nextPacket(unit: number): PacketParts | undefined {
    return this.#queue.next(unit);
  }

  packetDone(): void {
    this.#queue.packetDone();
  }

  receivePacket(bytes: Uint8Array, start: number, end: number, now: Millis): void {
    if (end - start <= HEADER_BYTES) {
      this.counters.emptyPayload++;
      return;
    }
    const header = readU32be(bytes, start);
    if (!this.#judgeHeader(header)) return;
    const message = this.#assembler.accept(header, bytes, start + HEADER_BYTES, end, now);
    if (message === undefined) return;
    this.counters.messagesReceived++;
    this.counters.bytesReceived += message.bytes.length;
    this.#deliver(message, now);
  }

  packetLost(): void {
    this.#assembler.clear("packetLost");
  }

  nextDeadline(): Millis | undefined {
    return earliest(this.#assembler.nextDeadline(), this.#requests.nextDeadline());
  }

  expire(now: Millis): void {
    this.#assembler.expire(now);
    this.#requests.expire(now);
  }

  #judgeHeader(header: number): boolean {
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
    if ((header & Flag.TO) === 0 && !this.#requests.expects(source, tagOf(header))) {
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
      const handler = this.#handlers.get(type);
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
        if (!takeDatagram(control, this.#services, message.source)) this.counters.controlDiscarded++;
        return;
      case undefined:
        this.counters.controlDiscarded++;
    }
  }

  #answerControl(message: Message, request: ControlMessage, now: Millis): void {
    const before = this.#repeats.recall(message, now);
    if (before !== undefined) {
      this.counters.requestsRepeated++;
      this.respond(message, before);
      return;
    }
    const response = respond(request, this.identity, this.#services, message.source);
    if (response === undefined) return;
    this.#repeats.remember(message, request.command, response, now);
    // The answer to Set Endpoint ID already goes out under the new EID.
    this.respond(message, response);
    if (assignsEid(request, response)) this.onEidAssigned?.(this.identity.eid, message.source, now);
  }
}
