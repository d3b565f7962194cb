/**
 * A bus trace: one JSON object a line, one line an access. The order of the lines is the order of the accesses.
 *
 * | field         | meaning                                                                                  |
 * | ------------- | ---------------------------------------------------------------------------------------- |
 * | n             | running number, from 0                                                                   |
 * | t             | nanoseconds of a monotonic clock, optional: a number, or decimal digits in a string      |
 * | step          | what was running, optional: a word of whoever recorded                                   |
 * | side          | who acts: host, bmc, or lab for a change made from outside both                          |
 * | op            | kcs_read, kcs_write, lpc_read, lpc_write; for lab poke                                   |
 * | reg           | STR, IDR or ODR, where the access is of a register                                       |
 * | offset, len   | bytes of the window, where the access is of the window                                   |
 * | value         | what was read or written, lower-case hexadecimal                                         |
 * | cut           | true when `value` holds only the first of the `len` bytes                                |
 *
 * The value of an STR write is what was written; what the register holds then, hardware decides (see kcs-word.ts).
 */
import { fromHex } from "../wire/bytes.ts";
import { ok, reject, type Result } from "../wire/result.ts";

export type TraceSide = "host" | "bmc" | "lab";
export type Register = "STR" | "IDR" | "ODR";

/** Nanoseconds: a number as long as JSON keeps it exact, a string of decimal digits beyond. */
export type TraceTime = number | string;

interface RowHead {
  readonly n: number;
  readonly t?: TraceTime;
  readonly step?: string;
  readonly side: TraceSide;
}

export interface RegisterRow extends RowHead {
  readonly op: "kcs_read" | "kcs_write" | "poke";
  readonly reg: Register;
  /** Two digits. */
  readonly value: string;
}

export interface WindowRow extends RowHead {
  readonly op: "lpc_read" | "lpc_write" | "poke";
  /** Bytes from the start of the window. */
  readonly offset: number;
  /** Bytes accessed, whatever `value` shows of them. */
  readonly len: number;
  readonly value: string;
  readonly cut?: true;
}

/** A line of a trace; the object is exactly what the JSON says. */
export type TraceRow = RegisterRow | WindowRow;

export function isRegisterRow(row: TraceRow): row is RegisterRow {
  return "reg" in row;
}

/** The bytes that a row shows; fewer than `len` when it was cut. */
export function bytesOf(row: TraceRow): Uint8Array {
  return fromHex(row.value) ?? new Uint8Array(0);
}

/** The byte of a register row. */
export function byteOf(row: RegisterRow): number {
  return Number.parseInt(row.value, 16);
}

/** A moment as a row carries it. */
export function traceTime(nanoseconds: bigint): TraceTime {
  return nanoseconds <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(nanoseconds) : nanoseconds.toString();
}

/* ---- Writing ---- */

/** The row as one line, without its end. Fields stand in the order of the table above. */
export function encodeTraceRow(row: TraceRow): string {
  const { n, t, step, side, op, value } = row;
  const place = isRegisterRow(row) ? { reg: row.reg } : { offset: row.offset, len: row.len };
  const cut = isRegisterRow(row) ? undefined : row.cut;
  return JSON.stringify({ n, t, step, side, op, ...place, value, cut });
}

/** Whole rows as text, each line ended. */
export function encodeTrace(rows: readonly TraceRow[]): string {
  return rows.map((row) => `${encodeTraceRow(row)}\n`).join("");
}

/* ---- Reading ---- */

export type TraceRejectReason =
  | "notJson"
  | "notAnObject"
  | "badNumber"
  | "badTime"
  | "badStep"
  | "badSide"
  | "badOperation"
  | "operationOfOtherSide"
  | "badRegister"
  | "badRange"
  | "badValue"
  | "badCut"
  | "valueLength";

