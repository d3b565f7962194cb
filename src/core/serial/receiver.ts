/**
 * Frames out of a stream of bytes, however it is cut. A whole frame is found behind any bytes: a flag
 * begins anew wherever it stands, except that a check sequence may hold it, and then what was taken for one is looked
 * at again.
 */
import { unreachable } from "../wire/result.ts";
import type { SerialCounters } from "./counters.ts";
import { FCS_START, nextFcs } from "./fcs.ts";
import {
  ESCAPE_MASK,
  FRAME_ESCAPE,
  FRAME_FLAG,
  LARGEST_PACKET_BYTES,
  SERIAL_REVISION,
  SMALLEST_PACKET_BYTES,
  trailersOf,
} from "./framing.ts";

/**
 * - `hunting`: outside frames, until a flag.
 * - `flag`: after a flag, which may have closed a frame, opened one, or both.
 * - `byteCount`, `escapedByteCount`: after the revision. A 7d may be the count itself, which a sender left unescaped.
 * - `data`, `escapedData`: within the packet.
 * - `trailer`: within the check sequence, up to the closing flag.
 */
type State = "hunting" | "flag" | "byteCount" | "escapedByteCount" | "data" | "escapedData" | "trailer";

/** Told of each packet: `bytes` are the receiver's to keep. */
export type PacketSink = (bytes: Uint8Array) => void;

const COUNT_ESCAPED_ESCAPE = FRAME_ESCAPE ^ ESCAPE_MASK;
const COUNT_ESCAPED_FLAG = FRAME_FLAG ^ ESCAPE_MASK;

export class FrameReceiver {
  readonly #largest: number;
  readonly #counters: SerialCounters;
  readonly #sink: PacketSink;
  /** Told of a frame that was dropped: some packet is lost. */
  readonly #lost: () => void;
  readonly #packet = new Uint8Array(LARGEST_PACKET_BYTES);
  #state: State = "hunting";
  #length = 0;
  #filled = 0;
  #fcs = FCS_START;
  #trailer: readonly number[] = [];
  #trailers: readonly (readonly number[])[] = [];

  /** `largest`: the most bytes of a packet, header included; at most 255. */
  constructor(largest: number, counters: SerialCounters, sink: PacketSink, lost: () => void) {
    this.#largest = Math.min(largest, LARGEST_PACKET_BYTES);
    this.#counters = counters;
    this.#sink = sink;
    this.#lost = lost;
  }

  push(bytes: Uint8Array): void {
    for (const byte of bytes) this.#take(byte);
  }

  /** The line was closed: what comes next has nothing to do with what came before. */
  reset(): void {
    this.#state = "hunting";
  }

  #take(byte: number): void {
    switch (this.#state) {
      case "hunting":
        if (byte === FRAME_FLAG) this.#state = "flag";
        else this.#counters.strayBytes++;
        return;
      case "flag":
        this.#takeRevision(byte);
        return;
      case "byteCount":
        if (byte === FRAME_FLAG) this.#restart();
        else if (byte === FRAME_ESCAPE) this.#state = "escapedByteCount";
        else this.#begin(byte);
        return;
      case "escapedByteCount":
        this.#takeEscapedCount(byte);
        return;
      case "data":
        if (byte === FRAME_FLAG) this.#restart();
        else if (byte === FRAME_ESCAPE) this.#state = "escapedData";
        else this.#store(byte);
        return;
      case "escapedData":
        if (byte === FRAME_FLAG) {
          this.#restart();
          return;
        }
        this.#state = "data";
        this.#store(byte ^ ESCAPE_MASK);
        return;
      case "trailer":
        this.#takeTrailer(byte);
        return;
      default:
        unreachable(this.#state);
    }
  }

  #takeRevision(byte: number): void {
    // Flags follow each other where one closes a frame and the next opens another.
    if (byte === FRAME_FLAG) return;
    if (byte === SERIAL_REVISION) {
      this.#state = "byteCount";
      return;
    }
    this.#counters.revisionUnknown++;
    this.#state = "hunting";
  }

  #takeEscapedCount(byte: number): void {
    if (byte === COUNT_ESCAPED_ESCAPE || byte === COUNT_ESCAPED_FLAG) {
      this.#begin(byte ^ ESCAPE_MASK);
      return;
    }
    // No MCTP packet begins with either of those: the count was 7d as it stood, and this is the packet's first byte.
    this.#begin(FRAME_ESCAPE);
    this.#take(byte);
  }

  #begin(byteCount: number): void {
    if (byteCount < SMALLEST_PACKET_BYTES || byteCount > this.#largest) {
      this.#counters[byteCount < SMALLEST_PACKET_BYTES ? "frameTooShort" : "frameTooLong"]++;
      this.#drop();
      return;
    }
    this.#length = byteCount;
    this.#filled = 0;
    this.#fcs = nextFcs(nextFcs(FCS_START, SERIAL_REVISION), byteCount);
    this.#state = "data";
  }

  #store(byte: number): void {
    this.#packet[this.#filled++] = byte;
    this.#fcs = nextFcs(this.#fcs, byte);
    if (this.#filled < this.#length) return;
    this.#trailers = trailersOf(this.#fcs);
    this.#trailer = [];
    this.#state = "trailer";
  }

  /** Goes on as long as some form of the right check sequence can still come. */
  #takeTrailer(byte: number): void {
    const taken = [...this.#trailer, byte];
    const fitting = this.#trailers.find((form) => taken.every((value, index) => form[index] === value));
    if (fitting === undefined) {
      this.#counters.fcsMismatch++;
      this.#drop();
      for (const again of taken) this.#take(again);
      return;
    }
    this.#trailer = taken;
    if (taken.length < fitting.length) return;
    this.#counters.framesReceived++;
    this.#state = "flag";
    this.#sink(this.#packet.slice(0, this.#length));
  }

  /** A flag where none belongs: the frame is cut short, and another may begin. */
  #restart(): void {
    this.#counters.frameTruncated++;
    this.#state = "flag";
    this.#lost();
  }

  #drop(): void {
    this.#state = "hunting";
    this.#lost();
  }
}
