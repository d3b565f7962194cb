/**
 * The language of field tables: what stands in a message, in the order of its bytes, under the names of its
 * specification. From one table come the codec (field-codec.ts), the explanation of bytes (src/core/decode/read.ts) and
 * the arguments of a command line (src/cli/messages/table-arguments.ts).
 *
 * A field with a `key` is a property of the record that the codec reads and writes. Fields without one are for reading
 * alone: reserved bits, counts, lengths.
 */

/** `wrong`: the bytes break a rule, a receiver drops or refuses them. `unusual`: legal, but worth a look. */
export type Severity = "wrong" | "unusual";

export interface Finding {
  readonly severity: Severity;
  readonly text: string;
}

export function wrong(text: string): Finding {
  return { severity: "wrong", text };
}

export function unusual(text: string): Finding {
  return { severity: "unusual", text };
}

/** What was read before, by field name, bits and numbers alike; and what the packet header told, if there was one. */
export interface Seen {
  /** The value of a field read before; 0 when there is none. */
  readonly value: (name: string) => number;
  /** TO of the packet that carried the message; undefined when the message came without one. */
  readonly tagOwner: boolean | undefined;
  /** Bytes of the message from here to its end. */
  readonly left: number;
  /** Bytes of the message before here; where a number is judged, it is among them. */
  readonly read: number;
  /** Bytes of the message, counted from its first. */
  readonly bytes: (start: number, end: number) => Uint8Array;
}

/** One value of a field: what the record holds, and what it means. The place in its list is the code. */
export type Case = readonly [value: string | boolean, meaning: string];

/** What a value stands for beyond its number: an EID, or the handle of the next part of a table. */
export type NumberRole = "eid" | "page";

export interface BitField {
  readonly name: string;
  readonly key?: string;
  /** Its lowest bit, counted from the least significant of the whole field. */
  readonly shift: number;
  readonly bits: number;
  readonly cases?: readonly Case[];
  readonly meaning?: (value: number) => string | undefined;
  readonly judge?: (value: number, seen: Seen) => Finding | undefined;
}

interface Common {
  readonly name: string;
  readonly key?: string;
  /** Where this is written: "DSP0236 8.1", "LPC-BUF-1", "DSP0240, SetTID". */
  readonly reference?: string;
}

export interface NumberField extends Common {
  readonly kind: "number";
  readonly bytes: 1 | 2 | 3 | 4 | 8;
  readonly endian?: "big" | "little";
  readonly show?: "decimal" | "hex";
  readonly role?: NumberRole;
  readonly cases?: readonly Case[];
  /** The number counts the elements of the list, or the bytes, of the record under this key. */
  readonly lengthOf?: string;
  /** Where the record holds another number than the wire. */
  readonly convert?: { readonly read: (wire: number) => number; readonly write: (value: number) => number };
  readonly meaning?: (value: number, seen: Seen) => string | undefined;
  readonly judge?: (value: number, seen: Seen) => Finding | undefined;
  /** The parts of the number, from the most significant on. */
  readonly bitFields?: readonly BitField[];
}

export interface BytesField extends Common {
  readonly kind: "bytes";
  /** How many; "rest" for all that is left, which may be none. */
  readonly length: number | "rest" | ((seen: Seen) => number);
  /** What the bytes are made of, where a reader can tell. The record holds them whole. */
  readonly inside?: (seen: Seen) => readonly Field[] | undefined;
  /** Where the record holds something else than the bytes. */
  readonly convert?: {
    readonly read: (bytes: Uint8Array) => unknown;
    readonly write: (value: never) => Uint8Array;
  };
  readonly meaning?: (bytes: Uint8Array) => string | undefined;
  readonly judge?: (bytes: Uint8Array, seen: Seen) => Finding | undefined;
}

/** Entries one after the other, each with the same fields. Of a single field without key, the element is its value. */
export interface ListField extends Common {
  readonly kind: "list";
  readonly count: (seen: Seen) => number;
  readonly entry: readonly Field[];
}

