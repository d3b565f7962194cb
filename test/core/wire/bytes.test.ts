import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  copyBytes,
  equalBytes,
  fromHex,
  readU16be,
  readU32be,
  toHex,
  ViewedBytes,
  writeU16be,
  writeU32be,
} from "../../../src/core/wire/bytes.ts";

describe("big-endian fields", () => {
  test("the most significant byte comes first", () => {
    const bytes = new Uint8Array(8);
    writeU16be(bytes, 1, 0x1234);
    writeU32be(bytes, 3, 0x89abcdef);
    expect(toHex(bytes)).toBe("00123489abcdef00");
    expect(readU16be(bytes, 1)).toBe(0x1234);
    expect(readU32be(bytes, 3)).toBe(0x89abcdef);
  });

  test("the top bit gives no negative number", () => {
    expect(readU32be(Uint8Array.of(0xff, 0xff, 0xff, 0xff), 0)).toBe(0xffff_ffff);
    expect(readU32be(Uint8Array.of(0x80, 0, 0, 0), 0)).toBe(0x8000_0000);
    expect(readU16be(Uint8Array.of(0xff, 0xff), 0)).toBe(0xffff);
  });

  test("what lies outside the array reads as zero", () => {
    expect(readU32be(Uint8Array.of(0x12, 0x34), 0)).toBe(0x1234_0000);
    expect(readU16be(new Uint8Array(0), 0)).toBe(0);
  });

  test("any number survives writing and reading, at any place, and touches no neighbour", () => {
    fc.assert(
      fc.property(fc.nat(0xffff_ffff), fc.nat(0xffff), fc.nat(9), (long, short, at) => {
        const bytes = new Uint8Array(16).fill(0xa5);
        writeU32be(bytes, at, long);
        writeU16be(bytes, at + 4, short);
        expect(readU32be(bytes, at)).toBe(long);
        expect(readU16be(bytes, at + 4)).toBe(short);
        const touched = bytes.filter((_, index) => index < at || index >= at + 6);
        expect(touched.every((byte) => byte === 0xa5)).toBe(true);
      }),
    );
  });
});

describe("copies", () => {
  /** The plain meaning of a copy, to compare with. */
  function plainCopy(from: Uint8Array, fromAt: number, to: Uint8Array, toAt: number, length: number): Uint8Array {
    const result = Uint8Array.from(to);
    for (let index = 0; index < length; index++) result[toAt + index] = from[fromAt + index]!;
    return result;
  }

  const ranges = fc.record({ size: fc.nat(200), fromAt: fc.nat(200), length: fc.nat(200), toAt: fc.nat(40) });

  test("copyBytes moves exactly the range, short or long, part or whole", () => {
    fc.assert(
      fc.property(ranges, ({ size, fromAt, length, toAt }) => {
        const start = Math.min(fromAt, size);
        const count = Math.min(length, size - start);
        const from = Uint8Array.from({ length: size }, (_, index) => index + 1);
        const to = new Uint8Array(toAt + count + 3).fill(0xee);
        const expected = plainCopy(from, start, to, toAt, count);
        copyBytes(from, start, to, toAt, count);
        expect(to).toEqual(expected);
      }),
    );
  });

  test.each([0, 1, 19, 20, 21, 22, 100])("copyBytes moves a whole array of %p bytes", (length) => {
    const from = Uint8Array.from({ length }, (_, index) => index + 1);
    const to = new Uint8Array(length + 6).fill(0xee);
    const expected = plainCopy(from, 0, to, 4, length);
    copyBytes(from, 0, to, 4, length);
    expect(to).toEqual(expected);
  });

  test("ViewedBytes copies the bytes as they are at the time, view kept or not", () => {
    const bytes = Uint8Array.from({ length: 100 }, (_, index) => index);
    const viewed = new ViewedBytes(bytes);
    const into = new Uint8Array(64);
    for (const [at, length] of [
      [0, 64],
      [0, 64],
      [30, 64],
      [30, 10],
      [30, 64],
      [90, 10],
      [100, 0],
    ] as const) {
      bytes[at] = (bytes[at] ?? 0) + 1;
      const expected = plainCopy(bytes, at, into, 0, length);
      viewed.copyTo(at, into, 0, length);
      expect(into).toEqual(expected);
    }
  });

  test("ViewedBytes gives views of its own memory, the same object while place and length stay", () => {
    const viewed = new ViewedBytes(new Uint8Array(32));
    const first = viewed.view(4, 8);
    expect(viewed.view(4, 8)).toBe(first);
    viewed.bytes[5] = 0x77;
    expect(first[1]).toBe(0x77);
    const other = viewed.view(5, 8);
    expect([other.byteOffset - viewed.bytes.byteOffset, other.length]).toEqual([5, 8]);
    expect(viewed.view(5, 9)).toHaveLength(9);
  });

  test("ViewedBytes agrees with a plain copy for any series of ranges", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(150), fc.nat(150)), { maxLength: 12 }), (series) => {
        const bytes = Uint8Array.from({ length: 150 }, (_, index) => index ^ 0x5a);
        const viewed = new ViewedBytes(bytes);
        for (const [at, wanted] of series) {
          const length = Math.min(wanted, 150 - at);
          const into = new Uint8Array(length + 4);
          viewed.copyTo(at, into, 2, length);
          expect(into).toEqual(plainCopy(bytes, at, new Uint8Array(length + 4), 2, length));
        }
      }),
    );
  });
});

describe("hexadecimal", () => {
  test("bytes become two lower-case digits each", () => {
    expect(toHex(Uint8Array.of(0x01, 0x08, 0x09, 0xc9))).toBe("010809c9");
    expect(toHex(new Uint8Array(0))).toBe("");
  });

  test.each([
    ["010809c9", "010809c9"],
    ["0x010809C9", "010809c9"],
    ["01 08:09.c9", "010809c9"],
    ["", ""],
  ])("%p is read as %p", (text, bytes) => {
    expect(toHex(fromHex(text)!)).toBe(bytes);
  });

  test.each(["0", "010", "0g", "zz", "01-02", "-1"])("%p is no hexadecimal text", (text) => {
    expect(fromHex(text)).toBeUndefined();
  });

  test("any bytes survive", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(fromHex(toHex(bytes))).toEqual(bytes);
      }),
    );
  });

  test("equalBytes wants equal lengths and equal bytes", () => {
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2, 0))).toBe(false);
    expect(equalBytes(Uint8Array.of(1, 2, 0), Uint8Array.of(1, 2))).toBe(false);
  });
});
