/**
 * A process that runs commands of the built program one after the other, as `src/cli/main.ts` runs one: a command costs
 * no start of a process. It is told `{ args, environment }` and answers `{ code, stdout, stderr }`.
 */
import { CommanderError } from "commander";
import process from "node:process";
import { createProgram } from "../../dist/src/cli/program.js";
import { Failure } from "../../dist/src/platform/failure.js";

const said = { stdout: "", stderr: "" };
for (const name of Object.keys(said)) {
  process[name].write = (text) => {
    said[name] += String(text);
    return true;
  };
}

async function run({ args, environment }) {
  said.stdout = "";
  said.stderr = "";
  process.env = environment;
  process.exitCode = undefined;
  try {
    await createProgram().parseAsync(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) {
      process.stderr.write(`mctp-lpc: ${error instanceof Failure ? error.message : error.stack}\n`);
    }
    process.exitCode ||= error.exitCode ?? 1;
  }
  return { code: process.exitCode ?? 0, ...said };
}

let last = Promise.resolve();
process.on("message", (asked) => {
  last = last.then(async () => process.send(await run(asked)));
});
