/**
 * The transfer of GetPLDMVersion: a list of versions with a CRC-32 behind it, in parts if need be (DSP0240,
 * GetPLDMVersion).
 */
import { crc32 } from "../wire/crc.ts";
import { TransferFlag, type TransferPart } from "./base-commands.ts";
import { readU32le, writeU32le } from "./codec.ts";

const VERSION_BYTES = 4;
const CRC_BYTES = 4;

/** The versions, oldest first, in the coding of versionNumber, and the CRC-32 of what comes before it. */
export function encodeVersions(versions: readonly number[]): Uint8Array {
  const end = VERSION_BYTES * versions.length;
  const bytes = new Uint8Array(end + CRC_BYTES);
  versions.forEach((version, index) => {
    writeU32le(bytes, VERSION_BYTES * index, version);
  });
  writeU32le(bytes, end, crc32(bytes, 0, end));
  return bytes;
}

export type VersionsReject = "badLength" | "badCrc";

/** Reads a whole transfer; a list without any version is none. */
export function decodeVersions(
  bytes: Uint8Array,
): { readonly ok: true; readonly value: readonly number[] } | { readonly ok: false; readonly reject: VersionsReject } {
  const end = bytes.length - CRC_BYTES;
  if (end < VERSION_BYTES || end % VERSION_BYTES !== 0) return { ok: false, reject: "badLength" };
  if (crc32(bytes, 0, end) !== readU32le(bytes, end)) return { ok: false, reject: "badCrc" };
  return {
    ok: true,
    value: Array.from({ length: end / VERSION_BYTES }, (_, index) => readU32le(bytes, VERSION_BYTES * index)),
  };
}

/**
 * The part of `whole` from byte `at`. A handle is the number of the byte that comes next, so that a responder keeps
 * nothing between two requests; 0 where nothing comes.
 */
export function partFrom(whole: Uint8Array, at: number, partBytes: number): TransferPart {
  const end = Math.min(whole.length, at + partBytes);
  const first = at === 0;
  const last = end === whole.length;
  const { START, MIDDLE, END, START_AND_END } = TransferFlag;
  const flag = first ? (last ? START_AND_END : START) : last ? END : MIDDLE;
  return { next: last ? 0 : end, flag, part: whole.subarray(at, end) };
}
