/**
 * Messages on their way out of one link, cut into packets only when the link can take one, so that each is cut for
 * the transmission unit of the session it goes out in. Control messages overtake others between packets (LPC-MCTP-24), but none with
 * the same tag, whose receiver would take it for a new start; the packets of one message stay in order.
 */
import type { PacketParts } from "../wire/packet-parts.ts";
import type { Millis } from "../wire/units.ts";
import type { MctpCounters } from "./counters.ts";
import { MessageType, typeOf } from "./message.ts";
import { Fifo } from "../wire/fifo.ts";
import { BASELINE_UNIT, packetHeader } from "./packet.ts";

/** `sent`: the peer took the last packet. Every other outcome: it is not known how much arrived. */
export type SendOutcome = "sent" | "linkDown" | "queueFull" | "cancelled";

/** Told how a message fared; with `sent` comes the moment. */
export type SendDone = (outcome: SendOutcome, sentAt?: Millis) => void;

/** A message on its way. */
interface Entry {
  header: number;
  bytes: Uint8Array;
  done: SendDone | undefined;
  unit: number;
  /** Bytes given out in packets. */
  at: number;
  sequence: number;
  packetsUnderWay: number;
  /** An answer to a request of which nothing is kept. */
  isUnkept: boolean;
}

/** As many as are queued in a conversation; a message costs no object then. */
const SPARE_ENTRIES = 16;
const NO_BYTES = new Uint8Array(0);

/** A unit that bounds nothing; a small integer, which costs no object. */
const UNBOUNDED = 0x3fff_ffff;

export interface QueueLimits {
  readonly messages: number;
  readonly bytes: number;
}

/**
 * Who has a message sent: a peer, by a request that it asked; this agent's tools and services; or a duty of the agent
 * itself, as discovery and presence checks are.
 */
export type Sender = "peer" | "own" | "duty";

/** Of what a queue holds, the answers that a peer asked for and does not fetch have this part at most. */
export const PART_OF_PEER = 0.25;
/** Control messages that duties may queue beyond the limits. */
export const DUTY_MESSAGES = 16;
const DUTY_BYTES = DUTY_MESSAGES * BASELINE_UNIT;

export class TransmitQueue {
  /** Packets that the peer has taken: while it grows, what waits is on its way. */
  packetsTaken = 0;
  /** Of these those of messages that are no control messages. */
  payloadPackets = 0;
  /** Of these those of answers to requests of which nothing is kept. */
  unkeptPackets = 0;
  readonly #limits: QueueLimits;
  readonly #counters: MctpCounters;
  readonly #control = new Fifo<Entry>();
  readonly #others = new Fifo<Entry>();
  #queuedBytes = 0;
  /** The messages of the packets that were given out and not yet taken by the peer, oldest first. */
  readonly #underWay = new Fifo<Entry>();
  /** Entries to be used again. */
  readonly #spare: Entry[] = [];
  readonly #parts: PacketParts = { header: 0, message: new Uint8Array(0), start: 0, end: 0 };

  constructor(limits: QueueLimits, counters: MctpCounters) {
    this.#limits = limits;
    this.#counters = counters;
  }

  /** Messages of which not every packet was given out. */
  get length(): number {
    return this.#control.length + this.#others.length;
  }

  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /**
   * Queues a message; false when the queue is full, and then `done` is not called. `header`: the fields common to all
   * packets, as messageHeader makes them. `bytes`: from the IC and type byte on, not to be changed until `done` was
   * called. `unit`: the largest payload of its packets, where a link behind this one carries less. `isUnkept`: it answers
   * a request of which nothing is kept.
   */
  add(
    header: number,
    bytes: Uint8Array,
    done?: SendDone,
    unit: number = UNBOUNDED,
    sender: Sender = "own",
    isUnkept = false,
  ): boolean {
    if (this.#isFull(bytes.length, sender)) return false;
    const lane = typeOf(bytes) === MessageType.CONTROL ? this.#control : this.#others;
    lane.push(this.#entry(header, bytes, done, unit, isUnkept));
    this.#queuedBytes += bytes.length;
    return true;
  }

  /** A queue that is empty takes a message however long it is. */
  #isFull(bytes: number, sender: Sender): boolean {
    const { length } = this;
    if (length === 0) return false;
    const part = sender === "peer" ? PART_OF_PEER : 1;
    const [moreMessages, moreBytes] = sender === "duty" ? [DUTY_MESSAGES, DUTY_BYTES] : [0, 0];
    const { messages, bytes: most } = this.#limits;
    return length >= part * messages + moreMessages || this.#queuedBytes + bytes > part * most + moreBytes;
  }

  /**
   * The next packet for a link that carries `unit` payload bytes. The object is reused: the link is done with it when
   * it asks again. For every packet, in order, `packetDone` is called.
   */
  next(unit: number): PacketParts | undefined {
    const lane = this.#overtakes() ? this.#control : this.#others;
    const entry = lane.first;
    if (entry === undefined) return undefined;
    const { bytes, at } = entry;
    const whole = at + (entry.unit < unit ? entry.unit : unit);
    const end = whole < bytes.length ? whole : bytes.length;
    const parts = this.#parts;
    parts.header = packetHeader(entry.header, at === 0, end === bytes.length, entry.sequence);
    parts.message = bytes;
    parts.start = at;
    parts.end = end;
    entry.at = end;
    entry.sequence++;
    entry.packetsUnderWay++;
    this.#underWay.push(entry);
    if (end === bytes.length) lane.shift();
    return parts;
  }

  /** Two answers have one tag where a peer asked two questions with it (DSP0236 8.1). */
  #overtakes(): boolean {
    const control = this.#control.first;
    if (control === undefined) return false;
    const other = this.#others.first;
    return other === undefined || other.at === 0 || other.header !== control.header;
  }

  /** The peer took the oldest packet that `next` gave. */
  packetDone(now: Millis): void {
    const entry = this.#underWay.shift();
    if (entry === undefined) return;
    this.packetsTaken++;
    if (typeOf(entry.bytes) !== MessageType.CONTROL) this.payloadPackets++;
    if (entry.isUnkept) this.unkeptPackets++;
    entry.packetsUnderWay--;
    if (entry.packetsUnderWay > 0 || entry.at < entry.bytes.length) return;
    this.#queuedBytes -= entry.bytes.length;
    this.#counters.messagesSent++;
    this.#counters.bytesSent += entry.bytes.length;
    const { done } = entry;
    this.#keepSpare(entry);
    done?.("sent", now);
  }

  #entry(header: number, bytes: Uint8Array, done: SendDone | undefined, unit: number, isUnkept: boolean): Entry {
    const entry = this.#spare.pop();
    if (entry === undefined) return { header, bytes, done, unit, at: 0, sequence: 0, packetsUnderWay: 0, isUnkept };
    entry.isUnkept = isUnkept;
    entry.header = header;
    entry.bytes = bytes;
    entry.done = done;
    entry.unit = unit;
    entry.at = 0;
    entry.sequence = 0;
    return entry;
  }

  #keepSpare(entry: Entry): void {
    if (this.#spare.length >= SPARE_ENTRIES) return;
    entry.bytes = NO_BYTES;
    entry.done = undefined;
    this.#spare.push(entry);
  }

  /** The channel was lost: no message of its session goes on in the next (LPC-MCTP-6). */
  clear(): void {
    const given = new Set([...this.#underWay.takeAll(), ...this.#control.takeAll(), ...this.#others.takeAll()]);
    this.#queuedBytes = 0;
    for (const entry of given) {
      this.#counters.sendAborted++;
      entry.done?.("linkDown");
    }
  }
}
