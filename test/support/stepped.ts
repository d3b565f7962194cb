/**
 * Host and BMC on one board, run one bus access at a time in any order that a schedule picks. `Pair` runs the drivers of
 * the program, which take a side's turn as a whole; this one shows what may happen between two accesses of a turn. Each
 * side's loop is that of SideDriver, written as a generator so that it can be left at every access.
 */
import { createBmcSide, type BmcSide } from "../../bmc/role/side.ts";
import type { BmcConfig } from "../../bmc/role/state.ts";
import { createHostSide, type HostSide } from "../../host/role/side.ts";
import type { HostConfig } from "../../host/role/state.ts";
import type { BusAccess, Procedure } from "../../src/core/binding/bus.ts";
import type { Session } from "../../src/core/binding/channel.ts";
import type { Direction, RoleName } from "../../src/core/binding/side.ts";
import { performForBmc, performForHost } from "../../src/drive/executor.ts";
import { createPacketMemory } from "../../src/drive/packet-memory.ts";
import type { Endpoint } from "../../src/core/mctp/endpoint.ts";
import { LoopbackBoard } from "../../src/platform/loopback.ts";
import type { Interrupts } from "../../src/platform/port.ts";
import { earliest, millis, type Millis } from "../../src/core/wire/units.ts";
import { bmcEndpoint, BMC_EID, hostEndpoint, HOST_EID, TEST_TYPE } from "./endpoints.ts";
import { afterReset, STATUS_BITS, type Reset } from "./pair.ts";

export interface SteppedOptions {
  /** Asked at every start of the side: a restarted side may be configured otherwise. */
  readonly host: () => Partial<HostConfig>;
  readonly bmc: () => Partial<BmcConfig>;
  readonly onMessage: (receiver: SteppedMember, bytes: Uint8Array) => void;
  /** Told whenever a side has gone on to its next access, or to the end of its turn. */
  readonly onStep?: ((member: SteppedMember) => void) | undefined;
}

const WINDOW_BYTES = 4096;

export class SteppedMember {
  readonly id: number;
  readonly role: RoleName;
  readonly side: HostSide | BmcSide;
  readonly endpoint: Endpoint;
  /** Sessions this member has opened. */
  sessions = 0;
  wanted = true;
  readonly #interrupts: Interrupts;
  readonly #onStep: SteppedOptions["onStep"];
  readonly #perform: (access: BusAccess) => number;
  #turn: Procedure<void> | undefined;
  #access: BusAccess | undefined;
  #session: Session | undefined;
  #packetsSent = 0;
  #packetsLost = 0;

