/**
 * The rows of a trace as a pcapng capture: the MCTP packets as Linux captures them, for the dissectors that programs have,
 * every access of the bus, what a judge found, and the packets of further links, each on an interface of its own. Rows go
 * in, blocks of bytes come out: those of `head` first, then those of each call in the order of the calls.
 */
import { SENDER } from "./packet-tap.ts";
import type { Direction, RoleName } from "../binding/side.ts";
import type { Finding } from "../judge/finding.ts";
import { findingTitle } from "../judge/report.ts";
import type { TraceEntry } from "../trace/format.ts";
import type { TraceHead } from "../trace/head.ts";
import { BusField, LONGEST_STEP_BYTES, encodeBusRecord, encodeHeadRecord, type BusRecord } from "./bus-record.ts";
import { encodeFindingRecord } from "./finding-record.ts";
import { LinkType, SLL2_BYTES, sll2Header, type PacketWay } from "./link-types.ts";
import { PacketTap, type TappedPacket } from "./packet-tap.ts";
import { enhancedPacket, interfaceDescription, sectionHeader } from "./pcapng.ts";

/** Places of the interfaces; those of further links follow in their order. */
export const CaptureInterface = { PACKETS: 0, BUS: 1, FIRST_LINK: 2 } as const;

/** Findings about a packet that is not complete yet; further ones have their record alone. */
const MOST_COMMENTS = 8;

export interface CaptureOptions {
  /** What writes the capture: "mctp-lpc 0.1.0". */
  readonly application: string;
  /** Where it was taken, for people: "shm:/dev/shm/board". */
  readonly source: string;
  /** Whose "in" and "out" the capture has. */
  readonly side: RoleName;
  /** Of the trace, recorded before its first row; undefined: it has none. */
  readonly head?: TraceHead | undefined;
  /** Names of further links whose packets are captured, too. */
  readonly links?: readonly string[] | undefined;
  /** Bytes of a window access, and of a packet, that are captured at most. Default: LONGEST_CAPTURED_BYTES. */
  readonly shownBytes?: number | undefined;
  readonly packetBytes?: number | undefined;
}

/** Bytes of a record at most: Wireshark reads no longer ones, and nothing behind them. */
export const LONGEST_CAPTURED_BYTES: number = 256 * 1024;

/** A finding, and the number of the row that it is about. */
export interface FoundAt {
  readonly finding: Finding;
  readonly row: number;
}

export class TraceCapture {
  readonly #tap = new PacketTap();
  readonly #side: RoleName;
  readonly #shownBytes: number;
  readonly #packetBytes: number;
  readonly #head: readonly Uint8Array[];
  /** Written before the first row, whose time it has: one without a time would make that of the others meaningless. */
  #traceHead: TraceHead | undefined;
  /** Rows without a time stand at that of the row before. */
  #time = 0n;
  /** What was found of the packet in each direction that is not complete yet, and the row of the one before. */
  readonly #comments: Readonly<Record<Direction, string[]>> = { hostToBmc: [], bmcToHost: [] };
  readonly #packetRows: Record<Direction, number> = { hostToBmc: -1, bmcToHost: -1 };