/** What comes next depends on what was read: one of a few lasting tables, each of which a codec compiles once. */
export interface Choice {
  readonly kind: "choice";
  readonly choose: (seen: Seen) => readonly Field[];
}

/** Says something about the message as a whole, where it stands; reads no byte. */
export interface Remark extends Common {
  readonly kind: "remark";
  readonly judge: (seen: Seen) => Finding | undefined;
}

export type Field = NumberField | BytesField | ListField | Choice | Remark;

/* ---- Shorthands, so that tables read as tables ---- */

type NumberMore = Omit<NumberField, "kind" | "name" | "bytes">;

export function u8(name: string, more: NumberMore = {}): NumberField {
  return { kind: "number", name, bytes: 1, ...more };
}

export function u16(name: string, more: NumberMore = {}): NumberField {
  return { kind: "number", name, bytes: 2, ...more };
}

export function u24(name: string, more: NumberMore = {}): NumberField {
  return { kind: "number", name, bytes: 3, ...more };
}

export function u32(name: string, more: NumberMore = {}): NumberField {
  return { kind: "number", name, bytes: 4, ...more };
}

export function u64(name: string, more: NumberMore = {}): NumberField {
  return { kind: "number", name, bytes: 8, ...more };
}

export function bytesOf(
  name: string,
  length: BytesField["length"],
  more: Omit<BytesField, "kind" | "name" | "length"> = {},
): BytesField {
  return { kind: "bytes", name, length, ...more };
}

export function list(name: string, count: (seen: Seen) => number, entry: readonly Field[]): ListField {
  return { kind: "list", name, count, entry };
}

/** A byte with the number of entries, then the entries: the record's list under `key`. */
export function countedList(
  key: string,
  name: string,
  entry: readonly Field[],
  count: NumberMore = {},
): readonly [NumberField, ListField] {
  return [
    u8("count", { lengthOf: key, ...count }),
    { kind: "list", key, name, count: ({ value }) => value("count"), entry },
  ];
}

/** A byte with the number of bytes, then the bytes: the record's array under `key`. */
export function countedBytes(key: string, lengthName: string, name: string): readonly [NumberField, BytesField] {
  return [u8(lengthName, { lengthOf: key }), bytesOf(name, ({ value }) => value(lengthName), { key })];
}

export function choose(by: (seen: Seen) => readonly Field[]): Choice {
  return { kind: "choice", choose: by };
}

export function remark(name: string, judge: (seen: Seen) => Finding | undefined, reference?: string): Remark {
  return { kind: "remark", name, judge, ...(reference === undefined ? {} : { reference }) };
}

/** One bit or several; `names` gives the meaning of the values from 0 on. */
export function bits(name: string, shift: number, count: number, names: readonly string[] = []): BitField {
  return { name, shift, bits: count, meaning: (value) => names[value] };
}

/** Bits that are 0 in what a sender of today writes. A receiver passes over them. */
export function reserved(shift: number, count: number): BitField {
  return {
    name: "reserved",
    shift,
    bits: count,
    judge: (value) => (value === 0 ? undefined : unusual("reserved bits are not 0; a receiver ignores them")),
  };
}

/** Meanings from a table of names. */
export function named(names: Readonly<Record<number, string>>): (value: number) => string | undefined {
  return (value) => names[value];
}

/** Bits of the record, each value with what the record holds for it. A value beyond the list is wrong. */
export function caseBits(key: string, name: string, shift: number, count: number, cases: readonly Case[]): BitField {
  return { name, shift, bits: count, key, ...byCases(cases) };
}

/** Of a number whose values are listed: a value beyond the list is wrong. */
export function byCases(cases: readonly Case[]): Pick<BitField, "cases"> & {
  meaning: (value: number) => string | undefined;
  judge: (value: number) => Finding | undefined;
} {
  return {
    cases,
    meaning: (value) => cases[value]?.[1],
    judge: (value) => (value < cases.length ? undefined : undefinedValue()),
  };
}

function undefinedValue(): Finding {
  return wrong("this value is not defined");
}
