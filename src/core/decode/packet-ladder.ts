/**
 * The MCTP packets of a capture without accesses as a ladder: an arrow for each, out of the side that captured or to it,
 * with what the packet carries; that of a message of several packets stands with its last.
 */
import { decodeMessage } from "./message.ts";
import { Decoder, type Explained } from "./decode.ts";
import { Flag, HEADER_BYTES, headerText } from "../mctp/packet.ts";
import { readU32be } from "../wire/bytes.ts";
import { bytesText } from "../trace/describe.ts";
import type { TraceTime } from "../trace/format.ts";
import { timeText } from "../trace/ladder-words.ts";
import type { CapturedMctp } from "../capture/captured-trace.ts";
import type { PacketWay } from "../capture/link-types.ts";

export interface PacketLadderOptions {
  /** Columns; every line fits, if there are LEAST_PACKET_COLUMNS. */
  readonly width?: number;
  /** Lines begin with the seconds since this time, where it is known. */
  readonly since?: TraceTime | undefined;
}

export interface PacketLine {
  readonly way: PacketWay;
  /** Without line end. */
  readonly text: string;
}

const USUAL_WIDTH = 100;
export const LEAST_PACKET_COLUMNS = 60;
const TIME_WIDTH = 11;
const HERE = "captured";
const THERE = "peer";
const SEPARATOR = " · ";
/** Both edges, the blanks beside the text, and the ends of the arrow. */
const FRAME = HERE.length + THERE.length + 8;

export class PacketLadder {
  readonly #width: number;
  readonly #since: TraceTime | undefined;

  constructor({ width = USUAL_WIDTH, since }: PacketLadderOptions = {}) {
    this.#since = since;
    this.#width = Math.max(width, LEAST_PACKET_COLUMNS) - (since === undefined ? 0 : TIME_WIDTH);
  }

  /** What the columns are: the side that captured stands on the left. */
  get header(): string {
    const title = "MCTP packets";
    const lane = this.#width - HERE.length - THERE.length;
    const before = Math.floor((lane - title.length) / 2);
    const time = this.#since === undefined ? "" : "seconds".padEnd(TIME_WIDTH);
    return `${time}${HERE}${" ".repeat(before)}${title}${" ".repeat(lane - before - title.length)}${THERE}`;
  }

  line({ way, nanoseconds }: CapturedMctp, items: readonly string[]): PacketLine {
    const room = this.#width - FRAME;
    const whole = items.join(SEPARATOR);
    const label = whole.length <= room ? whole : `${whole.slice(0, room - 1)}…`;
    const shaft = "─".repeat(room - label.length + 1);
    const arrow = way === "out" ? `${HERE} ── ${label} ${shaft}▶ ${THERE}` : `${HERE} ◀${shaft} ${label} ── ${THERE}`;
    return { way, text: `${this.#time(nanoseconds)}${arrow}` };
  }

  #time(nanoseconds: bigint | undefined): string {
    if (this.#since === undefined) return "";
    const text = nanoseconds === undefined ? "" : timeText(nanoseconds.toString(), this.#since);
    return `${text.padStart(TIME_WIDTH - 1).slice(0, TIME_WIDTH - 1)} `;
  }
}

/** Tells what packets carry, in their order: memory does not grow with their number. */
export class PacketTexts {
  readonly #decoder = new Decoder("packet");

  /** The header, the message or what became of the packet, and what is wrong with it: short items for a line. */
  of({ link, bytes, length }: CapturedMctp): readonly string[] {
    const named = link === undefined ? [] : [link];
    if (bytes.length < HEADER_BYTES) return [...named, `${bytesText(bytes.length)}, less than a header`];
    const header = headerText(readU32be(bytes, 0));
    if (bytes.length < length) {
      return [...named, header, `${bytesText(length)}, of which the capture has ${String(bytes.length)}`];
    }
    return [...named, header, ...contentOf(bytes, this.#decoder.take(bytes))];
  }
}

function contentOf(bytes: Uint8Array, { input, message }: Explained): readonly string[] {
  const faults = input.findings.filter(({ severity }) => severity === "wrong").map(({ text }) => `wrong: ${text}`);
  const [fault] = faults;
  if (fault !== undefined) return [fault];
  const flags = bytes[3]!;
  const isWhole = (flags & Flag.SOM) !== 0 && (flags & Flag.EOM) !== 0;
  const size = bytesText(bytes.length - HEADER_BYTES);
  if (isWhole) return [decodeMessage(bytes.subarray(HEADER_BYTES), 0, (flags & Flag.TO) !== 0).title, size];
  if (message !== undefined) {
    return [`${message.title}, ${String(message.inputs.length)} packets`, bytesText(message.length)];
  }
  return [input.assembly ?? "no payload", size];
}
