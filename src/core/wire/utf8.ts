/** UTF-8 without an encoder of a platform: texts in captures. */

/** UTF-8 of the text's beginning, of so many bytes at most; never a part of a character. */
export function encodeUtf8(text: string, most: number): Uint8Array {
  const bytes: number[] = [];
  for (const character of text) {
    const encoded = encodeCharacter(character.codePointAt(0)!);
    if (bytes.length + encoded.length > most) break;
    bytes.push(...encoded);
  }
  return Uint8Array.from(bytes);
}

const REPLACEMENT = 0xfffd;
const LARGEST_POINT = 0x10_ffff;
/** The smallest code point of each length, from two bytes on: what is written longer than it needs is no UTF-8. */
const SMALLEST = [0x80, 0x800, 0x1_0000] as const;

/** The text of any bytes: what is no UTF-8 is a replacement character for each byte. */
export function decodeUtf8(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length;) {
    const [point, length] = decodeCharacter(bytes, at);
    text += String.fromCodePoint(point);
    at += length;
  }
  return text;
}

function encodeCharacter(point: number): readonly number[] {
  const code = isHalf(point) ? REPLACEMENT : point;
  if (code < 0x80) return [code];
  if (code < 0x800) return [0xc0 | (code >> 6), tail(code)];
  if (code < 0x1_0000) return [0xe0 | (code >> 12), tail(code >> 6), tail(code)];
  return [0xf0 | (code >> 18), tail(code >> 12), tail(code >> 6), tail(code)];
}

function decodeCharacter(bytes: Uint8Array, at: number): readonly [point: number, length: number] {
  const first = bytes[at]!;
  if (first < 0x80) return [first, 1];
  const more = first >= 0xf0 && first < 0xf8 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : 0;
  if (more === 0 || first >= 0xf8) return [REPLACEMENT, 1];
  let point = first & (0x3f >> more);
  for (let index = 1; index <= more; index++) {
    const next = bytes[at + index] ?? 0;
    if ((next & 0xc0) !== 0x80) return [REPLACEMENT, 1];
    point = (point << 6) | (next & 0x3f);
  }
  if (point < SMALLEST[more - 1]! || point > LARGEST_POINT || isHalf(point)) return [REPLACEMENT, 1];
  return [point, more + 1];
}

/** A half of a pair of UTF-16 is no character. */
function isHalf(point: number): boolean {
  return point >= 0xd800 && point <= 0xdfff;
}

function tail(bits: number): number {
  return 0x80 | (bits & 0x3f);
}
