#!/usr/bin/env node
/** The one binary's entry. It loads no more than its arguments ask for: most of a short command's time is loading. */
import { watchOutput } from "./output.ts";
import { packageVersion } from "./package.ts";

watchOutput();
const words = process.argv.slice(2);
if (words.length === 1 && (words[0] === "--version" || words[0] === "-V")) {
  process.stdout.write(`${packageVersion()}\n`);
} else {
  const [{ createProgram }, { runCommand }] = await Promise.all([import("./program.ts"), import("./run-command.ts")]);
  await runCommand(await createProgram(words), words);
}
