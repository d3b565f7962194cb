/**
 * Putting messages together from packets by {source, tag owner, tag}, with the drop and end rules of DSP0236 clauses
 * 8.3 and 8.4, in bounded memory (LPC-MCTP-7). What a source leaves unfinished takes room from its own messages only.
 */
import { ViewMaker } from "../wire/bytes.ts";
import { later, type Eid, type Millis } from "../wire/units.ts";
import type { MctpCounters } from "./counters.ts";
import { MESSAGE_TYPE_MASK, MessageType, type Message } from "./message.ts";
import { BASELINE_UNIT, Flag, destinationOf, sequenceOf, sourceOf, tagOf } from "./packet.ts";

/** Bytes of the longest control message, with its type byte: it fits one packet of the baseline unit. */
export const LARGEST_CONTROL_MESSAGE: number = BASELINE_UNIT;

export interface AssemblyLimits {
  /** Bytes of the longest message, be it in one packet or in several; a control message has LARGEST_CONTROL_MESSAGE. */
  readonly messageBytes: number;
  /** Unfinished messages of one source at once; one more ends that of them which has waited longest. */
  readonly assemblies: number;
  /**
   * Bytes of all unfinished messages together. A source may have as much as it leaves to others: half of it where it is
   * the only one, a third beside another that does the same, …
   */
  readonly totalBytes: number;
  /** How long the next packet of a message may take. */
  readonly timeout: Millis;
}

interface Assembly {
  readonly destination: Eid;
  /** Payload bytes of the first packet, which every middle packet repeats. */
  readonly unit: number;
  /** Bytes of the longest message of its type. */
  readonly limit: number;
  packets: number;
  buffer: Uint8Array;
  length: number;
  nextSequence: number;
  deadline: Millis;
}

export class Assembler {
  readonly #limits: AssemblyLimits;
  readonly #counters: MctpCounters;
  readonly #arrival: object | undefined;
  /** In the order of the last packet: the first entry has waited longest. */
  readonly #assemblies = new Map<number, Assembly>();
  #totalBytes = 0;
  /** Packets taken of messages that are no control messages, without those of messages that ended unfinished. */
  payloadPackets = 0;
  /** Packets of the message that was completed last. */
  lastPackets = 0;
  /** Told after a message ended because its source had more than its share. */
  onEvicted: (() => void) | undefined;
  /** By source: its unfinished messages, and the bytes of them. */
  readonly #countOf: number[] = new Array<number>(256).fill(0);
  readonly #bytesOf: number[] = new Array<number>(256).fill(0);
  readonly #views = new ViewMaker();

  /** `arrival`: where the messages come in, which they carry with them. */
  constructor(limits: AssemblyLimits, counters: MctpCounters, arrival?: object) {
    this.#limits = limits;
    this.#counters = counters;
    this.#arrival = arrival;
  }

  get unfinished(): number {
    return this.#assemblies.size;
  }

  /** Bytes of memory that unfinished messages take. */
  get bytes(): number {
    return this.#totalBytes;
  }

