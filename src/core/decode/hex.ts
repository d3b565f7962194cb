/** Hexadecimal digits as people paste them, to bytes. */
import { ok, reject, type Result } from "../wire/result.ts";

const SEPARATORS = /[\s,:;._-]+/y;
const GROUP = /(0x)?([0-9a-f]*)/iy;
const SHOWN_DIGITS = 8;

/**
 * Bytes of a text of hexadecimal digits: two a byte, in any grouping. Between bytes may stand spaces, line ends, commas,
 * colons, dots, dashes, and 0x before any group. The reject says which character is at fault, and is fit for a terminal.
 */
export function parseHex(text: string): Result<Uint8Array, string> {
  const bytes = new Uint8Array(Math.ceil(text.length / 2));
  let count = 0;
  for (let at = 0; at < text.length;) {
    SEPARATORS.lastIndex = at;
    if (SEPARATORS.test(text)) {
      at = SEPARATORS.lastIndex;
      continue;
    }
    GROUP.lastIndex = at;
    const [, prefix = "", digits = ""] = GROUP.exec(text) ?? [];
    if (digits === "") return reject(digitMissing(text, at, prefix));
    // "0x1" is a byte as programs print it; a lone digit without it may be half of anything.
    const padded = prefix !== "" && digits.length === 1 ? `0${digits}` : digits;
    if (padded.length % 2 !== 0) {
      const shown = digits.length > SHOWN_DIGITS ? `${digits.slice(0, SHOWN_DIGITS)}…` : digits;
      return reject(`"${shown}" at character ${String(at + 1)} has an odd number of digits: write two for each byte`);
    }
    for (let index = 0; index < padded.length; index += 2) {
      bytes[count++] = Number.parseInt(padded.slice(index, index + 2), 16);
    }
    at += prefix.length + digits.length;
  }
  return ok(bytes.subarray(0, count));
}

function digitMissing(text: string, at: number, prefix: string): string {
  const place = at + prefix.length;
  const character = text.codePointAt(place);
  if (character === undefined) return `digits are missing after "0x" at character ${String(at + 1)}`;
  return `character ${String(place + 1)}, ${shownCharacter(character)}, is not a hexadecimal digit`;
}

/** Printable ASCII in quotes, all else by its number. */
function shownCharacter(code: number): string {
  if (code > 0x20 && code < 0x7f) return `"${String.fromCharCode(code)}"`;
  return `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
}
