/** The committed files of vectors, and what more than one test reads of them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Version } from "../../src/core/binding/versions.ts";
import { fromHex } from "../../src/core/wire/bytes.ts";
import { PROJECT } from "../support/processes.ts";

export const VECTORS: string = join(PROJECT, "spec", "vectors");

export type Fields = Readonly<Record<string, unknown>>;

export function readJson(path: string): Fields {
  return JSON.parse(readFileSync(path, "utf8")) as Fields;
}

/** A part of a file of vectors, of the kind that its schema says. */
export function vectors(file: string, part = "vectors"): unknown {
  return readJson(join(VECTORS, `${file}.json`))[part];
}

export function bytesOf(hex: string): Uint8Array {
  const bytes = fromHex(hex);
  if (bytes === undefined) throw new Error(`"${hex}" is no hexadecimal`);
  return bytes;
}

export interface CrcVector {
  readonly name: string;
  readonly length: number;
  readonly pattern?: string;
  readonly bytes?: string;
  readonly crc: string;
}

export interface PacketVector {
  readonly name: string;
  readonly version: Version;
  readonly mtu: number;
  readonly packet: {
    readonly headerVersion: number;
    readonly destination: number;
    readonly source: number;
    readonly startOfMessage: boolean;
    readonly endOfMessage: boolean;
    readonly sequence: number;
    readonly tagOwner: boolean;
    readonly tag: number;
    readonly payload: string;
  };
  readonly length: number;
  readonly crc: string | null;
  readonly buffer: string;
}

export interface RejectedPacket {
  readonly name: string;
  readonly version: Version;
  readonly mtu: number;
  readonly buffer: string;
  readonly reason: "lengthOutOfBounds" | "crcMismatch" | "headerVersion";
  readonly requirement: string;
  readonly reads: readonly { readonly offset: number; readonly bytes: number }[];
  readonly answer: string;
}

export interface Terms {
  readonly min: number;
  readonly cur: number;
  readonly mtu: number | null;
}
