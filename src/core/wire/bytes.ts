/**
 * Big-endian fields in byte arrays, as the control region and the packet buffers store them.
 *
 * Readers expect the caller to have judged the length: an offset outside the array reads as zero bits, never throws.
 */

export function readU16be(bytes: Uint8Array, offset: number): number {
  return (bytes[offset]! << 8) | bytes[offset + 1]!;
}

export function readU32be(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset]! << 24) | (bytes[offset + 1]! << 16) | (bytes[offset + 2]! << 8) | bytes[offset + 3]!) >>> 0;
}

export function writeU16be(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 8;
  bytes[offset + 1] = value;
}

export function writeU32be(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 24;
  bytes[offset + 1] = value >>> 16;
  bytes[offset + 2] = value >>> 8;
  bytes[offset + 3] = value;
}

/** Up to this many bytes a loop in JavaScript beats making a view for `set`. */
const LOOP_COPY_LIMIT = 20;

/** An array up to this size is remembered by ViewMaker; a larger one would be kept alive for nothing. */
const REMEMBERED_BYTES = 64 * 1024;

/**
 * Makes views of arrays, three times as fast as `subarray`, which looks for a species: what asks for an array's buffer is
 * slow, and packets come from one array again and again.
 */
export class ViewMaker {
  #bytes: Uint8Array | undefined = undefined;
  #buffer: ArrayBufferLike = new ArrayBuffer(0);

  /** `length` bytes of an array from `at` on, which must lie inside it. */
  view(bytes: Uint8Array, at: number, length: number): Uint8Array {
    if (bytes !== this.#bytes) {
      const { buffer } = bytes;
      if (bytes.length > REMEMBERED_BYTES) return new Uint8Array(buffer, bytes.byteOffset + at, length);
      this.#bytes = bytes;
      this.#buffer = buffer;
    }
    return new Uint8Array(this.#buffer, bytes.byteOffset + at, length);
  }
}

const copyViews = new ViewMaker();

/** Copies `length` bytes; both ranges must lie inside their arrays. Cheapest for a whole `from`. */
export function copyBytes(from: Uint8Array, fromAt: number, to: Uint8Array, toAt: number, length: number): void {
  if (length <= LOOP_COPY_LIMIT) {
    for (let index = 0; index < length; index++) to[toAt + index] = from[fromAt + index]!;
  } else if (length === from.length) {
    to.set(from, toAt);
  } else {
    to.set(copyViews.view(from, fromAt, length), toAt);
  }
}

/** Copies out of one array, keeping the last view: packets of one size come from one place. */
export class ViewedBytes {
  readonly bytes: Uint8Array;
  #view: Uint8Array;
  #viewAt = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = bytes;
  }

  /** `bytes[at]` up to, not including, `bytes[at + length]`. */
  view(at: number, length: number): Uint8Array {
    if (this.#viewAt !== at || this.#view.length !== length) {
      this.#view = this.bytes.subarray(at, at + length);
      this.#viewAt = at;
    }
    return this.#view;
  }

  copyTo(at: number, into: Uint8Array, intoAt: number, length: number): void {
    if (length <= LOOP_COPY_LIMIT) copyBytes(this.bytes, at, into, intoAt, length);
    else into.set(this.view(at, length), intoAt);
  }
}

/** Lower-case hexadecimal without separators, for messages and traces. */
export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at++) text += HEX_BYTES[bytes[at]!]!;
  return text;
}

/** Parses hexadecimal digits; spaces, colons and dots between bytes are allowed. Anything else gives undefined. */
export function fromHex(text: string): Uint8Array | undefined {
  // Digits alone are what traces have, and there are many of them.
  const plain = fromDigits(text);
  if (plain !== undefined) return plain;
  return fromDigits(text.replace(/^0x/i, "").replace(/[\s:.]/g, ""));
}

const HEX_BYTES: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
const NO_DIGIT = 0xff;
/** By the code of a character. */
const DIGITS: Uint8Array = new Uint8Array(128).fill(NO_DIGIT);
for (let digit = 0; digit < 16; digit++) {
  DIGITS[digit.toString(16).charCodeAt(0)] = digit;
  DIGITS[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
}

function fromDigits(digits: string): Uint8Array | undefined {
  if (digits.length % 2 !== 0) return undefined;
  const bytes = new Uint8Array(digits.length / 2);
  for (let at = 0; at < bytes.length; at++) {
    const high = DIGITS[digits.charCodeAt(2 * at)] ?? NO_DIGIT;
    const low = DIGITS[digits.charCodeAt(2 * at + 1)] ?? NO_DIGIT;
    if (high === NO_DIGIT || low === NO_DIGIT) return undefined;
    bytes[at] = (high << 4) | low;
  }
  return bytes;
}

export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}
