/**
 * A bus trace: one JSON object a line. The first line is the head (head.ts), which a trace of version 1 has not; every
 * other line is a row. The order of the rows is the order of the accesses.
 *
 * | field         | meaning                                                                                  |
 * | ------------- | ---------------------------------------------------------------------------------------- |
 * | n             | running number, from 0                                                                   |
 * | t             | nanoseconds of a monotonic clock, optional: a number, or decimal digits in a string      |
 * | step          | what was running, optional: a word of the recorder                                       |
 * | side          | who acts: host, bmc, or lab for a change made from outside both                          |
 * | op            | kcs_read, kcs_write, lpc_read, lpc_write; for lab poke; life for what is no access       |
 * | reg           | STR, IDR or ODR, where the access is of a register                                       |
 * | offset, len   | bytes of the window, where the access is of the window                                   |
 * | value         | what was read or written, lower-case hexadecimal                                         |
 * | cut           | true when `value` holds only the first of the `len` bytes                                |
 * | crc           | of a cut row: the last four of its bytes, where they are a packet's CRC-32               |
 * | gap           | accesses that are missing before this row; a recorder that follows a bus may lose some   |
 * | again         | true for an earlier row told again, so that the rows behind it can be understood         |
 * | event         | started, stopAsked or ended, of a life row; it has no value                              |
 *
 * The value of an STR write is what was written; what the register holds then, hardware decides (see kcs-word.ts).
 */
import { fromHex } from "../wire/bytes.ts";
import { ok, reject, type Result } from "../wire/result.ts";
import type { RoleName } from "../binding/side.ts";
import {
  OLDEST_TRACE_VERSION,
  TRACE_VERSION,
  encodeTraceHead,
  isHead,
  readHead,
  type TraceHead,
  type TraceHeadReject,
} from "./head.ts";
import { isObject, isTime, isWhole, parseObject, type Fields, type TraceTime } from "./json-line.ts";

export type TraceSide = "host" | "bmc" | "lab";
export type Register = "STR" | "IDR" | "ODR";

interface RowHead {
  readonly n: number;
  readonly t?: TraceTime;
  readonly step?: string;
  /** From 1. */
  readonly gap?: number;
  readonly again?: true;
  readonly side: TraceSide;
}

export type { TraceTime };

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
  /** Bytes accessed; `value` may show fewer. */
  readonly len: number;
  readonly value: string;
  readonly cut?: true;
  /** Eight digits. */
  readonly crc?: string;
}

/**
 * - `started`: a life of the side begins; the side knows nothing of what it did before.
 * - `stopAsked`: the side is asked to stop, in order.
 * - `ended`: the side has stopped and makes no further access. A side that was killed writes none.
 */
export type LifeEvent = "started" | "stopAsked" | "ended";

/** A side begins to run or ceases to; no access. */
export interface LifeRow extends RowHead {
  readonly side: RoleName;
  readonly op: "life";
  readonly event: LifeEvent;
}

/** An access; the object is exactly what the JSON says. Of a trace of version 1 every line is one. */
export type TraceRow = RegisterRow | WindowRow;

/** A line of a trace behind its head. */
export type TraceEntry = TraceRow | LifeRow;

export function isLifeRow(row: TraceEntry): row is LifeRow {
  return row.op === "life";
}

