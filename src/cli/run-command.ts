/** Runs a command line and tells of its failures: one sentence, and an exit status. */
import { CommanderError, type Command } from "commander";
import { tellDefect } from "./defect.ts";
import { complain } from "./output.ts";
import { Failure, errnoOf, messageOf } from "../platform/failure.ts";
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
      if (error instanceof Failure) complain(`mctp-lpc: ${messageOf(error)}`);
      else tellDefect(error);
      process.exitCode ||= error instanceof Failure && isUsage(error.code) ? ExitStatus.USAGE : ExitStatus.REFUSED;
    }
  }
}
