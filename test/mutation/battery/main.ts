/**
 * The battery's runs from the command line: `--list` names them, `--run NAME` prints the trace of one, `--judge` says
 * what the judge finds in it, or in every run.
 */
import { Command } from "commander";
import { Judge } from "../../../src/core/judge/judge.ts";
import { tellRow } from "../../../src/core/judge/rows.ts";
import { encodeTrace } from "../../../src/core/trace/format.ts";
import { traceHead, type TraceHead } from "../../../src/core/trace/head.ts";
import { findingsOf } from "./judging.ts";
import type { BatteryRun } from "./run.ts";
import { RUNS } from "./runs.ts";

interface Given {
  readonly list?: true;
  readonly run?: string;
  readonly judge?: true;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function headOf({ depth, windowBytes, times }: BatteryRun): TraceHead {
  return traceHead({
    sides: ["host", "bmc"],
    depth,
    windowBytes,
    lives: true,
    ...(times === undefined ? {} : { times }),
  });
}

function judged(run: BatteryRun): void {
  for (const finding of findingsOf({ Judge, tellRow }, run, run.rows())) {
    const { requirement, side, access, step = "", seen, expected } = finding;
    print(`${run.name}: ${requirement} ${side}, access ${String(access)} ${step}: saw ${seen}; expected ${expected}`);
  }
}

function run({ list, run: name, judge }: Given): void {
  if (list === true) {
    for (const { name: own, text, judged: sides } of RUNS) print(`${own}\t${sides.join("+")}\t${text}`);
    return;
  }
  const found = RUNS.filter((one) => name === undefined || one.name === name);
  const [first] = found;
  if (first === undefined) throw new Error(`There is no run "${name ?? ""}": --list prints the names.`);
  if (judge === true) for (const one of found) judged(one);
  else if (name === undefined) throw new Error("Name a run with --run: --list prints the names.");
  else process.stdout.write(encodeTrace(first.rows(), headOf(first)));
}

try {
  new Command("battery")
    .description("runs whose traces show each seeded mistake")
    .option("--list", "print name, judged sides and description of each run")
    .option("--run <name>", "carry out this run and print its trace")
    .option("--judge", "print what the judge finds in the run, in place of its trace; without --run in every run")
    .action(run)
    .parse();
} catch (error) {
  process.stderr.write(`error: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
