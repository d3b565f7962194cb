import { createProgram } from "../../src/cli/program.ts";

/** What `mctp-lpc WORDS --help` prints where there is no terminal. Throws where there is no such command. */
export async function help(...words: readonly string[]): Promise<string> {
  let command = await createProgram(words);
  for (const word of words) {
    const found = command.commands.find((one) => one.name() === word);
    if (found === undefined) throw new Error(`there is no ${word} in ${words.join(" ")}`);
    command = found;
  }
  let text = "";
  command.configureOutput({ getOutHelpWidth: () => 80, writeOut: (part) => (text += part) }).outputHelp();
  return text;
}
