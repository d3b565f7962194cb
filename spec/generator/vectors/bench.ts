/** One side of the program on a board in memory, the other played by hand: what it answers to what stands there. */
import { createBmcSide, type BmcSide } from "../../../bmc/role/side.ts";
import type { BmcConfig } from "../../../bmc/role/state.ts";
import { HOST_ROLE, type HostSide } from "../../../host/role/side.ts";
import { HOST_DEFAULTS, newHostState, type HostConfig, type HostPhase } from "../../../host/role/state.ts";
import {
  CONTROL_FIELDS_BYTES,
  Field,
  encodeU32,
  encodeVersionRange,
} from "../../../src/core/binding/control-region.ts";
import { Command, SESSION_BITS, Status } from "../../../src/core/binding/registers.ts";
import { Side } from "../../../src/core/binding/side.ts";
import type { VersionRange } from "../../../src/core/binding/versions.ts";
import { BmcPortBus, HostPortBus } from "../../../src/node/port-bus.ts";
import { createPacketMemory } from "../../../src/node/packet-memory.ts";
import { LoopbackBoard } from "../../../src/platform/loopback.ts";
import { millis } from "../../../src/core/wire/units.ts";

/** More rounds than a start or an Initialise takes. */
const ROUNDS = 12;
const NOW = millis(0);
/** As much of the window as is touched here: the control region, and packets of 4096 bytes behind it. */
const BOARD_WINDOW_BYTES = 16 * 1024;

/** The functions of both roles that a bench runs. */
export interface SideCode {
  readonly createBmcSide: typeof createBmcSide;
  readonly HOST_ROLE: typeof HOST_ROLE;
  readonly HOST_DEFAULTS: typeof HOST_DEFAULTS;
  readonly newHostState: typeof newHostState;
  readonly Side: typeof Side;
}

const OWN_CODE: SideCode = { createBmcSide, HOST_ROLE, HOST_DEFAULTS, newHostState, Side };

export type BmcTerms = Pick<BmcConfig, "versions" | "mtu" | "windowBytes">;
export type HostTerms = Pick<HostConfig, "versions" | "mtu" | "windowBytes">;

/** A BMC that has started, before a host played by hand that reads everything at once. */
export class BmcBench {
  readonly board: LoopbackBoard;
  readonly side: BmcSide;

  constructor(terms: BmcTerms, code: SideCode = OWN_CODE) {
    this.board = new LoopbackBoard(BOARD_WINDOW_BYTES);
    this.side = code.createBmcSide(terms, createPacketMemory());
    this.run();
  }

  /** The bytes that carry fields, as they stand. */
  get region(): Uint8Array {
    return this.board.window.slice(0, CONTROL_FIELDS_BYTES);
  }

  /** Writes what a host writes at H1.11 to H1.13 and has it handled; rx_size stays as it stands if there is none. */
  initialise(versions: VersionRange, rxSize: number | undefined): void {
    const { window, port } = this.board.host;
    window.write(Field.hostVersionMin, encodeVersionRange(versions), 0, 4);
    if (rxSize !== undefined) window.write(Field.rxSize, encodeU32(rxSize), 0, 4);
    port.writeData(Command.INITIALISE);
    this.run();
  }

  /** Runs the BMC until it waits, reading ODR as often as there is a byte; gives the bytes. */
  run(): readonly number[] {
    const { port } = this.board.host;
    const bus = new BmcPortBus(this.board.bmc);
    const bytes: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      this.side.service(bus, NOW);
      if ((port.readStatus() & Status.OBF) !== 0) bytes.push(port.readData());
    }
    return bytes;
  }
}

/** A host at one step of its start-up, on a board whose control region and STR were written by hand. */
export class HostBench {
  readonly board: LoopbackBoard;
  readonly side: HostSide;

  constructor(terms: HostTerms, phase: HostPhase, region: Uint8Array, status: number, code: SideCode = OWN_CODE) {
    this.board = new LoopbackBoard(BOARD_WINDOW_BYTES);
    this.board.window.set(region);
    this.board.word = status;
    const state = { ...code.newHostState(), phase };
    this.side = new code.Side(code.HOST_ROLE, { ...code.HOST_DEFAULTS, ...terms }, createPacketMemory(), state);
  }

  /** Makes one round. */
  run(): void {
    this.side.service(new HostPortBus(this.board.host), NOW);
  }

  /** H1.10 to H1.13: what the host proposes to a BMC that has written this offer. */
  static propose(terms: HostTerms, offer: Uint8Array, code: SideCode = OWN_CODE): Uint8Array {
    const bench = new HostBench(terms, { name: "opening" }, offer, Status.BMC_ACTIVE, code);
    bench.run();
    return bench.board.window.slice(0, CONTROL_FIELDS_BYTES);
  }

  /** H1.20 to H1.28: a host that has asked for `askedBytes` finds this answer behind Channel Active. */
  static judge(terms: HostTerms, askedBytes: number, answer: Uint8Array, code: SideCode = OWN_CODE): HostSide {
    const bench = new HostBench(terms, { name: "judging", askedBytes }, answer, SESSION_BITS, code);
    bench.run();
    return bench.side;
  }

  /** H0.2: a host that has just seen BMC Active finds this region. */
  static look(terms: HostTerms, region: Uint8Array, code: SideCode = OWN_CODE): HostBench {
    const bench = new HostBench(terms, { name: "awaitingBmc" }, region, Status.BMC_ACTIVE, code);
    bench.run();
    return bench;
  }
}
