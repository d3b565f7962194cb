/**
 * A trace as a pcapng capture with two interfaces: the MCTP packets as Linux captures them, for the dissectors that
 * programs have, and every access of the bus.
 */
import type { Direction, RoleName } from "../binding/side.ts";
import type { TraceEntry } from "../trace/format.ts";
import { encodeBusRecord } from "./bus-record.ts";
import { LinkType, SLL2_BYTES, sll2Header, type PacketWay } from "./link-types.ts";
import { PacketTap, type TappedPacket } from "./packet-tap.ts";
import { enhancedPacket, interfaceDescription, sectionHeader } from "./pcapng.ts";

const Interface = { PACKETS: 0, BUS: 1 } as const;

export interface CaptureOptions {
  /** What writes the capture: "mctp-lpc 0.1.0". */
  readonly application: string;
  /** Where it was taken, for people: "shm:/dev/shm/board". */
  readonly source: string;
  /** Whose "in" and "out" the capture has. */
  readonly side: RoleName;
}

export class TraceCapture {
  readonly #tap = new PacketTap();
  readonly #side: RoleName;
  readonly #head: readonly Uint8Array[];
  /** Rows without a time stand at that of the row before. */
  #time = 0n;

  constructor({ application, source, side }: CaptureOptions) {
    this.#side = side;
    this.#head = [
      sectionHeader(application),
      interfaceDescription({
        linkType: LinkType.LINUX_SLL2,
        name: "mctp",
        description: `MCTP packets of ${source}, in and out of the ${side === "bmc" ? "BMC" : "host"}`,
      }),
      interfaceDescription({
        linkType: LinkType.USER0,
        name: "lpc",
        description: `accesses of the KCS registers and the window of ${source}`,
      }),
    ];
  }

  /** The blocks before those of the first row. */
  head(): readonly Uint8Array[] {
    return this.#head;
  }

  /** The blocks of a row: the access, and the packet that it completes. */
  row(row: TraceEntry): readonly Uint8Array[] {
    if (row.t !== undefined) this.#time = BigInt(row.t);
    const nanoseconds = this.#time;
    const { bytes, originalBytes } = encodeBusRecord(row);
    const access = enhancedPacket({ interface: Interface.BUS, nanoseconds, bytes, originalBytes });
    const packet = this.#tap.take(row);
    return packet === undefined ? [access] : [access, this.#packet(packet, nanoseconds)];
  }

  #packet({ direction, bytes, length }: TappedPacket, nanoseconds: bigint): Uint8Array {
    const way = wayOf(direction, this.#side);
    const frame = new Uint8Array(SLL2_BYTES + bytes.length);
    frame.set(sll2Header(way, Interface.PACKETS + 1));
    frame.set(bytes, SLL2_BYTES);
    return enhancedPacket({
      interface: Interface.PACKETS,
      nanoseconds,
      bytes: frame,
      originalBytes: SLL2_BYTES + length,
      way,
    });
  }
}

function wayOf(direction: Direction, side: RoleName): PacketWay {
  return (direction === "hostToBmc") === (side === "bmc") ? "in" : "out";
}
