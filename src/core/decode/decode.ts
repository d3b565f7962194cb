/**
 * Explains inputs, each of them a packet buffer, a serial frame, a packet, a message or a control region; packets are
 * put together into messages by the rules that the endpoint goes by.
 */
import { Assembler } from "../mctp/assembly.ts";
import { MCTP_COUNTERS, type MctpCounter } from "../mctp/counters.ts";
import type { Message } from "../mctp/message.ts";
import { headerText } from "../mctp/packet.ts";
import { readU32be } from "../wire/bytes.ts";
import { zeroCounters } from "../wire/counters.ts";
import { PACKET_HEADER_BYTES } from "../wire/packet-parts.ts";
import { unreachable } from "../wire/result.ts";
import { millis } from "../wire/units.ts";
import { decodeFrame } from "./frame.ts";
import { recognise, type InputKind } from "./input.ts";
import { decodeMessage, type DecodedMessage } from "./message.ts";
import { decodeBuffer, decodePacket, type DecodedPacket } from "./packet.ts";
import { CONTROL_REGION, regionTitle } from "./region.ts";
import { countText, findingsOf, readTable, type DecodedField, type PlacedFinding } from "./read.ts";

export interface DecodedInput {
  readonly kind: InputKind;
  /** Why it was taken for that. */
  readonly because: string;
  readonly length: number;
  readonly title: string;
  readonly fields: readonly DecodedField[];
  /** The packet of a frame that has escapes; offsets from its own first byte. */
  readonly inner?: readonly DecodedField[] | undefined;
  /** What is wrong or unusual, those of `inner` last. */
  readonly findings: readonly PlacedFinding[];
  /** What became of a packet in the assembly of messages: "begins a message", or why it was dropped. */
  readonly assembly?: string;
  readonly completion?: DecodedMessage["completion"] | undefined;
}

/** A message of several packets. Its offsets count from its own first byte. */
export interface AssembledMessage extends DecodedMessage {
  readonly source: number;
  readonly destination: number;
  readonly tag: number;
  readonly tagOwner: boolean;
  readonly length: number;
  /** The inputs that its packets were, from 0. */
  readonly inputs: readonly number[];
  readonly findings: readonly PlacedFinding[];
}

export interface Decoded {
  readonly inputs: readonly DecodedInput[];
  readonly messages: readonly AssembledMessage[];
  /** What is wrong with the sequence of packets, beside what is wrong with each of them. */
  readonly sequence: readonly string[];
  /** Nothing is wrong; unusual is not wrong. */
  readonly ok: boolean;
}

/** What one input came to. */
export interface Explained {
  readonly input: DecodedInput;
  /** The message of several packets that it completes. */
  readonly message?: AssembledMessage | undefined;
}

/** Explains inputs one after the other, in memory that does not grow with their number. Takes any bytes, never throws. */
export class Decoder {
  readonly #kind: InputKind | undefined;
  readonly #assembly = new PacketAssembly();
  #amongPackets: boolean;
  #wrong = 0;
  #count = 0;

  /**
   * `kind` undefined: each is what it most probably is. `amongPackets`: there are packets among them, so that any
   * may be one from the middle of a message; without it, from the first packet on.
   */
  constructor(kind?: InputKind, amongPackets = false) {
    this.#kind = kind;
    this.#amongPackets = amongPackets;
  }

