/** A run of a search as a trace of bus accesses, to be drawn, and as text, to be replayed. */
import type { TraceRow } from "../trace/format.ts";
import { toHex } from "../wire/bytes.ts";
import { moveName, type Move } from "./moves.ts";
import { WIDTH } from "./state-table.ts";
import type { MadeAccess, World } from "./world.ts";

/** Every access of the run as a row; what befalls the sides stands in the `step` of the row that follows. */
export function traceOf(world: World, moves: readonly Move[]): readonly TraceRow[] {
  const rows: TraceRow[] = [];
  let state = world.first();
  for (const move of moves) {
    let taken: Int32Array | undefined;
    let made: MadeAccess | undefined;
    world.expand(state, (candidate) => {
      if (candidate !== move || taken !== undefined) return;
      taken = Int32Array.from(world.next);
      made = world.made;
    });
    if (taken === undefined)
      throw new RangeError(`${moveName(move)} is not possible after ${String(rows.length)} rows`);
    rows.push(rowOf(rows.length, move, made, world.statusIn(taken)));
    state = taken;
  }
  return rows;
}

export function stateAfter(world: World, moves: readonly Move[]): Int32Array {
  let state = world.first();
  const next = new Int32Array(WIDTH);
  for (const move of moves) {
    let possible = false;
    world.expand(state, (candidate) => {
      if (candidate !== move || possible) return;
      possible = true;
      next.set(world.next);
    });
    if (!possible) throw new RangeError(`${moveName(move)} is not possible`);
    state = Int32Array.from(next);
  }
  return state;
}

function rowOf(n: number, move: Move, made: MadeAccess | undefined, status: number): TraceRow {
  const step = moveName(move);
  // What befalls a side is told as a look from outside at STR, which changes nothing.
  if (made === undefined) return { n, step, side: "lab", op: "poke", reg: "STR", value: byteText(status) };
  const { role, access, value, bytes } = made;
  const isHost = role === "host";
  switch (access.kind) {
    case "readStatus":
      return { n, step, side: role, op: "kcs_read", reg: "STR", value: byteText(value) };
    case "writeStatus":
      return { n, step, side: role, op: "kcs_write", reg: "STR", value: byteText(value) };
    case "readData":
      return { n, step, side: role, op: "kcs_read", reg: isHost ? "ODR" : "IDR", value: byteText(value) };
    case "writeData":
      return { n, step, side: role, op: "kcs_write", reg: isHost ? "IDR" : "ODR", value: byteText(value) };
    case "readWindow":
    case "writeWindow": {
      const moved = bytes ?? new Uint8Array(0);
      const op = access.kind === "readWindow" ? "lpc_read" : "lpc_write";
      return { n, step, side: role, op, offset: access.offset, len: moved.length, value: toHex(moved) };
    }
  }
}

function byteText(value: number): string {
  return value.toString(16).padStart(2, "0");
}
