/** Runs the command line, and tells of its failures. */
import { CommanderError } from "commander";
import { Failure } from "../platform/failure.ts";
import { watchOutput } from "./output.ts";
import { createProgram } from "./program.ts";

watchOutput();

try {
  await createProgram().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode || (process.exitCode ?? 0);
  } else {
    const text = error instanceof Failure ? error.message : error instanceof Error ? error.stack : String(error);
    process.stderr.write(`mctp-lpc: ${text ?? "unknown failure"}\n`);
    process.exitCode ||= 1;
  }
}
