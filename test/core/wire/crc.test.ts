import { crc32 as zlibCrc32 } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { fromHex } from "../../../src/core/wire/bytes.ts";
import { crc32, crc32OfWords } from "../../../src/core/wire/crc.ts";

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

describe("LPC-BUF-3 CRC-32", () => {
  test.each([
    ["", 0x00000000],
    ["a", 0xe8b7be43],
    ["123456789", 0xcbf43926],
    ["The quick brown fox jumps over the lazy dog", 0x414fa339],
  ])("LPC-BUF-3: the CRC of %p", (text, crc) => {
    expect(crc32(ascii(text))).toBe(crc);
  });

  test("LPC-BUF-3: the trailers of two recorded packets", () => {
    const payload = "7d" + Array.from({ length: 63 }, (_, index) => (0x11 + index).toString(16)).join("");
    expect(crc32(fromHex(`010809cd${payload}`)!)).toBe(0x5263d074);
    expect(crc32(fromHex(`010908c5${payload}`)!)).toBe(0x4abf1b85);
  });

  test("LPC-BUF-3: the same as zlib's for any bytes and any part of them", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), fc.nat(600), fc.nat(600), (bytes, from, to) => {
        const start = Math.min(from, bytes.length);
        const end = Math.max(start, Math.min(to, bytes.length));
        expect(crc32(bytes, start, end)).toBe(zlibCrc32(bytes.subarray(start, end)));
      }),
      { numRuns: 500 },
    );
  });

  test("LPC-BUF-3: a packet may be summed in pieces, cut anywhere", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.array(fc.nat(100), { maxLength: 4 }), (bytes, cuts) => {
        const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
        let crc = 0;
        for (let piece = 1; piece < places.length; piece++) {
          crc = crc32(bytes, places[piece - 1], places[piece], crc);
        }
        expect(crc).toBe(crc32(bytes));
      }),
    );
  });

  test("LPC-BUF-3: a CRC is a number of 32 bits without sign", () => {
    expect(crc32(ascii("123456789"))).toBeGreaterThan(0x7fff_ffff);
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const crc = crc32(bytes);
        expect(crc >= 0 && crc <= 0xffff_ffff && Number.isInteger(crc)).toBe(true);
      }),
    );
  });
});

describe("LPC-BUF-3: packets summed word by word", () => {
  test("give the CRC-32 of their bytes, wherever in the words they begin and end", () => {
    const bytes = Uint8Array.from({ length: 600 }, (_, index) => (index * 31) ^ (index >> 3));
    const words = new Int32Array(bytes.buffer);
    for (let start = 0; start <= 64; start += 4) {
      for (let length = 0; length <= 80; length++) {
        expect(crc32OfWords(words, bytes, start, start + length)).toBe(crc32(bytes, start, start + length));
      }
    }
  });
});
