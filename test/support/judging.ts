/** Rows of a trace judged, for tests. */
import type { RoleName } from "../../src/core/binding/side.ts";
import type { Finding, Verdict } from "../../src/core/judge/finding.ts";
import { Judge, type JudgeOptions } from "../../src/core/judge/judge.ts";
import { tellRow } from "../../src/core/judge/rows.ts";
import type { TraceEntry } from "../../src/core/trace/format.ts";

/** Of a trace of both sides those accesses alone that one of them made, and what came from outside. */
export function rowsOf(rows: readonly TraceEntry[], recorded: readonly RoleName[]): readonly TraceEntry[] {
  return rows.filter(({ side }) => side === "lab" || recorded.includes(side));
}

export function judged(rows: readonly TraceEntry[], options: JudgeOptions = {}): Verdict {
  const judge = new Judge(options);
  for (const row of rowsOf(rows, options.recorded ?? ["host", "bmc"])) tellRow(judge, row);
  return judge.verdict();
}

/** "LPC-BUF-3 host wire byteOrder", the last word where there is a guess. */
export function shortly({ requirement, side, kind, cause }: Finding): string {
  return `${requirement} ${side} ${kind}${cause === undefined ? "" : ` ${cause.name}`}`;
}