  /**
   * Takes a packet whose payload, `bytes[start]` to `bytes[end]`, has at least one byte. Returns the message that it
   * completes. The message of a single packet is a view of `bytes`, longer ones are copied.
   */
  accept(header: number, bytes: Uint8Array, start: number, end: number, now: Millis): Message | undefined {
    const key = header & 0xff0f;
    const begins = (header & Flag.SOM) !== 0;
    const ends = (header & Flag.EOM) !== 0;
    if (begins) {
      if (this.#assemblies.size > 0 && this.#assemblies.has(key)) this.#end(key, "restarted");
      const isControl = (bytes[start]! & MESSAGE_TYPE_MASK) === MessageType.CONTROL;
      const limit = isControl ? LARGEST_CONTROL_MESSAGE : this.#limits.messageBytes;
      // Judged before anything is kept: a packet may be larger than any message.
      if (end - start > limit) {
        this.#counters[tooLong(limit)]++;
        return undefined;
      }
      if (!isControl) this.payloadPackets++;
      if (ends) {
        this.lastPackets = 1;
        return this.#finish(header, destinationOf(header), bytes, start, end);
      }
      this.#begin(key, header, bytes, start, end, limit, now);
      return undefined;
    }
    const assembly = this.#assemblies.get(key);
    if (assembly === undefined) {
      this.#counters.noStart++;
      return undefined;
    }
    const payload = end - start;
    if (sequenceOf(header) !== assembly.nextSequence) {
      this.#end(key, "outOfSequence");
      return undefined;
    }
    if (payload > assembly.unit || (!ends && payload !== assembly.unit)) {
      this.#end(key, "unequalSize");
      return undefined;
    }
    if (!this.#append(key, assembly, bytes, start, end)) return undefined;
    assembly.packets++;
    if (assembly.limit !== LARGEST_CONTROL_MESSAGE) this.payloadPackets++;
    if (!ends) {
      assembly.nextSequence = (assembly.nextSequence + 1) & 3;
      assembly.deadline = later(now, this.#limits.timeout); // LPC-MCTP-26
      // Moves the entry behind all others.
      this.#assemblies.delete(key);
      this.#assemblies.set(key, assembly);
      return undefined;
    }
    this.#remove(key, assembly);
    this.lastPackets = assembly.packets;
    return this.#finish(header, assembly.destination, assembly.buffer, 0, assembly.length);
  }

  /** Ends the assemblies whose next packet is overdue. */
  expire(now: Millis): void {
    for (const [key, assembly] of this.#assemblies) if (assembly.deadline <= now) this.#end(key, "assemblyTimeout");
  }

  /**
   * Ends all assemblies: what follows belongs to another session, or a packet is missing that may have belonged to any
   * of them. Without the latter the end of one message and the start of the next could go missing, and their other
   * parts, which two bits of sequence number hardly tell apart, would join.
   */
  clear(why: "channelLost" | "packetLost"): void {
    for (const key of [...this.#assemblies.keys()]) this.#end(key, why);
  }

  nextDeadline(): Millis | undefined {
    for (const assembly of this.#assemblies.values()) return assembly.deadline;
    return undefined;
  }

  #begin(key: number, header: number, bytes: Uint8Array, start: number, end: number, limit: number, now: Millis): void {
    const unit = end - start;
    // No sender may do this, but one that counts the header into its unit does (LPC-MCTP-18).
    if (unit < BASELINE_UNIT) this.#counters.unitBelowBaseline++;
    const source = sourceIn(key);
    if (this.#countOf[source]! >= this.#limits.assemblies) this.#endOldest(source);
    const assembly: Assembly = {
      destination: destinationOf(header),
      unit,
      limit,
      packets: 1,
      buffer: new Uint8Array(0),
      length: 0,
      nextSequence: (sequenceOf(header) + 1) & 3,
      deadline: later(now, this.#limits.timeout),
    };
    this.#assemblies.set(key, assembly);
    this.#countOf[source]!++;
    this.#append(key, assembly, bytes, start, end);
  }

  #append(key: number, assembly: Assembly, bytes: Uint8Array, start: number, end: number): boolean {
    const length = assembly.length + (end - start);
    if (length > assembly.limit) {
      this.#end(key, tooLong(assembly.limit));
      return false;
    }
    if (length > assembly.buffer.length && !this.#grow(key, assembly, length)) return false;
    assembly.buffer.set(this.#views.view(bytes, start, end - start), assembly.length);
    assembly.length = length;
    return true;
  }

  #grow(key: number, assembly: Assembly, length: number): boolean {
    const size = Math.min(Math.max(2 * length, 4 * BASELINE_UNIT), assembly.limit);
    const more = size - assembly.buffer.length;
    const source = sourceIn(key);
    while (this.#bytesOf[source]! + more > this.#limits.totalBytes - this.#totalBytes - more) {
      if (this.#endOldest(source) === key) return false;
    }
    const buffer = new Uint8Array(size);
    buffer.set(assembly.buffer.subarray(0, assembly.length));
    assembly.buffer = buffer;
    this.#totalBytes += more;
    this.#bytesOf[source]! += more;
    return true;
  }

  /** Ends the message of a source that has waited longest; gives its key. */
  #endOldest(source: number): number | undefined {
    for (const key of this.#assemblies.keys()) {
      if (sourceIn(key) !== source) continue;
      this.#end(key, "assemblyEvicted");
      return key;
    }
    return undefined;
  }

  #end(
    key: number,
    why:
      | "restarted"
      | "outOfSequence"
      | "unequalSize"
      | "assemblyTimeout"
      | "assemblyEvicted"
      | "messageTooLong"
      | "controlTooLong"
      | "channelLost"
      | "packetLost",
  ): void {
    const assembly = this.#assemblies.get(key);
    if (assembly === undefined) return;
    this.#remove(key, assembly);
    if (assembly.limit !== LARGEST_CONTROL_MESSAGE) this.payloadPackets -= assembly.packets;
    this.#counters[why]++;
    if (why === "assemblyEvicted") this.onEvicted?.();
  }

  #remove(key: number, assembly: Assembly): void {
    this.#assemblies.delete(key);
    this.#totalBytes -= assembly.buffer.length;
    this.#countOf[sourceIn(key)]!--;
    this.#bytesOf[sourceIn(key)]! -= assembly.buffer.length;
  }

  #finish(header: number, destination: Eid, bytes: Uint8Array, start: number, end: number): Message {
    return {
      source: sourceOf(header),
      destination,
      tagOwner: (header & Flag.TO) !== 0,
      tag: tagOf(header),
      bytes: this.#views.view(bytes, start, end - start),
      arrival: this.#arrival,
      packets: this.lastPackets,
    };
  }
}

function tooLong(limit: number): "controlTooLong" | "messageTooLong" {
  return limit === LARGEST_CONTROL_MESSAGE ? "controlTooLong" : "messageTooLong";
}

/** The source EID in the key of an assembly. */
function sourceIn(key: number): number {
  return key >>> 8;
}
