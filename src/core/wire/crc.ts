/**
 * CRC-32 as the packet trailer of protocol version 3 carries it: reflected polynomial 0xEDB88320, initial value and
 * final xor 0xFFFFFFFF (the CRC of zlib, Ethernet and PNG). Specification: LPC-BUF-3.
 */

/**
 * The CRC of `bytes[start]` up to, not including, `bytes[end]`. `previous` is the CRC of the bytes before these (0 at
 * the start), so that a packet may be summed in pieces.
 */
export type Crc32 = (bytes: Uint8Array, start: number, end: number, previous: number) => number;

/** The generator polynomial, its bits reflected. */
export const CRC32_POLYNOMIAL = 0xedb88320;

const SLICES = 8;

/** Table k (entries 256k to 256k + 255) gives the effect of a byte that k more bytes follow. */
const TABLES: Int32Array = (() => {
  const tables = new Int32Array(SLICES * 256);
  for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? (value >>> 1) ^ CRC32_POLYNOMIAL : value >>> 1;
    tables[byte] = value;
  }
  for (let index = 256; index < tables.length; index++) {
    const shorter = tables[index - 256]!;
    tables[index] = (shorter >>> 8) ^ tables[shorter & 0xff]!;
  }
  return tables;
})();

/** Slicing-by-8: eight bytes a step from eight tables. The fastest choice in JavaScript below about 512 bytes. */
export function crc32(bytes: Uint8Array, start = 0, end: number = bytes.length, previous = 0): number {
  let crc = ~previous;
  let at = start;
  const wholeSteps = end - ((end - start) % SLICES);
  while (at < wholeSteps) {
    const low = crc ^ (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24));
    crc =
      TABLES[0x700 + (low & 0xff)]! ^
      TABLES[0x600 + ((low >>> 8) & 0xff)]! ^
      TABLES[0x500 + ((low >>> 16) & 0xff)]! ^
      TABLES[0x400 + (low >>> 24)]! ^
      TABLES[0x300 + bytes[at + 4]!]! ^
      TABLES[0x200 + bytes[at + 5]!]! ^
      TABLES[0x100 + bytes[at + 6]!]! ^
      TABLES[bytes[at + 7]!]!;
    at += SLICES;
  }
  while (at < end) crc = (crc >>> 8) ^ TABLES[(crc ^ bytes[at++]!) & 0xff]!;
  return ~crc >>> 0;
}

const IS_LITTLE_ENDIAN = new Uint8Array(Int32Array.of(1).buffer)[0] === 1;

/**
 * The same of small packets, four bytes a load: `words` shows the memory of `bytes` from its first byte on, and `start`
 * is a multiple of 4. A processor that stores the highest byte first takes the long way.
 */
export function crc32OfWords(words: Int32Array, bytes: Uint8Array, start: number, end: number): number {
  if (!IS_LITTLE_ENDIAN) return crc32(bytes, start, end);
  let crc = ~0;
  let word = start >> 2;
  const wholeSteps = word + (((end - start) >> 3) << 1);
  while (word < wholeSteps) {
    const low = crc ^ words[word]!;
    const high = words[word + 1]!;
    crc =
      TABLES[0x700 + (low & 0xff)]! ^
      TABLES[0x600 + ((low >>> 8) & 0xff)]! ^
      TABLES[0x500 + ((low >>> 16) & 0xff)]! ^
      TABLES[0x400 + (low >>> 24)]! ^
      TABLES[0x300 + (high & 0xff)]! ^
      TABLES[0x200 + ((high >>> 8) & 0xff)]! ^
      TABLES[0x100 + ((high >>> 16) & 0xff)]! ^
      TABLES[high >>> 24]!;
    word += 2;
  }
  let at = word << 2;
  if (end - at >= 4) {
    const low = crc ^ words[word]!;
    crc =
      TABLES[0x300 + (low & 0xff)]! ^
      TABLES[0x200 + ((low >>> 8) & 0xff)]! ^
      TABLES[0x100 + ((low >>> 16) & 0xff)]! ^
      TABLES[low >>> 24]!;
    at += 4;
  }
  while (at < end) crc = (crc >>> 8) ^ TABLES[(crc ^ bytes[at++]!) & 0xff]!;
  return ~crc >>> 0;
}
