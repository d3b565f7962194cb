/** MCTP packets cut by hand, for tests of whatever takes packets. */
import { readU32be } from "../../src/core/wire/bytes.ts";

export interface PacketFields {
  readonly source?: number;
  readonly destination?: number;
  readonly tagOwner?: boolean;
  readonly tag?: number;
  readonly sequence?: number;
  readonly start?: boolean;
  readonly end?: boolean;
  readonly version?: number;
}

/** Header and payload; what is left out is a single-packet message from 9 to 8 with TO and tag 0. */
export function packet(payload: Uint8Array, fields: PacketFields = {}): Uint8Array {
  const { source = 9, destination = 8, tagOwner = true, tag = 0, sequence = 0, start = true, end = true } = fields;
  const flags = (start ? 0x80 : 0) | (end ? 0x40 : 0) | ((sequence & 3) << 4) | (tagOwner ? 0x08 : 0) | tag;
  const bytes = new Uint8Array(4 + payload.length);
  bytes.set([fields.version ?? 1, destination, source, flags]);
  bytes.set(payload, 4);
  return bytes;
}

/** A message cut into packets of `unit` payload bytes; the sequence begins with that of `fields`. */
export function packetsOf(message: Uint8Array, unit: number, fields: PacketFields = {}): Uint8Array[] {
  const packets: Uint8Array[] = [];
  for (let at = 0; at < message.length; at += unit) {
    packets.push(
      packet(message.subarray(at, at + unit), {
        ...fields,
        start: at === 0,
        end: at + unit >= message.length,
        sequence: (fields.sequence ?? 0) + packets.length,
      }),
    );
  }
  return packets;
}

export function headerOf(bytes: Uint8Array): number {
  return readU32be(bytes, 0);
}
