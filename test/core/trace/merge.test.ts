import { describe, expect, test } from "@jest/globals";
import type { TraceRow, TraceTime } from "../../../src/core/trace/format.ts";
import { mergeByTime } from "../../../src/core/trace/merge.ts";

function rows(side: "host" | "bmc", ...times: readonly (TraceTime | undefined)[]): readonly TraceRow[] {
  return times.map((t, n) => ({
    n,
    ...(t === undefined ? {} : { t }),
    step: `${side}.${String(n)}`,
    side,
    op: "kcs_read",
    reg: "STR",
    value: "80",
  }));
}

function order(merged: readonly TraceRow[]): readonly (string | undefined)[] {
  return merged.map((row) => row.step);
}

describe("merging the traces of two sides", () => {
  test("rows stand in the order of time and are numbered afresh", () => {
    const merged = mergeByTime(rows("host", 10, 40), rows("bmc", 20, 30, 50));
    expect(order(merged)).toEqual(["host.0", "bmc.0", "bmc.1", "host.1", "bmc.2"]);
    expect(merged.map((row) => row.n)).toEqual([0, 1, 2, 3, 4]);
  });

  test("times beyond what a number keeps are compared exactly", () => {
    const merged = mergeByTime(rows("host", "9007199254740993"), rows("bmc", "9007199254740992", 7));
    expect(order(merged)).toEqual(["bmc.0", "bmc.1", "host.0"]);
  });

  test("at equal times the first trace comes first", () => {
    expect(order(mergeByTime(rows("bmc", 5), rows("host", 5)))).toEqual(["bmc.0", "host.0"]);
  });

  test("a row without a time stays right behind the row before it", () => {
    const merged = mergeByTime(rows("host", 10, undefined, 30), rows("bmc", undefined, 20));
    expect(order(merged)).toEqual(["bmc.0", "host.0", "host.1", "bmc.1", "host.2"]);
  });

  test("a side's own order stays even where its stamps run backwards", () => {
    expect(order(mergeByTime(rows("host", 30, 10), rows("bmc", 20)))).toEqual(["bmc.0", "host.0", "host.1"]);
  });

  test("one side alone is its own trace", () => {
    expect(mergeByTime(rows("host", 1, 2), [])).toEqual(rows("host", 1, 2));
    expect(mergeByTime([], rows("bmc", 1, 2))).toEqual(rows("bmc", 1, 2));
  });
});
