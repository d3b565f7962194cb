/** `mctp-lpc trace judge`: reads a trace, tells findings as they come and the verdict at the end. */
import { complain } from "../output.ts";
import { TraceJudge, type TraceVerdict } from "../../core/judge/report.ts";
import { Failure } from "../../platform/failure.ts";
import { openBusTrace, type GivenFacts } from "./bus-trace.ts";
import type { JudgeOutput } from "./judge-output.ts";
import { JsonOutput } from "./json-output.ts";
import { PeopleOutput } from "./people-output.ts";
import { emptyTrace } from "../trace/trace-files.ts";
import { forEachRow } from "../trace/trace-source.ts";
import type { TraceEntry } from "../../core/trace/format.ts";

export interface JudgeArguments extends GivenFacts {
  readonly json?: true;
}

/** Different notes on older peers that are told. */
const MOST_NOTES = 16;
const EXIT = { findings: 1, noTrace: 2 } as const;

/** Judges; sets the exit status: 0 without a finding, 1 with some, 2 for what is no trace. */
export async function judgeFiles(files: readonly string[], given: JudgeArguments): Promise<void> {
  const output: JudgeOutput = given.json === true ? new JsonOutput() : new PeopleOutput();
  try {
    const { breaks } = await judgeWith(output, files, given);
    // Without a finding the status stays as it is: output may have been lost.
    if (breaks > 0) process.exitCode = EXIT.findings;
  } catch (error) {
    output.idle();
    if (error instanceof Failure && error.code.startsWith("trace-") && error.code !== "trace-files") {
      process.exitCode = EXIT.noTrace;
    }
    throw error;
  }
}

async function judgeWith(output: JudgeOutput, files: readonly string[], given: GivenFacts): Promise<TraceVerdict> {
  const { facts, rows } = await openBusTrace(files, given, (text) => {
    complain(`mctp-lpc: ${text}`);
  });
  const noted = new Set<string>();
  const judge = new TraceJudge(facts, {
    onFinding: (finding) => {
      output.finding(finding);
    },
    onOlderPeer: (note) => {
      // There is one a session, and sessions have no bound.
      if (noted.size < MOST_NOTES && !noted.has(note.text)) output.olderPeer(note);
      if (noted.size < MOST_NOTES) noted.add(note.text);
    },
  });
  output.head(files, facts);

  const take = (row: TraceEntry): boolean => {
    output.row(row, judge.accesses);
    judge.push(row);
    return true;
  };
  await forEachRow(rows, take, () => {
    output.idle();
  });
  if (judge.accesses === 0) throw emptyTrace(files);
  const verdict = judge.verdict();
  output.verdict(verdict);
  return verdict;
}
