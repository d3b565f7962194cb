/** Packets and control regions in the rows of a trace (src/core/trace/format.ts). */
import { CONTROL_FIELDS_BYTES } from "../binding/control-region.ts";
import { TRACE_REJECT_TEXT, TraceReader, bytesOf, type TraceEntry } from "../trace/format.ts";
import { equalBytes, readU32be } from "../wire/bytes.ts";
import { crc32 } from "../wire/crc.ts";
import { ok, reject, type Result } from "../wire/result.ts";
import { recognise } from "./input.ts";

/** Bytes that one side accessed, one access behind the other. */
interface Run {
  readonly op: string;
  readonly start: number;
  readonly end: number;
  readonly bytes: Uint8Array;
}

const CRC_BYTES = 4;
/** Places of the window that are remembered. Sessions have two buffers and a region. */
const MOST_PLACES = 64;

export class TraceInputs {
  readonly #reader = new TraceReader();
  readonly #longest: number;
  readonly #runs = new Map<string, Run>();
  /** What was found last at a place, so that the other side's read of what was written is not found again. */
  readonly #found = new Map<number, Uint8Array>();

  /** `longest`: bytes of the longest input. */
  constructor(longest: number) {
    this.#longest = longest;
  }

  /** Takes a line; gives what is whole after it. */
  line(text: string): Result<readonly Uint8Array[], string> {
    const row = this.#reader.line(text);
    if (!row.ok) return reject(TRACE_REJECT_TEXT[row.reject.reason]);
    return ok(row.value === undefined ? [] : this.#take(row.value));
  }

  /** What the last rows hold. */
  end(): readonly Uint8Array[] {
    return [...this.#runs.keys()].flatMap((side) => this.#finish(side));
  }

  #take(entry: TraceEntry): readonly Uint8Array[] {
    const { side, op } = entry;
    if (op !== "lpc_read" && op !== "lpc_write") return this.#finish(side);
    const bytes = bytesOf(entry);
    const run = this.#runs.get(side);
    const end = entry.offset + entry.len;
    const goesOn = run?.op === op && run.end === entry.offset && end - run.start <= this.#longest;
    const before = goesOn ? [] : this.#finish(side);
    // A row that shows a part of its bytes is no part of a run.
    if (bytes.length !== entry.len || bytes.length > this.#longest) this.#runs.delete(side);
    else if (goesOn) this.#runs.set(side, { ...run, end, bytes: joined(run.bytes, bytes) });
    else this.#runs.set(side, { op, start: entry.offset, end, bytes });
    return before;
  }

  #finish(side: string): readonly Uint8Array[] {
    const run = this.#runs.get(side);
    this.#runs.delete(side);
    const bytes = run === undefined ? undefined : inputIn(run);
    if (run === undefined || bytes === undefined) return [];
    const last = this.#found.get(run.start);
    // A reader sees what was written before.
    if (run.op === "lpc_read" && last !== undefined && equalBytes(last, bytes)) return [];
    if (this.#found.size >= MOST_PLACES) this.#found.clear();
    this.#found.set(run.start, bytes);
    return [bytes];
  }
}

/** The control region, the packet buffer or the packet that a run holds; undefined for parts of them. */
function inputIn({ start, bytes }: Run): Uint8Array | undefined {
  if (start === 0 && bytes.length >= CONTROL_FIELDS_BYTES) return bytes;
  const { kind } = recognise(bytes);
  if (kind === "buffer") return bytes;
  if (kind !== "packet") return undefined;
  const end = bytes.length - CRC_BYTES;
  return end > CRC_BYTES && crc32(bytes, 0, end) === readU32be(bytes, end) ? bytes.subarray(0, end) : bytes;
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(one.length + other.length);
  bytes.set(one);
  bytes.set(other, one.length);
  return bytes;
}
