/**
 * A board on which directed runs take place: the project's own sides through their drivers and endpoints, or scripted
 * peers, on a virtual clock. Every access of either side becomes a row, with the clock as its time.
 */
import { createBmcSide } from "../../../bmc/role/side.ts";
import type { BmcConfig } from "../../../bmc/role/state.ts";
import { createHostSide } from "../../../host/role/side.ts";
import type { HostConfig } from "../../../host/role/state.ts";
import { hostStatusOf, type Depth } from "../../../src/core/binding/kcs-word.ts";
import type { Direction, RoleName } from "../../../src/core/binding/side.ts";
import { traceTime, type LifeEvent, type TraceEntry, type TraceRow } from "../../../src/core/trace/format.ts";
import { earliest, millis, type Millis } from "../../../src/core/wire/units.ts";
import { createPacketMemory } from "../../../src/node/packet-memory.ts";
import { BmcPortBus, HostPortBus } from "../../../src/node/port-bus.ts";
import { SideDriver } from "../../../src/node/side-driver.ts";
import { LoopbackBoard } from "../../../src/platform/loopback.ts";
import type { BmcPlatform, HostPlatform } from "../../../src/platform/port.ts";
import { TraceRecorder } from "../../../src/platform/tracing.ts";
import { BMC_EID, bmcEndpoint, HOST_EID, hostEndpoint } from "../../support/endpoints.ts";
import { afterReset, Member, type Reset } from "../../support/pair.ts";

const NANOSECONDS = 1e6;
/** No run needs more; a mistaken side may never come to an end. */
const ROW_LIMIT = 40_000;
/** Turns without a row: a side that asks to be called and then does nothing. */
const TURN_LIMIT = 20_000;
const ROLES: readonly RoleName[] = ["bmc", "host"];

/** A run is over because a mistaken side did not come to rest, or did not come to where the run wants it. */
export class RunEnd extends Error {}

export interface StageOptions {
  readonly windowBytes?: number;
  readonly depth?: Depth;
  /** Both sides look at their status this often, in milliseconds, while time passes. */
  readonly poll?: number;
}

export class Stage {
  readonly rows: TraceEntry[] = [];
  readonly board: LoopbackBoard;
  /** Traced; scripted peers use these. */
  readonly hostPlatform: HostPlatform;
  readonly bmcPlatform: BmcPlatform;
  now: Millis = millis(0);
  /** Called behind each access: the hand of a peer between two accesses of a side. */
  afterRow: ((row: TraceRow) => void) | undefined;
  readonly #members: Record<RoleName, Member | undefined> = { host: undefined, bmc: undefined };
  readonly #poll: number;
  #ids = 0;
  #polledAt = 0;
  #hostFirst = false;

  constructor({ windowBytes = 16 * 1024, depth = 0, poll = 100 }: StageOptions = {}) {
    this.board = new LoopbackBoard(windowBytes, { depth });
    this.#poll = poll;
    const recorder = new TraceRecorder(
      (row) => {
        this.#tell({ ...row, n: this.rows.length });
        this.afterRow?.(row);
      },
      { clock: () => this.#time },
    );
    this.hostPlatform = recorder.traceHost(this.board.host);
    this.bmcPlatform = recorder.traceBmc(this.board.bmc);
  }

  get #time(): bigint {
    return BigInt(Math.round(this.now * NANOSECONDS));
  }