export const TRACE_REJECT_TEXT: Readonly<Record<TraceRejectReason, string>> = {
  notJson: "the line is no JSON",
  notAnObject: "the line is no JSON object",
  badNumber: "n is no whole number from 0",
  badTime: "t is neither a whole number from 0 nor a string of digits",
  badStep: "step is no text",
  badSide: "side is none of host, bmc, lab",
  badOperation: "op is none of kcs_read, kcs_write, lpc_read, lpc_write, poke",
  operationOfOtherSide: "poke is for lab, and lab only pokes",
  badRegister: "reg is none of STR, IDR, ODR",
  badRange: "offset and len are no range of a window",
  badValue: "value is no lower-case hexadecimal of whole bytes",
  badCut: "cut is there but not true",
  valueLength: "value has not as many bytes as the access",
};

/** Which line, counted from 1, and what is wrong with it. */
export interface TraceReject {
  readonly line: number;
  readonly reason: TraceRejectReason;
}

export function traceRejectText({ line, reason }: TraceReject): string {
  return `line ${String(line)}: ${TRACE_REJECT_TEXT[reason]}`;
}

const LARGEST_OFFSET = 0xffff_ffff;

/** Reads one line. Fields that are not in the table are passed over. */
export function decodeTraceRow(text: string, line = 1): Result<TraceRow, TraceReject> {
  const row = readRow(text);
  return typeof row === "string" ? reject({ line, reason: row }) : ok(row);
}

/** Reads a whole trace; empty lines are passed over. The first line that is wrong rejects it. */
export function decodeTrace(text: string): Result<readonly TraceRow[], TraceReject> {
  const rows: TraceRow[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const row = readRow(line);
    if (typeof row === "string") return reject({ line: index + 1, reason: row });
    rows.push(row);
  }
  return ok(rows);
}

function readRow(text: string): TraceRow | TraceRejectReason {
  const fields = parseObject(text);
  if (typeof fields === "string") return fields;
  const { n, t, step, side, op, value } = fields;
  if (!isWhole(n, Number.MAX_SAFE_INTEGER)) return "badNumber";
  if (t !== undefined && !isTime(t)) return "badTime";
  if (step !== undefined && typeof step !== "string") return "badStep";
  if (side !== "host" && side !== "bmc" && side !== "lab") return "badSide";
  if (typeof value !== "string" || !/^(?:[0-9a-f]{2})*$/.test(value)) return "badValue";
  const head: RowHead = { n, ...(t === undefined ? {} : { t }), ...(step === undefined ? {} : { step }), side };

  switch (op) {
    case "kcs_read":
    case "kcs_write":
      return side === "lab" ? "operationOfOtherSide" : registerRow(fields, { ...head, op, value });
    case "lpc_read":
    case "lpc_write":
      return side === "lab" ? "operationOfOtherSide" : windowRow(fields, { ...head, op, value });
    case "poke":
      if (side !== "lab") return "operationOfOtherSide";
      return fields["reg"] === undefined
        ? windowRow(fields, { ...head, op, value })
        : registerRow(fields, { ...head, op, value });
    default:
      return "badOperation";
  }
}

type Fields = Readonly<Record<string, unknown>>;

function parseObject(text: string): Fields | TraceRejectReason {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return "notJson";
  }
  return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed) ? (parsed as Fields) : "notAnObject";
}

function registerRow(fields: Fields, row: Omit<RegisterRow, "reg">): RegisterRow | TraceRejectReason {
  const { reg } = fields;
  if (reg !== "STR" && reg !== "IDR" && reg !== "ODR") return "badRegister";
  if (row.value.length !== 2) return "valueLength";
  const { value, ...head } = row;
  return { ...head, reg, value };
}

function windowRow(fields: Fields, row: Omit<WindowRow, "offset" | "len" | "cut">): WindowRow | TraceRejectReason {
  const { offset, len, cut } = fields;
  if (!isWhole(offset, LARGEST_OFFSET) || !isWhole(len, LARGEST_OFFSET)) return "badRange";
  if (cut !== undefined && cut !== true) return "badCut";
  const { value, ...head } = row;
  const shown = value.length / 2;
  if (cut === true ? shown >= len : shown !== len) return "valueLength";
  return { ...head, offset, len, value, ...(cut === true ? { cut } : {}) };
}

function isWhole(value: unknown, largest: number): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= largest;
}

function isTime(value: unknown): value is TraceTime {
  return typeof value === "string" ? /^[0-9]+$/.test(value) : isWhole(value, Number.MAX_SAFE_INTEGER);
}
