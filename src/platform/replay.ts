/**
 * A board on which one side is played from a trace, so that the other side's program can run against what was
 * recorded.
 *
 * The recorded peer's accesses are carried out in their order, one turn after the other; where the recording has a
 * turn of the played-against side, that side is to be run until it waits. Two implementations of this binding need not
 * exchange the same bytes to come to the same session, so the played peer is as patient as a running one:
 *
 * - it waits for a byte that its next recorded read took, and for the session bits that its next read of STR showed;
 * - it passes over bytes that carry nothing for it: a dummy in ODR, a fence in IDR; a closing Initialise it answers
 *   with a refusal;
 * - it takes Tx Begin and Rx Complete in the other order where they are independent.
 *
 * Recordings of this binding hold every close, fence and dummy. There the played peer may be exact instead: it waits as
 * above, but passes over nothing.
 *
 * What it read otherwise than recorded is kept in `mismatches`.
 */
import { Field, decodeHostVersions } from "../core/binding/control-region.ts";
import { Command, KEEP_OBF, SESSION_BITS, Status } from "../core/binding/registers.ts";
import type { RoleName } from "../core/binding/side.ts";
import { CLOSING_RANGE } from "../core/binding/versions.ts";
import {
  byteOf,
  bytesOf,
  isLifeRow,
  isRegisterRow,
  type RegisterRow,
  type TraceEntry,
  type TraceRow,
  type TraceSide,
} from "../core/trace/format.ts";
import { toHex } from "../core/wire/bytes.ts";
import { SHADOW_FULL, afterIdrWrite, afterOdrWrite, idrOf, odrOf, statusOf } from "../core/binding/kcs-word.ts";
import { LoopbackBoard } from "./loopback.ts";
import type { BmcPlatform, BmcPort, HostPlatform, HostPort, Window } from "./port.ts";

/** A stretch of a trace that one side had to itself. */
export interface Turn {
  readonly side: TraceSide;
  readonly rows: readonly TraceRow[];
}

/** Cuts a trace where another side goes on. Life rows are passed over: no side acts on the board by them. */
export function turnsOf(rows: readonly TraceEntry[]): readonly Turn[] {
  const turns: { side: TraceSide; rows: TraceRow[] }[] = [];
  for (const row of rows) {
    if (isLifeRow(row)) continue;
    const last = turns.at(-1);
    if (last?.side === row.side) last.rows.push(row);
    else turns.push({ side: row.side, rows: [row] });
  }
  return turns;
}

/** A recorded read and what the board gave instead. */
export interface Mismatch {
  readonly row: TraceRow;
  readonly found: string;
}

/**
 * - `ours`: the recording has a turn of the other side here; run that side until it waits.
 * - `played`: a turn of the peer was carried out.
 * - `blocked`: the peer waits at `row` for the other side; run that side, then call again.
 * - `finished`: nothing is left.
 */
export type ReplayStep =
  | { readonly kind: "ours"; readonly turn: Turn }
  | { readonly kind: "played"; readonly turn: Turn }
  | { readonly kind: "blocked"; readonly row: TraceRow }
  | { readonly kind: "finished" };

/** Bytes with a meaning of their own, whose order among each other the two directions of a session leave open. */
type PacketCommand = typeof Command.TX_BEGIN | typeof Command.RX_COMPLETE;

/** How a played peer takes what was not recorded. */
export type Manners = "patient" | "exact";

export class Replay<Platform extends HostPlatform | BmcPlatform> {
  /** The side that is not played. */
  readonly platform: Platform;
  readonly board: LoopbackBoard;
  readonly #peer: RoleName;
  readonly #manners: Manners;
  readonly #turns: readonly Turn[];
  readonly #mismatches: Mismatch[] = [];
  /** Commands that the peer took before the row that recorded their reading. */
  readonly #takenEarly = new Set<PacketCommand>();
  #hasReadData = false;
  #turn = 0;
  #row = 0;

  constructor(
    rows: readonly TraceEntry[],
    peer: RoleName,
    board: LoopbackBoard,
    platform: Platform,
    manners: Manners = "patient",
  ) {
    const cut = rows.find((row) => "cut" in row && row.cut);
    if (cut !== undefined) throw new RangeError(`row ${String(cut.n)} was recorded without all of its bytes`);
    this.#turns = turnsOf(rows);
    this.#peer = peer;
    this.#manners = manners;
    this.board = board;
    this.platform = platform;
  }

  get mismatches(): readonly Mismatch[] {
    return this.#mismatches;
  }

  /** The turn that `advance` looks at next. */
  get upcoming(): Turn | undefined {
    return this.#turns[this.#turn];
  }

