/** Packet memory with what Node does faster for large packets: zlib's checksum, and arrays that nobody fills with zeros. */
import { crc32 as zlibCrc32 } from "node:zlib";
import type { PacketMemory } from "../core/binding/packet-buffer.ts";
import { createPacketMemory as createPlainMemory } from "../core/binding/packet-memory.ts";

export function createPacketMemory(): PacketMemory {
  return createPlainMemory({
    crc32: (bytes, start, end, previous) => zlibCrc32(bytes.subarray(start, end), previous),
    allocate: (length) => Buffer.allocUnsafeSlow(length),
  });
}
