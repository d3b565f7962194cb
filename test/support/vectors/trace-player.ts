/**
 * Plays a trace against one side in step: every row of the peer and of the lab is carried out right behind the side's
 * access that it followed, and every access of the side has to be the row that is next. Further reads of STR are passed
 * over, as LPC-HOST-16 and LPC-BMC-13 allow them.
 */
import type { RoleName } from "../../../src/core/binding/side.ts";
import type { PacketExchange } from "../../../src/core/mctp/link.ts";
import { byteOf, bytesOf, isRegisterRow, type TraceRow } from "../../../src/core/trace/format.ts";
import { readU32be, toHex } from "../../../src/core/wire/bytes.ts";
import { PACKET_HEADER_BYTES, type PacketParts } from "../../../src/core/wire/packet-parts.ts";
import { millis, type Millis } from "../../../src/core/wire/units.ts";
import { createPacketMemory } from "../../../src/node/packet-memory.ts";
import { BmcPortBus, HostPortBus } from "../../../src/node/port-bus.ts";
import type { Pumped } from "../../../src/node/runner.ts";
import { SideDriver } from "../../../src/node/side-driver.ts";
import { LoopbackBoard } from "../../../src/platform/loopback.ts";
import { afterPoke } from "../../../src/platform/replay.ts";
import { TraceRecorder } from "../../../src/platform/tracing.ts";
import type { RoleCode } from "./code.ts";
import type { SessionTerms, TraceVector, VectorRow } from "./vector-types.ts";

/** What the side did, and what the trace has instead. */
export interface Difference {
  /** The row that was next; undefined behind the last one. */
  readonly row: VectorRow | undefined;
  readonly found: string;
}

const NANOSECONDS_PER_MILLISECOND = 1e6;
/** Accesses of the side that no row stands for, one after the other: it goes in circles. */
const LOOK_LIMIT = 1000;
const SHOWN_DIGITS = 24;

class Differs extends Error {
  readonly difference: Difference;

  constructor(difference: Difference) {
    super(difference.found);
    this.difference = difference;
  }
}

/** The first difference; undefined: the side does all that the trace has of it, and no more. */
export function playTrace(trace: TraceVector, role: RoleName, code: RoleCode): Difference | undefined {
  const player = new TracePlayer(trace, role, code);
  try {
    player.run();
  } catch (error) {
    if (error instanceof Differs) return error.difference;
    return { row: player.next, found: `throws: ${(error as Error).message}` };
  }
  return undefined;
}

export function rowText(row: TraceRow): string {
  const value = row.value.length <= SHOWN_DIGITS ? row.value : `${row.value.slice(0, SHOWN_DIGITS)}…`;
  const what = row.op.endsWith("read") ? "read" : "write";
  if (isRegisterRow(row)) return `${what} ${row.reg} ${value}`;
  return `${what} ${String(row.len)} bytes at 0x${row.offset.toString(16)}: ${value}`;
}

class TracePlayer implements PacketExchange {
  readonly #trace: TraceVector;
  readonly #role: RoleName;
  readonly #board: LoopbackBoard;
  readonly #create: () => { readonly side: PlayedSide; readonly driver: Pumped };
  readonly #offered: readonly TraceVector["packets"][number][];
  readonly #delivered: readonly string[];
  #side: PlayedSide | undefined;
  #driver: Pumped | undefined;
  #now: Millis = millis(0);
  #at = 0;
  #marksDone = 0;
  #offeredDone = 0;
  #deliveredDone = 0;
  #looks = 0;
  /** Something has happened since the side's last access that may wake it. */
  #isCalled = false;
  /** The side looks without having been called. */
  #isPolling = false;

