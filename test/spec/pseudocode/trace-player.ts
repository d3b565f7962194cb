/**
 * Plays the listing of one side against a recorded trace: each access has to be the next one that the side made there.
 * What the trace does not show of the side's surroundings is read off what follows: a packet is there to send where the
 * next row writes one, and a stop was asked for where the next row can only be that of a stopping side.
 */
import { AccessBus } from "../../../src/core/binding/access-bus.ts";
import type { BusAccess } from "../../../src/core/binding/access.ts";
import type { RoleName } from "../../../src/core/binding/side.ts";
import { byteOf, bytesOf, isRegisterRow, type TraceRow } from "../../../src/core/trace/format.ts";
import { readU32be, toHex } from "../../../src/core/wire/bytes.ts";
import { begunMachine, type EitherConfig } from "./listings.ts";
import type { Machine } from "./machine.ts";
import type { Program } from "./syntax.ts";

const NANOSECONDS_PER_MILLISECOND = 1e6;
const PACKET_STEPS = { host: ["H3.1", "H3.2", "H3.3"], bmc: ["B5.1", "B5.2", "B5.3"] } as const;

/** A recorded life of a side: its rows, and whether it was killed behind the last of them. */
export interface RecordedLife {
  readonly rows: readonly TraceRow[];
  readonly isKilled: boolean;
  /** The row before which it is asked to stop, where the trace says so. */
  readonly stopAskedBefore?: number;
}

/** The rows are used up. */
class OutOfRows extends Error {}

export class TracePlayer {
  readonly #machine: Machine;
  readonly #role: RoleName;
  readonly #life: RecordedLife;
  #next = 0;
  /** Of the packet that the next row writes, the bytes that the listing has not written yet. */
  #unwritten = new Uint8Array(0);
  #isBetweenRounds = false;

  constructor(program: Program, role: RoleName, config: EitherConfig, life: RecordedLife) {
    this.#role = role;
    this.#life = life;
    this.#machine = begunMachine(program, role, config, new AccessBus((access) => this.#answer(access)));
  }

  /** Runs the side to the end of its life. Throws at the first access that is not the recorded one. */
  play(): void {
    try {
      while (this.#row !== undefined) {
        if (this.#isBetweenRounds) throw new Error(`a round makes no access; recorded is ${rowText(this.#row)}`);
        this.#isBetweenRounds = true;
        this.#lookAround();
        this.#machine.now = Number(this.#row.t) / NANOSECONDS_PER_MILLISECOND;
        this.#machine.call(`${this.#role}_round`);
      }
    } catch (error) {
      if (!(error instanceof OutOfRows && this.#life.isKilled)) throw error;
    }
  }

  get #row(): TraceRow | undefined {
    return this.#life.rows[this.#next];
  }

  /** Sets what the side's surroundings set. */
  #lookAround(): void {
    const { state } = this.#machine;
    const row = this.#row;
    const isActive = state.get("phase") === "active";
    const { stopAskedBefore } = this.#life;
    if (
      this.#isBetweenRounds &&
      stopAskedBefore !== undefined &&
      (row?.n ?? Number.POSITIVE_INFINITY) >= stopAskedBefore
    )
      state.set("stop_asked", true);
    if (this.#isBetweenRounds && isActive && (row?.step === "H0.1" || row?.step === "B6.1"))
      state.set("stop_asked", true);
    const isPacket = row?.step === PACKET_STEPS[this.#role][0] && !isRegisterRow(row);
    if (!isActive || !isPacket) return;
    const bytes = this.#packetRows().flatMap((each) => [...bytesOf(each)]);
    state.set("packet", Uint8Array.from(bytes).slice(4, 4 + readU32be(Uint8Array.from(bytes), 0)));
  }

  /** The rows that write the next packet: one, or one for each step. */
  #packetRows(): readonly TraceRow[] {
    const rows = this.#life.rows.slice(this.#next);
    const end = rows.findIndex(
      ({ step = "" }, index) => index > 0 && !(this.#isPacketStep(step) && step > rows[index - 1]!.step!),
    );
    return end < 0 ? rows : rows.slice(0, end);
  }

  #answer(access: BusAccess): number {
    this.#isBetweenRounds = false;
    const row = this.#row;
    if (row === undefined && this.#unwritten.length === 0)
      throw new OutOfRows("the trace ends in the middle of a round");
    if (access.kind === "writeWindow" && this.#isPacketStep(access.step)) {
      this.#writePacket(access.bytes.subarray(access.start, access.end), access.step, access.offset);
    } else {
      if (row === undefined) throw new Error(`${access.step} comes behind the last row`);
      this.#compare(access, row);
      this.#next++;
    }
    this.#lookAround();
    if (row === undefined) return 0;
    if (access.kind === "readWindow") access.into.set(bytesOf(row), access.at);
    return isRegisterRow(row) ? byteOf(row) : 0;
  }

  #isPacketStep(step: string): boolean {
    return (PACKET_STEPS[this.#role] as readonly string[]).includes(step);
  }

  /** The recorded side writes a small packet in one access. */
  #writePacket(bytes: Uint8Array, step: string, offset: number): void {
    if (this.#unwritten.length === 0) {
      const row = this.#row;
      if (row === undefined || isRegisterRow(row) || row.step !== step || row.offset !== offset)
        throw new Error(`${step} writes at ${String(offset)}; recorded is ${JSON.stringify(row)}`);
      this.#unwritten = Uint8Array.from(bytesOf(row));
      this.#next++;
    }
    const recorded = toHex(this.#unwritten.subarray(0, bytes.length));
    if (toHex(bytes) !== recorded) throw new Error(`${step} writes ${toHex(bytes)}; recorded is ${recorded}`);
    this.#unwritten = this.#unwritten.slice(bytes.length);
  }

  #compare(access: BusAccess, row: TraceRow): void {
    if (this.#unwritten.length > 0) throw new Error(`${access.step} comes before the packet is whole`);
    const made = madeText(access, this.#role);
    const recorded = rowText(row);
    if (made !== recorded) throw new Error(`row ${String(row.n)}: ${made}; recorded is ${recorded}`);
  }
}

function madeText(access: BusAccess, role: RoleName): string {
  const inbound = role === "host" ? "ODR" : "IDR";
  const outbound = role === "host" ? "IDR" : "ODR";
  switch (access.kind) {
    case "readStatus":
      return `${access.step} kcs_read STR`;
    case "readData":
      return `${access.step} kcs_read ${inbound}`;
    case "writeStatus":
    case "writeData": {
      const register = access.kind === "writeStatus" ? "STR" : outbound;
      return `${access.step} kcs_write ${register} ${toHex(Uint8Array.of(access.value))}`;
    }
    case "readWindow":
      return `${access.step} lpc_read ${String(access.offset)} ${String(access.length)}`;
    case "writeWindow": {
      const bytes = access.bytes.subarray(access.start, access.end);
      return `${access.step} lpc_write ${String(access.offset)} ${String(bytes.length)} ${toHex(bytes)}`;
    }
  }
}

function rowText(row: TraceRow): string {
  const head = `${row.step ?? "?"} ${row.op}`;
  const place = isRegisterRow(row) ? row.reg : `${String(row.offset)} ${String(row.len)}`;
  const isWrite = row.op === "kcs_write" || row.op === "lpc_write";
  return isWrite ? `${head} ${place} ${row.value}` : `${head} ${place}`;
}
