/** A configuration file: TOML, read once when an agent starts. Loaded only where a file is named. */
import type { Command } from "commander";
import { TomlError, parse } from "smol-toml";
import { Failure, messageOf } from "../../platform/failure.ts";
import { readNamedText, type FileRule } from "../../platform/opening.ts";
import { judgeConfig, type ConfigValue, type LookInto } from "./config-values.ts";

/** Bytes of a file: every option once takes less than a quarter of it. */
export const LARGEST_CONFIG_BYTES: number = 16 * 1024;

/** Who may write it may have an agent of root do what he likes: its user or root, and no group. */
const CONFIG_RULE: FileRule = { type: "file", without: 0o022, owners: [0] };

/** Mistakes of which the lines are looked for: each line is another reading of what is before it. */
export const MOST_LINES = 20;
/** Behind every line that is known. */
const LAST: number = LARGEST_CONFIG_BYTES;

/** Tables within tables. Options stand in none. */
const DEEPEST_TABLE = 4;

interface FoundMistake {
  /** From 1; undefined where it is not known. */
  readonly line: number | undefined;
  readonly text: string;
}

export interface ConfigFile {
  readonly path: string;
  readonly values: readonly ConfigValue[];
  readonly mistakes: readonly FoundMistake[];
}

/**
 * Reads and judges a file for a command, like "bmc run": as many mistakes as there are, none of which throws. Throws a
 * Failure with the code "config" where the file cannot be read.
 */
export function readConfigFile(path: string, command: Command, words: string, lookInto?: LookInto): ConfigFile {
  const text = textOf(path);
  const table = tableOf(text);
  if ("text" in table) return { path, values: [], mistakes: [table] };
  const { values, mistakes } = judgeConfig(table.value, command, words, lookInto);
  const lines = linesOfKeys(text, new Set(mistakes.slice(0, MOST_LINES).map(({ key }) => key)));
  const found = mistakes.map(({ key, text: why }) => ({ line: lines.get(key), text: why }));
  return { path, values, mistakes: found.sort((one, other) => (one.line ?? LAST) - (other.line ?? LAST)) };
}

/** "bmc.toml, line 3: …" */
export function mistakeText(path: string, { line, text }: FoundMistake): string {
  return `${path}${line === undefined ? "" : `, line ${String(line)}`}: ${text}`;
}

function textOf(path: string): string {
  const what = `read the configuration file ${path}`;
  try {
    return readNamedText("config", what, path, LARGEST_CONFIG_BYTES, CONFIG_RULE);
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure("config", `cannot ${what}: ${messageOf(error)}`, { cause: error });
  }
}

type Table = { readonly value: Readonly<Record<string, unknown>> } | FoundMistake;

function tableOf(text: string): Table {
  try {
    return { value: parse(text, { maxDepth: DEEPEST_TABLE, integersAsBigInt: "asNeeded" }) };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // What follows is the line itself, drawn.
    const [why = ""] = messageOf(error).split("\n");
    const reason = why.replace(/^Invalid TOML document: /, "");
    return { line: error.line, text: `no TOML (${reason}): write NAME = VALUE, with text in quotes` };
  }
}

/**
 * The line that each key begins in: the one behind the longest beginning of the file that is whole and has no such key. Of
 * what follows when all keys are found nothing is read again.
 */
function linesOfKeys(text: string, wanted: ReadonlySet<string>): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  const lines = text.split("\n");
  let begins = 1;
  for (let count = 1; count <= lines.length && found.size < wanted.size; count++) {
    const table = tableOf(lines.slice(0, count).join("\n"));
    if ("text" in table) continue;
    for (const key of Object.keys(table.value)) if (wanted.has(key) && !found.has(key)) found.set(key, begins);
    begins = count + 1;
  }
  return found;
}
