/**
 * The MCTP packets in the rows of a trace. A packet is in its buffer when its Tx Begin is written; in a trace of the
 * reader alone it is known once Rx Complete is written, behind the reader's own look at it.
 */
import { CONTROL_FIELDS_BYTES, type BufferRange } from "../binding/control-region.ts";
import { LENGTH_BYTES } from "../binding/packet-buffer.ts";
import { Command } from "../binding/registers.ts";
import type { Direction, RoleName } from "../binding/side.ts";
import {
  byteOf,
  bytesOf,
  isLifeRow,
  isRegisterRow,
  type RegisterRow,
  type TraceEntry,
  type WindowRow,
} from "../trace/format.ts";
import { WindowShadow } from "../trace/window-shadow.ts";
import { PACKET_HEADER_BYTES } from "../wire/packet-parts.ts";
import { readU32be } from "../wire/bytes.ts";

export interface TappedPacket {
  readonly direction: Direction;
  /** Header and payload, as far as the trace shows them; valid until the next row. */
  readonly bytes: Uint8Array;
  /** As the length field has it. */
  readonly length: number;
}

const DIRECTIONS: readonly Direction[] = ["hostToBmc", "bmcToHost"];
export const SENDER: Readonly<Record<Direction, RoleName>> = { hostToBmc: "host", bmcToHost: "bmc" };

/** What is known of one buffer. */
interface Seen {
  /** Where the bytes end that were shown without a gap from the buffer's start. */
  shownEnd: number;
  /** The packet was given when its sender announced it. */
  isGiven: boolean;
}

export class PacketTap {
  readonly #shadow = new WindowShadow();
  readonly #seen: Readonly<Record<Direction, Seen>> = {
    hostToBmc: { shownEnd: 0, isGiven: false },
    bmcToHost: { shownEnd: 0, isGiven: false },
  };

  /** The packet that the row completes. `whole`: all bytes of a window access, where the row shows fewer. */
  take(row: TraceEntry, whole?: Uint8Array): TappedPacket | undefined {
    if (isLifeRow(row)) return undefined;
    if (isRegisterRow(row)) return this.#register(row);
    this.#window(row, whole ?? bytesOf(row));
    return undefined;
  }

  /** Whose buffer this place of the window is in, as far as the trace has shown; undefined for none. */
  directionAt(offset: number): Direction | undefined {
    return DIRECTIONS.find((direction) => {
      const buffer = this.#shadow.bufferOf(direction);
      return isBuffer(buffer) && offset >= buffer.offset && offset < buffer.offset + buffer.size;
    });
  }

  #window(row: WindowRow, bytes: Uint8Array): void {
    const isOfRegion = row.offset < CONTROL_FIELDS_BYTES;
    this.#shadow.apply(row, bytes);
    const shown = bytes.length;
    for (const direction of DIRECTIONS) {
      const seen = this.#seen[direction];
      const { offset, size } = this.#shadow.bufferOf(direction);
      // Other terms: what was shown may lie in no buffer any more.
      if (isOfRegion) seen.shownEnd = 0;
      else if (row.offset === offset) seen.shownEnd = offset + shown;
      else if (row.offset > offset && row.offset <= seen.shownEnd && row.offset < offset + size) {
        seen.shownEnd = Math.max(seen.shownEnd, row.offset + shown);
      }
    }
  }

  #register(row: RegisterRow): TappedPacket | undefined {
    if (row.op !== "kcs_write" || row.reg === "STR" || row.side === "lab") return undefined;
    const sends: Direction = row.side === SENDER.hostToBmc ? "hostToBmc" : "bmcToHost";
    const receives: Direction = sends === "hostToBmc" ? "bmcToHost" : "hostToBmc";
    switch (byteOf(row)) {
      case Command.TX_BEGIN:
        this.#seen[sends].isGiven = true;
        return this.#packetIn(sends);
      case Command.RX_COMPLETE: {
        const { isGiven } = this.#seen[receives];
        this.#seen[receives].isGiven = false;
        return isGiven ? undefined : this.#packetIn(receives);
      }
      default:
        return undefined;
    }
  }

  #packetIn(direction: Direction): TappedPacket | undefined {
    const buffer = this.#shadow.bufferOf(direction);
    const seen = this.#seen[direction];
    const start = buffer.offset + LENGTH_BYTES;
    if (seen.shownEnd < start || !isBuffer(buffer)) return undefined;
    const length = readU32be(this.#shadow.bytes(buffer.offset, start), 0);
    if (length < PACKET_HEADER_BYTES || length > buffer.size - LENGTH_BYTES) return undefined;
    const bytes = this.#shadow.bytes(start, Math.min(start + length, seen.shownEnd));
    return bytes.length < PACKET_HEADER_BYTES ? undefined : { direction, bytes, length };
  }
}

function isBuffer({ offset, size }: BufferRange): boolean {
  return offset >= CONTROL_FIELDS_BYTES && size > LENGTH_BYTES;
}
