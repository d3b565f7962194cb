/** docs/man: a manual page for the program and each of its commands, from what their help says. */
import type { Command, Option } from "commander";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { COMMANDS, loadAll } from "../../../src/cli/commands.ts";
import { createProgram } from "../../../src/cli/program.ts";
import type { Artefact } from "../artefact.ts";
import { bold, item, literal, roff, roffLine } from "./roff.ts";

const FOLDER = "docs/man";
const SECTION = 1;

/** As `mctp-lpc help` has them, and what the whole program goes by. */
const ENVIRONMENT: Readonly<Record<string, string>> = {
  DEBUG: "mctp-lpc:* logs what the program does inside, on standard error.",
  NO_COLOR: "If it is set and not empty, nothing is painted, unless --color always is given.",
};

const STATUSES = [
  ["0", "success"],
  ["1", "a failure, which one line on standard error explains; of some commands what their help says"],
  ["64", "a mistake in the command line or in a configuration file"],
] as const;

/** The pages of the project in this folder. */
export async function manArtefacts(project: string): Promise<readonly Artefact[]> {
  const { version } = JSON.parse(readFileSync(join(project, "package.json"), "utf8")) as { version: string };
  const commands = await loadAll();
  const program = await createProgram([]);
  const pages = [
    programPage(program, version),
    ...commands.map((command) => commandPage(command, COMMANDS[command.name()]!.summary, version)),
  ];
  return pages.map(({ name, lines }) => ({
    path: `${FOLDER}/${name}.${String(SECTION)}`,
    text: `${lines.join("\n")}\n`,
  }));
}

interface Page {
  readonly name: string;
  readonly lines: readonly string[];
}

function head(name: string, summary: string, version: string): readonly string[] {
  return [
    '.\\" Made by spec/generator/man from the commands: change them, and run npm run spec.',
    `.TH ${roff(name.toUpperCase())} ${String(SECTION)} "" "mctp\\-lpc ${roff(version)}" "MCTP over LPC"`,
    ".SH NAME",
    `${roff(name)} \\- ${roff(summary)}`,
  ];
}

function programPage(program: Command, version: string): Page {
  return {
    name: "mctp-lpc",
    lines: [
      ...head("mctp-lpc", "MCTP over LPC between host and BMC", version),
      ".SH SYNOPSIS",
      `${bold("mctp-lpc")} \\fIcommand\\fR [\\fIoptions\\fR]`,
      ".SH DESCRIPTION",
      roffLine(`${program.description()}.`),
      ".PP",
      "Each command has a page of its own, and says with \\fB\\-\\-help\\fR what it takes.",
      ".SH COMMANDS",
      ...Object.entries(COMMANDS).flatMap(([name, { summary }]) => item(`\\fB${roff(pageName(name))}\\fR(1)`, summary)),
      ".SH OPTIONS",
      ...program.options.flatMap(optionItem),
      ...item(`${bold("-h")}, ${bold("--help")}`, "display help for command"),
      ...afterText(program),
      ...tail([], undefined),
    ],
  };
}

function commandPage(command: Command, summary: string, version: string): Page {
  const name = pageName(command.name());
  const called = runnable(command, command.name());
  const options = called.flatMap(({ command: one }) => one.options);
  return {
    name,
    lines: [
      ...head(name, summary, version),
      ".SH SYNOPSIS",
      ...called.flatMap(({ command: one, words }, at) => [
        ...(at === 0 ? [] : [".br"]),
        `${bold(`mctp-lpc ${words}`)} ${roff(usageOf(one))}`,
      ]),
      ".SH DESCRIPTION",
      roffLine(sentence(command.description())),
      ...(called.length === 1 && called[0]!.command === command
        ? [...parts(command, ".SH OPTIONS"), ...afterText(command)]
        : called.flatMap(({ command: one, words }) => [
            `.SH ${roff(words.toUpperCase())}`,
            ...(one === command ? [] : [roffLine(sentence(one.description()))]),
            ...parts(one, ".SS Options"),
            ...afterText(one),
          ])),
      ...tail(options, name),
    ],
  };
}

/** The command and those below it that do something. */
function runnable(command: Command, words: string): readonly { readonly command: Command; readonly words: string }[] {
  const below = command.commands.filter((one) => one.name() !== "help");
  const own = below.length === 0 || command.registeredArguments.length > 0 ? [{ command, words }] : [];
  return [...own, ...below.flatMap((one) => runnable(one, `${words} ${one.name()}`))];
}

function parts(command: Command, title: string): readonly string[] {
  const shown = command.options.filter((option) => !option.hidden);
  return [
    ...command.registeredArguments.flatMap((argument) =>
      item(`\\fI${roff(argument.name())}\\fR`, argument.description),
    ),
    title,
    ...shown.flatMap(optionItem),
    ...item(`${bold("-h")}, ${bold("--help")}`, "display help for command"),
  ];
}

function optionItem(option: Option): readonly string[] {
  const [, flags = "", value = ""] = /^([^<[]*?)(\s*[<[].*)?$/.exec(option.flags) ?? [];
  const heads = flags.split(", ").map(bold).join(", ");
  const form = value === "" ? "" : ` \\fI${roff(value.trim())}\\fR`;
  return item(`${heads}${form}`, detailsOf(option));
}

/** As commander puts it. */
function detailsOf({ description, argChoices, defaultValue, defaultValueDescription, envVar }: Option): string {
  const value = defaultValue as unknown;
  const shown = defaultValueDescription ?? (typeof value === "string" || typeof value === "number" ? value : undefined);
  const details = [
    ...(argChoices === undefined ? [] : [`choices: ${argChoices.join(", ")}`]),
    ...(shown === undefined ? [] : [`default: ${String(shown)}`]),
    ...(envVar === undefined ? [] : [`env: ${envVar}`]),
  ];
  return details.length === 0 ? description : `${description} (${details.join("; ")})`;
}

function usageOf(command: Command): string {
  return command.usage().replace(/ ?\[command\]/, "");
}

/** What a command's help says behind its options, as it stands there. */
function afterText(command: Command): readonly string[] {
  const before = command.configureOutput();
  let text = "";
  command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
  const without = command.helpInformation();
  command.configureOutput(before);
  const after = text.slice(without.length).trim();
  return after === "" ? [] : [".SS Notes and examples", ...literal(after)];
}

function tail(options: readonly Option[], name: string | undefined): readonly string[] {
  const variables = new Map(
    options.flatMap(({ envVar, long }) =>
      envVar === undefined ? [] : [[envVar, `Stands for ${long ?? ""} where that is not given.`] as const],
    ),
  );
  return [
    ".SH ENVIRONMENT",
    ...[...variables, ...Object.entries(ENVIRONMENT)].flatMap(([variable, text]) => item(bold(variable), text)),
    ".SH EXIT STATUS",
    ...STATUSES.flatMap(([status, text]) => item(bold(status), `${text}.`)),
    ".SH SEE ALSO",
    name === undefined ? "The specification: \\fBmctp\\-lpc spec\\fR." : "\\fBmctp\\-lpc\\fR(1)",
  ];
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}${text.endsWith(".") ? "" : "."}`;
}

function pageName(command: string): string {
  return `mctp-lpc-${command}`;
}
