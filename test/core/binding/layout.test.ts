import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createBmcSide } from "../../../bmc/role/side.ts";
import { createHostSide } from "../../../host/role/side.ts";
import type { Layout } from "../../../src/core/binding/control-region.ts";
import {
  askedSize,
  BTU,
  bufferBytes,
  checkMtu,
  judgeLayout,
  largestMtu,
  LARGEST_WINDOW_BYTES,
  LAYOUT_REJECT_TEXT,
  mtuOfBuffer,
  offeredLayout,
  overheadBytes,
  receiveLimit,
  resizedLayout,
  SMALLEST_WINDOW_BYTES,
  type LayoutReject,
} from "../../../src/core/binding/layout.ts";
import type { Version } from "../../../src/core/binding/versions.ts";
import { createPacketMemory } from "../../../src/node/packet-memory.ts";

const MIB = 1024 * 1024;
const VERSIONS: readonly Version[] = [1, 2, 3];

function layout(rxOffset: number, rxSize: number, txOffset: number, txSize: number): Layout {
  return { bmcToHost: { offset: rxOffset, size: rxSize }, hostToBmc: { offset: txOffset, size: txSize } };
}

describe("LPC-MTU sizes", () => {
  test.each([
    [64, 72, 72, 76],
    [4096, 4104, 4104, 4108],
    [32768, 32776, 32776, 32780],
    [524144, 524152, 524152, 524156],
  ])("LPC-MTU-1: MTU %p takes buffers of %p, %p and %p bytes", (mtu, ...sizes) => {
    expect(VERSIONS.map((version) => bufferBytes(version, mtu))).toEqual(sizes);
  });

  test("LPC-MTU-1: length field, MCTP header and trailer are counted", () => {
    expect(VERSIONS.map(overheadBytes)).toEqual([8, 8, 12]);
    expect(BTU).toBe(64);
  });

  test("LPC-MTU-2: a buffer carries what its size leaves, but version 1 always 64", () => {
    expect(VERSIONS.map((version) => mtuOfBuffer(version, 4108))).toEqual([64, 4100, 4096]);
    expect(VERSIONS.map((version) => mtuOfBuffer(version, bufferBytes(version, 64)))).toEqual([64, 64, 64]);
  });

  test("the largest MTU in 1 MiB is 524144 in every version", () => {
    expect(VERSIONS.map((version) => largestMtu(version, MIB))).toEqual([524144, 524144, 524144]);
  });

  test("the largest MTU fits every window from 4 KiB to 16 MiB, a step of 16 more does not", () => {
    for (let size = SMALLEST_WINDOW_BYTES; size <= LARGEST_WINDOW_BYTES; size += size >>> 2) {
      for (const version of VERSIONS) {
        const mtu = largestMtu(version, size);
        expect(mtu % 16).toBe(0);
        expect(mtu).toBeGreaterThanOrEqual(BTU);
        expect(judgeLayout(offeredLayout(version, mtu), version, size).ok).toBe(true);
        expect(judgeLayout(offeredLayout(version, mtu + 16), version, size).ok).toBe(false);
      }
    }
  });

  test("LPC-REG-6: the windows that count are 4 KiB to 16 MiB", () => {
    expect([SMALLEST_WINDOW_BYTES, LARGEST_WINDOW_BYTES]).toEqual([4096, 16 * MIB]);
    expect(largestMtu(3, SMALLEST_WINDOW_BYTES)).toBe(1904);
    expect(largestMtu(3, LARGEST_WINDOW_BYTES)).toBe(8388464);
  });

  test("an MTU below the BTU, or no whole number, is misuse; both roles say so", () => {
    for (const mtu of [63, 0, -64, 64.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => {
        checkMtu(mtu);
      }).toThrow(RangeError);
      expect(() => createHostSide({ mtu }, createPacketMemory())).toThrow(RangeError);
      expect(() => createBmcSide({ mtu }, createPacketMemory())).toThrow(RangeError);
    }
    for (const mtu of [64, 65, 100_000_000, undefined]) checkMtu(mtu);
  });

  test("LPC-MTU-4, LPC-MTU-10: the buffers follow each other behind the control region and keep their places when resized", () => {
    expect(offeredLayout(3, 64)).toEqual(layout(0x100, 76, 0x14c, 76));
    expect(offeredLayout(3, 4096)).toEqual(layout(0x100, 4108, 0x110c, 4108));
    expect(resizedLayout(offeredLayout(3, 4096), 2, 64)).toEqual(layout(0x100, 72, 0x110c, 72));
  });
});