  constructor(trace: TraceVector, role: RoleName, code: RoleCode) {
    this.#trace = trace;
    this.#role = role;
    const { windowBytes, depth } = trace;
    const board = new LoopbackBoard(windowBytes, { depth });
    this.#board = board;
    const own = trace.packets.filter(({ side }) => side === role);
    this.#offered = own.filter(({ what }) => what === "offered");
    this.#delivered = own.filter(({ what }) => what === "delivered").map(({ bytes }) => bytes);
    const recorder = new TraceRecorder((row) => {
      this.#accessed(row);
    });
    const { min, cur, mtu } = trace[role];
    const config = { versions: { min, cur }, mtu: mtu ?? undefined, windowBytes };
    if (role === "host") {
      const bus = new HostPortBus(recorder.traceHost(board.host));
      this.#create = () => {
        const side = code.createHostSide(config, createPacketMemory());
        return { side, driver: new SideDriver(side, bus, this) };
      };
    } else {
      const bus = new BmcPortBus(recorder.traceBmc(board.bmc));
      this.#create = () => {
        const side = code.createBmcSide(config, createPacketMemory());
        return { side, driver: new SideDriver(side, bus, this) };
      };
    }
  }

  get next(): VectorRow | undefined {
    return this.#trace.rows[this.#at];
  }

  run(): void {
    this.#playOthers();
    for (let row = this.next; row !== undefined; row = this.next) {
      const at = this.#at;
      if (row.t !== undefined) this.#moveClock(Number(row.t) / NANOSECONDS_PER_MILLISECOND);
      this.#pump();
      if (this.#at === at) this.#fail("nothing");
    }
    this.#pump();
    this.#compareEnd();
  }

  #moveClock(to: number): void {
    if (to === this.#now) return;
    this.#now = millis(to);
    this.#isCalled = true;
  }

  #pump(): void {
    const packet = this.#offered[this.#offeredDone];
    // The driver between IDR and the BMC calls, too.
    if (this.#board[this.#role].interrupts.pending()) this.#isCalled = true;
    this.#isPolling = !this.#isCalled && (packet === undefined || packet.before > this.#at);
    const due = this.#driver?.nextDeadline();
    const goesOn =
      due !== undefined && due <= this.#now ? this.#driver?.expire(this.#now) : this.#driver?.pump(this.#now);
    this.#isPolling = false;
    this.#isCalled ||= goesOn === true;
  }

  #fail(found: string): never {
    throw new Differs({ row: this.next, found });
  }

  /* ---- Accesses ---- */

  #accessed(row: TraceRow): void {
    const { next } = this;
    if (next !== undefined && isSame(next, row)) {
      // H2.8, B2.14: what can be done is done in the rounds of one call, for no other call may come.
      if (this.#isPolling && row.op.endsWith("write")) this.#fail("nothing until it is called again");
      this.#looks = 0;
      this.#isCalled = false;
      this.#at++;
      this.#playOthers();
      return;
    }
    if (++this.#looks > LOOK_LIMIT) this.#fail("looks without an end");
    const isLook = isRegisterRow(row) && row.op === "kcs_read" && row.reg === "STR";
    // Behind the last row a round that does nothing may look at the window, too.
    if (!isLook && (next !== undefined || row.op !== "lpc_read")) this.#fail(rowText(row));
  }

  /** Carries out what does not come from the side under test, up to its next row. */
  #playOthers(): void {
    for (;;) {
      this.#passMarks();
      const { next } = this;
      if (next === undefined || (next.side === this.#role && next.byHand !== true)) return;
      if (next.side === "lab") this.#poke(next);
      else this.#act(next);
      this.#isCalled = true;
      this.#at++;
    }
  }

  #passMarks(): void {
    const { marks } = this.#trace;
    for (let mark = marks[this.#marksDone]; mark !== undefined; mark = marks[this.#marksDone]) {
      if (mark.before > this.#at) return;
      this.#marksDone++;
      if (mark.side !== this.#role) continue;
      this.#isCalled = true;
      if (mark.what === "starts") {
        const { side, driver } = this.#create();
        this.#side = side;
        this.#driver = driver;
      } else if (mark.what === "ends") {
        // A side that has stopped by itself makes no access, however often it is called.
        if (mark.text === "is killed") this.#driver = undefined;
      } else if (mark.text === "is asked to stop") {
        this.#side?.stop();
      }
    }
  }

  #poke(row: TraceRow): void {
    if (!isRegisterRow(row)) {
      this.#board.window.set(bytesOf(row), row.offset);
      return;
    }
    this.#board.word = afterPoke(this.#board.word, row);
  }

  #act(row: VectorRow): void {
    const { port, window } = this.#board[row.side === "host" ? "host" : "bmc"];
    if (!isRegisterRow(row)) {
      const bytes = bytesOf(row);
      if (row.op === "lpc_write") window.write(row.offset, bytes, 0, bytes.length);
      else window.read(row.offset, bytes, 0, bytes.length);
      if (toHex(bytes) !== row.value) this.#fail(`${toHex(bytes)} is found there by the ${row.side}`);
    } else if (row.op === "kcs_write") {
      if (row.reg === "STR") this.#board.bmc.port.writeStatus(byteOf(row));
      else port.writeData(byteOf(row));
    } else {
      const found = row.reg === "STR" ? port.readStatus() : port.readData();
      if (found !== byteOf(row)) this.#fail(`${toHex(Uint8Array.of(found))} is found there by the ${row.side}`);
    }
  }

  /* ---- Packets ---- */

  linkUp(): void {
    // What is offered when, the trace says.
  }

  linkDown(): void {
    // What is offered when, the trace says.
  }

  nextPacket(): PacketParts | undefined {
    const packet = this.#offered[this.#offeredDone];
    if (packet === undefined || packet.before > this.#at) return undefined;
    this.#offeredDone++;
    const message = Uint8Array.from(Buffer.from(packet.bytes, "hex"));
    return { header: readU32be(message, 0), message, start: PACKET_HEADER_BYTES, end: message.length };
  }

  packetDone(): void {
    // What is offered when, the trace says.
  }

  receivePacket(bytes: Uint8Array, start: number, end: number): boolean {
    const found = toHex(bytes.subarray(start, end));
    if (found !== this.#delivered[this.#deliveredDone++]) this.#fail(`delivers ${found.slice(0, SHOWN_DIGITS)}`);
    return false;
  }

  packetLost(): void {
    // Nothing is assembled here.
  }

  nextDeadline(): undefined {
    return undefined;
  }

  expire(): void {
    // There are no requests.
  }

  /* ---- The end ---- */

  #compareEnd(): void {
    if (this.#deliveredDone < this.#delivered.length) this.#fail("a packet is not delivered");
    if (this.#offeredDone < this.#offered.length) this.#fail("a packet is not taken for sending");
    const expected = this.#trace.outcome[this.#role];
    if (expected === null || this.#side === undefined) return;
    const { session, state } = this.#side;
    const terms = session === undefined ? null : { version: session.version, mtu: session.mtu };
    if (textOf(terms) !== textOf(expected.session)) this.#fail(`session ${textOf(terms)}`);
    const counted = Object.entries(state.counters).filter(([, count]) => count > 0);
    const names = new Set([...counted.map(([name]) => name), ...Object.keys(expected.counted)]);
    for (const name of names) {
      const count = state.counters[name] ?? 0;
      if (count !== (expected.counted[name] ?? 0)) this.#fail(`counts ${name} ${String(count)} times`);
    }
  }
}

interface PlayedSide {
  readonly session: SessionTerms | undefined;
  readonly state: { readonly counters: Readonly<Record<string, number>> };
  stop(): void;
}

function textOf(terms: SessionTerms | null): string {
  if (terms === null) return "none";
  return `version ${String(terms.version)}, MTU ${String(terms.mtu.hostToBmc)}, ${String(terms.mtu.bmcToHost)}`;
}

/** The same access with the same value; of STR the bits that the two sides give a meaning, and those of the registers. */
function isSame(one: TraceRow, other: TraceRow): boolean {
  if (one.side !== other.side || one.op !== other.op) return false;
  if (isRegisterRow(one) || isRegisterRow(other)) {
    return isRegisterRow(one) && isRegisterRow(other) && one.reg === other.reg && one.value === other.value;
  }
  return one.offset === other.offset && one.len === other.len && one.value === other.value;
}
