/**
 * What a capture holds, read as its bytes come: the trace of a bus as this program writes it (trace-capture.ts), or, where
 * it has no accesses, MCTP packets as libmctp and Linux capture them. Memory is bounded by the longest packet.
 */
import type { TraceEntry } from "../trace/format.ts";
import type { TraceHead } from "../trace/head.ts";
import { LARGEST_WINDOW_BYTES } from "../binding/layout.ts";
import { equalBytes } from "../wire/bytes.ts";
import { ok, reject, type Result } from "../wire/result.ts";
import { BUS_RECORD_REJECT_TEXT, decodeBusRecord } from "./bus-record-reader.ts";
import { BusField, LONGEST_STEP_BYTES, ROW_NUMBERS, encodeHeadRecord } from "./bus-record.ts";
import { CAPTURE_REJECT_TEXT, CaptureReader, type CapturedFrame } from "./capture-reader.ts";
import type { CapturedFinding } from "./finding-record.ts";
import { LinkType, mctpPacketIn, wayOf, type PacketWay } from "./link-types.ts";

/** An MCTP packet of a capture. */
export interface CapturedMctp {
  /** The name of its interface; undefined where it has none. */
  readonly link: string | undefined;
  /** Whether it came to the side that captured, or went out of it. */
  readonly way: PacketWay;
  /** Undefined where the capture has no times. */
  readonly nanoseconds: bigint | undefined;
  /** As many as were captured. */
  readonly bytes: Uint8Array;
  /** Of the packet as it was. */
  readonly length: number;
}

export type CapturedItem =
  | { readonly kind: "row"; readonly row: TraceEntry }
  | { readonly kind: "finding"; readonly finding: CapturedFinding }
  | { readonly kind: "packet"; readonly packet: CapturedMctp };

/** Why a capture does not end where a packet ends. `isCut`: its last packet is not whole, as of a writer that was killed. */
export interface CaptureEnd {
  readonly isCut: boolean;
  readonly text: string;
}

/** A window of the largest size in one access. */
const LONGEST_RECORD = LARGEST_WINDOW_BYTES + BusField.STEP + LONGEST_STEP_BYTES;
const TWO_TRACES =
  "it holds the accesses of two traces, as mergecap makes them: give the capture of each side as a file of its own";

export class CapturedTrace {
  readonly #reader = new CaptureReader(LONGEST_RECORD);
  #damage: string | undefined;
  #head: TraceHead | undefined;
  #last = 0;
  #others = 0;

  /** The head of the trace; undefined before its first row, and where the trace had none. */
  get head(): TraceHead | undefined {
    return this.#head;
  }

  /** Whether an interface of the bus was described: packets are in the accesses then, and no items of their own. */
  get hasBus(): boolean {
    return this.#reader.linkTypes.includes(LinkType.USER0);
  }

  /** Packets so far that are no MCTP packets. */
  get others(): number {
    return this.#others;
  }

  /**
   * What is whole with these bytes. Damage, a sentence for people, is told by the call behind that which gave what came
   * before it; then the reader is of no use any more.
   */
  push(bytes: Uint8Array): Result<readonly CapturedItem[], string> {
    if (this.#damage !== undefined) return reject(this.#damage);
    const frames = this.#reader.push(bytes);
    if (!frames.ok) return reject(CAPTURE_REJECT_TEXT[frames.reject]);
    const items: CapturedItem[] = [];
    for (const frame of frames.value) {
      const item = frame.linkType === LinkType.USER0 ? this.#record(frame) : this.#packet(frame);
      if (typeof item === "string") {
        this.#damage = item;
        return items.length === 0 ? reject(item) : ok(items);
      }
      if (item !== undefined) items.push(item);
    }
    return ok(items);
  }

  /** At the end of the bytes. */
  end(): Result<undefined, CaptureEnd> {
    if (this.#damage !== undefined) return reject({ isCut: false, text: this.#damage });
    const end = this.#reader.end();
    return end.ok ? end : reject({ isCut: end.reject === "cutAtEnd", text: CAPTURE_REJECT_TEXT[end.reject] });
  }

  #record({ bytes, originalBytes, nanoseconds }: CapturedFrame): CapturedItem | string | undefined {
    const decoded = decodeBusRecord(bytes, originalBytes, nanoseconds);
    if (!decoded.ok) return BUS_RECORD_REJECT_TEXT[decoded.reject];
    const item = decoded.value;
    switch (item.kind) {
      case "row":
        return { kind: "row", row: { ...item.row, n: this.#numberOf(item.row.n) } };
      case "finding":
        return { kind: "finding", finding: item.finding };
      case "head":
        if (this.#head !== undefined && !isSame(this.#head, item.head)) return TWO_TRACES;
        this.#head = item.head;
        return undefined;
      case "other":
        return undefined;
    }
  }

  /** Numbers of rows come round at 2^32. */
  #numberOf(n: number): number {
    const around = Math.floor(this.#last / ROW_NUMBERS) * ROW_NUMBERS;
    const isNext = around + n + ROW_NUMBERS / 2 < this.#last;
    this.#last = around + n + (isNext ? ROW_NUMBERS : 0);
    return this.#last;
  }

  #packet({ linkType, interfaceName, nanoseconds, bytes, originalBytes }: CapturedFrame): CapturedItem | undefined {
    const packet = mctpPacketIn(linkType, bytes);
    if (!packet.ok) this.#others++;
    if (!packet.ok || this.hasBus) return undefined;
    const missing = Math.max(0, originalBytes - bytes.length);
    return {
      kind: "packet",
      packet: {
        link: interfaceName,
        way: wayOf(linkType, bytes),
        nanoseconds,
        // More bytes are pushed before it is looked at.
        bytes: packet.value.slice(),
        length: packet.value.length + missing,
      },
    };
  }
}

function isSame(one: TraceHead, other: TraceHead): boolean {
  return equalBytes(encodeHeadRecord(one).bytes, encodeHeadRecord(other).bytes);
}
