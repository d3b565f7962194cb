/**
 * The battery's runs from the command line: `--list` names them, `--run NAME` prints the rows of one as JSONL, in front
 * of them a head that says what the run is.
 */
import { Command } from "commander";
import { isLifeRow, type BatteryRow, type BatteryRun } from "./run.ts";
import { RUNS } from "./runs.ts";
import { encodeTraceRow } from "../../../src/core/trace/format.ts";

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function lineOf(row: BatteryRow): string {
  return isLifeRow(row) ? JSON.stringify(row) : encodeTraceRow(row);
}

/** The first line of a trace of version 2. */
function headOf({ depth, windowBytes, times }: BatteryRun): string {
  return JSON.stringify({
    trace: "mctp-lpc",
    version: 2,
    sides: ["host", "bmc"],
    depth,
    windowBytes,
    lives: true,
    ...(times === undefined ? {} : { times }),
  });
}

function run(given: { readonly list?: true; readonly run?: string }): void {
  if (given.list === true) {
    for (const { name, text, judged } of RUNS) print(`${name}\t${judged.join("+")}\t${text}`);
    return;
  }
  const found = RUNS.find(({ name }) => name === given.run);
  if (found === undefined) throw new Error(`There is no run "${given.run ?? ""}": --list prints the names.`);
  print([headOf(found), ...found.rows().map(lineOf)].join("\n"));
}

try {
  new Command("battery")
    .description("runs whose traces show each seeded mistake")
    .option("--list", "print name, judged sides and description of each run")
    .option("--run <name>", "carry out this run and print its rows")
    .action(run)
    .parse();
} catch (error) {
  process.stderr.write(`error: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
