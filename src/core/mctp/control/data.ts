/**
 * The data of control messages: what follows the command in a request, and the completion code in a response (DSP0236
 * clause 12). Every command has two codecs. They take records that are right and bytes that may be anything.
 */
import { ok, reject, type Result } from "../../wire/result.ts";

/** Why data is no data of its command. A responder answers with the completion code of the same name. */
export type DataReject = "invalidLength" | "invalidData";

export type Decoded<Value> = Result<Value, DataReject>;

export interface DataCodec<Value> {
  readonly encode: (value: Value) => Uint8Array;
  /** Never throws. Views into `data` may be handed out. Reserved bits are not looked at. */
  readonly decode: (data: Uint8Array) => Decoded<Value>;
}

/** A command as both ends need it. Its responses are those with completion code 0: an error carries no data. */
export interface ControlCommand<Request, Response> {
  /** The command code, one of `Control`. */
  readonly code: number;
  readonly request: DataCodec<Request>;
  readonly response: DataCodec<Response>;
}

/** A codec of records that nobody looks into. */
interface AnyCodec {
  readonly encode: (value: never) => Uint8Array;
  readonly decode: (data: Uint8Array) => Decoded<unknown>;
}

/** Any command at all, as where all of them are listed. */
export interface AnyControlCommand {
  readonly code: number;
  readonly request: AnyCodec;
  readonly response: AnyCodec;
}

/** Most data bytes of a response, so that its message fits one packet of the baseline transmission unit. */
export const LARGEST_RESPONSE_DATA = 60;

/** No data at all. */
export const NOTHING: DataCodec<undefined> = {
  encode: () => new Uint8Array(0),
  decode: (data) => (data.length === 0 ? ok(undefined) : reject("invalidLength")),
};

/** A response without data; what a peer adds to it is not looked at. */
export const NOTHING_KNOWN: DataCodec<undefined> = { encode: () => new Uint8Array(0), decode: () => ok(undefined) };

/** Reads data of exactly this length, as requests are judged. */
export function exactly<Value>(length: number, read: (data: Uint8Array) => Decoded<Value>): DataCodec<Value>["decode"] {
  return (data) => (data.length === length ? read(data) : reject("invalidLength"));
}

/** Reads data of at least this length, as responses are judged: a later version may have added to them. */
export function atLeast<Value>(length: number, read: (data: Uint8Array) => Decoded<Value>): DataCodec<Value>["decode"] {
  return (data) => (data.length >= length ? read(data) : reject("invalidLength"));
}

/** A field that is one of a few names, which stand in the order of their codes. */
export function nameOf<Name extends string>(names: readonly Name[], code: number): Name | undefined {
  return names[code];
}

export function readU24be(bytes: Uint8Array, offset: number): number {
  return (bytes[offset]! << 16) | (bytes[offset + 1]! << 8) | bytes[offset + 2]!;
}

export function writeU24be(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 16;
  bytes[offset + 1] = value >>> 8;
  bytes[offset + 2] = value;
}

/** Reads `count` elements one behind the other, each by `read`, which gives the element and where the next begins. */
export function readList<Element>(
  data: Uint8Array,
  start: number,
  count: number,
  read: (data: Uint8Array, at: number) => { readonly element: Element; readonly next: number } | undefined,
): readonly Element[] | undefined {
  const elements: Element[] = [];
  let at = start;
  for (let index = 0; index < count; index++) {
    const one = read(data, at);
    if (one === undefined) return undefined;
    elements.push(one.element);
    at = one.next;
  }
  return elements;
}

/** Pieces joined to one array. */
export function joined(...pieces: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
