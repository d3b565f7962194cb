/**
 * Codecs made from field tables: records to bytes and back. What an explanation calls wrong (field-table.ts), a codec
 * refuses as invalid data, so that the two never disagree.
 */
import { ok, reject, unreachable, type Result } from "./result.ts";
import type { BitField, BytesField, Case, Field, NumberField, Seen } from "./field-table.ts";

/** Why bytes are not data of their table. A responder answers with the completion code of the same name. */
export type DataReject = "invalidLength" | "invalidData";

export type Decoded<Value> = Result<Value, DataReject>;

export interface DataCodec<Value> {
  readonly encode: (value: Value) => Uint8Array;
  /** Never throws. The record may hold views into `data`. Reserved bits are ignored. */
  readonly decode: (data: Uint8Array) => Decoded<Value>;
}

type Fields = Record<string, unknown>;

/**
 * The codec of a table. `exact`: data has no byte more than the table, as requests are judged; otherwise further bytes
 * are ignored, as in responses, to which a later version may add. A table without keys has the record undefined.
 */
export function tableCodec<Value>(table: readonly Field[], exact: boolean): DataCodec<Value> {
  const isEmpty = !table.some(holdsData);
  return {
    encode: (value) => {
      const bytes: number[] = [];
      writeFields(table, (value ?? {}) as Fields, bytes, new Map());
      return Uint8Array.from(bytes);
    },
    decode: (data) => {
      const reading = new TableReading(data);
      const record: Fields = {};
      if (!reading.take(table, record) || (exact && reading.left > 0)) return reject("invalidLength");
      if (reading.isWrong) return reject("invalidData");
      return ok((isEmpty ? undefined : record) as Value);
    },
  };
}

function holdsData(field: Field): boolean {
  if (field.kind === "choice") return true;
  return field.kind !== "remark" && (field.key !== undefined || (field.kind === "number" && hasKeyedBits(field)));
}

function hasKeyedBits({ bitFields = [] }: NumberField): boolean {
  return bitFields.some(({ key }) => key !== undefined);
}

/** The number that `bytes` of a field hold. Up to 2^53 it is exact. */
export function readNumberOf(field: NumberField, bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let index = 0; index < field.bytes; index++) {
    value = value * 256 + bytes[at + (field.endian === "little" ? field.bytes - 1 - index : index)]!;
  }
  return value;
}

/** The part of a number that a bit field is. */
export function readBitsOf({ shift, bits }: BitField, whole: number): number {
  return Math.floor(whole / 2 ** shift) % 2 ** bits;
}

/** Bytes that a field takes. */
export function lengthOf({ length }: BytesField, seen: Seen): number {
  if (length === "rest") return seen.left;
  return typeof length === "number" ? length : length(seen);
}

/* ---- Reading ---- */

class TableReading implements Seen {
  readonly tagOwner: boolean | undefined = undefined;
  isWrong = false;
  readonly #data: Uint8Array;
  readonly #values = new Map<string, number>();
  #at = 0;

  constructor(data: Uint8Array) {
    this.#data = data;
  }

  get left(): number {
    return this.#data.length - this.#at;
  }

  get read(): number {
    return this.#at;
  }

  // Handed out as functions, as tables take them apart.
  readonly value = (name: string): number => this.#values.get(name) ?? 0;
  readonly bytes = (start: number, end: number): Uint8Array => this.#data.subarray(start, end);

