/** The program made of its commands: only the one that is called is loaded, the others are their lines in the help. */
import { Command } from "commander";
import { COMMANDS, described } from "./commands.ts";
import { watchDefects } from "./defect.ts";
import { complain, printLines, watchOutput } from "./output.ts";
import { packageVersion } from "./package.ts";
import { runCommand } from "./run-command.ts";
import { ownProcess } from "../platform/end-process.ts";

/** Runs a command line: the words after the program's name. */
export async function runProgram(words: readonly string[]): Promise<void> {
  ownProcess();
  watchOutput();
  watchDefects();
  await runCommand(await createProgram(words), words);
}

/** A mistake in the command line ends like any other failure, help and version like success. */
function tame(command: Command): Command {
  command
    .exitOverride()
    .showHelpAfterError("(add --help for what there is)")
    .configureOutput({
      // Help is of this program's words alone, in lines.
      writeOut: (text) => {
        printLines(linesOf(text));
      },
      writeErr: (text) => {
        for (const line of linesOf(text)) complain(line);
      },
      outputError: (text) => {
        for (const line of mistakeLines(text)) complain(line);
      },
    });
  if (command.commands.length === 0) return command;
  for (const sub of command.commands) tame(sub);
  return command.helpCommand(false).addCommand(tame(helpCommand(command)));
}

function linesOf(text: string): readonly string[] {
  return text.replace(/\n$/, "").split("\n");
}

/** A mistake is a line, with a word of the command line as it was given; of commander's own lines one may follow. */
function mistakeLines(text: string): readonly string[] {
  const [, mistake = "", suggestion] = /^(.*?)(?:\n(\(Did you mean [^\n]*\?\)))?\n?$/s.exec(text) ?? [];
  return suggestion === undefined ? [mistake] : [mistake, suggestion];
}

/** In place of commander's own, which knows one word, and of an unknown one says nothing. */
function helpCommand(group: Command): Command {
  return new Command("help")
    .summary("display help for a command")
    .description("print what a command does and takes, as its --help does")
    .argument("[command...]", "the command, like host run (default: all that there are)")
    .action((words: readonly string[]) => {
      let found = group;
      for (const word of words) {
        const next = found.commands.find((command) => command.name() === word);
        if (next === undefined) return found.error(`error: unknown command '${word}'`);
        found = next;
      }
      found.outputHelp();
    });
}

/** The program for one command line. A new one each time: commander keeps what it has parsed. */
export async function createProgram(words: readonly string[]): Promise<Command> {
  const program = new Command("mctp-lpc")
    .description("MCTP over LPC: KCS byte commands and a reserved memory window between host and BMC")
    .version(packageVersion())
    // trace judge and trace have options of the same name.
    .enablePositionalOptions()
    .addHelpText(
      "after",
      `
Two terminals:
  mctp-lpc bmc run --platform shm:/dev/shm/board
  mctp-lpc host run --platform shm:/dev/shm/board
Both agents at once:
  mctp-lpc demo
The specification:
  mctp-lpc spec
Set DEBUG=mctp-lpc:* to log what the program does inside.`,
    );
  const [first, second] = words.filter((word) => !word.startsWith("-"));
  const called = first === "help" ? second : first;
  for (const [name, { summary, load }] of Object.entries(COMMANDS)) {
    program.addCommand(described(name === called ? await load() : new Command(name), summary));
  }
  return tame(program);
}
