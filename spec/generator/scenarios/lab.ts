/**
 * The bench on which scenarios run: a board in memory, host and BMC as the program has them, a recorder on both ports
 * and a virtual clock. Sides take turns in an order that the scenario fixes, so that every run is the same.
 */
import { BMC_DEFAULTS, type BmcConfig } from "../../../bmc/role/state.ts";
import { HOST_DEFAULTS, type HostConfig } from "../../../host/role/state.ts";
import { afterReset, hostStatusOf, SHADOW_FULL, type Depth } from "../../../src/core/binding/kcs-word.ts";
import { SESSION_BITS } from "../../../src/core/binding/registers.ts";
import type { Direction, RoleName } from "../../../src/core/binding/side.ts";
import type { EndpointCore } from "../../../src/core/mctp/endpoint.ts";
import { LoopbackBoard } from "../../../src/platform/loopback.ts";
import type { BmcPlatform, HostPlatform } from "../../../src/platform/port.ts";
import { TraceRecorder } from "../../../src/platform/tracing.ts";
import type { TraceRow } from "../../../src/core/trace/format.ts";
import type { LadderMark } from "../../../src/core/trace/ladder-events.ts";
import { earliest, eid, millis, type Millis } from "../../../src/core/wire/units.ts";
import { EID, Life, termsOf, type Witness } from "./life.ts";
import type { Scenario, ScenarioPacket, SideConfiguration } from "./scenario.ts";

const NANOSECONDS_PER_MILLISECOND = 1_000_000n;
const DEFAULT_WINDOW_BYTES = 1024 * 1024;
/** More than any scenario needs: what takes longer runs in circles. */
const TURN_LIMIT = 1000;

export interface LabOptions {
  readonly host?: Partial<HostConfig>;
  readonly bmc?: Partial<BmcConfig>;
  /** Whose turn comes first when both have something to do. */
  readonly quick?: RoleName;
  /** The side whose accesses are made by hand. */
  readonly byHand?: RoleName;
  /** Default: 1 MiB. */
  readonly windowBytes?: number;
  /** Host bytes that the path into the BMC holds beside IDR. Default: 0. */
  readonly depth?: Depth;
}

