/**
 * Arguments and options of a control command, made from the field table of its request: numbers and bytes are arguments
 * in the order of the table, an operation's values are options, and so is the part of a table that is asked for.
 */
import { InvalidArgumentError, type Command } from "commander";
import { parseEid } from "../../agent/run-options.ts";
import { parseHex } from "../../core/decode/hex.ts";
import type { AnyControlCommand } from "../../core/mctp/control/data.ts";
import type { BitField, Case, Field, NumberField } from "../../core/wire/field-table.ts";
import { Failure } from "../../platform/failure.ts";
import { numberUpTo } from "../number-options.ts";

export type Options = Readonly<Record<string, unknown>>;

/** A property of the request's record, as the command line takes it. */
interface Property {
  readonly key: string;
  readonly name: string;
  /** For help: the name, and what it may be. */
  readonly help: string;
  readonly kind: "operation" | "part" | "list" | "value";
  /** Of an operation. */
  readonly cases: readonly Case[];
  readonly parse: (text: string) => unknown;
  /** Properties of a list's entries. */
  readonly entry: readonly Property[];
}

function propertiesOf(table: readonly Field[]): readonly Property[] {
  return table.flatMap((field): readonly Property[] => {
    const { kind } = field;
    if (kind === "choice" || kind === "remark") return [];
    const parts = kind === "number" ? (field.bitFields ?? []).flatMap(bitsProperty) : [];
    const { key, name } = field;
    if (key === undefined) return parts;
    const shared = { key, name, help: helpOf(field), kind: "value", cases: [], entry: [] } as const;
    if (kind === "number")
      return [{ ...shared, kind: field.role === "page" ? "part" : "value", parse: parserOf(field) }];
    if (kind === "bytes") return [{ ...shared, parse: bytesParser(field.length) }];
    const entry = propertiesOf(field.entry);
    return [{ ...shared, kind: "list", entry, parse: (text) => text }];
  });
}

function bitsProperty({ key, name, cases = [], bits }: BitField): readonly Property[] {
  const parse = numberUpTo(2 ** bits - 1, `The ${name}`);
  return key === undefined ? [] : [{ key, name, help: name, kind: "operation", cases, parse, entry: [] }];
}

function helpOf(field: Exclude<Field, { kind: "choice" | "remark" }>): string {
  const { name, kind } = field;
  if (kind === "list") return name;
  if (kind === "bytes") return `${name}, ${String(field.length)} bytes in hexadecimal`;
  return `${name}, ${field.role === "eid" ? "8 to 254" : `0 to ${String(256 ** field.bytes - 1)}`}`;
}

function parserOf({ role, bytes, name }: NumberField): (text: string) => number {
  return role === "eid" ? parseEid : numberUpTo(256 ** bytes - 1, `The ${name}`);
}

function bytesParser(length: unknown): (text: string) => Uint8Array {
  return (text) => {
    const bytes = parseHex(text);
    if (!bytes.ok) throw new InvalidArgumentError(`Not bytes in hexadecimal: ${bytes.reject}.`);
    if (typeof length === "number" && length > 0 && bytes.value.length !== length) {
      throw new InvalidArgumentError(`${String(length)} bytes are needed, not ${String(bytes.value.length)}.`);
    }
    return bytes.value;
  };
}

