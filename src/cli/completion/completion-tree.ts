/** What can stand where on a command line, from the commands as commander has them. */
import type { Argument, Command, Option } from "commander";

/** What is completed: words of a list, file names, folders; "any": a value that is not known beforehand. */
export type Completed = { readonly words: readonly string[] } | "files" | "folders" | "any";

export interface CompletedOption {
  /** "--platform", "-p" */
  readonly flags: readonly string[];
  /** Undefined: it takes no value. */
  readonly value: Completed | undefined;
}

export interface CompletedCommand {
  /** The words that call it, below the program's name: "bmc run"; "" is the program. */
  readonly path: string;
  readonly commands: readonly string[];
  readonly options: readonly CompletedOption[];
  /** By position. */
  readonly arguments: readonly Completed[];
  /** Whether the last may come again. */
  readonly isVariadic: boolean;
}

const HELP: CompletedOption = { flags: ["--help", "-h"], value: undefined };
const VERSION: CompletedOption = { flags: ["--version", "-V"], value: undefined };

/** The program and every command below it. */
export function completionTree(commands: readonly Command[]): readonly CompletedCommand[] {
  const names = commands.map((command) => command.name());
  const program = {
    path: "",
    commands: [...names, "help"],
    options: [VERSION, HELP],
    arguments: [],
    isVariadic: false,
  };
  return [program, ...commands.flatMap((command) => below(command, command.name()))];
}

function below(command: Command, path: string): readonly CompletedCommand[] {
  const subs = command.commands.filter((sub) => sub.name() !== "help");
  const own: CompletedCommand = {
    path,
    commands: subs.map((sub) => sub.name()),
    options: [...command.options.filter((option) => !option.hidden).map(completedOption), HELP],
    arguments: command.registeredArguments.map(completedArgument),
    isVariadic: command.registeredArguments.at(-1)?.variadic ?? false,
  };
  return [own, ...subs.flatMap((sub) => below(sub, `${path} ${sub.name()}`))];
}

function completedOption(option: Option): CompletedOption {
  const flags = [option.long, option.short].filter((flag) => flag !== undefined);
  const takesValue = option.required || option.optional;
  const [, form = ""] = /[<[]([^\]>]+)[\]>]/.exec(option.flags) ?? [];
  return { flags, value: takesValue ? completed(form, option.argChoices) : undefined };
}

function completedArgument(argument: Argument): Completed {
  return completed(argument.name(), argument.argChoices);
}

/** By the name of a value in the help. */
function completed(form: string, choices: readonly string[] | undefined): Completed {
  if (choices !== undefined) return { words: choices };
  if (/folder/.test(form)) return "folders";
  return /file|path|trace|capture|board|program|address/.test(form) ? "files" : "any";
}
