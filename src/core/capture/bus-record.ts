/**
 * An access of the bus in a capture, link type USER0: what a row of a trace has (src/core/trace/format.ts). All numbers are
 * big-endian. Specification: Annex G.8.
 *
 * | offset | bytes | field                                                                       |
 * | ------ | ----- | --------------------------------------------------------------------------- |
 * | 0      | 1     | version of this format, 1                                                   |
 * | 1      | 1     | side: 0 host, 1 BMC, 2 a change from outside both                           |
 * | 2      | 1     | operation: 0 read, 1 write, 16 started, 17 asked to stop, 18 ended          |
 * | 3      | 1     | place: 0 window, 1 STR, 2 IDR, 3 ODR, 255 none                              |
 * | 4      | 4     | offset in the window; 0 for a register                                      |
 * | 8      | 4     | bytes accessed                                                              |
 * | 12     | 4     | number of the row, modulo 2^32                                              |
 * | 16     | 1     | bytes of the step, at most 64                                               |
 * | 17     |       | the step, ASCII: what the side was doing; then the value, shorter where cut |
 */
import { writeU32be } from "../wire/bytes.ts";
import { bytesOf, isLifeRow, isRegisterRow, type LifeEvent, type TraceEntry, type TraceSide } from "../trace/format.ts";

export const BUS_RECORD_VERSION = 1;

export const BUS_SIDES: readonly TraceSide[] = ["host", "bmc", "lab"];
export const BusOperation = { READ: 0, WRITE: 1, STARTED: 16, STOP_ASKED: 17, ENDED: 18 } as const;
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

const LIFE: Readonly<Record<LifeEvent, number>> = {
  started: BusOperation.STARTED,
  stopAsked: BusOperation.STOP_ASKED,
  ended: BusOperation.ENDED,
};

export interface BusRecord {
  readonly bytes: Uint8Array;
  /** Of the record, had all bytes of the access been recorded. */
  readonly originalBytes: number;
}

export function encodeBusRecord(row: TraceEntry): BusRecord {
  const value = isLifeRow(row) ? new Uint8Array(0) : bytesOf(row);
  const step = stepBytes(row.step ?? "");
  const head = BusField.STEP + step.length;
  const bytes = new Uint8Array(head + value.length);
  bytes[BusField.VERSION] = BUS_RECORD_VERSION;
  bytes[BusField.SIDE] = BUS_SIDES.indexOf(row.side);
  bytes[BusField.OPERATION] = operationOf(row);
  bytes[BusField.PLACE] = placeOf(row);
  const isOfWindow = !isLifeRow(row) && !isRegisterRow(row);
  const accessed = isOfWindow ? row.len : value.length;
  writeU32be(bytes, BusField.OFFSET, isOfWindow ? row.offset : 0);
  writeU32be(bytes, BusField.LENGTH, accessed);
  writeU32be(bytes, BusField.ROW, row.n % 2 ** 32);
  bytes[BusField.STEP_BYTES] = step.length;
  bytes.set(step, BusField.STEP);
  bytes.set(value, head);
  return { bytes, originalBytes: head + accessed };
}

function operationOf(row: TraceEntry): number {
  if (isLifeRow(row)) return LIFE[row.event];
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