  constructor({ application, source, side, head, links = [], ...most }: CaptureOptions) {
    this.#side = side;
    this.#traceHead = head;
    const largest = LONGEST_CAPTURED_BYTES - BusField.STEP - LONGEST_STEP_BYTES;
    this.#shownBytes = Math.min(most.shownBytes ?? largest, largest);
    this.#packetBytes = Math.min(most.packetBytes ?? largest, largest);
    const whose = `in and out of the ${side === "bmc" ? "BMC" : "host"}`;
    this.#head = [
      sectionHeader(application),
      interfaceDescription({
        linkType: LinkType.LINUX_SLL2,
        name: "mctp",
        description: `MCTP packets of ${source}, ${whose}`,
      }),
      interfaceDescription({
        linkType: LinkType.USER0,
        name: "lpc",
        description: `accesses of the KCS registers and the window of ${source}`,
      }),
      ...links.map((name) =>
        interfaceDescription({ linkType: LinkType.LINUX_SLL2, name, description: `MCTP packets of ${name}, ${whose}` }),
      ),
    ];
  }

  /** The blocks before all others. */
  head(): readonly Uint8Array[] {
    return this.#head;
  }

  /**
   * The blocks of a row: the access, what was found with it, and the packet that it completes. A packet about whose bytes
   * something was found since the one before it says so in comments. `whole`: all bytes of a window access, for the packet
   * where the row shows fewer.
   */
  row(row: TraceEntry, found: readonly FoundAt[] = [], whole?: Uint8Array): readonly Uint8Array[] {
    if (row.t !== undefined) this.#time = BigInt(row.t);
    const head = this.#traceHead;
    this.#traceHead = undefined;
    const packet = this.#tap.take(row, whole);
    const records = [
      ...(head === undefined ? [] : [encodeHeadRecord(head)]),
      encodeBusRecord(row, this.#shownBytes),
    ].map((record) => this.#record(record));
    const findings = found.flatMap(({ finding, row: about }) => this.finding(finding, about));
    return [...records, ...findings, ...(packet === undefined ? [] : [this.#packet(packet, row.n)])];
  }

  /** The block of a finding that is told later than its row: it stands at the time of the last row. */
  finding(finding: Finding, row: number): readonly Uint8Array[] {
    const { side, offset } = finding;
    const direction = offset === undefined ? undefined : this.#tap.directionAt(offset);
    if (direction !== undefined && SENDER[direction] === side && row > this.#packetRows[direction]) {
      const comments = this.#comments[direction];
      if (comments.length < MOST_COMMENTS) comments.push(findingComment(finding));
    }
    return [this.#record(encodeFindingRecord(finding, row))];
  }

  /** The block of a packet on a further link, by its place among `links`. */
  linkPacket(link: number, way: PacketWay, bytes: Uint8Array, nanoseconds: bigint): Uint8Array {
    return this.#framed(CaptureInterface.FIRST_LINK + link, way, bytes, bytes.length, nanoseconds);
  }

  #record({ bytes, originalBytes }: BusRecord): Uint8Array {
    return enhancedPacket({ interface: CaptureInterface.BUS, nanoseconds: this.#time, bytes, originalBytes });
  }

  #packet({ direction, bytes, length }: TappedPacket, row: number): Uint8Array {
    this.#packetRows[direction] = row;
    const comments = this.#comments[direction].splice(0);
    const way = wayOf(direction, this.#side);
    return this.#framed(CaptureInterface.PACKETS, way, bytes, length, this.#time, comments);
  }

  #framed(
    number: number,
    way: PacketWay,
    bytes: Uint8Array,
    length: number,
    nanoseconds: bigint,
    comments?: readonly string[],
  ): Uint8Array {
    const captured = Math.min(bytes.length, this.#packetBytes);
    const frame = new Uint8Array(SLL2_BYTES + captured);
    frame.set(sll2Header(way, number + 1));
    frame.set(bytes.subarray(0, captured), SLL2_BYTES);
    const originalBytes = SLL2_BYTES + length;
    return enhancedPacket({ interface: number, nanoseconds, bytes: frame, originalBytes, way, comments });
  }
}

/** "LPC-BUF-3 broken by the host (wire): …", which the dissector of docs/wireshark reads again. */
export function findingComment(finding: Finding): string {
  const { kind, seen, expected, cause } = finding;
  const guess = cause === undefined ? "" : ` (${cause.text})`;
  return `${findingTitle(finding)} (${kind}): ${seen}, expected ${expected}${guess}`;
}

function wayOf(direction: Direction, side: RoleName): PacketWay {
  return (direction === "hostToBmc") === (side === "bmc") ? "in" : "out";
}
