/** Reads bytes by a field table. It takes any bytes: what is missing or wrong is a finding where it is. */
import { toHex } from "../wire/bytes.ts";
import { lengthOf, readBitsOf, readNumberOf } from "../wire/field-codec.ts";
import { unreachable } from "../wire/result.ts";
import {
  wrong,
  type BitField,
  type BytesField,
  type Field,
  type Finding,
  type ListField,
  type NumberField,
  type Seen,
} from "../wire/field-table.ts";

/** A field as it was found. Offsets count from the first byte of the input. */
export interface DecodedField {
  readonly name: string;
  readonly offset: number;
  readonly length: number;
  /** The bytes themselves, as hexadecimal digits; none for groups, bit fields and remarks. */
  readonly hex?: string | undefined;
  /** Of a bit field: its highest and lowest bit in the field around it, bit 0 the least significant. */
  readonly bits?: readonly [high: number, low: number];
  readonly value?: number | string;
  readonly meaning?: string | undefined;
  readonly reference?: string | undefined;
  readonly finding?: Finding | undefined;
  /** The parts of this one: bits, entries, or the fields of a group. */
  readonly fields?: readonly DecodedField[] | undefined;
}

interface Reading {
  readonly bytes: Uint8Array;
  readonly start: number;
  at: number;
  readonly end: number;
  /** Where byte 0 of `bytes` lies in the input. */
  readonly base: number;
  readonly values: Map<string, number>;
  readonly tagOwner: boolean | undefined;
  /** The bytes are used up: nothing that follows can be there. */
  stopped: boolean;
}

/** The most entries of a list that are shown; what follows is shown as one field. */
const ENTRY_LIMIT = 256;

interface ReadOptions {
  readonly start?: number;
  readonly end?: number;
  /** Added to every offset. */
  readonly base?: number;
  readonly tagOwner?: boolean | undefined;
}

interface ReadResult {
  readonly fields: readonly DecodedField[];
  /** Every number by its name, the last of a name. */
  readonly values: ReadonlyMap<string, number>;
  /** Where the reading ended. */
  readonly at: number;
}

/** Reads `table` from the bytes; all of them must be used up, what is left over is a finding. */
export function readTable(table: readonly Field[], bytes: Uint8Array, options: ReadOptions = {}): ReadResult {
  const reading: Reading = {
    bytes,
    start: options.start ?? 0,
    at: options.start ?? 0,
    end: options.end ?? bytes.length,
    base: options.base ?? 0,
    values: new Map(),
    tagOwner: options.tagOwner,
    stopped: false,
  };
  const fields = readFields(table, reading);
  const extra = reading.end - reading.at;
  if (extra > 0) fields.push(leftOver(reading, extra));
  return { fields, values: reading.values, at: reading.at };
}

function leftOver(reading: Reading, extra: number): DecodedField {
  const finding = reading.stopped
    ? undefined
    : wrong(`${countText(extra)} too many: the message should end before byte ${String(reading.base + reading.at)}`);
  const name = reading.stopped ? "not explained" : "left over";
  return { ...span(reading, name, extra), finding };
}

export function countText(count: number): string {
  return count === 1 ? "1 byte" : `${String(count)} bytes`;
}

function seenOf(reading: Reading): Seen {
  return {
    value: (name) => reading.values.get(name) ?? 0,
    tagOwner: reading.tagOwner,
    left: reading.end - reading.at,
    read: reading.at - reading.start,
    bytes: (start, end) => reading.bytes.subarray(reading.start + start, Math.min(reading.end, reading.start + end)),
  };
}

function span(reading: Reading, name: string, length: number): DecodedField {
  const hex = toHex(reading.bytes.subarray(reading.at, reading.at + length));
  return { name, offset: reading.base + reading.at, length, hex };
}

function readFields(table: readonly Field[], reading: Reading): DecodedField[] {
  const fields: DecodedField[] = [];
  for (const field of table) {
    if (reading.stopped) break;
    switch (field.kind) {
      case "number":
        fields.push(readNumber(field, reading));
        break;
      case "bytes":
        fields.push(...readBytes(field, reading));
        break;
      case "list":
        fields.push(...readList(field, reading));
        break;
      case "choice":
        fields.push(...readFields(field.choose(seenOf(reading)), reading));
        break;
      case "remark": {
        const finding = field.judge(seenOf(reading));
        if (finding === undefined) break;
        const { name, reference } = field;
        fields.push({ name, offset: reading.base + reading.at, length: 0, finding, reference });
        break;
      }
      default:
        unreachable(field);
    }
  }
  return fields;
}

