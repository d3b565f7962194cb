import { describe, expect, test } from "@jest/globals";
import { BENCH_ROWS, ROW_NAMES, inUnit } from "../../src/cli/bench/rows.ts";
import { ratiosOf } from "../../src/cli/bench/statistics.ts";

describe("pairs of measurements", () => {
  test("ratios of medians, of the least times and of each pair: the other's time by the own one", () => {
    const summary = ratiosOf([
      { own: 2, other: 3 },
      { own: 1, other: 4 },
      { own: 4, other: 2 },
    ]);
    expect(summary).toEqual({
      ratioOfMedians: 1.5,
      ratioOfBests: 2,
      pairRatios: { min: 0.5, max: 4 },
    });
  });

  test("one disturbed measurement moves neither the ratio of medians nor that of the bests", () => {
    const quiet = { own: 1, other: 2 };
    const { ratioOfMedians, ratioOfBests, pairRatios } = ratiosOf([quiet, { own: 50, other: 2 }, quiet]);
    expect({ ratioOfMedians, ratioOfBests }).toEqual({ ratioOfMedians: 2, ratioOfBests: 2 });
    expect(pairRatios).toEqual({ min: 0.04, max: 2 });
  });

  test("one pair is its own median", () => {
    expect(ratiosOf([{ own: 2, other: 3 }])).toMatchObject({ ratioOfMedians: 1.5, ratioOfBests: 1.5 });
  });

  test.each([0, 2, 8])("%p pairs have no median among the measurements", (count) => {
    expect(() => ratiosOf(Array.from({ length: count }, () => ({ own: 1, other: 1 })))).toThrow("odd");
  });
});

describe("rows of a comparison", () => {
  test("each has a name of its own and what it is to reach", () => {
    expect(BENCH_ROWS.filter(({ atLeast }) => !(atLeast > 0))).toEqual([]);
    expect(new Set(ROW_NAMES).size).toBe(ROW_NAMES.length);
  });

  test("throughput counts both directions", () => {
    const directions = BENCH_ROWS.filter(({ tasks }) => tasks[0]?.kind === "throughput").map(({ tasks }) =>
      tasks.map((task) => (task.kind === "throughput" ? task.direction : undefined)),
    );
    expect(directions).toEqual(Array.from({ length: 4 }, () => ["hostToBmc", "bmcToHost"]));
  });

  test("a time of 4 us: 250 thousand packets a second; of a packet of 64 KiB, 16 GB/s", () => {
    const figures = ["v3-64B", "v3-64K", "v3-ping"].map((name) => {
      const row = BENCH_ROWS.find((candidate) => candidate.name === name);
      return row && inUnit(row, 4);
    });
    expect(figures).toEqual([250, 16_384, 4]);
  });
});
