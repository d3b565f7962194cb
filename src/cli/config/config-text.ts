/** An agent's options as a configuration file: what each does, and its value or default. */
import type { Command, Option } from "commander";
import { stringify } from "smol-toml";
import { configurable, keyOf, type ConfigValue } from "../../agent/config/config-values.ts";

const WIDTH = 78;

/** Lines of a file for a command; `words`: the command, like "bmc run". */
export function configText(command: Command, words: string, values: readonly ConfigValue[]): readonly string[] {
  const set = new Map(values.map(({ key, given }) => [key, given]));
  const head = [
    `# Options of mctp-lpc ${words}, for --config. The command line and the environment win.`,
    '# Paths and texts stand in quotes, several values as ["one", "two"].',
  ];
  return configurable(command).reduce<readonly string[]>((lines, option) => {
    const key = keyOf(option);
    const text = wrapped(option.description).map((line) => `# ${line}`);
    const value = set.has(key) ? assigned(key, set.get(key)) : `# ${assigned(key, defaultOf(option))}`;
    return [...lines, "", ...text, value];
  }, head);
}

function assigned(key: string, value: unknown): string {
  return stringify({ [key]: value }).trim();
}

/** The default where there is one, else the form of a value. */
function defaultOf(option: Option): unknown {
  if (!option.required && !option.optional) return option.negate;
  const value: unknown = option.defaultValueDescription ?? option.defaultValue;
  if (typeof value === "string" || typeof value === "number") return value;
  const [, form = "…"] = /[<[]([^\]>]+)[\]>]/.exec(option.flags) ?? [];
  return option.argChoices?.[0] ?? form.toUpperCase();
}

function wrapped(text: string): readonly string[] {
  return text.split(" ").reduce<string[]>((lines, word) => {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= WIDTH) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
    return lines;
  }, []);
}
