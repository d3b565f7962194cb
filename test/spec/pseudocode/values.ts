/** What the listings of annex M compute with. */
import { CONTROL_FIELDS } from "../../../src/core/binding/control-region.ts";
import { readU16be, readU32be, writeU16be, writeU32be } from "../../../src/core/wire/bytes.ts";
import { fieldsBetween } from "./names.ts";
import type { BinaryOperator } from "./syntax.ts";

/** Fields of the control region that were read, by their names. */
export type Fields = ReadonlyMap<string, number>;
/** A word, like "idle" or "none", is a string. */
export type Value = number | boolean | string | Uint8Array | Fields;

/** A listing that computes what makes no sense. */
export class ValueError extends Error {
  override name = "ValueError";
}

export function numberOf(value: Value): number {
  if (typeof value !== "number") throw new ValueError(`${textOf(value)} is no number`);
  return value;
}

export function truthOf(value: Value): boolean {
  if (typeof value !== "boolean") throw new ValueError(`${textOf(value)} is neither true nor false`);
  return value;
}

export function bytesOf(value: Value): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new ValueError(`${textOf(value)} is not bytes`);
  return value;
}

export function textOf(value: Value): string {
  if (value instanceof Uint8Array) return `${String(value.length)} bytes`;
  return typeof value === "object" ? `the fields ${[...value.keys()].join(", ")}` : String(value);
}

export function slice(bytes: Uint8Array, start: number, length: number): Uint8Array {
  if (start < 0 || length < 0 || start + length > bytes.length) {
    throw new ValueError(`${String(length)} bytes from ${String(start)} of ${String(bytes.length)}`);
  }
  return bytes.slice(start, start + length);
}

export function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Where fields lie in the window. */
export function extentOf(from: string, to: string): { readonly offset: number; readonly length: number } {
  const fields = fieldsBetween(from, to) ?? [];
  const offset = fields[0]?.offset ?? 0;
  return { offset, length: fields.reduce((sum, { bytes }) => sum + bytes, 0) };
}

export function decodeFields(from: string, to: string, bytes: Uint8Array): Fields {
  const { offset } = extentOf(from, to);
  return new Map(
    (fieldsBetween(from, to) ?? CONTROL_FIELDS).map((field) => {
      const read = field.bytes === 2 ? readU16be : readU32be;
      return [field.name, read(bytes, field.offset - offset)];
    }),
  );
}

export function encodeFields(from: string, to: string, values: readonly number[]): Uint8Array {
  const fields = fieldsBetween(from, to) ?? [];
  if (fields.length !== values.length) throw new ValueError(`${from} to ${to} are ${String(fields.length)} fields`);
  const { offset, length } = extentOf(from, to);
  const bytes = new Uint8Array(length);
  for (const [index, field] of fields.entries()) {
    const value = values[index]!;
    const limit = 2 ** (8 * field.bytes);
    if (!Number.isInteger(value) || value < 0 || value >= limit)
      throw new ValueError(`${field.name} cannot be ${String(value)}`);
    const write = field.bytes === 2 ? writeU16be : writeU32be;
    write(bytes, field.offset - offset, value);
  }
  return bytes;
}

/** A number as four bytes, and back. */
export function be32(value: Value): Value {
  if (value instanceof Uint8Array) {
    if (value.length !== 4) throw new ValueError(`${textOf(value)} are no number of 32 bits`);
    return readU32be(value, 0);
  }
  const bytes = new Uint8Array(4);
  writeU32be(bytes, 0, numberOf(value));
  return bytes;
}

function isSame(left: Value, right: Value): boolean {
  if (left === "none" || right === "none") return left === right;
  if (typeof left !== typeof right || typeof left === "object") {
    throw new ValueError(`${textOf(left)} and ${textOf(right)} are not comparable`);
  }
  return left === right;
}

/** All operators but those that may leave their right side alone. */
export function combine(operator: Exclude<BinaryOperator, "and" | "or">, left: Value, right: Value): Value {
  if (operator === "=") return isSame(left, right);
  if (operator === "≠") return !isSame(left, right);
  const one = numberOf(left);
  const other = numberOf(right);
  switch (operator) {
    case "<":
      return one < other;
    case "≤":
      return one <= other;
    case ">":
      return one > other;
    case "≥":
      return one >= other;
    case "has":
      return (one & other) !== 0;
    case "lacks":
      return (one & other) === 0;
    case "+":
      return one + other;
    case "-":
      return one - other;
    case "div":
      return Math.floor(one / other);
    case "mod":
      return one % other;
  }
}
