/**
 * Host and BMC on one board in memory, with the drivers and endpoints that the program runs. One virtual clock jumps
 * from each wake-up to the next, so that hours pass in no time and every run is the same.
 */
import { createBmcSide, type BmcSide } from "../../bmc/role/side.ts";
import type { BmcConfig } from "../../bmc/role/state.ts";
import { createHostSide, type HostSide } from "../../host/role/side.ts";
import type { HostConfig } from "../../host/role/state.ts";
import type { Misbehaviour } from "../../src/agent/misbehaviour/misbehaviour.ts";
import type { BusAccess } from "../../src/core/binding/access.ts";
import {
  CONTROL_FIELDS_BYTES,
  decodeControlRegion,
  type ControlRegion,
} from "../../src/core/binding/control-region.ts";
import { SESSION_BITS, statusText } from "../../src/core/binding/registers.ts";
import type { Direction, RoleName } from "../../src/core/binding/side.ts";
import type { PacketMemory } from "../../src/core/binding/packet-buffer.ts";
import { createPacketMemory } from "../../src/node/packet-memory.ts";
import { BmcPortBus, HostPortBus } from "../../src/node/port-bus.ts";
import type { Pumped } from "../../src/node/runner.ts";
import { SideDriver } from "../../src/node/side-driver.ts";
import type { EndpointCore } from "../../src/core/mctp/endpoint.ts";
import type { Message } from "../../src/core/mctp/message.ts";
import { HIDDEN_FROM_HOST, hostStatusOf, SHADOW_FULL, type Depth } from "../../src/core/binding/kcs-word.ts";
import { LoopbackBoard } from "../../src/platform/loopback.ts";
import type { BmcPlatform, HostPlatform, Interrupts } from "../../src/platform/port.ts";
import { unreachable } from "../../src/core/wire/result.ts";
import { earliest, later, millis, type Eid, type Millis } from "../../src/core/wire/units.ts";
import { AccessBus } from "../../src/core/binding/access-bus.ts";
import { performerOf } from "./access-bus.ts";
import { bmcEndpoint, BMC_EID, hostEndpoint, HOST_EID, TEST_TYPE, rethrowing } from "./endpoints.ts";

/** More turns than any scenario needs: what takes longer runs in circles. */
const TURN_LIMIT = 50_000;

/** STR as a reset clears it. The flag in the place of C/D is the driver's: its shadow lives in memory. */
export const STATUS_BITS: number = 0xff & ~SHADOW_FULL;

export interface PairOptions {
  readonly windowBytes?: number;
  /** Of the board: host bytes that the path into the BMC holds beside IDR. */
  readonly depth?: Depth;
  readonly host?: Partial<HostConfig>;
  readonly bmc?: Partial<BmcConfig>;
  /** In this order; both, the BMC first, where nothing is said. */
  readonly starts?: readonly RoleName[];
  readonly wrapHost?: (platform: HostPlatform) => HostPlatform;
  readonly wrapBmc?: (platform: BmcPlatform) => BmcPlatform;
  /** What a side does wrong on purpose, in all of its lives. */
  readonly misbehaviours?: Partial<Readonly<Record<RoleName, Misbehaviour>>>;
  /** Each side is also called this often, without any event. */
  readonly poll?: number;
  /** Called before every access of a side; a Crash thrown here ends the side on the spot. */
  readonly beforeAccess?: (role: RoleName, access: BusAccess) => void;
  /** Sides in place of the program's own, with the memory for their packets: models of deployed ones. */
  readonly createHost?: (windowBytes: number, memory: PacketMemory) => HostSide;
  readonly createBmc?: (windowBytes: number, memory: PacketMemory) => BmcSide;
  /** Told of every message of TEST_TYPE beside its being kept. */
  readonly onMessage?: (receiver: Member, bytes: Uint8Array) => void;
}

/** Thrown in the middle of a side's accesses: the side is gone. */
export class Crash extends Error {
  readonly ending: "killed" | "reset";

  constructor(ending: "killed" | "reset" = "killed") {
    super(ending);
    this.ending = ending;
  }
}

/** How a side goes: killed, registers as they are; by a reset that clears STR and rings no bell; by an orderly stop. */
export type Ending = "killed" | "reset" | "orderly";