  constructor(id: number, role: RoleName, board: LoopbackBoard, options: SteppedOptions) {
    this.id = id;
    this.role = role;
    this.#onStep = options.onStep;
    if (role === "host") {
      const { port, window, interrupts } = board.host;
      this.side = createHostSide({ windowBytes: WINDOW_BYTES, ...options.host() }, createPacketMemory());
      this.endpoint = hostEndpoint();
      this.#interrupts = interrupts;
      this.#perform = (access) => {
        if (access.kind === "writeStatus") throw new Error("the host cannot write STR");
        return performForHost(port, window, access);
      };
    } else {
      const { port, window, interrupts } = board.bmc;
      this.side = createBmcSide({ windowBytes: WINDOW_BYTES, ...options.bmc() }, createPacketMemory());
      this.endpoint = bmcEndpoint();
      this.#interrupts = interrupts;
      this.#perform = (access) => performForBmc(port, window, access);
    }
    this.endpoint.onWork = () => {
      this.wanted = true;
    };
    this.endpoint.handle(TEST_TYPE, (message) => {
      options.onMessage(this, message.bytes);
    });
  }

  get active(): boolean {
    return this.side.session !== undefined;
  }

  get deadline(): Millis | undefined {
    return earliest(this.side.nextDeadline(), this.endpoint.nextDeadline());
  }

  /** Whether there is an access under way, or a reason to begin one. */
  called(now: Millis): boolean {
    const { deadline } = this;
    this.wanted = this.#interrupts.pending() || this.wanted || (deadline !== undefined && deadline <= now);
    return this.#turn !== undefined || this.wanted;
  }

  /** Makes the next access and stops before the one after it. */
  step(now: Millis): void {
    let value = 0;
    if (this.#turn === undefined) {
      this.wanted = false;
      this.endpoint.expire(now);
      this.#turn = this.#turns(now);
    } else if (this.#access !== undefined) {
      value = this.#perform(this.#access);
    }
    const next = this.#turn.next(value);
    this.#access = next.done === true ? undefined : next.value;
    if (next.done === true) this.#turn = undefined;
    this.#onStep?.(this);
  }

  *#turns(now: Millis): Procedure<void> {
    const { side, endpoint } = this;
    let waiting = false;
    for (;;) {
      const packet = side.canOffer ? endpoint.nextPacket(this.#unit) : undefined;
      if (packet !== undefined) side.offer(packet);
      if (waiting && (packet === undefined || side.state.channel?.transmit !== "idle")) return;
      waiting = (yield* side.service(now)) === "waiting";
      this.#follow(now);
      const received = side.takeReceived();
      if (received !== undefined) endpoint.receivePacket(received.bytes, received.start, received.end, now);
    }
  }

  get #unit(): number {
    return this.role === "host" ? this.#session!.mtu.hostToBmc : this.#session!.mtu.bmcToHost;
  }

  #follow(now: Millis): void {
    const { session, state } = this.side;
    if (session !== this.#session) {
      if (this.#session !== undefined) this.endpoint.linkDown(now);
      this.#session = session;
      if (session !== undefined) {
        this.sessions++;
        this.endpoint.linkUp(now);
      }
    }
    const { packetsSent, lengthOutOfBounds, crcMismatch } = state.counters;
    for (; this.#packetsSent < packetsSent; this.#packetsSent++) this.endpoint.packetDone(now);
    for (; this.#packetsLost < lengthOutOfBounds + crcMismatch; this.#packetsLost++) this.endpoint.packetLost();
  }

  toString(): string {
    const { phase, channel } = this.side.state;
    return `${this.role} ${phase.name}, transmit ${channel?.transmit ?? "closed"}`;
  }
}

export class SteppedPair {
  readonly board: LoopbackBoard = new LoopbackBoard(WINDOW_BYTES);
  now: Millis = millis(0);
  readonly #options: SteppedOptions;
  readonly #members: Record<RoleName, SteppedMember | undefined> = { host: undefined, bmc: undefined };
  #lastId = 0;

  constructor(options: SteppedOptions) {
    this.#options = options;
    this.start("bmc");
    this.start("host");
  }

  member(role: RoleName): SteppedMember | undefined {
    return this.#members[role];
  }

  get bothActive(): boolean {
    return this.#members.host?.active === true && this.#members.bmc?.active === true;
  }

  start(role: RoleName): void {
    this.#members[role] = new SteppedMember(++this.#lastId, role, this.board, this.#options);
  }

  /** An orderly stop is asked for; the side makes it as soon as it is called. */
  stop(role: RoleName): void {
    const member = this.#members[role];
    if (member === undefined) return;
    member.side.stop();
    member.wanted = true;
  }

  /** The side is gone between two accesses; a reset clears STR as well. */
  end(role: RoleName, ending: "killed" | "reset"): void {
    this.#members[role] = undefined;
    if (ending === "reset") this.board.word &= ~STATUS_BITS;
  }

  /** The platform is reset; both sides live on, and look at STR some time, as a slow poll has them do. */
  resetPlatform(reset: Reset): void {
    this.board.word = afterReset(this.board.word, reset);
    for (const member of Object.values(this.#members)) if (member !== undefined) member.wanted = true;
  }

  /**
   * One access of the side that `prefer` names if it has one to make, else of the other; with nothing to do for either
   * the clock jumps. False: nothing can ever happen again.
   */
  step(prefer: RoleName): boolean {
    const other: RoleName = prefer === "host" ? "bmc" : "host";
    for (const role of [prefer, other]) {
      const member = this.#members[role];
      if (member?.called(this.now) !== true) continue;
      member.step(this.now);
      return true;
    }
    const due = earliest(this.#members.host?.deadline, this.#members.bmc?.deadline);
    if (due === undefined) return false;
    this.now = due;
    return true;
  }

  send(direction: Direction, bytes: Uint8Array): { outcome: string | undefined } {
    const toBmc = direction === "hostToBmc";
    const result: { outcome: string | undefined } = { outcome: undefined };
    const sender = this.#members[toBmc ? "host" : "bmc"];
    sender?.endpoint.send(toBmc ? BMC_EID : HOST_EID, bytes, this.now, (outcome) => {
      result.outcome = outcome;
    });
    return result;
  }

  toString(): string {
    const members = Object.values(this.#members).map((member) => member?.toString() ?? "down");
    return `${members.join("\n")}\nregisters 0x${this.board.word.toString(16)}, now ${String(this.now)} ms`;
  }
}
