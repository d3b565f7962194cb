/** Rows of a trace, told as accesses. */
import { byteOf, bytesOf, isLifeRow, isRegisterRow, type LifeEvent, type TraceEntry } from "../trace/format.ts";
import { unreachable } from "../wire/result.ts";
import type { BusListener, SideListener } from "./listener.ts";

const NANOSECONDS_PER_MILLISECOND = 1e6;

/** Tells one row, an access or an event of a side's life. Its bytes and its time are those that the row shows. */
export function tellRow(listener: BusListener, row: TraceEntry): void {
  listener.time = row.t === undefined ? Number.NaN : Number(row.t) / NANOSECONDS_PER_MILLISECOND;
  if (isLifeRow(row)) {
    tellLife(listener[row.side], row.event);
    return;
  }
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

/** Tells one event of a side's life. */
export function tellLife(side: SideListener, event: LifeEvent): void {
  switch (event) {
    case "started":
      side.started();
      return;
    case "stopAsked":
      side.stopAsked();
      return;
    case "ended":
      side.ended();
      return;
    default:
      unreachable(event);
  }
}
