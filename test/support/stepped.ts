/**
 * Host and BMC on one board, run one bus access at a time in any order that a schedule picks. `Pair` runs the drivers of
 * the program, which take a side's turn as a whole; this one shows what may happen between two accesses of a turn. A
 * round is suspended by running it again from its start, on a copy of the state, with the answers that it has got so
 * far; around its rounds each side does what SideDriver does.
 */
import { createBmcSide, type BmcSide } from "../../bmc/role/side.ts";
import type { BmcConfig, BmcState } from "../../bmc/role/state.ts";
import { createHostSide, type HostSide } from "../../host/role/side.ts";
import type { HostConfig, HostState } from "../../host/role/state.ts";
import type { BusAccess } from "../../src/core/binding/access.ts";
import type { Session } from "../../src/core/binding/channel.ts";
import type { Depth } from "../../src/core/binding/kcs-word.ts";
import { ScriptedBus, type Script } from "../../src/core/binding/scripted-bus.ts";
import type { Direction, RoleName } from "../../src/core/binding/side.ts";
import { createPacketMemory } from "../../src/node/packet-memory.ts";
import type { Endpoint } from "../../src/core/mctp/endpoint.ts";
import { LoopbackBoard } from "../../src/platform/loopback.ts";
import type { Interrupts } from "../../src/platform/port.ts";
import { earliest, millis, type Millis } from "../../src/core/wire/units.ts";
import type { MakeAccess } from "../../src/core/binding/access-bus.ts";
import { performerOf } from "./access-bus.ts";
import { bmcEndpoint, BMC_EID, hostEndpoint, HOST_EID, TEST_TYPE } from "./endpoints.ts";
import { afterReset, STATUS_BITS, type Reset } from "./pair.ts";

export interface SteppedOptions {
  /** Asked at every start of the side: a restarted side may be configured otherwise. */
  readonly host: () => Partial<HostConfig>;
  readonly bmc: () => Partial<BmcConfig>;
  /** Of the board. With 1 the driver's interrupt handler runs where the schedule has it run, see `takeIdr`. */
  readonly depth?: Depth;
  readonly onMessage: (receiver: SteppedMember, bytes: Uint8Array) => void;
  /** Told whenever a side has gone on to its next access, or to the end of its turn. */
  readonly onStep?: ((member: SteppedMember) => void) | undefined;
}

const WINDOW_BYTES = 4096;

/** A register's value, the bytes of a window read, or 0 for a write. */
type Answer = number | Uint8Array;

/** A round under way: the state that it began with, and what its accesses have read so far. */
interface Round {
  readonly began: HostState | BmcState;
  readonly answers: Answer[];
  readonly now: Millis;
}

export class SteppedMember {
  readonly id: number;
  readonly role: RoleName;
  /** As its code has made it up to the access that is next. */
  readonly side: HostSide | BmcSide;
  readonly endpoint: Endpoint;
  /** Sessions this member has opened. */
  sessions = 0;
  wanted = true;
  readonly #interrupts: Interrupts;
  readonly #onStep: SteppedOptions["onStep"];
  readonly #perform: MakeAccess;
  readonly #bus = new ScriptedBus();
  #round: Round | undefined;
  #access: BusAccess | undefined;
  #isStopAsked = false;
  #session: Session | undefined;
  #packetsSent = 0;
  #packetsLost = 0;