  /** Reads the fields into a record; false where the data ends before them. */
  take(table: readonly Field[], record: Fields): boolean {
    return table.every((field) => this.#takeOne(field, record));
  }

  #takeOne(field: Field, record: Fields): boolean {
    switch (field.kind) {
      case "number":
        return this.#takeNumber(field, record);
      case "bytes": {
        const length = lengthOf(field, this);
        if (length > this.left) return false;
        const bytes = this.#data.subarray(this.#at, this.#at + length);
        this.#note(field.judge?.(bytes, this));
        this.#at += length;
        if (field.key !== undefined) record[field.key] = field.convert ? field.convert.read(bytes) : bytes;
        return true;
      }
      case "list": {
        const elements: unknown[] = [];
        for (let count = field.count(this); count > 0; count--) {
          const element: Fields = {};
          const before = this.#at;
          // An entry without bytes could be repeated for ever.
          if (!this.take(field.entry, element) || this.#at === before) return false;
          elements.push(elementOf(field.entry, element, this));
        }
        if (field.key !== undefined) record[field.key] = elements;
        return true;
      }
      case "choice":
        return this.take(field.choose(this), record);
      case "remark":
        this.#note(field.judge(this));
        return true;
      default:
        return unreachable(field);
    }
  }

  #takeNumber(field: NumberField, record: Fields): boolean {
    if (this.left < field.bytes) return false;
    const value = readNumberOf(field, this.#data, this.#at);
    this.#at += field.bytes;
    this.#values.set(field.name, value);
    for (const part of field.bitFields ?? []) {
      const bits = readBitsOf(part, value);
      this.#values.set(part.name, bits);
      this.#note(part.judge?.(bits, this));
      if (part.key !== undefined) record[part.key] = part.cases === undefined ? bits : part.cases[bits]?.[0];
    }
    this.#note(field.judge?.(value, this));
    if (field.key === undefined) return true;
    if (field.cases !== undefined) record[field.key] = field.cases[value]?.[0];
    else record[field.key] = field.convert === undefined ? value : field.convert.read(value);
    return true;
  }

  #note(finding: { readonly severity: string } | undefined): void {
    if (finding?.severity === "wrong") this.isWrong = true;
  }
}

function isBare(entry: readonly Field[]): boolean {
  return entry.length === 1 && entry[0]!.kind === "number" && !holdsData(entry[0]!);
}

function elementOf(entry: readonly Field[], element: Fields, { value }: Seen): unknown {
  return isBare(entry) ? value((entry[0] as NumberField).name) : element;
}

/* ---- Writing ---- */

type Values = Map<string, number>;

function writeFields(table: readonly Field[], record: Fields, bytes: number[], values: Values): void {
  for (const field of table) {
    switch (field.kind) {
      case "number":
        writeNumber(field, record, bytes, values);
        break;
      case "bytes": {
        if (field.key === undefined) break;
        const value = record[field.key];
        bytes.push(...(field.convert === undefined ? (value as Uint8Array) : field.convert.write(value as never)));
        break;
      }
      case "list":
        if (field.key === undefined) break;
        for (const element of record[field.key] as readonly unknown[]) {
          const [only] = field.entry;
          if (isBare(field.entry)) writeNumber({ ...(only as NumberField), key: "it" }, { it: element }, bytes, values);
          else writeFields(field.entry, element as Fields, bytes, values);
        }
        break;
      case "choice": {
        const value = (name: string): number => values.get(name) ?? 0;
        const seen = { value, tagOwner: undefined, left: 0, read: bytes.length, bytes: () => Uint8Array.from(bytes) };
        writeFields(field.choose(seen), record, bytes, values);
        break;
      }
      case "remark":
        break;
      default:
        unreachable(field);
    }
  }
}

function writeNumber(field: NumberField, record: Fields, bytes: number[], values: Values): void {
  const value = hasKeyedBits(field) ? bitsToWrite(field.bitFields ?? [], record, values) : wireValue(field, record);
  values.set(field.name, value);
  const at = bytes.length;
  for (let index = 0; index < field.bytes; index++) {
    const place = field.endian === "little" ? index : field.bytes - 1 - index;
    bytes[at + index] = Math.floor(value / 256 ** place) % 256;
  }
}

function wireValue({ key, lengthOf: counted, cases, convert }: NumberField, record: Fields): number {
  if (counted !== undefined) return (record[counted] as ArrayLike<unknown>).length;
  if (key === undefined) return 0;
  const value = record[key];
  if (cases !== undefined) return codeOf(cases, value);
  return convert === undefined ? ((value ?? 0) as number) : convert.write(value as number);
}

function bitsToWrite(parts: readonly BitField[], record: Fields, values: Values): number {
  let whole = 0;
  for (const { key, name, cases, shift, bits } of parts) {
    if (key === undefined) continue;
    const value = cases === undefined ? (record[key] as number) % 2 ** bits : codeOf(cases, record[key]);
    values.set(name, value);
    whole += value * 2 ** shift;
  }
  return whole;
}

function codeOf(cases: readonly Case[], value: unknown): number {
  return Math.max(
    0,
    cases.findIndex(([known]) => known === value),
  );
}
