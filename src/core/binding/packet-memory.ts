/**
 * Memory that the binding borrows for received packets. Small packets share slabs, so that receiving one costs no
 * allocation of its own; a packet stays valid while a caller holds it.
 */
import { crc32, type Crc32 } from "../wire/crc.ts";
import { WORD_CRC_LIMIT, type PacketMemory } from "./packet-buffer.ts";

/** Small enough that the memory of packets just dropped is warm when it is taken again. */
const SLAB_BYTES = 16 * 1024;
/** Larger packets get an array of their own: a slab would be wasted on them. */
export const SLAB_PACKET_LIMIT: number = 5 * 1024;
/** What a platform can do better for large packets. */
export interface LargePackets {
  /** For more than WORD_CRC_LIMIT bytes. */
  readonly crc32: Crc32;
  /** An array of `length` bytes, contents undefined. */
  readonly allocate: (length: number) => Uint8Array;
  /** Takes back an array that `allocate` gave, and of which nobody has kept anything. */
  readonly release: (bytes: Uint8Array) => void;
}

const PLAIN: LargePackets = { crc32, allocate: (length) => new Uint8Array(length), release: () => undefined };

/** Without `large`, all of it is plain JavaScript. */
export function createPacketMemory(large: LargePackets = PLAIN): PacketMemory {
  let slab = new Uint8Array(SLAB_BYTES);
  let words = new Int32Array(slab.buffer);
  let used = 0;
  const room: { bytes: Uint8Array; at: number; words: Int32Array | undefined } = { bytes: slab, at: 0, words };
  return {
    crc32: (bytes, start, end, previous) =>
      end - start <= WORD_CRC_LIMIT ? crc32(bytes, start, end, previous) : large.crc32(bytes, start, end, previous),
    allocate: (length) => {
      if (length > SLAB_PACKET_LIMIT) {
        room.bytes = large.allocate(length);
        room.at = 0;
        room.words = undefined;
        return room;
      }
      const taken = wholeWords(length);
      if (used + taken > SLAB_BYTES) {
        slab = new Uint8Array(SLAB_BYTES);
        words = new Int32Array(slab.buffer);
        used = 0;
      }
      if (room.bytes !== slab) {
        room.bytes = slab;
        room.words = words;
      }
      room.at = used;
      used += taken;
      return room;
    },
    release: (length) => {
      if (length <= SLAB_PACKET_LIMIT) used -= wholeWords(length);
      else large.release(room.bytes);
    },
  };
}

function wholeWords(bytes: number): number {
  return (bytes + 3) & ~3;
}