  constructor(id: number, role: RoleName, board: LoopbackBoard, options: SteppedOptions) {
    this.id = id;
    this.role = role;
    this.#onStep = options.onStep;
    if (role === "host") {
      this.side = createHostSide({ windowBytes: WINDOW_BYTES, ...options.host() }, createPacketMemory());
      this.endpoint = hostEndpoint();
      this.#interrupts = board.host.interrupts;
      this.#perform = performerOf(board.host);
    } else {
      this.side = createBmcSide({ windowBytes: WINDOW_BYTES, ...options.bmc() }, createPacketMemory());
      this.endpoint = bmcEndpoint();
      this.#interrupts = board.bmc.interrupts;
      this.#perform = performerOf(board.bmc);
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

  get isStopAsked(): boolean {
    return this.#isStopAsked;
  }

  /** An orderly stop, from the next round on. */
  stop(): void {
    this.#isStopAsked = true;
    this.wanted = true;
  }

  /** Whether there is an access under way, or a reason to begin one. */
  called(now: Millis): boolean {
    const { deadline } = this;
    this.wanted = this.#interrupts.pending() || this.wanted || (deadline !== undefined && deadline <= now);
    return this.#round !== undefined || this.wanted;
  }

  /** Makes the next access and stops before the one after it. */
  step(now: Millis): void {
    if (this.#round === undefined) {
      this.wanted = false;
      this.endpoint.expire(now);
      this.#beginRound(now, false);
    } else {
      this.#makeAccess(this.#round);
    }
    for (let round: Round | undefined = this.#round; round !== undefined; round = this.#round) {
      const progress = this.#replay(round);
      if (progress === undefined) break;
      this.#round = undefined;
      this.#follow(round.now);
      this.#beginRound(round.now, progress === "waiting");
    }
    this.#onStep?.(this);
  }

  /** Begins the turn's next round, unless there is nothing to do for it. */
  #beginRound(now: Millis, waiting: boolean): void {
    const { side } = this;
    if (this.#isStopAsked) side.stop();
    const packet = side.canOffer ? this.endpoint.nextPacket(this.#unit) : undefined;
    const isIdle = side.state.channel?.transmit === "idle";
    if (packet !== undefined) side.offer(packet);
    if (waiting && (packet === undefined || !isIdle)) return;
    this.#round = { began: copyOf(side.state), answers: [], now };
  }

  #makeAccess({ answers }: Round): void {
    const access = this.#access!;
    const value = this.#perform(access);
    answers.push(access.kind === "readWindow" ? access.into.slice(access.at, access.at + access.length) : value);
  }

  /** Runs the round up to the access that has no answer yet, or to its end. */
  #replay({ began, answers, now }: Round): "again" | "waiting" | undefined {
    const { side } = this;
    Object.assign(side.state, copyOf(began));
    const script: Script = {
      length: answers.length,
      answer: (index, access) => {
        const answer = answers[index]!;
        if (typeof answer === "number") return answer;
        if (access.kind === "readWindow") access.into.set(answer, access.at);
        return 0;
      },
    };
    const { suspended, result } = this.#bus.run(script, (bus) => side.service(bus, now));
    this.#access = suspended;
    return result;
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
    const received = this.side.takeReceived();
    if (received !== undefined) this.endpoint.receivePacket(received.bytes, received.start, received.end, now);
  }

  toString(): string {
    const { phase, channel } = this.side.state;
    return `${this.role} ${phase.name}, transmit ${channel?.transmit ?? "closed"}`;
  }
}

/** A copy that procedures may change; sessions and phases are replaced, never changed. */
export function copyOf<State extends HostState | BmcState>(state: State): State {
  const { channel, counters } = state;
  return { ...state, counters: { ...counters }, channel: channel === undefined ? undefined : { ...channel } };
}

export class SteppedPair {
  readonly board: LoopbackBoard;
  now: Millis = millis(0);
  readonly #options: SteppedOptions;
  readonly #members: Record<RoleName, SteppedMember | undefined> = { host: undefined, bmc: undefined };
  #lastId = 0;

  constructor(options: SteppedOptions) {
    this.#options = options;
    this.board = new LoopbackBoard(WINDOW_BYTES, { depth: options.depth ?? 0 });
    this.board.holdHandler();
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
    if (role === "bmc") this.board.openBmcNode();
    this.#members[role] = new SteppedMember(++this.#lastId, role, this.board, this.#options);
  }

  /** An orderly stop is asked for; the side makes it as soon as it is called. */
  stop(role: RoleName): void {
    this.#members[role]?.stop();
  }

  /** The side is gone between two accesses; a reset clears STR as well. */
  end(role: RoleName, ending: "killed" | "reset"): void {
    this.#members[role] = undefined;
    if (role === "bmc") this.board.bmc.close();
    if (ending === "reset") this.board.word &= ~STATUS_BITS;
  }

  /** The platform is reset; both sides live on, and look at STR some time, as a slow poll has them do. */
  resetPlatform(reset: Reset): void {
    this.board.word = afterReset(this.board.word, reset);
    for (const member of Object.values(this.#members)) if (member !== undefined) member.wanted = true;
  }

  /** The driver's interrupt handler runs; false if there is nothing for it to take. */
  takeIdr(): boolean {
    return this.board.runHandler();
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
    // An interrupt handler is late, but it comes.
    if (this.takeIdr()) return true;
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
