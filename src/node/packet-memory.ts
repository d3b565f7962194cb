/** Packet memory with what Node does faster for large packets: zlib's checksum, and arrays that are not filled with zeros. */
import { crc32 as zlibCrc32 } from "node:zlib";
import type { PacketMemory } from "../core/binding/packet-buffer.ts";
import { createPacketMemory as createPlainMemory } from "../core/binding/packet-memory.ts";

/** Kept for the next packet: memory that the kernel has to map anew costs as much as hashing it. */
export const SPARE_LIMIT: number = 1024 * 1024;
let spare: Uint8Array | undefined;
/**
 * The same of a larger packet, which is no message's and soon dropped, until a garbage collection finds it: a flood of them
 * would otherwise bring about one collection after the other, on threads that nobody charges for it.
 */
let largeSpare: WeakRef<Uint8Array> | undefined;
/** Memory of packets, and nothing else: what is not in here is never used again. */
const lent = new WeakSet<ArrayBufferLike>();

export function createPacketMemory(): PacketMemory {
  return createPlainMemory({
    crc32: (bytes, start, end, previous) => zlibCrc32(bytes.subarray(start, end), previous),
    allocate: takeLarge,
    release: giveBack,
  });
}

/**
 * For the taker of a large packet, or of the message of a single one, who is done with it and knows that nobody else
 * has a view of it: the bytes will be those of another packet. Of other bytes nothing becomes.
 */
export function giveBack({ buffer }: Uint8Array): void {
  if (!lent.delete(buffer)) return;
  if (buffer.byteLength <= SPARE_LIMIT) spare = new Uint8Array(buffer);
  else largeSpare = new WeakRef(new Uint8Array(buffer));
}

function takeLarge(length: number): Uint8Array {
  const bytes = takeSpare(length) ?? Buffer.allocUnsafeSlow(length);
  lent.add(bytes.buffer);
  return bytes;
}

/** A small packet that is kept for long must not keep a large array. */
function takeSpare(length: number): Uint8Array | undefined {
  const kept = length > SPARE_LIMIT ? largeSpare?.deref() : spare;
  if (kept === undefined || length > kept.length || 2 * length < kept.length) return undefined;
  if (kept === spare) spare = undefined;
  else largeSpare = undefined;
  return kept;
}
