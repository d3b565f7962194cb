/** Rows of a trace, told as accesses. */
import { byteOf, bytesOf, isRegisterRow, type TraceRow } from "../trace/format.ts";
import type { BusListener } from "./listener.ts";

const NANOSECONDS_PER_MILLISECOND = 1e6;

/** Tells one row. Its bytes and its time are those that the row shows. */
export function tellRow(listener: BusListener, row: TraceRow): void {
  listener.time = row.t === undefined ? Number.NaN : Number(row.t) / NANOSECONDS_PER_MILLISECOND;
  if (row.side === "lab") {
    if (isRegisterRow(row)) listener.registerPoked(row.reg, byteOf(row));
    else listener.windowPoked(row.offset, row.len);
    return;
  }
  const side = listener[row.side];
  const { step } = row;
  if (isRegisterRow(row)) {
    const value = byteOf(row);
    if (row.op === "kcs_read") {
      if (row.reg === "STR") side.statusRead(value, step);
      else side.dataRead(value, step);
    } else if (row.reg === "STR") side.statusWritten(value, step);
    else side.dataWritten(value, step);
    return;
  }
  const bytes = bytesOf(row);
  if (row.op === "lpc_read") side.windowRead(row.offset, row.len, bytes, 0, bytes.length, step);
  else side.windowWritten(row.offset, row.len, bytes, 0, bytes.length, step);
}
