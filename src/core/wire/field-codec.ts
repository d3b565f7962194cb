/**
 * Codecs made from field tables: records to bytes and back. What an explanation calls wrong (field-table.ts), a codec
 * refuses as invalid data, so that the two never disagree.
 *
 * A table is compiled once, each field to a step that reads it and writes it: a responder answers requests by them.
 */
import { ok, reject, unreachable, type Result } from "./result.ts";
import type { BitField, BytesField, Case, Field, Finding, ListField, NumberField, Seen } from "./field-table.ts";

/** Why bytes are not data of their table. A responder answers with the completion code of the same name. */
export type DataReject = "invalidLength" | "invalidData";

export type Decoded<Value> = Result<Value, DataReject>;

export interface DataCodec<Value> {
  readonly encode: (value: Value) => Uint8Array;
  /** Never throws. The record may hold views into `data`. Reserved bits are ignored. */
  readonly decode: (data: Uint8Array) => Decoded<Value>;
}

type Fields = Record<string, unknown>;

/** What a field becomes: `take` reads it into the record, false where the data ends before; `put` writes it. */
interface Step {
  readonly take: (cursor: Cursor, record: Fields) => boolean;
  readonly put: (cursor: Cursor, record: Fields) => void;
}

/**
 * The codec of a table. `exact`: data has no byte more than the table, as requests are judged; otherwise further bytes
 * are ignored, as in responses, to which a later version may add. A table without keys has the record undefined.
 */
export function tableCodec<Value>(table: readonly Field[], exact: boolean): DataCodec<Value> {
  const steps = stepsOf(table);
  const isEmpty = !table.some(holdsData);
  return {
    encode: (value) => {
      if (isEmpty) return new Uint8Array(0);
      const cursor = Cursor.toWrite();
      putAll(steps, cursor, value as Fields);
      return cursor.finish();
    },
    decode: (data) => {
      if (table.length === 0) return exact && data.length > 0 ? reject("invalidLength") : ok(undefined as Value);
      const cursor = Cursor.toRead(data);
      const record: Fields = {};
      const isLong = takeAll(steps, cursor, record) && !(exact && cursor.left > 0);
      const { isWrong } = cursor;
      cursor.release();
      if (!isLong) return reject("invalidLength");
      return isWrong ? reject("invalidData") : ok((isEmpty ? undefined : record) as Value);
    },
  };
}

function holdsData(field: Field): boolean {
  if (field.kind === "choice") return true;
  if (field.kind === "remark") return false;
  const parts = field.kind === "number" ? (field.bitFields ?? []) : [];
  return field.key !== undefined || parts.some(({ key }) => key !== undefined);
}

/** The number that `bytes` of a field hold. Up to 2^53 it is exact. */
export function readNumberOf(field: NumberField, bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let index = 0; index < field.bytes; index++) {
    value = value * 256 + bytes[at + (field.endian === "little" ? field.bytes - 1 - index : index)]!;
  }
  return value;
}

/** The part of a number that a bit field is. Numbers with parts have at most four bytes. */
export function readBitsOf({ shift, bits }: BitField, whole: number): number {
  return (whole >>> shift) & maskOf(bits);
}

function maskOf(bits: number): number {
  return (1 << bits) - 1;
}

/** Bytes that a field takes. */
export function lengthOf({ length }: BytesField, seen: Seen): number {
  if (length === "rest") return seen.left;
  return typeof length === "number" ? length : length(seen);
}

/* ---- Where a reading or a writing stands ---- */

const NO_DATA = new Uint8Array(0);

/** Used again and again, as making one costs more than a message; a codec within a codec gets one of its own. */
class Cursor implements Seen {
  static #spare: Cursor | undefined;

  readonly tagOwner: boolean | undefined = undefined;
  /** Next byte to be read or written. */
  at = 0;
  isWrong = false;
  data: Uint8Array = NO_DATA;
  #end = 0;
  /** Where bytes are written before their number is known. */
  #scratch: Uint8Array = new Uint8Array(256);
  /** The numbers that were read or written, under their names, `#noted` of them. */
  readonly #names: string[] = [];
  readonly #numbers: number[] = [];
  #noted = 0;

