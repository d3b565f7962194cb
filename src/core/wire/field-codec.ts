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
  const hasChoices = table.some(({ kind }) => kind === "choice");
  return {
    encode: (value) => {
      if (isEmpty) return new Uint8Array(0);
      const writing = new TableWriting(hasChoices);
      writing.put(table, value as Fields);
      return writing.finish();
    },
    decode: (data) => {
      if (table.length === 0) return exact && data.length > 0 ? reject("invalidLength") : ok(undefined as Value);
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
        const bare = bareField(field.entry);
        for (let count = field.count(this); count > 0; count--) {
          const element: Fields = {};
          const before = this.#at;
          // An entry without bytes could be repeated for ever.
          if (!this.take(field.entry, element) || this.#at === before) return false;
          elements.push(bare === undefined ? element : this.value(bare.name));
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

/** The only field of entries that are plain numbers. */
function bareField(entry: readonly Field[]): NumberField | undefined {
  const [only] = entry;
  return entry.length === 1 && only?.kind === "number" && !holdsData(only) ? only : undefined;
}

/* ---- Writing ---- */

/** Where bytes are written before their number is known; kept, as a new array costs more than the writing. */
let scratch = new Uint8Array(256);

class TableWriting implements Seen {
  readonly tagOwner: boolean | undefined = undefined;
  readonly left = 0;
  #at = 0;
  /** What choices look at; made by the first that does. */
  readonly #values: Map<string, number> | undefined;

  constructor(hasChoices: boolean) {
    this.#values = hasChoices ? new Map() : undefined;
  }

  get read(): number {
    return this.#at;
  }

  // Handed out as functions, as tables take them apart.
  readonly value = (name: string): number => this.#values?.get(name) ?? 0;
  readonly bytes = (start: number, end: number): Uint8Array => scratch.subarray(start, Math.min(end, this.#at));

  /** The bytes that were written. */
  finish(): Uint8Array {
    return scratch.slice(0, this.#at);
  }

  put(table: readonly Field[], record: Fields): void {
    for (const field of table) {
      switch (field.kind) {
        case "number":
          this.#putNumber(field, this.#wireValue(field, record));
          break;
        case "bytes":
          if (field.key !== undefined) this.#putBytes(field, record[field.key]);
          break;
        case "list":
          if (field.key !== undefined) this.#putList(field.entry, record[field.key] as readonly unknown[]);
          break;
        case "choice":
          this.put(field.choose(this), record);
          break;
        case "remark":
          break;
        default:
          unreachable(field);
      }
    }
  }

  #putList(entry: readonly Field[], elements: readonly unknown[]): void {
    const bare = bareField(entry);
    for (const element of elements) {
      if (bare === undefined) this.put(entry, element as Fields);
      else this.#putNumber(bare, element as number);
    }
  }

  #putBytes({ convert }: BytesField, value: unknown): void {
    const bytes = convert === undefined ? (value as Uint8Array) : convert.write(value as never);
    const at = this.#advance(bytes.length);
    scratch.set(bytes, at);
  }

  #putNumber(field: NumberField, value: number): void {
    this.#values?.set(field.name, value);
    const at = this.#advance(field.bytes);
    let rest = value;
    for (let index = 0; index < field.bytes; index++) {
      scratch[at + (field.endian === "little" ? index : field.bytes - 1 - index)] = rest % 256;
      rest = Math.floor(rest / 256);
    }
  }

  /** Where the next `count` bytes go. */
  #advance(count: number): number {
    const at = this.#at;
    this.#at += count;
    if (this.#at > scratch.length) {
      const larger = new Uint8Array(2 * this.#at);
      larger.set(scratch);
      scratch = larger;
    }
    return at;
  }

  #wireValue({ key, lengthOf: counted, cases, convert, bitFields }: NumberField, record: Fields): number {
    if (counted !== undefined) return (record[counted] as ArrayLike<unknown>).length;
    if (key === undefined) return bitFields === undefined ? 0 : this.#bitsOf(bitFields, record);
    const value = record[key];
    if (cases !== undefined) return codeOf(cases, value);
    return convert === undefined ? ((value ?? 0) as number) : convert.write(value as number);
  }

  #bitsOf(parts: readonly BitField[], record: Fields): number {
    let whole = 0;
    for (const { key, name, cases, shift, bits } of parts) {
      if (key === undefined) continue;
      const value = cases === undefined ? (record[key] as number) & maskOf(bits) : codeOf(cases, record[key]);
      this.#values?.set(name, value);
      whole |= value << shift;
    }
    return whole;
  }
}

function codeOf(cases: readonly Case[], value: unknown): number {
  for (let code = 0; code < cases.length; code++) if (cases[code]![0] === value) return code;
  return 0;
}