  /** `known`: what is known of these bytes, where the constructor was told nothing. */
  take(bytes: Uint8Array, known?: InputKind): Explained {
    const kind = this.#kind ?? known;
    const chosen = kind === undefined ? recognise(bytes, this.#amongPackets) : { kind, because: "as told" };
    if (chosen.kind === "packet") this.#amongPackets = true;
    const input = decodeInput(bytes, this.#count++, chosen, this.#assembly);
    const message = this.#assembly.takeFinished();
    for (const { findings } of message === undefined ? [input] : [input, message]) {
      this.#wrong += findings.filter(({ severity }) => severity === "wrong").length;
    }
    return { input, message };
  }

  /** What is wrong beside the inputs themselves, and how much is wrong in all; unusual is not wrong. */
  finish(): { readonly sequence: readonly string[]; readonly ok: boolean; readonly wrong: number } {
    const { unfinished, dropped } = this.#assembly;
    const sequence = unfinished === 0 ? [] : [unfinishedText(unfinished)];
    return { sequence, ok: this.#wrong + dropped + unfinished === 0, wrong: this.#wrong };
  }
}

/**
 * Explains all of them at once; `kind` undefined: what each of them most probably is.
 *
 * @example
 * ```ts
 * const bytes = parseHex("01 08 09 c8 00 80 02");
 * if (bytes.ok) for (const line of decodedLines(decode([bytes.value]))) console.log(line);
 * ```
 */
export function decode(inputs: readonly Uint8Array[], kind?: InputKind): Decoded {
  const decoder = new Decoder(
    kind,
    inputs.some((bytes) => recognise(bytes).kind === "packet"),
  );
  const explained = inputs.map((bytes) => decoder.take(bytes));
  const { sequence, ok } = decoder.finish();
  return {
    inputs: explained.map(({ input }) => input),
    messages: explained.flatMap(({ message }) => (message === undefined ? [] : [message])),
    sequence,
    ok,
  };
}

function unfinishedText(count: number): string {
  return count === 1
    ? "one message is not complete: its last packet is missing"
    : `${String(count)} messages are not complete: their last packets are missing`;
}

function decodeInput(
  bytes: Uint8Array,
  index: number,
  { kind, because }: { readonly kind: InputKind; readonly because: string },
  assembly: PacketAssembly,
): DecodedInput {
  const shared = { kind, because, length: bytes.length };
  switch (kind) {
    case "message": {
      const { title, fields, completion } = decodeMessage(bytes);
      return { ...shared, title, fields, findings: findingsOf(fields), completion };
    }
    case "controlRegion": {
      const { fields, values } = readTable(CONTROL_REGION, bytes);
      return { ...shared, title: regionTitle(values), fields, findings: findingsOf(fields) };
    }
    case "packet": {
      const packet = decodePacket(bytes);
      return { ...shared, ...packetInput(bytes, packet.fields, packet, 0, bytes.length, index, assembly) };
    }
    case "buffer": {
      const { fields, packet, packetStart, packetEnd } = decodeBuffer(bytes);
      return { ...shared, ...packetInput(bytes, fields, packet, packetStart, packetEnd, index, assembly) };
    }
    case "frame": {
      const { fields, inner, packet, packetBytes } = decodeFrame(bytes);
      const end = packetBytes.length;
      const explained = packetInput(packetBytes, [...fields, ...(inner ?? [])], packet, 0, end, index, assembly);
      return { ...shared, ...explained, fields, inner };
    }
    default:
      return unreachable(kind);
  }
}

function packetInput(
  bytes: Uint8Array,
  fields: readonly DecodedField[],
  packet: DecodedPacket,
  start: number,
  end: number,
  index: number,
  assembly: PacketAssembly,
): Pick<DecodedInput, "title" | "fields" | "findings" | "assembly"> {
  const findings = findingsOf(fields);
  const hasHeader = end - start >= PACKET_HEADER_BYTES;
  const header = hasHeader ? headerText(readU32be(bytes, start)) : "cut short";
  const title = `${header}, ${packet.payloadAt === undefined ? "no payload" : countText(end - start - PACKET_HEADER_BYTES)}`;
  if (packet.payloadAt === undefined || packet.isWholeMessage) return { title, fields, findings };
  // What a receiver drops before it looks at the message takes no part in the assembly.
  const isDropped = findings.some(({ severity }) => severity === "wrong");
  const outcome = isDropped ? "dropped: see above" : assembly.accept(bytes, start, end, index);
  return { title, fields, findings, assembly: outcome };
}

const LIMITS = {
  messageBytes: 16 * 1024 * 1024,
  assemblies: 4096,
  totalBytes: 64 * 1024 * 1024,
  timeout: millis(1),
} as const;

/** The endpoint's own assembly, asked after each packet what came of it. */
class PacketAssembly {
  dropped = 0;
  #finished: AssembledMessage | undefined = undefined;
  #count = 0;
  readonly #counters = zeroCounters(MCTP_COUNTERS);
  readonly #assembler = new Assembler(LIMITS, this.#counters);
  readonly #inputs = new Map<number, number[]>();

  get unfinished(): number {
    return this.#assembler.unfinished;
  }

  /** The message that the packet before completed. */
  takeFinished(): AssembledMessage | undefined {
    const finished = this.#finished;
    this.#finished = undefined;
    return finished;
  }

  /** Takes a packet with a payload; says what became of it. */
  accept(bytes: Uint8Array, start: number, end: number, index: number): string {
    const header = readU32be(bytes, start);
    const key = header & 0xff0f;
    const before = { ...this.#counters };
    const message = this.#assembler.accept(header, bytes, start + PACKET_HEADER_BYTES, end, millis(0));
    const counted = (Object.keys(MCTP_COUNTERS) as MctpCounter[]).filter((name) => this.#counters[name] > before[name]);
    const [trouble] = counted;
    const begins = (header & 0x80) !== 0;
    const inputs = [...(begins ? [] : (this.#inputs.get(key) ?? [])), index];
    this.#inputs.set(key, inputs);
    if (trouble !== undefined) {
      // The message under way has ended, unless this packet begins anew.
      if (!begins) this.#inputs.delete(key);
      this.dropped++;
      const { text, clause } = MCTP_COUNTERS[trouble];
      return `${text} [${clause}]`;
    }
    if (message === undefined) return begins ? "begins a message" : "continues its message";
    this.#inputs.delete(key);
    this.#finish(message, inputs);
    return `completes message ${String(++this.#count)}`;
  }

  #finish({ bytes, source, destination, tag, tagOwner }: Message, inputs: readonly number[]): void {
    const decoded = decodeMessage(bytes, 0, tagOwner);
    const findings = findingsOf(decoded.fields);
    this.#finished = { ...decoded, source, destination, tag, tagOwner, length: bytes.length, inputs, findings };
  }
}
