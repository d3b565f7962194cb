import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { CaptureReader, isCapture, type CaptureReject } from "../../../src/core/capture/capture-reader.ts";
import { enhancedPacket, interfaceDescription, sectionHeader } from "../../../src/core/capture/pcapng.ts";
import { toHex } from "../../../src/core/wire/bytes.ts";

interface Read {
  readonly frames: readonly string[];
  readonly refused?: CaptureReject;
}

/** What a reader gives for bytes that come in pieces of so many. */
function read(bytes: Uint8Array, piece = bytes.length || 1, longest = 1000): Read {
  const reader = new CaptureReader(longest);
  const frames: string[] = [];
  for (let at = 0; at < bytes.length; at += piece) {
    const pushed = reader.push(bytes.slice(at, at + piece));
    if (!pushed.ok) return { frames, refused: pushed.reject };
    for (const { linkType, bytes: frame, originalBytes } of pushed.value) {
      frames.push(`${String(linkType)} ${toHex(frame)} of ${String(originalBytes)}`);
    }
  }
  const end = reader.end();
  return end.ok ? { frames } : { frames, refused: end.reject };
}

/** Numbers of 32 bits, `h` before one of 16, and bytes, in a byte order. */
function file(isLittle: boolean, ...parts: readonly (number | { readonly h: number } | readonly number[])[]): Buffer {
  return Buffer.concat(
    parts.map((part) => {
      if (typeof part === "object" && !("h" in part)) return Buffer.from(part);
      const bytes = Buffer.alloc(typeof part === "number" ? 4 : 2);
      if (typeof part === "number") {
        if (isLittle) bytes.writeUInt32LE(part);
        else bytes.writeUInt32BE(part);
      } else if (isLittle) bytes.writeUInt16LE(part.h);
      else bytes.writeUInt16BE(part.h);
      return bytes;
    }),
  );
}

const ORDERS = [
  ["little-endian", true],
  ["big-endian", false],
] as const;

describe.each(ORDERS)("pcap, %s", (_, isLittle) => {
  const head = (magic: number): Buffer => file(isLittle, magic, { h: 2 }, { h: 4 }, 0, 0, 65535, 276);
  const packet = [3, 4, 3, 10] as const;

  test.each([
    ["microseconds", 0xa1b2c3d4],
    ["nanoseconds", 0xa1b23c4d],
  ])("with %s, in pieces of any size", (_times, magic) => {
    const bytes = Buffer.concat([head(magic), file(isLittle, ...packet, [1, 2, 3]), file(isLittle, 9, 9, 0, 0)]);
    expect(isCapture(bytes)).toBe(true);
    for (const piece of [1, 7, 64, 1000])
      expect(read(bytes, piece)).toEqual({ frames: ["276 010203 of 10", "276  of 0"] });
  });

  test("a packet that is too long, and one that is not whole", () => {
    const long = Buffer.concat([head(0xa1b2c3d4), file(isLittle, 0, 0, 1001, 1001)]);
    expect(read(long)).toEqual({ frames: [], refused: "blockTooLong" });
    const cut = Buffer.concat([head(0xa1b2c3d4), file(isLittle, ...packet, [1, 2])]);
    expect(read(cut)).toEqual({ frames: [], refused: "cutAtEnd" });
  });
});