/**
 * What a reset of the platform takes, under sides that live on: the registers and the byte that the driver has taken,
 * the registers alone, STR with its flags, or the session bits alone. It rings no bell: a side finds out when it looks.
 */
export type Reset = "everything" | "registers" | "status" | "sessionBits";
export const RESETS: readonly Reset[] = ["everything", "registers", "status", "sessionBits"];

/** The register word after a reset. */
export function afterReset(word: number, reset: Reset): number {
  switch (reset) {
    case "everything":
      return 0;
    case "registers":
      return word & HIDDEN_FROM_HOST;
    case "status":
      return word & ~STATUS_BITS;
    case "sessionBits":
      return word & ~SESSION_BITS;
    default:
      return unreachable(reset);
  }
}

/** One side as it runs; a restart makes a new one. */
export class Member<Side extends HostSide | BmcSide = HostSide | BmcSide> {
  /** No two members of a pair share it. */
  readonly id: number;
  readonly role: RoleName;
  readonly side: Side;
  readonly endpoint: EndpointCore;
  readonly driver: Pumped;
  readonly interrupts: Interrupts;
  /** What came in, in order, and in which of this member's sessions, counted from 1. */
  readonly received: { readonly bytes: Uint8Array; readonly message: Message; readonly session: number }[] = [];
  /** Sessions this member has opened. */
  sessions = 0;
  onMessage: ((receiver: Member, bytes: Uint8Array) => void) | undefined;
  wanted = true;
  running = false;
  polledAt: Millis;

  constructor(id: number, side: Side, endpoint: EndpointCore, driver: Pumped, interrupts: Interrupts, now: Millis) {
    this.id = id;
    this.role = side.role.name;
    this.side = side;
    this.endpoint = endpoint;
    this.driver = driver;
    this.interrupts = interrupts;
    this.polledAt = now;
    endpoint.onWork = () => {
      this.wanted = true;
    };
    endpoint.onLinkChange = (up) => {
      if (up) this.sessions++;
    };
    rethrowing(endpoint).handle(TEST_TYPE, (message) => {
      this.received.push({ bytes: message.bytes, message, session: this.sessions });
      this.onMessage?.(this, message.bytes);
    });
  }

  get active(): boolean {
    return this.side.session !== undefined;
  }

  toString(): string {
    const { state } = this.side;
    const channel = state.channel;
    const traffic = channel === undefined ? `closed: ${state.closeReason}` : `transmit ${channel.transmit}`;
    return `${this.role} ${state.phase.name}, ${traffic}, ${String(this.endpoint.queued)} messages queued`;
  }
}

export class Pair {
  readonly board: LoopbackBoard;
  now: Millis = millis(0);
  readonly #options: PairOptions;
  /** As their sides and scripted peers use them: wrapped. */
  readonly hostPlatform: HostPlatform;
  readonly bmcPlatform: BmcPlatform;
  #host: Member<HostSide> | undefined;
  #bmc: Member<BmcSide> | undefined;
  #hostFirst = false;
  #members = 0;

  /** Sides on a fresh board, nothing run yet; see `bringUp`. */
  constructor(options: PairOptions = {}) {
    this.#options = options;
    this.board = new LoopbackBoard(options.windowBytes ?? 64 * 1024, { depth: options.depth ?? 0 });
    this.hostPlatform = options.wrapHost?.(this.board.host) ?? this.board.host;
    this.bmcPlatform = options.wrapBmc?.(this.board.bmc) ?? this.board.bmc;
    for (const role of options.starts ?? (["bmc", "host"] as const)) this.start(role);
  }

