/**
 * The CRC-32 of packets in rows that show the beginning of them alone. The protocol has computed it, and it is the last of
 * what an access wrote or read; the lengths tell whether there is one, for packets of versions 1 and 2 have none.
 */
import { LENGTH_BYTES } from "../binding/packet-buffer.ts";
import { bytesOf, type WindowRow } from "../trace/format.ts";
import { readU32be } from "../wire/bytes.ts";

const CRC_BYTES = 4;

export class PacketCrc {
  /** Where a packet begins whose length was read last, and that length. */
  #start = -1;
  #length = 0;

  /** Takes every row of the window in order. True: the access ends in the CRC-32 of the packet that it accessed. */
  isAtEndOf(row: WindowRow): boolean {
    const shown = bytesOf(row);
    if (row.op === "lpc_write") {
      // A sender writes length, packet and CRC in one access, or in three, of which the last is the CRC alone.
      return shown.length >= LENGTH_BYTES && row.len === LENGTH_BYTES + readU32be(shown, 0) + CRC_BYTES;
    }
    if (row.len === LENGTH_BYTES && shown.length === LENGTH_BYTES) {
      this.#start = row.offset + LENGTH_BYTES;
      this.#length = readU32be(shown, 0);
      return false;
    }
    return row.offset === this.#start && row.len === this.#length + CRC_BYTES;
  }
}