describe("LPC-BUF-4 what a receiver takes", () => {
  const W = 4096;
  const limits = (version: Version, { bmcToHost, hostToBmc }: Layout): number[] => [
    receiveLimit(version, bmcToHost, hostToBmc, W),
    receiveLimit(version, hostToBmc, bmcToHost, W),
  ];

  test.each<[string, Layout, readonly number[]]>([
    ["back to back", layout(0x100, 72, 0x148, 72), [64, W - 0x148 - 8]],
    ["the other way round", layout(0x148, 72, 0x100, 72), [W - 0x148 - 8, 64]],
    ["with a gap", layout(0x100, 72, 0x800, 72), [0x700 - 8, 0x800 - 8]],
    ["sizes that say more than the place", layout(0x100, 4000, 0x200, 4000), [0x100 - 8, W - 0x200 - 8]],
    ["the window's last bytes", layout(0x100, 72, W - 72, 72), [W - 72 - 0x100 - 8, 64]],
  ])("LPC-BUF-4: version 1, %s: up to the next thing in the window", (_, places, expected) => {
    expect(limits(1, places)).toEqual(expected);
  });

  test("LPC-BUF-4: versions 2 and 3 take what the size holds, wherever the other buffer is", () => {
    expect(limits(2, layout(0x100, 72, 0x800, 1000))).toEqual([64, 992]);
    expect(limits(3, layout(0x800, 76, 0x100, 1000))).toEqual([64, 988]);
  });

  test("LPC-BUF-4, LPC-SEC-1: the longest packet of any usable layout ends inside the window and before the other buffer", () => {
    const range = fc.record({ offset: fc.integer({ min: 0x100, max: W }), size: fc.integer({ min: 72, max: W }) });
    let usable = 0;
    fc.assert(
      fc.property(fc.constantFrom<Version>(1, 2, 3), range, range, (version, bmcToHost, hostToBmc) => {
        if (!judgeLayout({ bmcToHost, hostToBmc }, version, W).ok) return;
        usable++;
        for (const [own, other] of [
          [bmcToHost, hostToBmc],
          [hostToBmc, bmcToHost],
        ] as const) {
          const limit = receiveLimit(version, own, other, W);
          const end = own.offset + bufferBytes(version, limit);
          expect(limit).toBeGreaterThanOrEqual(BTU);
          expect(end).toBeLessThanOrEqual(own.offset < other.offset ? other.offset : W);
        }
      }),
      { numRuns: 3000 },
    );
    expect(usable).toBeGreaterThan(100);
  });
});

