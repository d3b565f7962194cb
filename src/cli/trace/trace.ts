/** `mctp-lpc trace`: what an agent recorded, as a ladder for the terminal, a drawing or events for programs. */
import { Command, Option } from "commander";
import { readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { notEmpty, parseCount } from "../../agent/run-options.ts";
import { Failure, pathTrouble } from "../../platform/failure.ts";
import { decodeTrace, isLifeRow, type TraceEntry } from "../../core/trace/format.ts";
import { ladderPart, type PartOptions } from "../../core/trace/ladder-part.ts";
import { eventItems } from "../../core/trace/ladder-words.ts";
import { Ladder } from "../../core/trace/ladder.ts";
import { mergeByTime } from "../../core/trace/merge.ts";
import { svgLadder } from "../../core/trace/svg-ladder.ts";
import { judgeCommand } from "../judge/judge-command.ts";
import { dumpCommand } from "./trace-dump.ts";
import { coloursFor, columnsOf, sidePaint } from "../terminal.ts";
import {
  STANDARD_STREAM,
  cutLineText,
  filesOfBus,
  invalidTrace,
  nameOf,
  timelessTrace,
  unreadableTrace,
} from "./trace-files.ts";

const STANDARD_INPUT = 0;
/** Milliseconds without an access that are told as a pause. */
const PAUSE = 100;

interface TraceArguments {
  readonly svg?: string;
  readonly json?: true;
  readonly from?: number;
  readonly to?: number;
}

export function traceCommand(): Command {
  return new Command("trace")
    .description(
      "Draws what an agent recorded with --trace FILE: who wrote and read which register, and what passed through the window, one line an access or a few that belong together. The traces of both sides of one run, recorded on one machine, are merged by time; with one alone, what its side reads is drawn as coming from the other.",
    )
    .argument("<file...>", "a trace, or those of both sides; - reads standard input")
    .option("--from <row>", "begin with this row, from 0; what came before is known, but not drawn", parseCount)
    .option("--to <row>", "end with this row", parseCount)
    .option(
      "--svg <file>",
      "write a drawing instead, with the same in words for those who cannot see it",
      notEmpty("A drawing", "ladder.svg"),
    )
    .addOption(new Option("--json", "print events instead, one JSON object a line").conflicts("svg"))
    .enablePositionalOptions()
    .addCommand(judgeCommand())
    .addCommand(dumpCommand())
    .addHelpText(
      "after",
      `
Rows are numbered from 0; those of two traces afresh, as they are merged.

Examples:
  mctp-lpc trace host.jsonl bmc.jsonl
  mctp-lpc trace host.jsonl bmc.jsonl --from 64 --to 120 --svg ladder.svg
  mctp-lpc trace host.jsonl --json | head
  mctp-lpc trace judge host.jsonl bmc.jsonl
  mctp-lpc trace dump --agent bmc --output bmc.jsonl
A file called judge or dump is given as ./judge or ./dump.`,
    )
    .action((files: readonly string[], given: TraceArguments) => {
      const rows = readTraces(files);
      const part: PartOptions = { from: given.from, to: given.to, pause: PAUSE };
      checkPart(rows, part);
      if (given.svg !== undefined) writeDrawing(given.svg, svgLadder(rows, { ...part, title: titleOf(files) }));
      else if (given.json === true) printEvents(rows, part);
      else printLadder(rows, part);
    });
}

/* ---- Reading ---- */

function readTraces(files: readonly string[]): readonly TraceEntry[] {
  const [first, second] = filesOfBus(files);
  if (second === undefined) return readTrace(first);
  return mergeByTime(readTimedTrace(first), readTimedTrace(second));
}

function readTrace(file: string): readonly TraceEntry[] {
  const trace = decodeWhole(file, readText(file));
  if (!trace.ok) throw invalidTrace(file, trace.reject);
  const { rows } = trace.value;
  if (rows.every(isLifeRow)) throw new Failure("trace-empty", `${nameOf(file)} holds no access`);
  return rows;
}

/** All rows but a last one that was not written to its end, as an agent leaves it that was killed, or a full disk. */
function decodeWhole(file: string, text: string): ReturnType<typeof decodeTrace> {
  const rows = decodeTrace(text);
  const end = text.lastIndexOf("\n") + 1;
  if (rows.ok || end === text.length || rows.reject.reason !== "notJson") return rows;
  if (rows.reject.line < text.split("\n").length) return rows;
  process.stderr.write(`mctp-lpc: ${cutLineText(file, rows.reject)}\n`);
  return decodeTrace(text.slice(0, end));
}

function readTimedTrace(file: string): readonly TraceEntry[] {
  const rows = readTrace(file);
  const timeless = rows.find((row) => row.t === undefined);
  if (timeless === undefined) return rows;
  throw timelessTrace(file, timeless.n);
}

function readText(file: string): string {
  try {
    return readFileSync(file === STANDARD_STREAM ? STANDARD_INPUT : file, "utf8");
  } catch (error) {
    throw unreadableTrace(file, error);
  }
}

function checkPart(rows: readonly TraceEntry[], { from = 0, to = Number.POSITIVE_INFINITY }: PartOptions): void {
  if (from > to) throw new Failure("trace-part", `--from ${String(from)} is behind --to ${String(to)}`);
  if (rows.some(({ n }) => n >= from && n <= to)) return;
  const [first, last] = [rows[0]?.n ?? 0, rows.at(-1)?.n ?? 0];
  throw new Failure("trace-part", `the trace has rows ${String(first)} to ${String(last)}: none of them is asked for`);
}

function titleOf(files: readonly string[]): string {
  return files.map((file) => (file === STANDARD_STREAM ? "standard input" : basename(file))).join(" and ");
}

/* ---- Showing ---- */

function printLadder(rows: readonly TraceEntry[], part: PartOptions): void {
  const { stdout } = process;
  const colours = coloursFor(stdout);
  const ladder = new Ladder({ width: columnsOf(stdout) });
  stdout.write(`${colours.bold(ladder.header)}\n`);
  for (const { side, text } of ladder.draw(ladderPart(rows, part).shown)) {
    stdout.write(`${sidePaint(colours, side)(text)}\n`);
  }
}

function printEvents(rows: readonly TraceEntry[], part: PartOptions): void {
  for (const event of ladderPart(rows, part).shown) {
    process.stdout.write(`${JSON.stringify({ ...event, text: eventItems(event).join(" · ") })}\n`);
  }
}

function writeDrawing(file: string, drawing: string): void {
  if (file === STANDARD_STREAM) {
    process.stdout.write(drawing);
    return;
  }
  try {
    writeFileSync(file, drawing);
  } catch (error) {
    throw new Failure("trace-drawing", `cannot write ${file}: ${pathTrouble(error)}`, { cause: error });
  }
}
