/** Identifiers of 16 bytes: a UUID tells a device apart, while its EIDs change. */
import { fromHex, toHex } from "../../wire/bytes.ts";

export const UUID_BYTES = 16;

/** 16 bytes to the form 8-4-4-4-12, lower case. */
export function uuidText(uuid: Uint8Array): string {
  const hex = toHex(uuid);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** 32 hexadecimal digits, with hyphens between them or without, to 16 bytes; undefined for anything else. */
export function parseUuid(text: string): Uint8Array | undefined {
  const bytes = fromHex(text.replaceAll("-", ""));
  return bytes?.length === UUID_BYTES ? bytes : undefined;
}

/** Whether a UUID tells devices apart: all zeros and all ones stand for one that was never given. */
export function isIdentity(uuid: Uint8Array): boolean {
  return !uuid.every((byte) => byte === 0x00) && !uuid.every((byte) => byte === 0xff);
}