  get host(): Member<HostSide> {
    if (this.#host === undefined) throw new Error("the host is down");
    return this.#host;
  }

  get bmc(): Member<BmcSide> {
    if (this.#bmc === undefined) throw new Error("the BMC is down");
    return this.#bmc;
  }

  member(role: RoleName): Member | undefined {
    return role === "host" ? this.#host : this.#bmc;
  }

  /** The control region as it stands. */
  get region(): ControlRegion {
    return decodeControlRegion(this.board.window.subarray(0, CONTROL_FIELDS_BYTES));
  }

  get status(): number {
    return hostStatusOf(this.board.word);
  }

  get bothActive(): boolean {
    return this.#host?.active === true && this.#bmc?.active === true;
  }

  /* ---- Life and death ---- */

  /** A new side of this role on the board as it stands, configured as the pair is where nothing else is said. */
  start(role: RoleName, config?: Partial<HostConfig & BmcConfig>): Member {
    const member = role === "host" ? this.#startHost(config) : this.#startBmc(config);
    member.onMessage = this.#options.onMessage;
    return member;
  }

  #startHost(config: Partial<HostConfig> = this.#options.host ?? {}): Member<HostSide> {
    const { length: windowBytes } = this.board.window;
    const memory = createPacketMemory();
    const side = this.#options.createHost?.(windowBytes, memory) ?? createHostSide({ windowBytes, ...config }, memory);
    const bus = this.#watchedBus("host", this.hostPlatform) ?? new HostPortBus(this.hostPlatform);
    const endpoint = hostEndpoint();
    const misbehaviour = this.#options.misbehaviours?.host;
    const driver = new SideDriver(side, misbehaviour?.hostBus(bus) ?? bus, endpoint);
    const rounds = misbehaviour?.rounds(driver, side) ?? driver;
    const { interrupts } = this.hostPlatform;
    const wakes = misbehaviour?.interrupts(interrupts) ?? interrupts;
    this.#host = new Member(++this.#members, side, endpoint, rounds, wakes, this.now);
    return this.#host;
  }

  #startBmc(config: Partial<BmcConfig> = this.#options.bmc ?? {}): Member<BmcSide> {
    const { length: windowBytes } = this.board.window;
    const memory = createPacketMemory();
    const side = this.#options.createBmc?.(windowBytes, memory) ?? createBmcSide({ windowBytes, ...config }, memory);
    const bus = this.#watchedBus("bmc", this.bmcPlatform) ?? new BmcPortBus(this.bmcPlatform);
    const endpoint = bmcEndpoint();
    this.board.openBmcNode();
    const misbehaviour = this.#options.misbehaviours?.bmc;
    const driver = new SideDriver(side, misbehaviour?.bmcBus(bus) ?? bus, endpoint);
    const rounds = misbehaviour?.rounds(driver, side) ?? driver;
    const { interrupts } = this.bmcPlatform;
    const wakes = misbehaviour?.interrupts(interrupts) ?? interrupts;
    this.#bmc = new Member(++this.#members, side, endpoint, rounds, wakes, this.now);
    return this.#bmc;
  }

  /** The side is gone; nothing else happens until `start`. An orderly end runs both sides until it is done. */
  end(role: RoleName, ending: Ending): void {
    if (ending === "orderly") {
      const member = this.member(role);
      member?.side.stop();
      if (member !== undefined) member.wanted = true;
      this.runUntil(() => this.member(role)?.side.stopped !== false, `${role} stopped`);
    }
    if (role === "host") {
      this.#host = undefined;
    } else {
      this.#bmc = undefined;
      // The driver takes nothing while no process has its node open.
      this.board.bmc.close();
    }
    if (ending === "reset") this.board.word &= ~STATUS_BITS;
  }

  restart(role: RoleName, ending: Ending): void {
    this.end(role, ending);
    this.start(role);
  }

