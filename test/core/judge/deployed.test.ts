/** Models of deployed peers that make no mistake in a run: nothing that binds every peer is found against them. */
import { describe, expect, test } from "@jest/globals";
import { RUNS } from "../../mutation/battery/runs.ts";
import { judged } from "../../support/judging.ts";

/** No kill and no reset, in which such peers lose packets or miss restarts; what binds the draft alone they never keep. */
const WITHOUT_FAULT = /^walk\/deployed-.*(no-fault|interrupts-without-reason|of-version-\d(-depth-1)?\/|never-arrives)/;

const runs = RUNS.filter(({ name }) => WITHOUT_FAULT.test(name));

describe("random walks with a deployed peer and no fault", () => {
  test("there are some with a deployed host, and some with a deployed BMC", () => {
    expect(runs.filter(({ judged: own }) => own.includes("bmc")).length).toBeGreaterThan(4);
    expect(runs.filter(({ judged: own }) => own.includes("host")).length).toBeGreaterThan(8);
  });

  test.each(runs.map((run) => [run.name, run] as const))("%s", (_, run) => {
    const { findings } = judged(run.rows(), { windowBytes: run.windowBytes, depth: run.depth, livesTold: true });
    expect(findings.filter(({ kind }) => kind === "wire")).toEqual([]);
  });
});
