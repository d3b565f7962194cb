/** The option --config of every agent: its other options from a file, below the command line and the environment. */
import type { Command } from "commander";
import { Failure } from "../../platform/failure.ts";
import { notEmpty } from "../not-empty.ts";
import type { ConfigFile } from "./config-file.ts";

/** Where a value was asked for, not a default; the words of commander. */
export function isAsked(command: Command, name: string): boolean {
  const source = command.getOptionValueSource(name);
  return source !== undefined && source !== "default";
}

/**
 * Adds --config, and what it does before the command's action. `required`: options without which there is nothing to do,
 * from wherever they come.
 */
export function addConfigOption(command: Command, required: readonly string[]): Command {
  return command
    .option(
      "--config <file>",
      "further options from this TOML file, by their long names; the command line and the environment win",
      notEmpty("A configuration file", "/etc/mctp-lpc/bmc.toml"),
    )
    .hook("preAction", async (_hooked, called) => {
      const path = called.opts()["config"] as string | undefined;
      if (path !== undefined) await takeConfig(called, path);
      for (const name of required) requireOption(called, name);
    });
}

/** The words that a command is called by below the program: "bmc run". */
export function wordsOf(command: Command): string {
  const above = command.parent;
  return above === null || above.parent === null ? command.name() : `${wordsOf(above)} ${command.name()}`;
}

async function takeConfig(command: Command, path: string): Promise<void> {
  const { mistakeText, readConfigFile } = await import("./config-file.ts");
  const file: ConfigFile = readConfigFile(path, command, wordsOf(command));
  const [first, ...others] = file.mistakes;
  if (first !== undefined) {
    const more =
      others.length === 0
        ? ""
        : `; ${String(others.length)} more: "mctp-lpc config check ${path}" names ${others.length === 1 ? "it" : "them"}`;
    throw new Failure("config", `${mistakeText(path, first)}${more}`);
  }
  setValues(command, file);
}

/** Sets what neither the command line nor the environment has. */
export function setValues(command: Command, { values }: Pick<ConfigFile, "values">): void {
  for (const { option, value } of values) {
    const name = option.attributeName();
    if (!isAsked(command, name)) command.setOptionValueWithSource(name, value, "config");
  }
}

/** As commander says it, which would not wait for a file. */
function requireOption(command: Command, name: string): void {
  if (command.opts()[name] !== undefined) return;
  const flags = command.options.find((option) => option.attributeName() === name)?.flags ?? name;
  command.error(`error: required option '${flags}' not specified`, { code: "commander.missingMandatoryOptionValue" });
}
