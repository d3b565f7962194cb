import { crc32 as zlibCrc32 } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createPacketMemory, giveBack } from "../../src/node/packet-memory.ts";

describe("LPC-BUF-3 checksums", () => {
  test.each([0, 1, 68, 511, 512, 513, 1024, 65_536])("LPC-BUF-3: %p bytes, whole and in pieces", (length) => {
    const memory = createPacketMemory();
    const bytes = Uint8Array.from({ length: length + 20 }, (_, index) => index * 31 + (index >>> 8));
    const expected = zlibCrc32(bytes.subarray(10, 10 + length));
    expect(memory.crc32(bytes, 10, 10 + length, 0)).toBe(expected);
    const cut = 10 + Math.floor(length / 3);
    expect(memory.crc32(bytes, cut, 10 + length, memory.crc32(bytes, 10, cut, 0))).toBe(expected);
  });
});

describe("memory for packets", () => {
  const sizes = fc.oneof(
    fc.integer({ min: 1, max: 200 }),
    fc.integer({ min: 1, max: 20_000 }),
    fc.constantFrom(5119, 5120, 5121, 8192),
  );

  test("what was given out is never given out again", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(sizes, fc.boolean()), { maxLength: 120 }), (requests) => {
        const memory = createPacketMemory();
        const kept: { bytes: Uint8Array; at: number; length: number; mark: number }[] = [];
        requests.forEach(([length, released], index) => {
          const { bytes, at } = memory.allocate(length);
          expect(at + length).toBeLessThanOrEqual(bytes.length);
          bytes.fill(index & 0xff, at, at + length);
          if (released) memory.release(length);
          else kept.push({ bytes, at, length, mark: index & 0xff });
        });
        for (const { bytes, at, length, mark } of kept) {
          expect(bytes.subarray(at, at + length).every((byte) => byte === mark)).toBe(true);
        }
      }),
    );
  });

  test.each([1, 100, 5000])("%p bytes given back are used again", (length) => {
    const memory = createPacketMemory();
    memory.allocate(50);
    const first = { ...memory.allocate(length) };
    memory.release(length);
    expect(memory.allocate(length)).toEqual(first);
    // Rooms begin at whole words.
    expect(memory.allocate(length).at).toBe(first.at + 4 * Math.ceil(length / 4));
  });

  test("small packets share memory, large ones have their own", () => {
    const memory = createPacketMemory();
    expect({ ...memory.allocate(100) }.bytes).toBe(memory.allocate(100).bytes);
    const { bytes, at } = memory.allocate(500_000);
    expect([bytes.length, at]).toEqual([500_000, 0]);
  });

  describe("a large array that is given back", () => {
    test("is used for the next packet of about its size, once", () => {
      const memory = createPacketMemory();
      const { bytes } = { ...memory.allocate(500_000) };
      giveBack(bytes.subarray(4, 300));
      giveBack(bytes);
      expect({ ...memory.allocate(500_001) }.bytes.buffer).not.toBe(bytes.buffer);
      expect({ ...memory.allocate(10_000) }.bytes.buffer).not.toBe(bytes.buffer);
      expect({ ...memory.allocate(400_000) }.bytes.buffer).toBe(bytes.buffer);
      expect({ ...memory.allocate(400_000) }.bytes.buffer).not.toBe(bytes.buffer);
    });

    test("the same of one that is larger than any message", () => {
      const memory = createPacketMemory();
      const { bytes } = { ...memory.allocate(3_000_000) };
      memory.release(3_000_000);
      expect({ ...memory.allocate(1_000_000) }.bytes.buffer).not.toBe(bytes.buffer);
      expect({ ...memory.allocate(2_900_000) }.bytes.buffer).toBe(bytes.buffer);
      expect({ ...memory.allocate(2_900_000) }.bytes.buffer).not.toBe(bytes.buffer);
    });

    test.each<readonly [string, () => Uint8Array]>([
      ["memory that is no packet's", () => new Uint8Array(600_000)],
      ["memory that small packets share", () => ({ ...createPacketMemory().allocate(600) }).bytes],
    ])("%s is never used again", (_which, make) => {
      const bytes = make();
      giveBack(bytes);
      const next = { ...createPacketMemory().allocate(Math.max(6000, bytes.length)) };
      expect(next.bytes.buffer).not.toBe(bytes.buffer);
    });
  });
});
