import { describe, expect, test } from "@jest/globals";
import {
  CLOSING_RANGE,
  framingOf,
  isVersion,
  negotiateVersion,
  NEWEST_VERSION,
  OLDEST_VERSION,
  type VersionRange,
} from "../../../src/core/binding/versions.ts";

/** Every range with both ends from 0 to `last`, empty ones too. */
function allRanges(last: number): VersionRange[] {
  const numbers = Array.from({ length: last + 1 }, (_, number) => number);
  return numbers.flatMap((min) => numbers.map((cur) => ({ min, cur })));
}

/** The versions of a range one by one; the reserved version 0 spoils it. */
function versionsIn({ min, cur }: VersionRange): number[] {
  return min === 0 ? [] : Array.from({ length: Math.max(0, cur - min + 1) }, (_, index) => min + index);
}

describe("LPC-VER version negotiation", () => {
  test.each([
    // BMC range, host range, negotiated
    [1, 3, 1, 3, 3],
    [1, 3, 1, 2, 2],
    [1, 3, 1, 1, 1],
    [1, 2, 1, 3, 2],
    [1, 1, 1, 3, 1],
    [1, 2, 1, 2, 2],
    [2, 3, 2, 2, 2],
    [2, 3, 1, 2, 2],
    [3, 3, 1, 3, 3],
    [1, 3, 3, 3, 3],
    [2, 3, 1, 1, 0],
    [1, 1, 2, 3, 0],
    [3, 3, 1, 2, 0],
    [1, 3, 4, 4, 0],
    [1, 3, 2, 9, 3],
    [1, 3, 0xffff, 0xffff, 0],
    [1, 3, 1, 0xffff, 3],
  ])("LPC-VER-1, LPC-VER-2: BMC %p-%p, host %p-%p: %p", (bmcMin, bmcCur, hostMin, hostCur, version) => {
    expect(negotiateVersion({ min: bmcMin, cur: bmcCur }, { min: hostMin, cur: hostCur })).toBe(version);
  });

  test("LPC-VER-1: for every pair of ranges, the newest version that both speak", () => {
    for (const bmc of allRanges(NEWEST_VERSION)) {
      for (const host of allRanges(5)) {
        const common = versionsIn(bmc).filter((version) => versionsIn(host).includes(version));
        expect([bmc, host, negotiateVersion(bmc, host)]).toEqual([bmc, host, Math.max(0, ...common)]);
      }
    }
  });

  test("LPC-VER-2: an empty range and the reserved version 0 are refused by every BMC", () => {
    for (const bmc of allRanges(NEWEST_VERSION)) {
      expect(negotiateVersion(bmc, CLOSING_RANGE)).toBe(0);
      expect(negotiateVersion(bmc, { min: 0, cur: 3 })).toBe(0);
      expect(negotiateVersion(bmc, { min: 3, cur: 1 })).toBe(0);
    }
  });

  test("LPC-HOST-3: the closing range is 0/0", () => {
    expect(CLOSING_RANGE).toEqual({ min: 0, cur: 0 });
  });

  test("LPC-VER-3: versions 1 to 3 are spoken, nothing else", () => {
    expect([OLDEST_VERSION, NEWEST_VERSION]).toEqual([1, 3]);
    expect([1, 2, 3].every(isVersion)).toBe(true);
    expect([0, 4, -1, 1.5, Number.NaN, 0xffff].some(isVersion)).toBe(false);
  });

  test("LPC-BUF-3: version 3 alone has a trailer, version 1 alone a fixed MTU", () => {
    expect(([1, 2, 3] as const).map(framingOf)).toEqual([
      { lengthBytes: 4, trailerBytes: 0, fixedMtu: true },
      { lengthBytes: 4, trailerBytes: 0, fixedMtu: false },
      { lengthBytes: 4, trailerBytes: 4, fixedMtu: false },
    ]);
  });
});