  /** Goes on by one turn, or as far into it as the other side allows. */
  advance(): ReplayStep {
    const turn = this.#turns[this.#turn];
    if (turn === undefined) return { kind: "finished" };
    if (turn.side !== this.#peer && turn.side !== "lab") {
      this.#turn++;
      return { kind: "ours", turn };
    }
    while (this.#row < turn.rows.length) {
      const row = turn.rows[this.#row]!;
      if (!this.#play(row)) return { kind: "blocked", row };
      this.#row++;
    }
    this.#turn++;
    this.#row = 0;
    return { kind: "played", turn };
  }

  /**
   * Lets the peer pass over, and answer, what waits for it without a counterpart in the recording, as one that polls
   * would: a BMC at any time, a host from its first read of ODR on. True when there was something: run the other side
   * once more. An exact peer does nothing that it did not do then.
   */
  serve(): boolean {
    if (this.#manners === "exact") return false;
    return this.#peer === "bmc" ? this.#serveAsBmc() : this.#serveAsHost();
  }

  /* ---- Rows ---- */

  /** Carries out one row; false when the other side has to act first. */
  #play(row: TraceRow): boolean {
    if (row.side === "lab") this.#poke(row);
    else if (!isRegisterRow(row)) this.#accessWindow(row, row.op === "lpc_write");
    else if (row.op === "kcs_write") this.#writeRegister(row);
    else if (row.reg === "STR") return this.#readStatus(row);
    else return this.#readData(row);
    return true;
  }

  #poke(row: TraceRow): void {
    if (!isRegisterRow(row)) {
      this.board.window.set(bytesOf(row), row.offset);
      return;
    }
    this.board.word = afterPoke(this.board.word, row);
  }

  #accessWindow(row: Exclude<TraceRow, RegisterRow>, isWrite: boolean): void {
    const { window } = this.#ownPlatform;
    if (isWrite) {
      window.write(row.offset, bytesOf(row), 0, row.len);
      return;
    }
    const found = new Uint8Array(row.len);
    window.read(row.offset, found, 0, row.len);
    this.#compare(row, toHex(found));
  }

  #writeRegister(row: RegisterRow): void {
    const value = byteOf(row);
    if (row.reg === "STR") this.board.bmc.port.writeStatus(value);
    else this.#ownPlatform.port.writeData(value);
  }

  /** The host sees the session come and go in STR; the BMC writes those bits itself. */
  #readStatus(row: RegisterRow): boolean {
    const status = this.#ownPlatform.port.readStatus();
    return this.#peer === "bmc" || (status & SESSION_BITS) === (byteOf(row) & SESSION_BITS);
  }

  #readData(row: RegisterRow): boolean {
    const wanted = byteOf(row);
    this.#hasReadData = true;
    if (this.#manners === "exact") {
      if (!this.#isFull) return false;
      this.#compare(row, toHex(Uint8Array.of(this.#ownPlatform.port.readData())));
      return true;
    }
    for (;;) {
      if (isPacketCommand(wanted) && this.#takenEarly.delete(wanted)) return true;
      if (!this.#isFull) return this.#peer === "host" && wanted === Command.DUMMY;
      if (this.#peer === "bmc" && wanted !== Command.DUMMY && this.#serveAsBmc()) continue;
      const found = this.#ownPlatform.port.readData();
      if (found === wanted) return true;
      if (this.#peer === "host" && found === Command.DUMMY) continue;
      if (isPacketCommand(found) && !this.#takenEarly.has(found)) {
        this.#takenEarly.add(found);
        // A dummy carries nothing that could be missed.
        if (wanted === Command.DUMMY) return true;
        continue;
      }
      this.#compare(row, toHex(Uint8Array.of(found)));
      return true;
    }
  }

  #compare(row: TraceRow, found: string): void {
    if (found !== row.value) this.#mismatches.push({ row, found });
  }

  /* ---- What the recording has no counterpart for ---- */

  #serveAsBmc(): boolean {
    const { board } = this;
    if (!this.#isFull) return false;
    const command = idrOf(board.word);
    if (command === Command.DUMMY) {
      board.bmc.port.readData();
      return true;
    }
    if (command !== Command.INITIALISE || !this.#isClosing) return false;
    const { port, window } = board.bmc;
    port.readData();
    window.write(Field.negotiatedVersion, Uint8Array.of(0, 0), 0, 2);
    port.writeStatus(Status.BMC_ACTIVE | KEEP_OBF);
    port.writeData(Command.DUMMY);
    return true;
  }

  #serveAsHost(): boolean {
    const polls = this.#hasReadData || this.upcoming === undefined;
    if (!polls || !this.#isFull || odrOf(this.board.word) !== Command.DUMMY) return false;
    this.board.host.port.readData();
    return true;
  }

  get #isClosing(): boolean {
    const { min, cur } = decodeHostVersions(this.board.window.subarray(Field.hostVersionMin));
    return min === CLOSING_RANGE.min && cur === CLOSING_RANGE.cur;
  }

  /** Whether the peer's inbound register holds an unread byte. */
  get #isFull(): boolean {
    return (statusOf(this.board.word) & (this.#peer === "bmc" ? Status.IBF : Status.OBF)) !== 0;
  }

  get #ownPlatform(): { readonly port: HostPort | BmcPort; readonly window: Window } {
    return this.board[this.#peer];
  }
}

/** The host's side of a board whose BMC is played from `rows`. */
export function replayBmc(rows: readonly TraceEntry[], windowBytes?: number, manners?: Manners): Replay<HostPlatform> {
  const board = new LoopbackBoard(windowBytes);
  return new Replay(rows, "bmc", board, board.host, manners);
}

/** The BMC's side of a board whose host is played from `rows`. */
export function replayHost(rows: readonly TraceEntry[], windowBytes?: number, manners?: Manners): Replay<BmcPlatform> {
  const board = new LoopbackBoard(windowBytes);
  return new Replay(rows, "host", board, board.bmc, manners);
}

/** The register word behind a change from outside both sides; of STR, what the host sees of it. */
export function afterPoke(word: number, row: RegisterRow): number {
  const value = byteOf(row);
  if (row.reg === "STR") return (word & ~(0xff & ~SHADOW_FULL)) | value;
  const written = row.reg === "IDR" ? afterIdrWrite(word, value) : afterOdrWrite(word, value);
  return (written & ~0xff) | statusOf(word);
}

function isPacketCommand(byte: number): byte is PacketCommand {
  return byte === Command.TX_BEGIN || byte === Command.RX_COMPLETE;
}