export class Lab {
  readonly board: LoopbackBoard;
  readonly rows: TraceRow[] = [];
  /** For accesses by hand; they are recorded like all others. */
  readonly host: HostPlatform;
  readonly bmc: BmcPlatform;
  /** Called for every endpoint before its side's first access. */
  onEndpoint: ((role: RoleName, endpoint: EndpointCore) => void) | undefined;
  readonly #options: LabOptions;
  readonly #recorder: TraceRecorder;
  readonly #marks: LadderMark[] = [];
  readonly #packets: ScenarioPacket[] = [];
  /** What happens right behind the next access of a step. */
  #interruption: { readonly step: string; readonly act: () => void } | undefined;
  #isStepped = false;
  readonly #lives = new Map<RoleName, Life>();
  /** Each side's last life, whether it runs or has ended. */
  readonly #lastLives = new Map<RoleName, Life>();
  #now: Millis = millis(0);
  readonly #figure: { from: number; to: number; lead: string | undefined } = {
    from: 0,
    to: Number.POSITIVE_INFINITY,
    lead: undefined,
  };

  constructor(options: LabOptions = {}) {
    this.#options = options;
    const { windowBytes = DEFAULT_WINDOW_BYTES, depth = 0 } = options;
    this.board = new LoopbackBoard(windowBytes, { depth });
    const tell = (row: TraceRow): void => {
      if (row.side !== "lab") this.#lives.get(row.side)?.tellChanges();
      this.rows.push(row);
      this.#interrupt(row);
    };
    this.#recorder = new TraceRecorder(tell, { clock: () => BigInt(this.#now) * NANOSECONDS_PER_MILLISECOND });
    this.host = this.#recorder.traceHost(this.board.host);
    this.bmc = this.#recorder.traceBmc(this.board.bmc);
  }

  #life(role: RoleName): Life {
    const life = this.#lives.get(role);
    if (life === undefined) throw new Error(`the ${role} does not run`);
    return life;
  }

  /* ---- Life and death ---- */

  /** A side begins on the board as it stands. */
  start(role: RoleName): void {
    const witness: Witness = {
      happened: (words) => {
        this.mark(role, "happens", words);
      },
      passed: (what, bytes) => {
        this.#packets.push({ before: this.rows.length, side: role, what, bytes });
      },
    };
    const { host = {}, bmc = {} } = this.#options;
    const life = role === "host" ? Life.host(this.host, host, witness) : Life.bmc(this.bmc, bmc, witness);
    this.onEndpoint?.(role, life.endpoint);
    this.mark(role, "starts", "starts");
    this.#lives.set(role, life);
    this.#lastLives.set(role, life);
  }

  /** The program of this side is gone between two accesses; registers and window stay as they are. */
  kill(role: RoleName): void {
    this.mark(role, "ends", "is killed");
    this.#lives.delete(role);
  }

  /** An orderly stop, to its end. */
  stop(role: RoleName): void {
    this.askToStop(role);
    this.awaitStop(role);
  }

  askToStop(role: RoleName): void {
    this.mark(role, "happens", "is asked to stop");
    const life = this.#life(role);
    life.side.stop();
    life.wanted = true;
  }

  /** Runs until this side has stopped. */
  awaitStop(role: RoleName): void {
    const life = this.#life(role);
    this.runUntil(() => life.side.stopped, `the ${role} has stopped`);
    this.mark(role, "ends", "has stopped");
    this.#lives.delete(role);
  }

  /* ---- Turns and time ---- */

  /** Runs this side once, whether anything calls for it or not. */
  turn(role: RoleName): void {
    this.#life(role).turn(this.#now);
  }

  /** Runs both sides until nothing but time could bring more. */
  settle(): void {
    for (let turns = 0; turns < TURN_LIMIT; turns++) if (!this.#step()) return;
    throw new Error("running in circles");
  }

  /** Runs both sides, the clock jumping to the next deadline where nothing else calls. */
  runUntil(condition: () => boolean, what: string): void {
    for (let turns = 0; turns < TURN_LIMIT; turns++) {
      if (condition()) return;
      if (!this.#step() && !this.#jump()) throw new Error(`stuck before "${what}"`);
    }
    throw new Error(`running in circles before "${what}"`);
  }

  /** Runs until this side is in a session, or in none. */
  runUntilSession(role: RoleName, isOpen = true): void {
    this.runUntil(() => this.#inSession(role) === isOpen, `the ${role} in session: ${String(isOpen)}`);
  }

  /** Runs until both sides are in session and nothing is left to do. */
  bringUp(): void {
    this.runUntil(() => this.#inSession("host") && this.#inSession("bmc"), "both in session");
    this.settle();
  }

  #inSession(role: RoleName): boolean {
    return this.#lives.get(role)?.side.session !== undefined;
  }

  /** One turn of a side that something calls for; false if nothing does. */
  #step(): boolean {
    const first = this.#options.quick ?? "bmc";
    for (const role of [first, first === "host" ? "bmc" : "host"] as const) {
      const life = this.#lives.get(role);
      if (life === undefined || !life.isCalled()) continue;
      this.turn(role);
      return true;
    }
    return false;
  }

  /** Lets time pass to the next deadline, and whoever it is for have a turn. */
  wait(): void {
    if (!this.#jump()) throw new Error("nobody waits for a deadline");
  }

  /** The clock jumps to the next deadline, and whoever it is for has a turn; false without one. */
  #jump(): boolean {
    const lives = [...this.#lives];
    const due = earliest(...lives.map(([, { driver }]) => driver.nextDeadline()));
    if (due === undefined) return false;
    if (due > this.#now) this.#now = due;
    for (const [role, { driver }] of lives) {
      const own = driver.nextDeadline();
      if (own !== undefined && own <= this.#now) this.turn(role);
    }
    return true;
  }

  /* ---- Messages ---- */

  /** Queues a message, without running anything. */
  send(direction: Direction, bytes: Uint8Array): void {
    const [from, to] = direction === "hostToBmc" ? (["host", "bmc"] as const) : (["bmc", "host"] as const);
    this.mark(from, "happens", `is to send a message of ${String(bytes.length)} bytes`);
    this.#life(from).endpoint.send(eid(EID[to]), bytes, this.#now);
  }

  /* ---- Hands from outside ---- */

  /** STR takes this value, whatever either side thinks. Rings for nobody, as a reset of the BMC's registers. */
  pokeStatus(value: number): void {
    this.board.word = (this.board.word & ~(0xff & ~SHADOW_FULL)) | value;
    this.#recorder.registerPoked("STR", value);
  }

  /** All three registers become 0: a reset of the whole interface. */
  resetRegisters(): void {
    this.board.word = afterReset(this.board.word);
    for (const register of ["IDR", "ODR"] as const) this.#recorder.registerPoked(register, 0);
    this.#recorder.registerPoked("STR", hostStatusOf(this.board.word));
  }

  pokeWindow(offset: number, bytes: Uint8Array): void {
    this.board.window.set(bytes, offset);
    this.#recorder.windowPoked(offset, bytes);
  }

  /** Has this happen right behind the next access of this step, before the round goes on. */
  interruptBehind(step: string, act: () => void): void {
    this.#interruption = { step, act };
  }

  #interrupt({ step }: TraceRow): void {
    if (step === undefined || this.#interruption?.step !== step) return;
    const { act } = this.#interruption;
    this.#interruption = undefined;
    this.#isStepped = true;
    act();
  }

  /* ---- The record ---- */

  /** Notes what no row shows, before the next row. */
  mark(side: LadderMark["side"], what: LadderMark["what"], text: string): void {
    this.#marks.push({ before: this.rows.length, side, what, text });
  }

  /** The figure begins with the next row; `lead` says what led there, which is a session unless it is given. */
  beginFigure(lead: string = this.#terms()): void {
    this.#figure.from = this.rows.length;
    this.#figure.lead = lead;
  }

  /** The figure begins with the first row of this step so far; `lead` says what led there. */
  beginFigureAt(step: string, lead: string): void {
    const from = this.rows.findIndex((row) => row.step === step);
    if (from < 0) throw new Error(`no access was ${step}`);
    this.#figure.from = from;
    this.#figure.lead = lead;
  }

  /** The figure ends with the last row. */
  endFigure(): void {
    this.#figure.to = this.rows.length - 1;
  }

  /** Where things stand, for whoever has not seen how they came there. */
  #terms(): string {
    const session = this.#life("host").side.session;
    if (session === undefined || (this.board.word & SESSION_BITS) !== SESSION_BITS) {
      throw new Error("a figure begins with the run or in a session");
    }
    return `the session is up: ${termsOf(session)}`;
  }

  /** The run so far as a scenario. */
  record(name: string, title: string, description: string): Scenario {
    const { from, to, lead } = this.#figure;
    return {
      name,
      title,
      description,
      windowBytes: this.board.window.length,
      depth: this.board.depth,
      isStepped: this.#isStepped,
      configuration: { host: this.#configuration("host"), bmc: this.#configuration("bmc") },
      rows: this.rows,
      marks: this.#marks,
      packets: this.#packets,
      outcome: { host: this.#lastLives.get("host")?.outcome, bmc: this.#lastLives.get("bmc")?.outcome },
      figure: { from, to: Math.min(to, this.rows.length - 1), lead },
    };
  }

  #configuration(role: RoleName): SideConfiguration {
    const { host, bmc, byHand } = this.#options;
    const { versions, mtu } = role === "host" ? { ...HOST_DEFAULTS, ...host } : { ...BMC_DEFAULTS, ...bmc };
    return { eid: EID[role], versions, mtu, byHand: role === byHand };
  }
}
