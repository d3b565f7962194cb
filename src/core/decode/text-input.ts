/**
 * Inputs in a text, line by line: plain hexadecimal, dumps, C arrays, traces. The longest input bounds the memory.
 */
import { isCapture } from "../capture/capture-reader.ts";
import { ok, reject, type Result } from "../wire/result.ts";
import { REPEAT_LINE, dumpLine, offsetsOf, type DumpFormat, type DumpLine } from "./dump.ts";
import { parseHex } from "./hex.ts";
import { TraceInputs } from "./trace-input.ts";

/** Bytes of the longest input: larger than any packet buffer that a part of a file needs. */
export const LONGEST_INPUT_BYTES: number = 1024 * 1024;
/** Characters of the longest line: an input in a row of a trace, or each byte as "0x00, ". */
export const LONGEST_LINE: number = 6 * LONGEST_INPUT_BYTES + 4096;

export type TextFormat = "hexadecimal" | "C array" | "trace" | "capture" | DumpFormat;

export interface TextInput {
  readonly bytes: Uint8Array;
  /** What the text was taken for. */
  readonly format: TextFormat;
}

/** Lines of an input that is not whole yet. */
interface Collected {
  readonly format: DumpFormat | "C array";
  readonly pieces: Uint8Array[];
  length: number;
  /** Offset of the first byte, in the bases in which it may be meant. */
  readonly start: readonly number[];
}

const TOO_LONG = `more than ${String(LONGEST_INPUT_BYTES)} bytes, the most that an input has`;
/** Lines of C around an array. */
const C_LINE =
  /^(?:(?:unsigned|static|const|char|int|size_t|extern|alignas|u?int\d+_t|u\d+|__u\d+)\b|\/\/|\/\*|\*\/|\*\s)/;

/** Takes lines; gives the inputs that are whole after each. A reject says what is wrong with the line. */
export class TextInputs {
  #open: Collected | undefined = undefined;
  #trace: TraceInputs | undefined = undefined;
  #repeats = false;

  line(text: string): Result<readonly TextInput[], string> {
    if (text.length > LONGEST_LINE)
      return reject(`more than ${String(LONGEST_LINE)} characters, the most that a line has`);
    if (this.#open?.format === "C array") return this.#arrayLine(text);
    if (text.startsWith('{"')) return this.#traceLine(text);
    if (this.#open !== undefined && text.trim() === REPEAT_LINE) {
      this.#repeats = true;
      return ok([]);
    }
    const dumped = dumpLine(text.trimEnd(), this.#open?.format);
    if (!dumped.ok) return dumped;
    if (dumped.value !== undefined) return this.#dumpedLine(dumped.value);
    const before = this.end();
    const after = this.#plainLine(text.replace(/#.*/, "").trim());
    return after.ok ? ok([...before, ...after.value]) : after;
  }

  /** The input that the end of the text makes whole. */
  end(): readonly TextInput[] {
    const open = this.#open;
    this.#open = undefined;
    this.#repeats = false;
    const traced = (this.#trace?.end() ?? []).map((bytes): TextInput => ({ bytes, format: "trace" }));
    if (open === undefined || open.length === 0) return traced;
    return [...traced, { bytes: join(open), format: open.format }];
  }

  #traceLine(text: string): Result<readonly TextInput[], string> {
    const before = this.#open === undefined ? [] : this.end();
    this.#trace ??= new TraceInputs(LONGEST_INPUT_BYTES);
    const found = this.#trace.line(text);
    return found.ok ? ok([...before, ...found.value.map((bytes): TextInput => ({ bytes, format: "trace" }))]) : found;
  }

  #plainLine(text: string): Result<readonly TextInput[], string> {
    if (text.includes("{")) {
      this.#open = { format: "C array", pieces: [], length: 0, start: [0] };
      return this.#arrayLine(text.slice(text.indexOf("{") + 1));
    }
    if (text === "" || C_LINE.test(text)) return ok([]);
    const bytes = parseHex(text);
    if (!bytes.ok) return bytes;
    if (bytes.value.length > LONGEST_INPUT_BYTES) return reject(TOO_LONG);
    return ok(bytes.value.length === 0 ? [] : [{ bytes: bytes.value, format: "hexadecimal" }]);
  }

  /** Numbers up to the closing brace; what follows it on its line is no part of the array. */
  #arrayLine(text: string): Result<readonly TextInput[], string> {
    const [inside = ""] = text
      .replace(/\/\*.*?\*\//g, " ")
      .replace(/\/\/.*/, "")
      .split("}");
    const words = inside.split(/[\s,]+/).filter((word) => word !== "");
    const bytes = words.map(arrayByte);
    const wrong = bytes.findIndex((byte) => byte === undefined);
    if (wrong >= 0) return reject(`element ${String(wrong + 1)} of the C array is not a byte, like 0x1f or 31`);
    const added = this.#add(Uint8Array.from(bytes as number[]));
    if (!added.ok) return added;
    return ok(text.includes("}") ? this.end() : []);
  }

  #dumpedLine(line: DumpLine): Result<readonly TextInput[], string> {
    const open = this.#open;
    const offsets = offsetsOf(line);
    const begins = open?.format !== line.format || (open.length > 0 && offsets.includes(0));
    const before = begins ? this.end() : [];
    if (begins) this.#open = { format: line.format, pieces: [], length: 0, start: offsets };
    else {
      const repeated = this.#repeat(offsets);
      if (!repeated.ok) return repeated;
    }
    const added = this.#add(line.bytes);
    if (!added.ok) return added;
    // An offset alone is where the dump ends.
    return ok(line.bytes.length === 0 ? [...before, ...this.end()] : before);
  }

  /** Fills up to the offset with the line before, where it was left out; the offset must follow what was read. */
  #repeat(offsets: readonly number[]): Result<undefined, string> {
    const { pieces, length, start } = this.#open!;
    const last = pieces.at(-1)!;
    const distances = offsets.map((offset, base) => offset - start[base]!);
    if (!this.#repeats) {
      if (distances.includes(length)) return ok(undefined);
      return reject(`the offset does not follow the ${String(length)} bytes before: lines are missing`);
    }
    this.#repeats = false;
    const reached = distances.find((distance) => distance > length && (distance - length) % last.length === 0);
    if (reached === undefined) return reject("the offset does not follow the repeated lines");
    if (reached > LONGEST_INPUT_BYTES) return reject(TOO_LONG);
    while (this.#open!.length < reached) this.#add(last);
    return ok(undefined);
  }

  #add(bytes: Uint8Array): Result<undefined, string> {
    const open = this.#open!;
    if (open.length + bytes.length > LONGEST_INPUT_BYTES) return reject(TOO_LONG);
    open.pieces.push(bytes);
    open.length += bytes.length;
    return ok(undefined);
  }
}

function arrayByte(word: string): number | undefined {
  const value = /^(0x[0-9a-f]+|\d+)u?$/i.test(word) ? Number.parseInt(word) : Number.NaN;
  return value <= 0xff ? value : undefined;
}

function join({ pieces, length }: Collected): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** Why the bytes of a text cannot be explained at all: they are those of a capture; undefined for all others. */
export function captureText(bytes: Uint8Array): string | undefined {
  if (!isCapture(bytes)) return undefined;
  return "these are the bytes of a capture: give the capture itself on standard input, as in: mctp-lpc decode < FILE";
}
