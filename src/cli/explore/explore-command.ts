/** `mctp-lpc explore`: every interleaving of the two sides, access by access. */
import { Command, Option } from "commander";
import { availableParallelism } from "node:os";
import { notEmpty } from "../../agent/not-empty.ts";
import { countIn } from "../../agent/run-options.ts";
import { Failure } from "../../platform/failure.ts";
import { isUsage } from "../exit-status.ts";
import type { ExploreOptions } from "./run.ts";

/** The exit status when there is no result: 1 says that something was found. */
const NOT_EXPLORED = 2;
/** A search of more states than this takes more memory than most machines have for it. */
const DEFAULT_STATE_LIMIT = 40_000_000;

export function exploreCommand(): Command {
  return new Command("explore")
    .description(
      "Runs the procedures of host and BMC access by access in every order in which they can happen, with crashes, resets and lost interrupts as each configuration has it, and judges every state and every run. Without names: the configurations that take seconds.",
    )
    .argument("[configuration...]", "what to explore, see --list")
    .addOption(
      new Option("--list", "print the configurations and what they are").conflicts([
        "full",
        "save",
        "json",
        "replay",
        "svg",
      ]),
    )
    .option("--full", "all configurations: minutes, and a few GiB of memory")
    .option("--jobs <count>", "configurations at a time, 1 or more", countIn(1), availableParallelism())
    .option("--states <count>", "give up on a configuration after so many states", countIn(1), DEFAULT_STATE_LIMIT)
    .option("--save <file>", "write the first run that went wrong, to be replayed", notEmpty("A file", "run.json"))
    .option("--svg <file>", "write a drawing of that run, or of the one replayed", notEmpty("A drawing", "run.svg"))
    .addOption(
      new Option("--replay <file>", "draw a run that was saved")
        .argParser(notEmpty("A file", "run.json"))
        .conflicts(["full", "save", "json"]),
    )
    .option("--json", "one JSON object instead of tables")
    .addHelpText(
      "after",
      `
Exit status:
  0  nothing was found            2  nothing was explored, such as for a
  1  something was found, or a       file that cannot be written
     search was not complete     64  wrong command line

Examples:
  mctp-lpc explore
  mctp-lpc explore killed-twice lost-interrupts
  mctp-lpc explore --full --json > exploration.json
  mctp-lpc explore unseen-reset --save run.json; mctp-lpc explore --replay run.json`,
    )
    .action(async (names: readonly string[], given: ExploreOptions) => {
      // Loaded only when it is needed, like the bench.
      const { runExplore } = await import("./run.ts");
      try {
        await runExplore(names, given);
      } catch (error) {
        if (error instanceof Failure && !isUsage(error.code)) process.exitCode = NOT_EXPLORED;
        throw error;
      }
    });
}
