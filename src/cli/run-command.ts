/** Runs a command line and tells of its failures: one sentence, and an exit status. */
import { CommanderError, type Command } from "commander";
import { Failure } from "../platform/failure.ts";

/** `words`: what follows the program's name. A mistake in them has been told by commander already. */
export async function runCommand(command: Command, words: readonly string[]): Promise<void> {
  try {
    await command.parseAsync(words, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode || (process.exitCode ?? 0);
    } else {
      const text = error instanceof Failure ? error.message : error instanceof Error ? error.stack : String(error);
      process.stderr.write(`mctp-lpc: ${text ?? "unknown failure"}\n`);
      process.exitCode ||= 1;
    }
  }
}
