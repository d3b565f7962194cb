/** `mctp-lpc explore`: every interleaving of the two sides, access by access. */
import { Command, InvalidArgumentError } from "commander";
import { availableParallelism } from "node:os";

interface Given {
  readonly list?: true;
  readonly full?: true;
  readonly json?: true;
  readonly jobs: number;
  readonly states: number;
  readonly replay?: string;
  readonly save?: string;
  readonly svg?: string;
}

/** A search of more states than this takes more memory than most machines have for it. */
const DEFAULT_STATE_LIMIT = 40_000_000;

function parseCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1) throw new InvalidArgumentError("a whole number from 1 is wanted");
  return count;
}

export function exploreCommand(): Command {
  return new Command("explore")
    .summary("visit every interleaving of the two sides")
    .description(
      "Runs the procedures of host and BMC access by access in every order in which they can happen, with crashes, resets and lost interrupts as each configuration has it, and judges every state and every run. Without names: the configurations that take seconds.",
    )
    .argument("[configuration...]", "what to explore, see --list")
    .option("--list", "print the configurations and what they are")
    .option("--full", "all configurations: minutes, and a few GiB of memory")
    .option("--jobs <count>", "configurations at a time", parseCount, availableParallelism())
    .option("--states <count>", "give up on a configuration after so many states", parseCount, DEFAULT_STATE_LIMIT)
    .option("--save <file>", "write the first run that went wrong to this file, to be replayed")
    .option("--svg <file>", "write a drawing of the first run that went wrong, or of the one replayed")
    .option("--replay <file>", "draw a run that was saved")
    .option("--json", "one JSON object instead of tables")
    .addHelpText(
      "after",
      `
Ends with status 1 when something was found, or a search was not complete.

Examples:
  mctp-lpc explore
  mctp-lpc explore killed-twice lost-interrupts
  mctp-lpc explore --full --json > exploration.json
  mctp-lpc explore unseen-reset --save run.json; mctp-lpc explore --replay run.json`,
    )
    .action(async (names: readonly string[], given: Given) => {
      // Loaded only when it is needed, like the bench.
      const { runExplore } = await import("./explore/command.ts");
      await runExplore(names, given);
    });
}