  #tell(row: TraceEntry): void {
    if (this.rows.length >= ROW_LIMIT) throw new RunEnd("more rows than any run needs");
    this.rows.push(row);
  }

  tellLife(side: RoleName, event: LifeEvent): void {
    this.#tell({ n: this.rows.length, t: traceTime(this.#time), side, op: "life", event });
  }

  /* ---- Lives ---- */

  startHost(config: Partial<HostConfig> = {}): Member {
    const side = createHostSide({ windowBytes: this.board.window.length, ...config }, createPacketMemory());
    const endpoint = hostEndpoint();
    const driver = new SideDriver(side, new HostPortBus(this.hostPlatform), endpoint);
    return this.#begin("host", new Member(++this.#ids, side, endpoint, driver, this.hostPlatform.interrupts, this.now));
  }

  startBmc(config: Partial<BmcConfig> = {}): Member {
    const side = createBmcSide({ windowBytes: this.board.window.length, ...config }, createPacketMemory());
    const endpoint = bmcEndpoint();
    const driver = new SideDriver(side, new BmcPortBus(this.bmcPlatform), endpoint);
    this.board.openBmcNode();
    return this.#begin("bmc", new Member(++this.#ids, side, endpoint, driver, this.bmcPlatform.interrupts, this.now));
  }

  #begin(role: RoleName, member: Member): Member {
    this.#members[role] = member;
    this.tellLife(role, "started");
    return member;
  }

  member(role: RoleName): Member | undefined {
    return this.#members[role];
  }

  get host(): Member {
    const member = this.#members.host;
    if (member === undefined) throw new RunEnd("the host is gone");
    return member;
  }

  get bmc(): Member {
    const member = this.#members.bmc;
    if (member === undefined) throw new RunEnd("the BMC is gone");
    return member;
  }

  /** Gone in an instant; the registers stay as they are. */
  kill(role: RoleName): void {
    this.#members[role] = undefined;
    if (role === "bmc") this.board.bmc.close();
  }

  /** Asks for an orderly stop; it is carried out as the sides run, see `settle` and `pass`. */
  askToStop(role: RoleName): void {
    const member = this.#members[role];
    if (member === undefined) return;
    this.tellLife(role, "stopAsked");
    member.side.stop();
    member.wanted = true;
  }

  /** An orderly stop from its beginning to its end. */
  stop(role: RoleName): void {
    this.askToStop(role);
    this.settle();
    if (this.#members[role] !== undefined) this.pass(2000);
    this.kill(role);
  }

  /** STR is cleared from outside, and what else the reset takes. Nothing rings. */
  reset(reset: Reset): void {
    this.board.word = afterReset(this.board.word, reset);
    const value = hostStatusOf(this.board.word).toString(16).padStart(2, "0");
    this.#tell({ n: this.rows.length, t: traceTime(this.#time), side: "lab", op: "poke", reg: "STR", value });
  }

  /* ---- Time and turns ---- */

  /** One turn of a side. */
  turn(role: RoleName): void {
    const member = this.#members[role];
    if (member === undefined) return;
    member.wanted = false;
    const due = member.driver.nextDeadline();
    const more = due !== undefined && due <= this.now ? member.driver.expire(this.now) : member.driver.pump(this.now);
    member.wanted ||= more;
    if (!member.side.stopped) return;
    this.tellLife(role, "ended");
    this.kill(role);
  }

  /** One turn of a side that is called; false: none is. */
  step(): boolean {
    this.#hostFirst = !this.#hostFirst;
    for (const role of this.#hostFirst ? ROLES.toReversed() : ROLES) {
      if (!this.#isCalled(role)) continue;
      this.turn(role);
      return true;
    }
    return false;
  }

  /** Runs until only the clock, or a peer, could bring more. */
  settle(): this {
    for (let turns = 0; turns < TURN_LIMIT; turns++) if (!this.step()) return this;
    throw new RunEnd("a side does not come to rest");
  }

  /** Has both sides look at their status, and settles. */
  look(): this {
    for (const role of ROLES) {
      const member = this.#members[role];
      if (member !== undefined) member.wanted = true;
    }
    return this.settle();
  }

  /** Lets time pass; deadlines and polls are carried out as they come. `meanwhile` is called after each. */
  pass(span: number, meanwhile?: () => void): this {
    const end = this.now + span;
    for (;;) {
      this.settle();
      const due = earliest(this.#members.host?.driver.nextDeadline(), this.#members.bmc?.driver.nextDeadline());
      // A deadline that has passed and is still there is looked at again a millisecond later.
      const later = due === undefined ? Number.POSITIVE_INFINITY : Math.max(due, this.now + 1);
      const next = Math.min(later, this.#polledAt + this.#poll);
      if (next > end) break;
      this.now = millis(next);
      for (const role of ROLES) {
        const own = this.#members[role]?.driver.nextDeadline();
        if (own !== undefined && own <= this.now) this.turn(role);
      }
      if (this.now >= this.#polledAt + this.#poll) {
        this.#polledAt = this.now;
        this.look();
      }
      meanwhile?.();
    }
    this.now = millis(end);
    return this;
  }

  #isCalled(role: RoleName): boolean {
    const member = this.#members[role];
    if (member === undefined) return false;
    const rung = member.interrupts.pending();
    return rung || member.wanted;
  }

  /* ---- Sessions and messages ---- */

  get bothActive(): boolean {
    return this.#members.host?.active === true && this.#members.bmc?.active === true;
  }

  /** Runs until both sides are in a session; ends the run where they do not come to one. */
  bringUp(): this {
    this.settle();
    if (!this.bothActive) this.pass(3000);
    if (!this.bothActive) throw new RunEnd("no session");
    return this;
  }

  /** Queues a message at a side's endpoint. */
  send(direction: Direction, bytes: Uint8Array): void {
    const isToBmc = direction === "hostToBmc";
    const sender = isToBmc ? this.host : this.bmc;
    sender.endpoint.send(isToBmc ? BMC_EID : HOST_EID, bytes, this.now);
  }
}
