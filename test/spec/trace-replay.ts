/** Either side of this program in the place of the recorded one of a trace vector. */
import { crc32 } from "node:zlib";
import { createBmcSide, type BmcSide } from "../../bmc/role/side.ts";
import { createHostSide, type HostSide } from "../../host/role/side.ts";
import type { RoleName } from "../../src/core/binding/side.ts";
import { CONTROL_FIELDS_BYTES, Field } from "../../src/core/binding/control-region.ts";
import { Command } from "../../src/core/binding/registers.ts";
import { framingOf } from "../../src/core/binding/versions.ts";
import { BmcPortBus, HostPortBus } from "../../src/node/port-bus.ts";
import { createPacketMemory } from "../../src/node/packet-memory.ts";
import type { Pumped } from "../../src/node/runner.ts";
import { SideDriver } from "../../src/node/side-driver.ts";
import type { PacketExchange } from "../../src/core/mctp/link.ts";
import { HEADER_BYTES } from "../../src/core/mctp/packet.ts";
import type { BmcPlatform, HostPlatform } from "../../src/platform/port.ts";
import { replayBmc, replayHost, type Mismatch, type Turn } from "../../src/platform/replay.ts";
import { TraceRecorder } from "../../src/platform/tracing.ts";
import { byteOf, bytesOf, isRegisterRow, type TraceRow } from "../../src/core/trace/format.ts";
import { WindowShadow } from "../../src/core/trace/window-shadow.ts";
import { readU32be, toHex } from "../../src/core/wire/bytes.ts";
import type { PacketParts } from "../../src/core/wire/packet-parts.ts";
import { millis, type Millis } from "../../src/core/wire/units.ts";
import { framesOf, type Frame } from "../interop/recorded-traces.ts";
import type { Terms } from "./vector-files.ts";

export interface TraceVector {
  readonly title: string;
  readonly windowBytes: number;
  readonly host: Terms & { readonly byHand: boolean };
  readonly bmc: Terms & { readonly byHand: boolean };
  readonly marks: readonly {
    readonly before: number;
    readonly side: string;
    readonly what: "starts" | "ends" | "happens";
    readonly text: string;
  }[];
  readonly rows: readonly VectorRow[];
}

/** A row that no program made is carried out in its side's name. */
export type VectorRow = TraceRow & { readonly byHand?: true };

export interface Replayed {
  /** The accesses of the side that was put in. */
  readonly rows: readonly TraceRow[];
  /** Packets that it handed on, in hexadecimal. */
  readonly received: readonly string[];
  /** Reads of the played side that found something else than recorded. */
  readonly mismatches: readonly Mismatch[];
  /** The last life of the side that was put in. */
  readonly side: HostSide | BmcSide;
}

/** Sends what was recorded, and keeps what arrives. */
class Packets implements PacketExchange {
  readonly received: string[] = [];
  readonly #outgoing: PacketParts[] = [];

  send(packet: Uint8Array): void {
    this.#outgoing.push({ header: readU32be(packet, 0), message: packet, start: HEADER_BYTES, end: packet.length });
  }

  linkUp(): void {
    // Nothing waits for a session: packets are handed over in their turn.
  }

  linkDown(): void {
    this.#outgoing.length = 0;
  }

  nextPacket(): PacketParts | undefined {
    return this.#outgoing.shift();
  }

  packetDone(): void {
    // The next one comes in its turn.
  }

  receivePacket(bytes: Uint8Array, start: number, end: number): void {
    this.received.push(toHex(bytes.subarray(start, end)));
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
}

/** Calls at one row that may pass before it is given up. */
const PATIENCE = 8;
const LENGTH_BYTES = 4;
const NANOSECONDS_PER_MILLISECOND = 1e6;

export function replayTrace(trace: TraceVector, role: RoleName): Replayed {
  return new TraceReplay(trace, role).run();
}

class TraceReplay {
  readonly #trace: TraceVector;
  readonly #role: RoleName;
  readonly #replay: ReturnType<typeof replayBmc> | ReturnType<typeof replayHost>;
  readonly #rows: TraceRow[] = [];
  readonly #packets = new Packets();
  readonly #frames: readonly Frame[];
  readonly #platform: HostPlatform | BmcPlatform;
  readonly #makeSide: () => { readonly side: HostSide | BmcSide; readonly driver: Pumped };
  #marksDone = 0;
  #driver: Pumped | undefined;
  #side: HostSide | BmcSide | undefined;
  #now: Millis = millis(0);

