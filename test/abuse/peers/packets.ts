/** Packets of the attacks: header and payload of a whole message, or of a part of one. */
import { Flag, HEADER_VERSION } from "../../../src/core/mctp/packet.ts";
import { encodeRequest } from "../../../src/core/mctp/control/codec.ts";

export const WHOLE: number = Flag.SOM | Flag.EOM;
export const REQUEST: number = WHOLE | Flag.TO;
const TAG_MASK = 0x7;

/** `flags`: SOM, EOM, TO, sequence and tag as the header has them. */
export function packet(destination: number, source: number, flags: number, payload: Uint8Array): Buffer {
  const bytes = Buffer.alloc(4 + payload.length);
  bytes.set([HEADER_VERSION, destination, source, flags]);
  bytes.set(payload, 4);
  return bytes;
}

/** A request of a single packet. */
export function request(destination: number, source: number, tag: number, message: Uint8Array): Buffer {
  return packet(destination, source, REQUEST | (tag & TAG_MASK), message);
}

export function response(destination: number, source: number, tag: number, message: Uint8Array): Buffer {
  return packet(destination, source, WHOLE | (tag & TAG_MASK), message);
}

/** A control request message. */
export function control(instance: number, command: number, ...data: readonly number[]): Uint8Array {
  return encodeRequest(instance, command, Uint8Array.from(data));
}

export const destinationOf = (bytes: Buffer): number => bytes[1] ?? 0;
export const sourceOf = (bytes: Buffer): number => bytes[2] ?? 0;
export const tagOf = (bytes: Buffer): number => (bytes[3] ?? 0) & TAG_MASK;
export const isRequest = (bytes: Buffer): boolean => ((bytes[3] ?? 0) & Flag.TO) !== 0;