/** "setDiscovered" to "set-discovered" */
function kebab(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/* ---- Declaring ---- */

/** Declares what a command takes. */
export function declareArguments(command: Command, { requestFields, line }: AnyControlCommand): Command {
  for (const { key, name, help, kind, cases, parse, entry } of propertiesOf(requestFields)) {
    const [, ...others] = cases;
    const fallback = line.defaults?.[key];
    switch (kind) {
      case "operation":
        for (const [value, meaning] of others) command.option(`--${kebab(String(value))}`, meaning);
        break;
      case "part":
        command.option(`--${kebab(key)} <number>`, `only the part with this ${name}`, parse);
        break;
      case "list":
        command.argument(`<${kebab(key)}...>`, entryHelp(line.entry ?? [], entry));
        break;
      case "value":
        if (fallback !== undefined) command.argument(`[${kebab(key)}]`, help, parse, fallback);
        else command.argument(line.bare === undefined ? `<${kebab(key)}>` : `[${kebab(key)}]`, help, parse);
    }
  }
  return command;
}

/** "KIND:FIRST:COUNT[:ADDRESS], KIND one of …" */
function entryHelp(order: readonly string[], entry: readonly Property[]): string {
  const last = order.length - 1;
  const form = order.map((key, index) => (index === last ? `[:${key}]` : `${index === 0 ? "" : ":"}${key}`)).join("");
  const kinds = entry.flatMap(({ cases }) => cases).map(([value]) => kebab(String(value)));
  return `${form.toUpperCase()}, ${order[0]!.toUpperCase()} one of ${kinds.join(", ")}`;
}

/* ---- Reading ---- */

/** The request's record, from the arguments in their order and the options. Throws a Failure. */
export function requestRecord(command: AnyControlCommand, words: readonly unknown[], options: Options): Options {
  const { requestFields, line } = command;
  const properties = propertiesOf(requestFields);
  const operation = properties.find(({ kind }) => kind === "operation");
  const chosen = operation === undefined ? undefined : chosenCase(operation, options);
  const isBare = line.bare?.includes(String(chosen)) === true;
  const values = properties.filter(({ kind }) => kind === "value" || kind === "list");
  const given = words.slice(0, values.length);
  if (isBare ? given.some((word) => word !== undefined) : given.includes(undefined)) {
    const names = values.map(({ name }) => name).join(" and ");
    const bare = (line.bare ?? []).map((value) => `--${kebab(value)}`).join(" or ");
    throw new Failure(
      "arguments",
      `${line.name} takes ${names}, or ${bare} without ${values.length > 1 ? "them" : "it"}.`,
    );
  }
  return Object.fromEntries(
    properties.map((property) => {
      const { key, kind, entry } = property;
      if (property === operation) return [key, chosen];
      if (kind === "part") return [key, options[key] ?? 0];
      const word = given[values.indexOf(property)];
      if (kind !== "list") return [key, word ?? 0];
      return [key, (word as readonly string[]).map((text) => entryRecord(text, line.entry ?? [], entry))];
    }),
  );
}

function chosenCase({ cases }: Property, options: Options): unknown {
  const [first, ...others] = cases.map(([value]) => value);
  const chosen = others.filter((value) => options[String(value)] === true);
  if (chosen.length <= 1) return chosen[0] ?? first;
  throw new Failure("arguments", `Give only one of ${others.map((value) => `--${kebab(String(value))}`).join(", ")}.`);
}

/** "bridge:20:1" to an entry's record; the last of its parts may be left out. */
function entryRecord(text: string, order: readonly string[], entry: readonly Property[]): Options {
  const words = text.split(":");
  const parts = order.map((key, index) => {
    const { cases, parse } = entry.find((property) => property.key === key)!;
    const word = words[index] ?? "";
    const value = cases.length > 0 ? cases.find(([known]) => kebab(String(known)) === word)?.[0] : parsed(parse, word);
    return [key, value] as const;
  });
  const isShort = words.length < order.length - 1 || words.length > order.length;
  if (!isShort && parts.every(([, value]) => value !== undefined)) return Object.fromEntries(parts);
  throw new Failure("arguments", `"${text}" is not an entry: write ${entryHelp(order, entry)}.`);
}

function parsed(parse: (text: string) => unknown, word: string): unknown {
  try {
    return parse(word);
  } catch {
    return undefined;
  }
}

/** The key of the request's property that says which part of a table is asked for, unless one part alone is wanted. */
export function partKey({ requestFields }: AnyControlCommand, options: Options): string | undefined {
  const part = propertiesOf(requestFields).find(({ kind }) => kind === "part");
  return part === undefined || options[part.key] !== undefined ? undefined : part.key;
}