export function isRegisterRow(row: TraceEntry): row is RegisterRow {
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
export function encodeTraceRow(row: TraceEntry): string {
  const { n, t, step, gap, again, side, op } = row;
  if (isLifeRow(row)) return JSON.stringify({ n, t, step, gap, again, side, op, event: row.event });
  const { value } = row;
  const place = isRegisterRow(row) ? { reg: row.reg } : { offset: row.offset, len: row.len };
  const { cut, crc } = isRegisterRow(row) ? {} : row;
  return JSON.stringify({ n, t, step, gap, again, side, op, ...place, value, cut, crc });
}

/** Head and rows as text, each line ended. Without a head it is a trace of version 1. */
export function encodeTrace(rows: readonly TraceEntry[], head?: TraceHead): string {
  const lines = [...(head === undefined ? [] : [encodeTraceHead(head)]), ...rows.map(encodeTraceRow)];
  return lines.map((line) => `${line}\n`).join("");
}

/* ---- Reading ---- */

/**
 * Characters of the longest line that is read: a window of 16 MiB in one access, two digits a byte, and the other
 * fields. A longer line is no row of any trace.
 */
export const LONGEST_TRACE_LINE: number = 2 * 16 * 1024 * 1024 + 4096;

export type TraceRejectReason =
  | "notJson"
  | "notAnObject"
  | "tooLong"
  | "otherProgram"
  | "unknownVersion"
  | "badHead"
  | "lateHead"
  | "badNumber"
  | "badTime"
  | "badStep"
  | "badGap"
  | "badAgain"
  | "badSide"
  | "badOperation"
  | "operationOfOtherSide"
  | "badEvent"
  | "badRegister"
  | "badRange"
  | "badValue"
  | "badCut"
  | "badCrc"
  | "valueLength";

export const TRACE_REJECT_TEXT: Readonly<Record<TraceRejectReason, string>> = {
  notJson: "the line is no JSON",
  notAnObject: "the line is no JSON object",
  tooLong: `the line has more than ${String(LONGEST_TRACE_LINE)} characters, which no access has`,
  otherProgram: "the head names another program: this program reads traces of mctp-lpc",
  unknownVersion: `this program reads trace versions ${String(OLDEST_TRACE_VERSION)} and ${String(TRACE_VERSION)}: use the mctp-lpc that wrote the trace, or a newer one`,
  badHead: "the head is damaged: sides, depth, windowBytes, lives or times is no value of a head",
  lateHead: "a head stands on the first line only: give two traces as two files",
  badNumber: "n is no whole number from 0",
  badTime: "t is neither a whole number from 0 nor a string of digits",
  badStep: "step is no text",
  badGap: "gap is no whole number from 1",
  badAgain: "again is there but not true",
  badSide: "side is none of host, bmc, lab",
  badOperation: "op is none of kcs_read, kcs_write, lpc_read, lpc_write, poke, life",
  operationOfOtherSide: "poke is for lab, and lab only pokes",
  badEvent: "event is none of started, stopAsked, ended",
  badRegister: "reg is none of STR, IDR, ODR",
  badRange: "offset and len are no range of a window",
  badValue: "value is no lower-case hexadecimal of whole bytes",
  badCut: "cut is there but not true",
  badCrc: "crc is no eight hexadecimal digits, or of a row that is not cut",
  valueLength: "value has not as many bytes as the access",
};

/** Which line, counted from 1, and what is wrong with it. */
export interface TraceReject {
  readonly line: number;
  readonly reason: TraceRejectReason;
  /** The version that is unknown. */
  readonly version?: number;
}

export function traceRejectText({ line, reason, version }: TraceReject): string {
  const found = version === undefined ? "" : `the trace has version ${String(version)}, `;
  return `line ${String(line)}: ${found}${TRACE_REJECT_TEXT[reason]}`;
}

const LARGEST_OFFSET = 0xffff_ffff;

/** Reads one line that is a row. Fields that are not in the table are passed over. */
export function decodeTraceRow(text: string, line = 1): Result<TraceEntry, TraceReject> {
  const fields = readLine(text);
  const row = typeof fields === "string" ? fields : readRow(fields);
  return typeof row === "string" ? reject({ line, reason: row }) : ok(row);
}

/** As decodeTraceRow, of a row that is an object already. */
export function readTraceRow(value: unknown): Result<TraceEntry, TraceReject> {
  const row = isObject(value) ? readRow(value) : "notAnObject";
  return typeof row === "string" ? reject({ line: 1, reason: row }) : ok(row);
}

/** A whole trace. */
export interface Trace {
  /** Undefined for version 1. */
  readonly head: TraceHead | undefined;
  readonly rows: readonly TraceEntry[];
}

/** Reads a whole trace; empty lines are passed over. The first line that is wrong rejects it. */
export function decodeTrace(text: string): Result<Trace, TraceReject> {
  const reader = new TraceReader();
  const rows: TraceEntry[] = [];
  for (const line of text.split("\n")) {
    const row = reader.line(line);
    if (!row.ok) return row;
    if (row.value !== undefined) rows.push(row.value);
  }
  return ok({ head: reader.head, rows });
}

/** Reads a trace line by line, in memory that does not grow with it. */
export class TraceReader {
  #head: TraceHead | undefined;
  #lines = 0;
  #begun = false;

  /** Undefined before the first line that is not empty, and for version 1. */
  get head(): TraceHead | undefined {
    return this.#head;
  }

  /** Lines read so far, the rejected one included. */
  get lines(): number {
    return this.#lines;
  }

  /** Undefined for a line that holds no row: the head, or an empty one. After a reject the reader may go on. */
  line(text: string): Result<TraceEntry | undefined, TraceReject> {
    this.#lines++;
    if (text.trim() === "") return ok(undefined);
    const isFirst = !this.#begun;
    this.#begun = true;
    const fields = readLine(text);
    if (typeof fields === "string") return this.#reject({ reason: fields });
    if (isFirst && isHead(fields)) {
      const head = readHead(fields);
      if ("reason" in head) return this.#reject(head);
      this.#head = head;
      return ok(undefined);
    }
    const row = readRow(fields);
    return typeof row === "string" ? this.#reject({ reason: row }) : ok(row);
  }

  #reject(why: { readonly reason: TraceRejectReason } | TraceHeadReject): Result<never, TraceReject> {
    return reject({ line: this.#lines, ...why });
  }
}

function readLine(text: string): Fields | TraceRejectReason {
  return text.length > LONGEST_TRACE_LINE ? "tooLong" : parseObject(text);
}

function readRow(fields: Fields): TraceEntry | TraceRejectReason {
  const { n, t, step, gap, again, side, op, value, event } = fields;
  if (isHead(fields)) return "lateHead";
  if (!isWhole(n)) return "badNumber";
  if (t !== undefined && !isTime(t)) return "badTime";
  if (step !== undefined && typeof step !== "string") return "badStep";
  if (gap !== undefined && (!isWhole(gap) || gap === 0)) return "badGap";
  if (again !== undefined && again !== true) return "badAgain";
  if (side !== "host" && side !== "bmc" && side !== "lab") return "badSide";
  const head: RowHead = {
    n,
    ...(t === undefined ? {} : { t }),
    ...(step === undefined ? {} : { step }),
    ...(gap === undefined ? {} : { gap }),
    ...(again === undefined ? {} : { again }),
    side,
  };
  if (op === "life") {
    if (side === "lab") return "operationOfOtherSide";
    return event === "started" || event === "stopAsked" || event === "ended"
      ? { ...head, side, op, event }
      : "badEvent";
  }
  if (typeof value !== "string" || value.length % 2 !== 0 || /[^0-9a-f]/.test(value)) return "badValue";

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

function registerRow(fields: Fields, row: Omit<RegisterRow, "reg">): RegisterRow | TraceRejectReason {
  const { reg } = fields;
  if (reg !== "STR" && reg !== "IDR" && reg !== "ODR") return "badRegister";
  if (row.value.length !== 2) return "valueLength";
  const { value, ...head } = row;
  return { ...head, reg, value };
}

function windowRow(
  fields: Fields,
  row: Omit<WindowRow, "offset" | "len" | "cut" | "crc">,
): WindowRow | TraceRejectReason {
  const { offset, len, cut, crc } = fields;
  if (!isWhole(offset, LARGEST_OFFSET) || !isWhole(len, LARGEST_OFFSET)) return "badRange";
  if (cut !== undefined && cut !== true) return "badCut";
  if (crc !== undefined && (cut !== true || typeof crc !== "string" || !/^[0-9a-f]{8}$/.test(crc))) return "badCrc";
  const { value, ...head } = row;
  const shown = value.length / 2;
  if (cut === true ? shown >= len : shown !== len) return "valueLength";
  return { ...head, offset, len, value, ...(cut === true ? { cut } : {}), ...(crc === undefined ? {} : { crc }) };
}
