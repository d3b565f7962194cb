/** Packets and frames as bytes, made without the code under test: zlib gives the CRC. */
import { crc32 } from "node:zlib";
import type { PacketParts } from "../../src/core/wire/packet-parts.ts";
import type { Version } from "../../src/core/binding/versions.ts";

/** A packet of a single-packet message from 9 to 8, tag 1, with this many payload bytes. */
export function packetOf(payloadBytes: number, seed = 0): Uint8Array {
  const bytes = Uint8Array.from({ length: 4 + payloadBytes }, (_, index) => seed * 31 + index * 11 + (index >>> 8));
  bytes.set([0x01, 0x08, 0x09, 0xc9]);
  return bytes;
}

/** The packet as a side is offered it: the header apart, the payload in the middle of a message. */
export function partsOf(packet: Uint8Array): PacketParts {
  const header = new DataView(packet.buffer, packet.byteOffset).getUint32(0);
  const message = new Uint8Array(packet.length - 4 + 7).fill(0xdd);
  message.set(packet.subarray(4), 3);
  return { header, message, start: 3, end: packet.length - 1 };
}

/** What a buffer holds for this packet: length, packet and, in version 3, its CRC. */
export function frameOf(version: Version, packet: Uint8Array, length: number = packet.length): Uint8Array {
  const frame = Buffer.alloc(4 + packet.length + (version === 3 ? 4 : 0));
  frame.writeUInt32BE(length, 0);
  frame.set(packet, 4);
  if (version === 3) frame.writeUInt32BE(crc32(packet), 4 + packet.length);
  return Uint8Array.from(frame);
}
