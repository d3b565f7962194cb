/** Rows of a run in the eyes of a judge. */
import type { RoleName } from "../../../src/core/binding/side.ts";
import type { Finding } from "../../../src/core/judge/finding.ts";
import type { Judge, JudgeOptions } from "../../../src/core/judge/judge.ts";
import type { tellRow } from "../../../src/core/judge/rows.ts";
import { isLifeRow, type TraceEntry } from "../../../src/core/trace/format.ts";
import type { RunFacts } from "./run.ts";

/** The judge's code, of this copy of the project or of another. */
export interface JudgeCode {
  readonly Judge: typeof Judge;
  readonly tellRow: typeof tellRow;
}

export interface Recording {
  readonly recorded: readonly RoleName[];
  /** Whether life rows are told. */
  readonly lives: boolean;
}

const WHOLE: Recording = { recorded: ["host", "bmc"], lives: true };

function optionsOf({ windowBytes, depth, times }: RunFacts, { recorded, lives }: Recording): JudgeOptions {
  return {
    recorded,
    windowBytes,
    depth,
    livesTold: lives,
    timed: times !== undefined,
    ...(times === undefined ? {} : { times }),
  };
}

/** What the judge finds against the sides of the run that are judged. */
export function findingsOf(
  { Judge: Code, tellRow: tell }: JudgeCode,
  run: RunFacts,
  rows: readonly TraceEntry[],
  recording: Recording = WHOLE,
): readonly Finding[] {
  const judge = new Code(optionsOf(run, recording));
  for (const row of rows) {
    if (row.side !== "lab" && !recording.recorded.includes(row.side)) continue;
    if (recording.lives || !isLifeRow(row)) tell(judge, row);
  }
  return judge
    .verdict()
    .findings.filter(
      ({ requirement, side }) =>
        run.judged.includes(side) &&
        recording.recorded.includes(side) &&
        (run.usualVersions || requirement !== "LPC-VER-4"),
    );
}
