/** A run of a search told again, move by move, with the accesses as rows of a trace. */
import type { TraceRow } from "../trace/format.ts";
import { toHex } from "../wire/bytes.ts";
import { Move, moveName } from "./moves.ts";
import { WIDTH } from "./state-table.ts";
import type { MadeAccess, World } from "./world.ts";

export interface ToldMove {
  readonly move: Move;
  /** The access, or the change of STR from outside; undefined for a move that does not touch the board. */
  readonly row: TraceRow | undefined;
  /** What the move broke. */
  readonly violation: string | undefined;
  /** What the driver holds afterwards, undefined for nothing. */
  readonly held: number | undefined;
}

export interface ToldRun {
  readonly moves: readonly ToldMove[];
  readonly lastState: Int32Array;
}

/** Makes the moves one after the other. Throws a RangeError for one that is not possible. */
export function tellRun(world: World, moves: readonly Move[]): ToldRun {
  const told: ToldMove[] = [];
  const state = world.first();
  const next = new Int32Array(WIDTH);
  let rows = 0;
  for (const [place, move] of moves.entries()) {
    let taken: ToldMove | undefined;
    world.expand(state, (candidate) => {
      if (candidate !== move || taken !== undefined) return;
      next.set(world.next);
      taken = {
        move,
        row: rowOf(rows, move, world.made, world.statusIn(next)),
        violation: world.violation,
        held: world.heldIn(next),
      };
    });
    if (taken === undefined) throw new RangeError(`move ${String(place + 1)}, ${moveName(move)}, is not possible`);
    if (taken.row !== undefined) rows++;
    told.push(taken);
    state.set(next);
  }
  return { moves: told, lastState: state };
}

const CLEARS_STATUS: ReadonlySet<Move> = new Set<Move>([
  Move.hostReset,
  Move.bmcReset,
  Move.platformReset,
  Move.registersReset,
]);
const NO_BYTES = new Uint8Array(0);

/**
 * The row of a move: its access, or the change of STR from outside, with what STR holds afterwards. Undefined for a move
 * that does not touch the board.
 */
export function rowOf(n: number, move: Move, made: MadeAccess | undefined, status: number): TraceRow | undefined {
  if (made === undefined) {
    return CLEARS_STATUS.has(move)
      ? { n, step: moveName(move), side: "lab", op: "poke", reg: "STR", value: byteText(status) }
      : undefined;
  }
  const { role: side, access, value, bytes = NO_BYTES } = made;
  const { step } = access;
  const isHost = side === "host";
  switch (access.kind) {
    case "readStatus":
      return { n, step, side, op: "kcs_read", reg: "STR", value: byteText(value) };
    case "writeStatus":
      return { n, step, side, op: "kcs_write", reg: "STR", value: byteText(value) };
    case "readData":
      return { n, step, side, op: "kcs_read", reg: isHost ? "ODR" : "IDR", value: byteText(value) };
    case "writeData":
      return { n, step, side, op: "kcs_write", reg: isHost ? "IDR" : "ODR", value: byteText(value) };
    case "readWindow":
    case "writeWindow": {
      const op = access.kind === "readWindow" ? "lpc_read" : "lpc_write";
      return { n, step, side, op, offset: access.offset, len: bytes.length, value: toHex(bytes) };
    }
  }
}

function byteText(value: number): string {
  return value.toString(16).padStart(2, "0");
}
