/** `mctp-lpc bench`: the program's speed on this machine. */
import { Command } from "commander";

export function benchCommand(): Command {
  return new Command("bench")
    .summary("measure the program's speed on this machine")
    .description(
      "Measures throughput, round trips, start-up and an idle agent on this machine: medians of five samples each. Takes one to two minutes and both cores; other load makes the figures worse.",
    )
    .option("--json", "one JSON object instead of tables")
    .option("--quick", "a short run that only shows that everything works")
    .addHelpText("after", "\nExamples:\n  mctp-lpc bench\n  mctp-lpc bench --json > figures.json")
    .action(async (given: { json?: true; quick?: true }) => {
      // Loaded only when it is needed: an agent that idles should not carry it.
      const { reportLines, runBench } = await import("./bench/report.ts");
      const report = await runBench(given.quick === true, (line) => {
        process.stderr.write(`measuring ${line}…\n`);
      });
      const text = given.json === true ? JSON.stringify(report, undefined, 2) : reportLines(report).join("\n");
      process.stdout.write(`${text}\n`);
    });
}
