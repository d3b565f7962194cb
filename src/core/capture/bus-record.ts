/**
 * A record of the bus in a capture, link type USER0: a row of a trace (src/core/trace/format.ts), the head of the trace,
 * or a finding of the judge. All numbers are big-endian. Specification: Annex G.8.
 *
 * | offset | bytes | field                                                                                     |
 * | ------ | ----- | ----------------------------------------------------------------------------------------- |
 * | 0      | 1     | version of this format, 1                                                                 |
 * | 1      | 1     | side: 0 host, 1 BMC, 2 a change from outside both                                         |
 * | 2      | 1     | operation: 0 read, 1 write, 16 started, 17 asked to stop, 18 ended, 32 head, 48 finding   |
 * | 3      | 1     | place: 0 window, 1 STR, 2 IDR, 3 ODR, 255 none                                            |
 * | 4      | 4     | offset in the window; 0 for a register                                                    |
 * | 8      | 4     | bytes accessed                                                                            |
 * | 12     | 4     | number of the row, modulo 2^32                                                            |
 * | 16     | 1     | bytes of the step, at most 64                                                             |
 * | 17     |       | the step, ASCII: what the side was doing; then the value, shorter where cut               |
 */
import {
  bytesOf,
  isLifeRow,
  isRegisterRow,
  type LifeEvent,
  type TraceEntry,
  type TraceRow,
  type TraceSide,
} from "../trace/format.ts";
import { encodeTraceHead, type TraceHead } from "../trace/head.ts";
import { writeU32be } from "../wire/bytes.ts";
import { encodeUtf8 } from "../wire/utf8.ts";

export const BUS_RECORD_VERSION = 1;

export const BUS_SIDES: readonly TraceSide[] = ["host", "bmc", "lab"];
export const BusOperation = {
  READ: 0,
  WRITE: 1,
  STARTED: 16,
  STOP_ASKED: 17,
  ENDED: 18,
  HEAD: 32,
  FINDING: 48,
} as const;
export const BusPlace = { WINDOW: 0, STR: 1, IDR: 2, ODR: 3, NONE: 255 } as const;

/** Where each field begins. */
export const BusField = {
  VERSION: 0,
  SIDE: 1,
  OPERATION: 2,
  PLACE: 3,
  OFFSET: 4,
  LENGTH: 8,
  ROW: 12,
  STEP_BYTES: 16,
  STEP: 17,
} as const;
export const LONGEST_STEP_BYTES = 64;
/** Of a trace's head: longer ones are of no program. */
export const LONGEST_HEAD_BYTES = 4096;
/** Numbers of rows come round here. */
export const ROW_NUMBERS: number = 2 ** 32;

export const LIFE_OPERATION: Readonly<Record<LifeEvent, number>> = {
  started: BusOperation.STARTED,
  stopAsked: BusOperation.STOP_ASKED,
  ended: BusOperation.ENDED,
};

export interface BusRecord {
  readonly bytes: Uint8Array;
  /** Of the record, had all bytes of the access been recorded. */
  readonly originalBytes: number;
}

/** `shownBytes`: of a window access at most. */
export function encodeBusRecord(row: TraceEntry, shownBytes: number): BusRecord {
  const value = isLifeRow(row) ? new Uint8Array(0) : bytesOf(shownPart(row, shownBytes));
  const isOfWindow = !isLifeRow(row) && !isRegisterRow(row);
  const length = isOfWindow ? row.len : value.length;
  const bytes = encodeRecord(
    {
      side: row.side,
      operation: operationOf(row),
      place: placeOf(row),
      offset: isOfWindow ? row.offset : 0,
      length,
      row: row.n,
      step: row.step,
    },
    value,
  );
  return { bytes, originalBytes: bytes.length - value.length + length };
}

/** The row with the first bytes of its value alone: no more digits are read than bytes are recorded. */
function shownPart(row: TraceRow, shownBytes: number): TraceRow {
  return row.value.length <= 2 * shownBytes ? row : { ...row, value: row.value.slice(0, 2 * shownBytes) };
}

/** The head of the trace, as the line of Annex G.5 that it is. */
export function encodeHeadRecord(head: TraceHead): BusRecord {
  const value = encodeUtf8(encodeTraceHead(head), LONGEST_HEAD_BYTES);
  const side: TraceSide = head.sides.length === 1 ? head.sides[0]! : "lab";
  const fields = { side, operation: BusOperation.HEAD, place: BusPlace.NONE, offset: 0, length: value.length, row: 0 };
  const bytes = encodeRecord({ ...fields, step: undefined }, value);
  return { bytes, originalBytes: bytes.length };
}

/** The fields before the value. */
export interface RecordFields {
  readonly side: TraceSide;
  readonly operation: number;
  readonly place: number;
  readonly offset: number;
  readonly length: number;
  readonly row: number;
  readonly step: string | undefined;
}

export function encodeRecord(fields: RecordFields, value: Uint8Array): Uint8Array {
  const step = stepBytes(fields.step ?? "");
  const head = BusField.STEP + step.length;
  const bytes = new Uint8Array(head + value.length);
  bytes[BusField.VERSION] = BUS_RECORD_VERSION;
  bytes[BusField.SIDE] = BUS_SIDES.indexOf(fields.side);
  bytes[BusField.OPERATION] = fields.operation;
  bytes[BusField.PLACE] = fields.place;
  writeU32be(bytes, BusField.OFFSET, fields.offset);
  writeU32be(bytes, BusField.LENGTH, fields.length);
  writeU32be(bytes, BusField.ROW, fields.row % ROW_NUMBERS);
  bytes[BusField.STEP_BYTES] = step.length;
  bytes.set(step, BusField.STEP);
  bytes.set(value, head);
  return bytes;
}

function operationOf(row: TraceEntry): number {
  if (isLifeRow(row)) return LIFE_OPERATION[row.event];
  return row.op === "kcs_read" || row.op === "lpc_read" ? BusOperation.READ : BusOperation.WRITE;
}

function placeOf(row: TraceEntry): number {
  if (isLifeRow(row)) return BusPlace.NONE;
  return isRegisterRow(row) ? BusPlace[row.reg] : BusPlace.WINDOW;
}

/** What is no printable ASCII is a question mark: a trace may come from anywhere. */
function stepBytes(step: string): Uint8Array {
  return Uint8Array.from(step.slice(0, LONGEST_STEP_BYTES), (character) => {
    const code = character.charCodeAt(0);
    return code >= 0x20 && code < 0x7f ? code : 0x3f;
  });
}
