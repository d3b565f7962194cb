/** Runs a command line and tells of its failures: one sentence, and an exit status. */
import { CommanderError, type Command } from "commander";
import { tellDefect } from "./defect.ts";
import { complain } from "./output.ts";
import { Failure, errnoOf, messageOf } from "../platform/failure.ts";
import { asFailure } from "../platform/scope.ts";
import { ExitStatus, isUsage } from "./exit-status.ts";

/** `words`: what follows the program's name. A mistake in them has been told by commander already. */
export async function runCommand(command: Command, words: readonly string[]): Promise<void> {
  let called: Command | undefined;
  command.hook("preAction", (_hooked, action) => {
    called = action;
  });
  try {
    await command.parseAsync(words, { from: "user" });
  } catch (thrown) {
    // A call of the system that failed where no more is known of it: a sentence, for the stack says nothing to users.
    const isOfSystem = /^E[A-Z0-9]+$/.test(errnoOf(thrown) ?? "");
    const error = isOfSystem ? asFailure("system", "go on", thrown) : thrown;
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? (process.exitCode ?? 0) : ExitStatus.USAGE;
    } else {
      if (error instanceof Failure) complain(`mctp-lpc: ${messageOf(error)}${variablesText(messageOf(error), called)}`);
      else tellDefect(error);
      process.exitCode ||= error instanceof Failure && isUsage(error.code) ? ExitStatus.USAGE : ExitStatus.REFUSED;
    }
  }
}

/** Which variables of the environment gave what a failure names. */
function variablesText(message: string, command: Command | undefined): string {
  const named = (command?.options ?? []).flatMap((option) => {
    const { envVar } = option;
    if (envVar === undefined || command?.getOptionValueSource(option.attributeName()) !== "env") return [];
    const value = process.env[envVar] ?? "";
    return message.includes(value) ? [`${envVar} is ${value}`] : [];
  });
  return named.length === 0 ? "" : ` (${named.join(", ")})`;
}
