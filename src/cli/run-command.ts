/** Runs a command line and tells of its failures: one sentence, and an exit status. */
import { CommanderError, type Command } from "commander";
import { complain } from "./output.ts";
import { Failure, errnoOf } from "../platform/failure.ts";
import { asFailure } from "../platform/scope.ts";
import { ExitStatus, isUsage } from "./exit-status.ts";

/** `words`: what follows the program's name. A mistake in them has been told by commander already. */
export async function runCommand(command: Command, words: readonly string[]): Promise<void> {
  try {
    await command.parseAsync(words, { from: "user" });
  } catch (thrown) {
    // A call of the system that failed where no more is known of it: a sentence, for the stack says nothing to users.
    const isOfSystem = /^E[A-Z0-9]+$/.test(errnoOf(thrown) ?? "");
    const error = isOfSystem ? asFailure("system", "go on", thrown) : thrown;
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? (process.exitCode ?? 0) : ExitStatus.USAGE;
    } else {
      const lines =
        error instanceof Failure ? [error.message] : String(error instanceof Error ? error.stack : error).split("\n");
      complain(`mctp-lpc: ${lines[0]!}`);
      for (const line of lines.slice(1)) complain(line);
      process.exitCode ||= error instanceof Failure && isUsage(error.code) ? ExitStatus.USAGE : ExitStatus.REFUSED;
    }
  }
}
