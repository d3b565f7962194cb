/** The command line of `npm run bench`: the program's speed on this machine. */
import { Command, InvalidArgumentError, Option } from "commander";
import { notEmpty } from "../../agent/not-empty.ts";
import { Failure } from "../../platform/failure.ts";
import { printJson, printLines } from "../output.ts";
import { ProgressLine } from "../terminal.ts";
import { ROW_NAMES } from "./rows.ts";

interface Given {
  readonly against?: string;
  readonly pairs?: number;
  readonly row?: readonly string[];
  readonly cpu?: true;
  readonly fairness?: true;
  readonly json?: true;
  readonly quick?: true;
  readonly tests?: true;
}

const DEFAULT_PAIRS = 7;

export function benchCommand(): Command {
  return new Command("npm run bench --")
    .description(
      "Measures this build: starts, memory and wake-ups beside those of Node alone, the installation, throughput and round trips. Figures are medians. Takes two to three minutes; other load on the machine makes the figures worse. With --against: how many times as quick this build is as another. With --fairness: messages a second both ways beside a peer that polls slowly.",
    )
    .option(
      "--against <folder>",
      "compare with the build in this checkout, in some eight minutes",
      notEmpty("A checkout", "../before"),
    )
    .option(
      "--pairs <count>",
      `measurements of each build with --against, odd (default: ${String(DEFAULT_PAIRS)})`,
      oddCount,
    )
    .addOption(new Option("--row <name...>", "only these rows with --against (default: all)").choices(ROW_NAMES))
    .option("--cpu", "with --against: by processor time, on a machine that is not quiet")
    .option("--fairness", "messages a second both ways beside a slow peer, in a minute")
    .option("--tests", "also run npm test and measure its CPU time and its longest suite")
    .option("--json", "one JSON object instead of tables")
    .option("--quick", "a short run that only shows that everything works")
    .addHelpText(
      "after",
      `
--against measures both builds alternately, each measurement in a process of
its own that loads the measuring code of the build it measures. The other
checkout has to be built: run "npm ci && npm run build" there. A goal that is
missed does not change the exit status.

Examples:
  npm run bench
  npm run -s bench -- --json > figures.json
  npm run bench -- --against ../before
  npm run bench -- --against ../before --pairs 21 --row v3-64B v3-ping
  npm run bench -- --fairness`,
    )
    .action(async (given: Given) => {
      checkTogether(given);
      const progress = new ProgressLine("stderr");
      const { report, lines } = await run(given, (line) => {
        progress.update(`measuring ${line}…`);
      }).finally(() => {
        progress.clear();
      });
      if (given.json === true) printJson(report);
      else printLines(lines);
    });
}

/** The median of an odd count is one of the measurements. */
function oddCount(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value % 2 === 1 && value <= 999) return value;
  throw new InvalidArgumentError("Give an odd number from 1 to 999: the median is then one of the measurements.");
}

function checkTogether({ against, pairs, row, cpu, fairness, tests }: Given): void {
  if (against !== undefined && fairness === true) {
    throw new Failure("options", "--against and --fairness are two measurements: run one after the other");
  }
  if (tests === true && (against !== undefined || fairness === true)) {
    throw new Failure("options", "--tests belongs to the measurement of this build alone: leave out the other option");
  }
  const alone = pairs !== undefined ? "--pairs" : row !== undefined ? "--row" : "--cpu";
  if (against === undefined && (pairs ?? row ?? cpu) !== undefined) {
    throw new Failure("options", `${alone} is for a comparison: give the other checkout with --against`);
  }
}

/** Each part is loaded only when it is needed: an agent that idles should not carry it. */
async function run(
  given: Given,
  tell: (line: string) => void,
): Promise<{ readonly report: unknown; readonly lines: readonly string[] }> {
  const quick = given.quick === true;
  if (given.against !== undefined) {
    const { compareBuilds, comparisonLines } = await import("./compare.ts");
    const { against, pairs = DEFAULT_PAIRS, row: rows } = given;
    const clock = given.cpu === true ? "cpu" : "passed";
    const report = await compareBuilds({ against, pairs, rows, clock, quick }, tell);
    return { report, lines: comparisonLines(report) };
  }
  if (given.fairness === true) {
    const { fairnessLines, measureFairness } = await import("./fairness.ts");
    const report = await measureFairness(quick, tell);
    return { report, lines: fairnessLines(report) };
  }
  const { reportLines, runBench } = await import("./report.ts");
  const report = await runBench(quick, given.tests === true, tell);
  return { report, lines: reportLines(report) };
}
