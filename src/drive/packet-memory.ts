/**
 * Memory and checksums that the pure core borrows. Small packets share slabs, so that receiving one costs no
 * allocation of its own; a packet stays valid as long as somebody holds it.
 */
import { crc32 as zlibCrc32 } from "node:zlib";
import type { PacketMemory } from "../core/binding/packet-buffer.ts";
import { crc32 } from "../core/wire/crc.ts";

/** Small enough that the memory of packets just dropped is warm when it is taken again. */
const SLAB_BYTES = 16 * 1024;
/** Larger packets get an array of their own: a slab would be wasted on them. */
const SLAB_PACKET_LIMIT = 5 * 1024;
/** Above this many bytes the call into zlib is cheaper than the table in JavaScript. */
const TABLE_CRC_LIMIT = 512;

export function createPacketMemory(): PacketMemory {
  let slab = new Uint8Array(SLAB_BYTES);
  let words = new Int32Array(slab.buffer);
  let used = 0;
  const room: { bytes: Uint8Array; at: number; words: Int32Array | undefined } = { bytes: slab, at: 0, words };
  return {
    crc32: (bytes, start, end, previous) =>
      end - start <= TABLE_CRC_LIMIT
        ? crc32(bytes, start, end, previous)
        : zlibCrc32(bytes.subarray(start, end), previous),
    allocate: (length) => {
      if (length > SLAB_PACKET_LIMIT) {
        room.bytes = Buffer.allocUnsafeSlow(length);
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
      room.bytes = slab;
      room.at = used;
      room.words = length <= TABLE_CRC_LIMIT ? words : undefined;
      used += taken;
      return room;
    },
    release: (length) => {
      if (length <= SLAB_PACKET_LIMIT) used -= wholeWords(length);
    },
  };
}

function wholeWords(bytes: number): number {
  return (bytes + 3) & ~3;
}