describe.each(ORDERS)("pcapng, %s", (_, isLittle) => {
  const block = (
    type: number,
    ...body: Parameters<typeof file> extends [unknown, ...infer Parts] ? Parts : never
  ): Buffer => {
    const inside = file(isLittle, ...body);
    const padded = Buffer.concat([inside, Buffer.alloc(-inside.length & 3)]);
    return Buffer.concat([file(isLittle, type, padded.length + 12), padded, file(isLittle, padded.length + 12)]);
  };
  const section = block(0x0a0d0d0a, 0x1a2b3c4d, { h: 1 }, { h: 0 }, 0xffffffff, 0xffffffff);
  const described = (linkType: number): Buffer => block(1, { h: linkType }, { h: 0 }, 0);

  test("enhanced, simple and obsolete packets, options and unknown blocks, in pieces of any size", () => {
    const bytes = Buffer.concat([
      section,
      described(276),
      described(147),
      block(6, 1, 0, 0, 5, 9, [1, 2, 3, 4, 5, 0, 0, 0], [0, 0, 0, 0]),
      block(5, 1, 2, 3),
      block(3, 2, [6, 7]),
      block(2, { h: 0 }, { h: 0 }, 0, 0, 1, 1, [8]),
      // A section of its own has interfaces of its own.
      section,
      described(113),
      block(6, 0, 0, 0, 1, 1, [9]),
    ]);
    for (const piece of [1, 13, 64, 1000]) {
      expect(read(bytes, piece)).toEqual({
        frames: ["147 0102030405 of 9", "276 0607 of 2", "276 08 of 1", "113 09 of 1"],
      });
    }
  });

  test.each<readonly [string, Buffer, CaptureReject]>([
    ["an interface that was not described", block(6, 0, 0, 0, 0, 0), "unknownInterface"],
    ["a simple packet without an interface", block(3, 0), "unknownInterface"],
    ["a packet longer than its block", Buffer.concat([described(1), block(6, 0, 0, 0, 5, 5, [1])]), "badPacket"],
    ["a block of a length that is none", file(isLittle, 6, 13, 0), "badBlockLength"],
    ["a block shorter than its own head", file(isLittle, 6, 8, 0), "badBlockLength"],
    ["a block whose two lengths differ", file(isLittle, 6, 16, 0, 12), "badBlockLength"],
    ["a block of nearly 4 GiB", file(isLittle, 6, 0xfffffffc, 0), "blockTooLong"],
    ["a block that is not whole", file(isLittle, 6, 400, 0), "cutAtEnd"],
    ["a section of no byte order", file(isLittle, 0x0a0d0d0a, 28, 7), "notACapture"],
  ])("%s is refused", (_what, bytes, refused) => {
    expect(read(Buffer.concat([section, bytes]))).toEqual({ frames: [], refused });
  });

  test("more interfaces than a program would have are refused", () => {
    const bytes = Buffer.concat([section, ...Array.from({ length: 5000 }, () => described(1))]);
    expect(read(bytes)).toEqual({ frames: [], refused: "tooManyInterfaces" });
  });
});

test("what is no capture is said to be none, and an empty file, too", () => {
  expect(read(Buffer.from("01 08 09 c8"))).toEqual({ frames: [], refused: "notACapture" });
  expect(read(new Uint8Array(0))).toEqual({ frames: [], refused: "notACapture" });
  expect(isCapture(Uint8Array.of(0x0a, 0x0d, 0x0d))).toBe(false);
});

test("what is written is read again", () => {
  const packets = fc.array(
    fc.record({
      interface: fc.constantFrom(0, 1),
      nanoseconds: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      bytes: fc.uint8Array({ maxLength: 40 }),
      more: fc.nat(100),
      way: fc.constantFrom("in" as const, "out" as const, undefined),
    }),
    { maxLength: 6 },
  );
  fc.assert(
    fc.property(packets, fc.integer({ min: 1, max: 200 }), (given, piece) => {
      const bytes = Buffer.concat([
        sectionHeader("mctp-lpc"),
        interfaceDescription({ linkType: 276, name: "mctp", description: "a — b" }),
        interfaceDescription({ linkType: 147, name: "lpc", description: "" }),
        ...given.map(({ more, ...packet }) => enhancedPacket({ ...packet, originalBytes: packet.bytes.length + more })),
      ]);
      const expected = given.map(
        ({ interface: number, bytes: frame, more }) =>
          `${number === 0 ? "276" : "147"} ${toHex(frame)} of ${String(frame.length + more)}`,
      );
      expect(read(bytes, piece)).toEqual({ frames: expected });
    }),
  );
});

test("any bytes behind any start are read or refused, in whatever pieces they come", () => {
  const starts = [
    "0a0d0d0a1c0000004d3c2b1a01000000ffffffffffffffff1c000000",
    "d4c3b2a1020004000000000000000000ffff000014010000",
    "",
  ];
  fc.assert(
    fc.property(
      fc.constantFrom(...starts),
      fc.uint8Array({ maxLength: 300 }),
      fc.integer({ min: 1, max: 50 }),
      (start, more, piece) => {
        const bytes = Buffer.concat([Buffer.from(start, "hex"), more]);
        expect(read(bytes, piece)).toEqual(read(bytes));
      },
    ),
  );
});