  constructor(trace: TraceVector, role: RoleName) {
    this.#trace = trace;
    this.#role = role;
    this.#frames = framesOf(trace.rows, role);
    const recorder = new TraceRecorder((row) => this.#rows.push(row));
    const { windowBytes } = trace;
    const { min, cur, mtu } = trace[role];
    const config = { versions: { min, cur }, mtu: mtu ?? undefined, windowBytes };
    if (role === "host") {
      const replay = replayBmc(trace.rows, windowBytes, "exact");
      const platform = recorder.traceHost(replay.platform);
      const bus = new HostPortBus(platform);
      this.#replay = replay;
      this.#platform = platform;
      this.#makeSide = () => {
        const side = createHostSide(config, createPacketMemory());
        return { side, driver: new SideDriver(side, bus, this.#packets) };
      };
    } else {
      const replay = replayHost(trace.rows, windowBytes, "exact");
      const platform = recorder.traceBmc(replay.platform);
      const bus = new BmcPortBus(platform);
      this.#replay = replay;
      this.#platform = platform;
      this.#makeSide = () => {
        const side = createBmcSide(config, createPacketMemory());
        return { side, driver: new SideDriver(side, bus, this.#packets) };
      };
    }
  }

  run(): Replayed {
    let blocked = 0;
    for (;;) {
      const step = this.#replay.advance();
      if (step.kind !== "blocked") blocked = 0;
      switch (step.kind) {
        case "ours":
          this.#takeTurn(step.turn);
          break;
        case "played":
          break;
        case "blocked":
          if (++blocked > PATIENCE) throw new Error(`nothing comes of row ${JSON.stringify(step.row)}`);
          this.#moveClock(step.row);
          this.#settle();
          break;
        case "finished":
          this.#pass(Number.POSITIVE_INFINITY);
          this.#settle();
          if (this.#side === undefined) throw new Error(`the ${this.#role} never started`);
          return {
            rows: this.#rows,
            received: this.#packets.received,
            mismatches: this.#replay.mismatches,
            side: this.#side,
          };
      }
    }
  }

  #takeTurn({ rows }: Turn): void {
    const byProgram = rows.filter((row: VectorRow) => row.byHand !== true);
    for (const row of rows as readonly VectorRow[]) if (row.byHand === true) this.#act(row);
    const [first] = byProgram;
    const last = byProgram.at(-1);
    if (first === undefined || last === undefined) return;
    this.#moveClock(first);
    this.#pass(first.n);
    for (const { packet, row } of this.#frames) if (byProgram.includes(row)) this.#packets.send(packet);
    this.#settle();
    // A side that was killed and came back while the other rested.
    if (this.#pass(last.n)) this.#settle();
  }

  /** What somebody did by hand in this side's name: bytes and windows, as the host can do them, too. */
  #act(row: VectorRow): void {
    const { port, window } = this.#platform;
    if (!isRegisterRow(row)) {
      const bytes = bytesOf(row);
      if (row.op === "lpc_write") window.write(row.offset, bytes, 0, bytes.length);
      else window.read(row.offset, bytes, 0, bytes.length);
    } else if (row.op === "kcs_write") {
      port.writeData(byteOf(row));
    } else if (row.reg === "STR") {
      port.readStatus();
    } else {
      port.readData();
    }
  }

  /** Carries out the marks up to this row; true if there were any. */
  #pass(row: number): boolean {
    const due = this.#trace.marks.filter(({ before, side }) => side === this.#role && before <= row);
    const marks = due.slice(this.#marksDone);
    this.#marksDone = due.length;
    for (const { what, text } of marks) {
      if (what === "starts") {
        const { side, driver } = this.#makeSide();
        this.#side = side;
        this.#driver = driver;
      } else if (what === "ends") {
        this.#driver = undefined;
      } else if (text === "is asked to stop") {
        this.#side?.stop();
      }
    }
    return marks.length > 0;
  }

  #moveClock({ t }: TraceRow): void {
    if (t !== undefined) this.#now = millis(Math.max(this.#now, Number(t) / NANOSECONDS_PER_MILLISECOND));
  }

  #settle(): void {
    const due = this.#driver?.nextDeadline();
    if (due !== undefined && due <= this.#now) this.#driver?.expire(this.#now);
    else this.#driver?.pump(this.#now);
  }
}

/* ---- What two runs of a side have in common ---- */

/**
 * What a side does, however often it looks: commands and values of STR in their order, each with what it vouches for,
 * which is the packet behind a Tx Begin, the host's fields behind Initialise, and the control region behind every STR
 * value.
 */
export function deedsOf(rows: readonly TraceRow[], role: RoleName): readonly string[] {
  const frames = new Map(framesOf(rows, role).map(({ row, hex }) => [row, hex]));
  const shadow = new WindowShadow();
  const deeds: string[] = [];
  for (const row of rows) {
    if (!isRegisterRow(row)) {
      shadow.apply(row);
      continue;
    }
    if (row.side !== role || row.op !== "kcs_write") continue;
    let fields = "";
    if (row.reg === "STR") fields = ` ${toHex(shadow.bytes(0, CONTROL_FIELDS_BYTES))}`;
    else if (row.reg === "IDR" && byteOf(row) === Command.INITIALISE) fields = ` ${hostFields(shadow)}`;
    const frame = frames.get(row);
    deeds.push(`${row.reg} = ${row.value}${fields}${frame === undefined ? "" : ` ${frame}`}`);
  }
  return deeds;
}

/** The host's versions, and behind those of a proposal rx_size: at a close the host has not read what stands there. */
function hostFields(shadow: WindowShadow): string {
  const versions = toHex(shadow.bytes(Field.hostVersionMin, 4));
  return /^0+$/.test(versions) ? versions : `${versions} ${toHex(shadow.bytes(Field.rxSize, 4))}`;
}

/**
 * The packets that a side took out of its buffer whole and unspoilt, header and payload in hexadecimal: those that it
 * hands on, as long as no session ends between reading and handing on.
 */
export function packetsTaken(rows: readonly TraceRow[], role: RoleName): readonly string[] {
  const shadow = new WindowShadow();
  const taken: string[] = [];
  for (const row of rows) {
    if (isRegisterRow(row)) continue;
    shadow.apply(row);
    const version = shadow.sessionVersion;
    if (row.side !== role || row.op !== "lpc_read" || version === undefined) continue;
    const buffer = shadow.bufferOf(role === "host" ? "bmcToHost" : "hostToBmc");
    if (row.offset !== buffer.offset + LENGTH_BYTES) continue;
    const bytes = bytesOf(row);
    const packet = bytes.subarray(0, bytes.length - framingOf(version).trailerBytes);
    const isIntact = version !== 3 || readU32be(bytes, packet.length) === crc32(packet);
    if (isIntact) taken.push(toHex(packet));
  }
  return taken;
}
