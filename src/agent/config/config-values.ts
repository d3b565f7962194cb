/** Values of a configuration file as a command's options take them, and what is wrong with those that none takes. */
import { CommanderError, type Command, type Option } from "commander";
import { Failure, messageOf } from "../../platform/failure.ts";

/** A mistake in a file, a sentence. */
interface Mistake {
  readonly key: string;
  readonly text: string;
}

/** A value of the file for an option, as its parser gives it. */
export interface ConfigValue {
  readonly key: string;
  readonly option: Option;
  readonly value: unknown;
  /** As the file has it. */
  readonly given: unknown;
}

export interface JudgedConfig {
  readonly values: readonly ConfigValue[];
  readonly mistakes: readonly Mistake[];
}

/** Options that a command line may give several times, and a file as an array. */
export const REPEATABLE: ReadonlySet<string> = new Set(["link", "static", "static-pool"]);
/** Options that say where options come from, or that print something and end the command. */
const NOT_IN_FILES: ReadonlySet<string> = new Set(["config", "help"]);
/** Characters of a key that a message shows. */
const LONGEST_KEY = 60;

/** The key of an option: its long name without dashes. */
export function keyOf(option: Option): string {
  return (option.long ?? option.flags).replace(/^-+/, "");
}

/** The options of a command that a file may set. */
export function configurable(command: Command): readonly Option[] {
  return command.options.filter((option) => !NOT_IN_FILES.has(keyOf(option)));
}

/** Looks further into a value than its option does; throws a Failure. */
export type LookInto = (value: ConfigValue) => void;

/** Judges the table of a file for a command. `words`: the command, like "bmc run". Changes nothing. */
export function judgeConfig(
  table: Readonly<Record<string, unknown>>,
  command: Command,
  words: string,
  lookInto: LookInto = () => undefined,
): JudgedConfig {
  const options = new Map(configurable(command).map((option) => [keyOf(option), option]));
  const values: ConfigValue[] = [];
  const mistakes: Mistake[] = [];
  for (const [key, given] of Object.entries(table)) {
    const option = options.get(key);
    if (option === undefined) {
      mistakes.push({ key, text: unknownText(key, given, words) });
      continue;
    }
    try {
      const value = valueOf(option, key, given, words);
      if (value === undefined) continue;
      lookInto({ key, option, value, given });
      values.push({ key, option, value, given });
    } catch (error) {
      if (!(error instanceof CommanderError || error instanceof Failure)) throw error;
      mistakes.push({ key, text: `${key}: ${messageOf(error)}` });
    }
  }
  return { values, mistakes };
}

function unknownText(key: string, given: unknown, words: string): string {
  const shown = JSON.stringify(key.slice(0, LONGEST_KEY));
  if (isTable(given)) return `${shown} is a table, but options stand in none: write them before the first [table]`;
  return `${words} has no option ${shown}: keys are its long options without "--", which "mctp-lpc ${words} --help" lists`;
}

/** Throws a Failure, or what the option's parser throws. Undefined: as if the key were not there. */
function valueOf(option: Option, key: string, given: unknown, words: string): unknown {
  const takesValue = option.required || option.optional;
  if (typeof given === "boolean") {
    if (option.required) throw wrongType(key, "takes a value", given, option);
    if (!given) return undefined;
    return option.negate ? false : true;
  }
  if (!takesValue) throw wrongType(key, "is switched on by true", given, option);
  const isRepeatable = REPEATABLE.has(key) && words !== "endpoint run";
  if (Array.isArray(given) && !isRepeatable) throw wrongType(key, "takes one value", given, option);
  const all: readonly unknown[] = Array.isArray(given) ? given : [given];
  if (all.length === 0) return undefined;
  return all.reduce<unknown>((before, one) => {
    const word = wordOf(one);
    if (word === undefined) throw wrongType(key, "takes a value", one, option);
    return option.parseArg === undefined ? word : option.parseArg(word, before);
  }, undefined);
}

/** As it would stand on a command line. Undefined: no text and no whole number. */
function wordOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return typeof value === "bigint" || (typeof value === "number" && Number.isSafeInteger(value))
    ? String(value)
    : undefined;
}

function wrongType(key: string, takes: string, given: unknown, option: Option): Failure {
  const example = option.required || option.optional ? `${key} = "…" or a whole number` : `${key} = true`;
  return new Failure("config", `it ${takes}, not ${typeText(given)}: write ${example}`);
}

function typeText(value: unknown): string {
  if (Array.isArray(value)) return "an array";
  if (value instanceof Date) return "a date or time";
  if (isTable(value)) return "a table";
  if (typeof value === "boolean") return String(value);
  if (typeof value === "string") return "text";
  return Number.isInteger(value) || typeof value === "bigint" ? "a number" : "a fraction";
}

function isTable(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