  /** The platform is reset; both sides live on, and look at STR some time, as a slow poll has them do. */
  resetPlatform(reset: Reset): void {
    this.board.word = afterReset(this.board.word, reset);
    for (const member of [this.#host, this.#bmc]) if (member !== undefined) member.wanted = true;
  }

  /** The program's bus cannot be watched. */
  #watchedBus(role: RoleName, platform: HostPlatform | BmcPlatform): AccessBus | undefined {
    const { beforeAccess } = this.#options;
    if (beforeAccess === undefined) return undefined;
    const perform = performerOf(platform);
    return new AccessBus((access) => {
      beforeAccess(role, access);
      return perform(access);
    });
  }

  /* ---- Time and turns ---- */

  /** Runs this side once, event or no event; false if it is down or already in the middle of a turn. */
  turn(role: RoleName): boolean {
    const member = this.member(role);
    if (member === undefined || member.running) return false;
    member.wanted = false;
    member.polledAt = this.now;
    member.running = true;
    try {
      const due = member.driver.nextDeadline();
      const more = due !== undefined && due <= this.now ? member.driver.expire(this.now) : member.driver.pump(this.now);
      member.wanted ||= more;
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      this.end(role, error.ending);
    } finally {
      member.running = false;
    }
    return true;
  }

  /** One turn of a side that an event calls for; without one the clock jumps to the next deadline. False: all asleep. */
  step(): boolean {
    this.#hostFirst = !this.#hostFirst;
    const order: readonly RoleName[] = this.#hostFirst ? ["host", "bmc"] : ["bmc", "host"];
    for (const role of order) if (this.#called(role)) return this.turn(role);
    const due = earliest(this.#due("host"), this.#due("bmc"));
    if (due === undefined) return false;
    // A deadline that has passed and is still there is looked at again a millisecond later.
    this.now = due > this.now ? due : later(this.now, millis(1));
    for (const role of order) {
      const own = this.#due(role);
      if (own !== undefined && own <= this.now) this.turn(role);
    }
    return true;
  }

  #called(role: RoleName): boolean {
    const member = this.member(role);
    if (member === undefined) return false;
    const rung = member.interrupts.pending();
    return rung || member.wanted;
  }

  #due(role: RoleName): Millis | undefined {
    const member = this.member(role);
    if (member === undefined) return undefined;
    const { poll } = this.#options;
    return earliest(
      member.driver.nextDeadline(),
      poll === undefined ? undefined : later(member.polledAt, millis(poll)),
    );
  }

  /** Runs until the condition holds. Throws when nothing more can happen before, or when it goes round in circles. */
  runUntil(condition: () => boolean, what: string): void {
    for (let turns = 0; turns < TURN_LIMIT; turns++) {
      if (condition()) return;
      if (!this.step()) throw new Error(`stuck before "${what}"\n${this.toString()}`);
    }
    throw new Error(`running in circles before "${what}"\n${this.toString()}`);
  }

  /** Runs until only the clock, or nothing, could bring more. */
  settle(): void {
    const settled = (): boolean => !this.#called("host") && !this.#called("bmc");
    for (let turns = 0; turns < TURN_LIMIT; turns++) {
      // Asking takes the interrupts, so both sides have their turn.
      if (settled()) return;
      this.turn("host");
      this.turn("bmc");
    }
    throw new Error(`running in circles\n${this.toString()}`);
  }

  /** Lets this much time pass, carrying out what falls due. `meanwhile` is called whenever some of it has passed. */
  pass(span: number, meanwhile?: () => void): void {
    const end = later(this.now, millis(span));
    for (let turns = 0; turns < TURN_LIMIT; turns++) {
      this.settle();
      const due = earliest(this.#due("host"), this.#due("bmc"));
      if (due === undefined || due > end || this.now >= end) {
        this.now = end;
        return;
      }
      this.step();
      meanwhile?.();
    }
    throw new Error(`running in circles\n${this.toString()}`);
  }

  /* ---- Channel and messages ---- */

  /** Runs until both sides are in session and nothing is left to do. */
  bringUp(): this {
    this.runUntil(() => this.bothActive, "both sides active");
    this.settle();
    return this;
  }

  /** Queues a message; what became of it shows in the outcome list once it is known. */
  send(direction: Direction, bytes: Uint8Array): { outcome: string | undefined } {
    const sender = direction === "hostToBmc" ? this.host : this.bmc;
    const destination: Eid = direction === "hostToBmc" ? BMC_EID : HOST_EID;
    const result: { outcome: string | undefined } = { outcome: undefined };
    sender.endpoint.send(destination, bytes, this.now, (outcome) => {
      result.outcome = outcome;
    });
    return result;
  }

  /** Sends a message, runs until it has arrived and gives back what arrived. */
  deliver(direction: Direction, bytes: Uint8Array): Uint8Array {
    const receiver = direction === "hostToBmc" ? this.bmc : this.host;
    const before = receiver.received.length;
    const sent = this.send(direction, bytes);
    this.runUntil(() => receiver.received.length > before && sent.outcome !== undefined, `${direction} delivered`);
    return receiver.received[before]!.bytes;
  }

  toString(): string {
    return [
      this.#host?.toString() ?? "host down",
      this.#bmc?.toString() ?? "bmc down",
      `STR ${statusText(this.status)}, now ${String(this.now)} ms`,
    ].join("\n");
  }
}