describe("LPC-MTU-5 judging a layout", () => {
  const W = 4096;

  test.each<[string, Version, Layout]>([
    ["back to back", 3, layout(0x100, 76, 0x14c, 76)],
    ["the other way round", 3, layout(0x14c, 76, 0x100, 76)],
    ["with a gap", 3, layout(0x100, 76, 0x800, 1000)],
    ["sizes that differ", 3, layout(0x100, 100, 0x200, 76)],
    ["up to the window's last byte", 3, layout(0x100, 76, W - 76, 76)],
    ["smallest of versions 1 and 2", 2, layout(0x100, 72, 0x148, 72)],
    ["the whole window", 2, layout(0x100, (W - 0x100) / 2, 0x100 + (W - 0x100) / 2, (W - 0x100) / 2)],
  ])("LPC-MTU-5: %s is usable", (_, version, usable) => {
    expect(judgeLayout(usable, version, W)).toEqual({ ok: true, value: usable });
  });

  test.each<[LayoutReject, string, Version, Layout]>([
    ["smallerThanBtu", "receive buffer one byte short", 3, layout(0x100, 75, 0x200, 76)],
    ["smallerThanBtu", "transmit buffer one byte short", 3, layout(0x100, 76, 0x200, 75)],
    ["smallerThanBtu", "a buffer of version 2 in version 3", 3, layout(0x100, 72, 0x200, 72)],
    ["smallerThanBtu", "one byte short in version 1", 1, layout(0x100, 71, 0x200, 72)],
    ["smallerThanBtu", "empty", 2, layout(0x100, 0, 0x200, 72)],
    ["overlapsControlRegion", "receive buffer at 0xff", 3, layout(0xff, 76, 0x200, 76)],
    ["overlapsControlRegion", "transmit buffer at 0", 3, layout(0x100, 76, 0, 76)],
    ["endsBehindWindow", "transmit buffer one byte too far", 3, layout(0x100, 76, W - 75, 76)],
    ["endsBehindWindow", "receive buffer as large as the window", 3, layout(0x100, W, 0x200, 76)],
    ["endsBehindWindow", "begins behind the window", 3, layout(W, 76, 0x200, 76)],
    ["endsBehindWindow", "ends at the last 32-bit number", 3, layout(0xffff_ffff - 76, 76, 0x200, 76)],
    ["wrapsAround", "offset and size reach 2^32", 3, layout(0xffff_ffff - 75, 76, 0x200, 76)],
    ["wrapsAround", "a size that wraps to a small end", 3, layout(0x200, 0xffff_ff00, 0x1000, 76)],
    ["wrapsAround", "transmit buffer with the largest numbers", 3, layout(0x100, 76, 0xffff_ffff, 0xffff_ffff)],
    ["buffersOverlap", "by one byte", 3, layout(0x100, 77, 0x14c, 76)],
    ["buffersOverlap", "by one byte, the other way round", 3, layout(0x14c, 76, 0x100, 77)],
    ["buffersOverlap", "the same place", 3, layout(0x200, 76, 0x200, 76)],
    ["buffersOverlap", "one inside the other", 3, layout(0x100, 1000, 0x200, 76)],
  ])("LPC-MTU-5: %s: %s", (why, _, version, unusable) => {
    expect(judgeLayout(unusable, version, W)).toEqual({ ok: false, reject: why });
    expect(LAYOUT_REJECT_TEXT[why].length).toBeGreaterThan(10);
  });

  test("LPC-MTU-5: whatever passes lies inside the window, behind the control region, apart, and carries the BTU", () => {
    const place = fc.oneof(fc.nat(0x2000), fc.nat(0xffff_ffff), fc.integer({ min: 0xffff_ff00, max: 0xffff_ffff }));
    fc.assert(
      fc.property(place, place, place, place, fc.constantFrom(...VERSIONS), (a, b, c, d, version) => {
        const judged = judgeLayout(layout(a, b, c, d), version, 0x2000);
        if (!judged.ok) return;
        const { bmcToHost, hostToBmc } = judged.value;
        for (const buffer of [bmcToHost, hostToBmc]) {
          expect(buffer.offset >= 0x100 && buffer.offset + buffer.size <= 0x2000).toBe(true);
          expect(buffer.size).toBeGreaterThanOrEqual(bufferBytes(version, 64));
        }
        const [low, high] = [bmcToHost, hostToBmc].sort((one, other) => one.offset - other.offset);
        expect(low!.offset + low!.size).toBeLessThanOrEqual(high!.offset);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("LPC-MTU-3 what a host asks for", () => {
  const W = 4096;
  const offered = layout(0x100, 1000, 0x800, 1000);

  const before = layout(0x800, 100, 0x100, 100);
  const farAway = layout(0x100, 100, 0xffff_fff0, 100);
  const nowhere = layout(0xffff_0000, 100, 0x100, 100);
  const narrow = layout(0x100, 100, 0x110, 100);

  test.each<[string, Layout, Version, number | undefined, number]>([
    ["its own MTU with the framing of version 3", offered, 3, 64, 76],
    ["its own MTU with the framing of version 2", offered, 2, 64, 72],
    ["another MTU", offered, 3, 256, 268],
    ["more than the BMC's first offer", offered, 3, 1500, 1512],
    ["more, up to the other buffer", offered, 3, 4000, 0x700],
    ["all there is, up to the other buffer", offered, 3, undefined, 0x700],
    ["up to the window's end where the other buffer lies before", before, 3, undefined, 0x800],
    ["never past the window, whatever places the BMC claims", farAway, 3, undefined, W - 0x100],
    ["never less than the BTU needs", offered, 3, 16, 76],
    ["never less, even where nothing fits", nowhere, 3, undefined, 76],
    ["never less, even where the other buffer begins", narrow, 2, undefined, 72],
  ])("LPC-MTU-3: %s", (_, places, version, mtu, size) => {
    expect(askedSize(places, version, mtu, W)).toBe(size);
  });
});
