/** The judge finds nothing against sides that make no mistake, in whole traces and in whatever is cut out of one. */
import { describe, expect, test } from "@jest/globals";
import { Judge } from "../../../src/core/judge/judge.ts";
import { tellRow } from "../../../src/core/judge/rows.ts";
import type { TraceEntry } from "../../../src/core/trace/format.ts";
import { SeededRandom } from "../../../src/platform/faulty.ts";
import { findingsOf, type Recording } from "./judging.ts";
import type { BatteryRun } from "./run.ts";
import { RUNS } from "./runs.ts";

const LIMIT_MILLISECONDS = 600_000;
const CUTS = 10_000;
const LONGEST_CUT = 500;
const CODE = { Judge, tellRow };

function complaints(
  run: BatteryRun,
  rows: readonly TraceEntry[],
  where: string,
  recording?: Recording,
): readonly string[] {
  return findingsOf(CODE, run, rows, recording).map(
    ({ requirement, side, access, seen }) =>
      `${run.name}${where}: ${requirement} ${side}, access ${String(access)}: saw ${seen}`,
  );
}

const RECORDINGS: readonly Recording[] = [
  { recorded: ["host", "bmc"], lives: true },
  { recorded: ["host", "bmc"], lives: false },
  { recorded: ["host"], lives: true },
  { recorded: ["host"], lives: false },
  { recorded: ["bmc"], lives: true },
  { recorded: ["bmc"], lives: false },
];

describe("sides without a mistake", () => {
  test(
    "the judge finds nothing in any run, and every run goes to its end",
    () => {
      expect(RUNS.flatMap((run) => complaints(run, run.rows(true), ""))).toEqual([]);
    },
    LIMIT_MILLISECONDS,
  );

  test(
    `the judge finds nothing in ${String(CUTS)} pieces of runs, of both sides or of one`,
    () => {
      const random = new SeededRandom(1);
      const runs = Array.from({ length: 100 }, () => RUNS[random.below(RUNS.length)]!);
      const wrong: string[] = [];
      for (const run of runs) {
        const rows = run.rows(true);
        for (let cut = 0; cut < CUTS / runs.length; cut++) {
          const start = random.below(rows.length);
          const end = start + 1 + random.below(Math.min(LONGEST_CUT, rows.length - start));
          const recording = RECORDINGS[random.below(RECORDINGS.length)]!;
          const sides = `${recording.recorded.join("+")}${recording.lives ? " with lives" : ""}`;
          wrong.push(
            ...complaints(run, rows.slice(start, end), ` [${String(start)}, ${String(end)}) ${sides}`, recording),
          );
        }
      }
      expect(wrong).toEqual([]);
    },
    LIMIT_MILLISECONDS,
  );
});
