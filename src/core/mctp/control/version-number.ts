/**
 * Versions as DSP0236 12.6 and DSP0240 code them: four bytes, major, minor and update in BCD, where 0xF stands for an
 * absent digit and an update of 0xFF for none, and an ASCII letter or 0. 0xF1F3F100 is 1.3.1, 0xF1F2F161 is 1.2.1a.
 */
import { unusual, type Finding } from "../../wire/field-table.ts";

const VERSION_TEXT = /^(\d)\.(\d)\.(\d)([a-z]?)$/i;
const BCD_BYTE = /^([0-9]|f)[0-9]$/;
const NO_UPDATE = 0xff;

/** A version of one digit each, without a letter. */
export function versionNumber(major: number, minor: number, update: number): number {
  return ((0xf0 | major) * 0x1000000 + ((0xf0 | minor) << 16) + ((0xf0 | update) << 8)) >>> 0;
}

/** "1.3.1" or "1.2.1a" to its number; undefined for any other text. */
export function parseVersion(text: string): number | undefined {
  const [, major, minor, update, letter = ""] = VERSION_TEXT.exec(text) ?? [];
  if (update === undefined) return undefined;
  return versionNumber(Number(major), Number(minor), Number(update)) + (letter.charCodeAt(0) || 0);
}

/** "1.3.1", "1.2.1a"; a last byte that is no letter as its number: "1.2.1 alpha 0x05". */
export function versionText(version: number): string {
  const [major, minor, update, alpha] = bytesOfVersion(version);
  const digits = (byte: number): string => ((byte & 0xf0) === 0xf0 ? String(byte & 0x0f) : hexByte(byte));
  const numbers = [major, minor, ...(update === NO_UPDATE ? [] : [update])].map(digits).join(".");
  if (alpha === 0) return numbers;
  return isLetter(alpha) ? numbers + String.fromCharCode(alpha) : `${numbers} alpha 0x${hexByte(alpha)}`;
}

/** Unusual: what is not coded as a version. */
export function judgeVersion(version: number): Finding | undefined {
  const [major, minor, update, alpha] = bytesOfVersion(version);
  const isCoded =
    [major, minor].every((byte) => BCD_BYTE.test(hexByte(byte))) &&
    (update === NO_UPDATE || BCD_BYTE.test(hexByte(update))) &&
    (alpha === 0 || isLetter(alpha));
  return isCoded ? undefined : unusual("not a version in BCD, as F1 F3 F1 00 for 1.3.1");
}

function bytesOfVersion(version: number): readonly [number, number, number, number] {
  return [version >>> 24, (version >>> 16) & 0xff, (version >>> 8) & 0xff, version & 0xff];
}

function hexByte(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}

function isLetter(byte: number): boolean {
  return /^[a-z]$/i.test(String.fromCharCode(byte));
}