/** The bytes that a field needs are not there: what is there, and where it ends. */
function cutShort(reading: Reading, name: string, needed: number, reference: string | undefined): DecodedField {
  const left = reading.end - reading.at;
  const first = reading.base + reading.at;
  const place = needed === 1 ? `byte ${String(first)}` : `bytes ${String(first)} to ${String(first + needed - 1)}`;
  const finding = wrong(
    left === 0
      ? `missing: ${place} should be here, the end comes before`
      : `cut short: ${place} should be here, the end comes after ${countText(left)} of them`,
  );
  const field = { ...span(reading, name, left), reference, finding };
  reading.at = reading.end;
  reading.stopped = true;
  return field;
}

function readNumber(field: NumberField, reading: Reading): DecodedField {
  const { name, reference } = field;
  if (reading.end - reading.at < field.bytes) return cutShort(reading, name, field.bytes, reference);
  const place = span(reading, name, field.bytes);
  const value = readNumberOf(field, reading.bytes, reading.at);
  reading.at += field.bytes;
  reading.values.set(name, value);
  // The parts are known before the whole is judged.
  const parts = field.bitFields?.map((part) => readBits(part, value, place, reading));
  const seen = seenOf(reading);
  const finding = field.judge?.(value, seen);
  const meaning = field.meaning?.(value, seen);
  return { ...place, value: shown(value, field), meaning, reference, finding, fields: parts };
}

function shown(value: number, field: NumberField): number | string {
  if (field.show === "hex" || field.bitFields !== undefined || value > Number.MAX_SAFE_INTEGER) {
    return `0x${value.toString(16).padStart(2 * field.bytes, "0")}`;
  }
  return value;
}

function readBits(part: BitField, whole: number, place: DecodedField, reading: Reading): DecodedField {
  const value = readBitsOf(part, whole);
  if (part.name !== "reserved") reading.values.set(part.name, value);
  const finding = part.judge?.(value, seenOf(reading));
  const { offset, length } = place;
  const bits = [part.shift + part.bits - 1, part.shift] as const;
  return { name: part.name, offset, length, bits, value, meaning: part.meaning?.(value), finding };
}

function readBytes(field: BytesField, reading: Reading): readonly DecodedField[] {
  const { name, reference } = field;
  const seen = seenOf(reading);
  const parts = field.inside?.(seen);
  if (parts !== undefined) return readFields(parts, reading);
  const length = lengthOf(field, seen);
  if (length > seen.left) return [cutShort(reading, name, length, reference)];
  const bytes = reading.bytes.subarray(reading.at, reading.at + length);
  const place = span(reading, name, length);
  reading.at += length;
  const finding = field.judge?.(bytes, seen);
  return [{ ...place, meaning: length === 0 ? "none" : field.meaning?.(bytes), reference, finding }];
}

function readList(field: ListField, reading: Reading): DecodedField[] {
  const count = field.count(seenOf(reading));
  const entries: DecodedField[] = [];
  for (let index = 0; index < count && !reading.stopped; index++) {
    if (index === ENTRY_LIMIT) {
      const left = reading.end - reading.at;
      entries.push(span(reading, "further entries", left));
      reading.at = reading.end;
      break;
    }
    const [only, ...more] = field.entry;
    const offset = reading.base + reading.at;
    const fields = readFields(field.entry, reading);
    const name = `${field.name} ${String(index + 1)}`;
    const [first] = fields;
    if (only?.kind !== "choice" && more.length === 0 && first !== undefined) entries.push({ ...first, name });
    else entries.push({ name, offset, length: reading.base + reading.at - offset, fields });
  }
  return entries;
}

/** All findings in a tree of fields, in the order of the bytes, each with the name and place of its field. */
export function findingsOf(fields: readonly DecodedField[]): readonly PlacedFinding[] {
  return fields.flatMap(({ name, offset, length, finding, fields: parts }) => [
    ...(finding === undefined ? [] : [{ ...finding, field: name, offset, length }]),
    ...findingsOf(parts ?? []),
  ]);
}

export interface PlacedFinding extends Finding {
  readonly field: string;
  readonly offset: number;
  readonly length: number;
}