  static toRead(data: Uint8Array): Cursor {
    return Cursor.#begin(data, data.length);
  }

  static toWrite(): Cursor {
    return Cursor.#begin(undefined, 0);
  }

  static #begin(data: Uint8Array | undefined, end: number): Cursor {
    const cursor = Cursor.#spare ?? new Cursor();
    Cursor.#spare = undefined;
    cursor.data = data ?? cursor.#scratch;
    cursor.#end = end;
    cursor.at = 0;
    cursor.isWrong = false;
    cursor.#noted = 0;
    return cursor;
  }

  release(): void {
    this.data = NO_DATA;
    Cursor.#spare = this;
  }

  /** The bytes that were written; ends the writing. */
  finish(): Uint8Array {
    const written = this.data.slice(0, this.at);
    this.release();
    return written;
  }

  get left(): number {
    return this.at < this.#end ? this.#end - this.at : 0;
  }

  get read(): number {
    return this.at;
  }

  // Handed out as functions, as tables take them apart.
  readonly value = (name: string): number => {
    for (let index = this.#noted - 1; index >= 0; index--) {
      if (this.#names[index] === name) return this.#numbers[index]!;
    }
    return 0;
  };
  readonly bytes = (start: number, end: number): Uint8Array =>
    this.data.subarray(start, this.#end === 0 ? Math.min(end, this.at) : end);

  note(name: string, value: number): void {
    this.#names[this.#noted] = name;
    this.#numbers[this.#noted++] = value;
  }

  judged(finding: Finding | undefined): void {
    if (finding?.severity === "wrong") this.isWrong = true;
  }

  /** Makes room for `count` bytes; gives where they go. */
  advance(count: number): number {
    const at = this.at;
    this.at += count;
    if (this.at > this.data.length) {
      this.#scratch = new Uint8Array(2 * this.at);
      this.#scratch.set(this.data);
      this.data = this.#scratch;
    }
    return at;
  }
}

/* ---- Steps ---- */

/** Of the tables met so far; those of choices are compiled when they are first chosen. */
const compiled = new WeakMap<readonly Field[], readonly Step[]>();

function stepsOf(table: readonly Field[]): readonly Step[] {
  let steps = compiled.get(table);
  if (steps === undefined) compiled.set(table, (steps = table.map(stepOf)));
  return steps;
}

function takeAll(steps: readonly Step[], cursor: Cursor, record: Fields): boolean {
  for (const step of steps) if (!step.take(cursor, record)) return false;
  return true;
}

function putAll(steps: readonly Step[], cursor: Cursor, record: Fields): void {
  for (const step of steps) step.put(cursor, record);
}

function stepOf(field: Field): Step {
  switch (field.kind) {
    case "number":
      return numberStep(field);
    case "bytes":
      return bytesStep(field);
    case "list":
      return listStep(field);
    case "choice":
      return {
        take: (cursor, record) => takeAll(stepsOf(field.choose(cursor)), cursor, record),
        put: (cursor, record) => {
          putAll(stepsOf(field.choose(cursor)), cursor, record);
        },
      };
    case "remark":
      return {
        take: (cursor) => {
          cursor.judged(field.judge(cursor));
          return true;
        },
        put: () => undefined,
      };
    default:
      return unreachable(field);
  }
}

function bytesStep(field: BytesField): Step {
  const { key, convert, judge } = field;
  return {
    take: (cursor, record) => {
      const length = lengthOf(field, cursor);
      if (length > cursor.left) return false;
      const bytes = cursor.data.subarray(cursor.at, cursor.at + length);
      if (judge !== undefined) cursor.judged(judge(bytes, cursor));
      cursor.at += length;
      if (key !== undefined) record[key] = convert === undefined ? bytes : convert.read(bytes);
      return true;
    },
    put: (cursor, record) => {
      if (key === undefined) return;
      const bytes = convert === undefined ? (record[key] as Uint8Array) : convert.write(record[key] as never);
      const at = cursor.advance(bytes.length);
      cursor.data.set(bytes, at);
    },
  };
}

function listStep({ key, count, entry }: ListField): Step {
  const steps = stepsOf(entry);
  const bare = bareField(entry);
  return {
    take: (cursor, record) => {
      const elements: unknown[] = [];
      for (let left = count(cursor); left > 0; left--) {
        const element: Fields = {};
        const before = cursor.at;
        // An entry without bytes could be repeated for ever.
        if (!takeAll(steps, cursor, element) || cursor.at === before) return false;
        elements.push(bare === undefined ? element : cursor.value(bare.name));
      }
      if (key !== undefined) record[key] = elements;
      return true;
    },
    put: (cursor, record) => {
      if (key === undefined) return;
      for (const element of record[key] as readonly unknown[]) {
        if (bare === undefined) putAll(steps, cursor, element as Fields);
        else putNumber(bare, cursor, element as number);
      }
    },
  };
}

/** The only field of entries that are plain numbers. */
function bareField(entry: readonly Field[]): NumberField | undefined {
  const [only] = entry;
  return entry.length === 1 && only?.kind === "number" && !holdsData(only) ? only : undefined;
}

function numberStep(field: NumberField): Step {
  const { name, key, bytes, judge, cases, convert, lengthOf: counted, bitFields = [] } = field;
  const read = (value: number): unknown => {
    if (cases !== undefined) return cases[value]?.[0];
    return convert === undefined ? value : convert.read(value);
  };
  const write = (cursor: Cursor, record: Fields): number => {
    if (counted !== undefined) return (record[counted] as ArrayLike<unknown>).length;
    if (key === undefined) return putBits(bitFields, cursor, record);
    const value = record[key];
    if (cases !== undefined) return codeOf(cases, value);
    return convert === undefined ? ((value ?? 0) as number) : convert.write(value as number);
  };
  return {
    take: (cursor, record) => {
      if (cursor.left < bytes) return false;
      const value = readNumberOf(field, cursor.data, cursor.at);
      cursor.at += bytes;
      cursor.note(name, value);
      for (const part of bitFields) takeBits(part, value, cursor, record);
      if (judge !== undefined) cursor.judged(judge(value, cursor));
      if (key !== undefined) record[key] = read(value);
      return true;
    },
    put: (cursor, record) => {
      putNumber(field, cursor, write(cursor, record));
    },
  };
}

function takeBits(part: BitField, whole: number, cursor: Cursor, record: Fields): void {
  const value = readBitsOf(part, whole);
  cursor.note(part.name, value);
  if (part.judge !== undefined) cursor.judged(part.judge(value, cursor));
  if (part.key !== undefined) record[part.key] = part.cases === undefined ? value : part.cases[value]?.[0];
}

function putBits(parts: readonly BitField[], cursor: Cursor, record: Fields): number {
  let whole = 0;
  for (const { key, name, cases, shift, bits } of parts) {
    if (key === undefined) continue;
    const value = cases === undefined ? (record[key] as number) & maskOf(bits) : codeOf(cases, record[key]);
    cursor.note(name, value);
    whole |= value << shift;
  }
  return whole;
}

function putNumber({ name, bytes, endian }: NumberField, cursor: Cursor, value: number): void {
  cursor.note(name, value);
  const at = cursor.advance(bytes);
  let rest = value;
  for (let index = 0; index < bytes; index++) {
    cursor.data[at + (endian === "little" ? index : bytes - 1 - index)] = rest % 256;
    rest = Math.floor(rest / 256);
  }
}

function codeOf(cases: readonly Case[], value: unknown): number {
  for (let code = 0; code < cases.length; code++) if (cases[code]![0] === value) return code;
  return 0;
}
