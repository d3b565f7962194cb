/** The project's own sides before the conformance run: every case passes. */
import { describe, expect, test } from "@jest/globals";
import { conformVirtually, failuresOf, notTestableOf } from "./virtual-bench.ts";

describe.each([0, 1] as const)("on a board of depth %i", (depth) => {
  test.each(["bmc", "host"] as const)("the %s passes every case", async (tested) => {
    const run = await conformVirtually(tested, { depth });
    expect(failuresOf(run)).toEqual([]);
    // A host of all versions can be answered with none outside its range.
    expect(notTestableOf(run).filter((line) => !line.endsWith("the host proposes every version"))).toEqual([]);
    expect(run.results.length).toBeGreaterThan(0);
  });
});
