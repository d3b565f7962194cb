/** Runs the command line, and tells of its failures. */
import { CommanderError } from "commander";
import { Failure } from "../platform/failure.ts";
import { ExitStatus, isUsage } from "./exit-status.ts";
import { watchOutput } from "./output.ts";
import { createProgram } from "./program.ts";

watchOutput();

try {
  await createProgram().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? (process.exitCode ?? 0) : ExitStatus.USAGE;
  } else {
    const text = error instanceof Failure ? error.message : error instanceof Error ? error.stack : String(error);
    process.stderr.write(`mctp-lpc: ${text ?? "unknown failure"}\n`);
    process.exitCode ||=
      error instanceof Failure && isUsage(error.code) ? ExitStatus.USAGE : ExitStatus.REFUSED;
  }
}
