/**
 * The language of the field tables: what stands in a message, in the order of its bytes. One table drives the text and
 * the JSON of a decoding; src/core/decode/read.ts reads bytes by it.
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

export interface BitField {
  readonly name: string;
  /** Its lowest bit, counted from the least significant of the whole field. */
  readonly shift: number;
  readonly bits: number;
  readonly meaning?: (value: number) => string | undefined;
  readonly judge?: (value: number, seen: Seen) => Finding | undefined;
}

interface Common {
  readonly name: string;
  /** Where this is written: "DSP0236 8.1", "LPC-BUF-1", "DSP0240, SetTID". */
  readonly reference?: string;
}

export interface NumberField extends Common {
  readonly kind: "number";
  readonly bytes: 1 | 2 | 3 | 4 | 8;
  readonly endian?: "big" | "little";
  readonly show?: "decimal" | "hex";
  readonly meaning?: (value: number, seen: Seen) => string | undefined;
  readonly judge?: (value: number, seen: Seen) => Finding | undefined;
  /** The parts of the number, from the most significant on. */
  readonly bitFields?: readonly BitField[];
}

export interface BytesField extends Common {
  readonly kind: "bytes";
  /** How many; "rest" for all that is left, which may be none. */
  readonly length: number | "rest" | ((seen: Seen) => number);
  readonly meaning?: (bytes: Uint8Array) => string | undefined;
  readonly judge?: (bytes: Uint8Array, seen: Seen) => Finding | undefined;
}

/** Entries one after the other, each with the same fields. */
export interface ListField extends Common {
  readonly kind: "list";
  readonly count: (seen: Seen) => number;
  readonly entry: readonly Field[];
}

/** What comes next depends on what was read. */
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

/** Like `named`; a value outside the table is wrong. */
export function oneOf(names: Readonly<Record<number, string>>): Pick<NumberField, "meaning" | "judge"> {
  return {
    meaning: named(names),
    judge: (value) => (names[value] === undefined ? wrong("a value that is not defined") : undefined),
  };
}
