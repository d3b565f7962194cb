/** Carries out a hostile program against a side, watches what the side does, and has a well-behaved peer come after it. */
import { existsSync, readdirSync } from "node:fs";
import {
  FINISHED_SHARES,
  OPENING_SHARES,
  OPEN_SHARES,
  PARTIAL_SHARES,
  STORING_SHARES,
} from "../../src/agent/files/limits.ts";
import {
  Operation as Vendor,
  VendorStatus,
  decodeVendorResponse,
  encodeVendorRequest,
} from "../../src/agent/files/vendor-messages.ts";
import type { BusAccess } from "../../src/core/binding/access.ts";
import { Field, MAGIC, encodeU32, encodeVersionRange } from "../../src/core/binding/control-region.ts";
import { Status } from "../../src/core/binding/registers.ts";
import type { RoleName } from "../../src/core/binding/side.ts";
import { framingOf } from "../../src/core/binding/versions.ts";
import { HIDDEN_FROM_HOST, afterStatusWrite, statusOf } from "../../src/core/binding/kcs-word.ts";
import { LoopbackBoard } from "../../src/platform/loopback.ts";
import { equalBytes, writeU32be } from "../../src/core/wire/bytes.ts";
import { crc32 } from "../../src/core/wire/crc.ts";
import { earliest, later, millis, type Millis } from "../../src/core/wire/units.ts";
import { Oracle, fail } from "./oracle.ts";
import type { Operation, Program } from "./program.ts";
import { ASSEMBLY, EIDS, QUEUE, createSubject, type Subject, type Watch } from "./subject.ts";

/** A turn is a pump; what is not done in so many is not done for this operation. */
const PUMPS_PER_RUN = 4;
/** For the well-behaved peer that comes last. */
const RECOVERY_TURNS = 4000;
const RECOVERY_TIME = millis(15_000);
const SETTLE_LOOKS = 200;
const PARTIAL_LIMIT = PARTIAL_SHARES.port;
const WAITING_LIMIT = 256 + 8;
/** An unfinished message has room for four packets from its start. */
const SMALLEST_ASSEMBLY_BYTES = 64;

export interface Outcome {
  readonly accesses: number;
  /** What the side came to: states, and counters by their order of magnitude. */
  readonly features: ReadonlySet<string>;
}

export interface RunOptions {
  /** For files; undefined refuses them. */
  readonly inbox?: string | undefined;
  /** Wraps the side under test, to see that a mistake in it is found. */
  readonly spoil?: (subject: Subject) => void;
}

/** Throws when the side under test does what no side may. */
export async function runProgram(program: Program, options: RunOptions = {}): Promise<Outcome> {
  const run = new Run(program, options);
  await run.all();
  return { accesses: run.oracle.accesses, features: run.features };
}

class Run implements Watch {
  readonly features = new Set<string>();
  readonly board: LoopbackBoard;
  readonly oracle: Oracle;
  readonly #program: Program;
  readonly #inbox: string | undefined;
  readonly #subject: Subject;
  readonly #peerRole: RoleName;
  #peer: Subject | undefined;
  #now: Millis = millis(0);
  #next = 0;
  /** Accesses, and the kind, before which the next operations come; undefined: no cut. */
  #countdown = 0;
  #until: BusAccess["kind"] | undefined;
  #cutting = false;
  #meddled = false;
  #usedDisk = false;

  constructor(program: Program, options: RunOptions) {
    this.#program = program;
    this.#inbox = options.inbox;
    this.board = new LoopbackBoard(program.windowBytes, { depth: program.depth });
    this.#subject = createSubject(program.target, this.board, program, options.inbox, this);
    this.#peerRole = program.target === "host" ? "bmc" : "host";
    options.spoil?.(this.#subject);
    this.oracle = new Oracle(this.#subject.side, program.windowBytes, program.depth);
  }

  async all(): Promise<void> {
    try {
      const { operations } = this.#program;
      while (this.#next < operations.length) {
        const operation = operations[this.#next++]!;
        if (operation.do === "run") this.#run(operation.accesses, operation.until);
        else if (operation.do === "settle") await this.#settle();
        else if (operation.do === "peer") this.#alternate(operation.turns);
        else this.#apply(operation);
        this.#judgeMemory();
      }
      this.oracle.atEnd();
      this.#note();
      await this.#settle();
      await this.#recover();
      this.oracle.atEnd();
    } finally {
      this.#subject.receiver.close();
    }
  }

  /* ---- The side's accesses ---- */

  newRound(): void {
    this.oracle.newRound();
  }

  before(access: BusAccess): void {
    if (this.#cutting && (--this.#countdown <= 0 || access.kind === this.#until)) this.#meddle();
    this.oracle.before(access);
  }

  after(access: BusAccess, value: number): void {
    if (access.kind === "readStatus") this.#meddled = false;
    this.oracle.after(access, value);
  }

  received(bytes: Uint8Array, start: number, end: number): void {
    this.oracle.received(bytes, start, end);
  }

  /** The operations up to the next run, in the middle of a round. */
  #meddle(): void {
    this.#cutting = false;
    this.#meddled = true;
    const { operations } = this.#program;
    while (this.#next < operations.length) {
      const operation = operations[this.#next]!;
      if (operation.do === "settle" || operation.do === "peer") return;
      this.#next++;
      if (operation.do === "run") {
        this.#cut(operation.accesses, operation.until);
        return;
      }
      this.#apply(operation);
    }
  }

  #cut(accesses: number, until: BusAccess["kind"] | undefined): void {
    this.#cutting = true;
    this.#countdown = accesses;
    this.#until = until;
  }

  #run(accesses: number, until: BusAccess["kind"] | undefined): void {
    this.#cut(accesses, until);
    let more = true;
    for (let pump = 0; more && pump < PUMPS_PER_RUN; pump++) more = this.#pump(this.#subject);
    this.#cutting = false;
    this.#note();
    if (!more) this.#judgeRest();
  }

  #judgeRest(): void {
    // A driver that holds a byte may have made room behind the last look.
    const mayHaveRoom = this.#meddled || this.board.depth === 1;
    if (mayHaveRoom && this.#pump(this.#subject)) return;
    const full = this.#program.target === "host" ? Status.IBF : Status.OBF;
    if (!this.#meddled && (statusOf(this.board.word) & full) === 0) this.oracle.atRest();
  }

  #pump(subject: Subject): boolean {
    const due = subject.driver.nextDeadline();
    return due !== undefined && due <= this.#now ? subject.driver.expire(this.#now) : subject.driver.pump(this.#now);
  }

  /* ---- The peer's doings ---- */

  #apply(operation: Operation): void {
    const port = this.board[this.#peerRole].port;
    switch (operation.do) {
      case "poke":
        this.#poke(operation.at, operation.bytes);
        return;
      case "frame":
        this.#frame(operation.bytes, operation.length, operation.flip);
        return;
      case "command": {
        const full = this.#peerRole === "host" ? Status.IBF : Status.OBF;
        if (operation.force === true || (statusOf(this.board.word) & full) === 0) port.writeData(operation.byte);
        return;
      }
      case "take":
        port.readData();
        return;
      case "status":
        this.board.word = afterStatusWrite(this.board.word, operation.value);
        return;
      case "word":
        this.board.word = this.board.depth === 1 ? operation.value : operation.value & ~HIDDEN_FROM_HOST;
        return;
      case "tick":
        this.#now = later(this.#now, millis(operation.milliseconds));
        return;
      case "send": {
        const { endpoint } = this.#subject;
        const bytes = new Uint8Array(operation.bytes).fill(0x5a);
        bytes[0] = 0x7f;
        if (operation.bytes > 0) endpoint.request(EIDS[this.#peerRole], bytes, this.#now, () => undefined);
        return;
      }
      default:
    }
  }

  #poke(at: number, bytes: Uint8Array): void {
    const { window } = this.board;
    if (at >= window.length) return;
    window.set(bytes.subarray(0, window.length - at), at);
  }

  #frame(packet: Uint8Array, length: number | undefined, flip: number | undefined): void {
    const { session } = this.#subject.side;
    if (session === undefined) return;
    const buffer = this.#peerRole === "host" ? session.layout.hostToBmc : session.layout.bmcToHost;
    const { lengthBytes, trailerBytes } = framingOf(session.version);
    const frame = new Uint8Array(lengthBytes + packet.length + trailerBytes);
    writeU32be(frame, 0, length ?? packet.length);
    frame.set(packet, lengthBytes);
    if (trailerBytes > 0) writeU32be(frame, lengthBytes + packet.length, crc32(packet, 0, packet.length, 0));
    if (flip !== undefined) {
      const bit = flip % (8 * frame.length);
      frame[bit >>> 3]! ^= 1 << (bit & 7);
    }
    this.#poke(buffer.offset, frame);
  }

  #alternate(turns: number): void {
    const { mtu, versions } = this.#program;
    this.#peer ??= createSubject(this.#peerRole, this.board, { mtu, versions }, undefined, undefined);
    for (let turn = 0; turn < turns; turn++) {
      this.#pump(this.#peer);
      this.#pump(this.#subject);
    }
    this.#note();
  }

  async #settle(): Promise<void> {
    const { receiver } = this.#subject;
    for (let look = 0; look < SETTLE_LOOKS; look++) {
      const { opening, storing } = receiver.usage;
      if (opening + storing === 0) break;
      this.#usedDisk = true;
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#judgeMemory();
    if (!this.#usedDisk || this.#inbox === undefined) return;
    const folder = `${this.#inbox}/.partial`;
    const partials = existsSync(folder) ? readdirSync(folder) : [];
    if (partials.length > PARTIAL_LIMIT) fail(`LPC-MCTP-7: ${String(partials.length)} unfinished files are kept`);
  }

  /* ---- What must hold ---- */

  #judgeMemory(): void {
    const { assemblies, assemblyBytes, queuedMessages, queuedBytes, requests } = this.#subject.endpoint.usage;
    const { open, finished, opening, storing } = this.#subject.receiver.usage;
    const holds =
      SMALLEST_ASSEMBLY_BYTES * assemblies <= assemblyBytes &&
      assemblyBytes >= 0 &&
      assemblyBytes <= ASSEMBLY.totalBytes &&
      queuedMessages <= QUEUE.messages &&
      queuedBytes <= QUEUE.bytes + ASSEMBLY.messageBytes &&
      requests <= WAITING_LIMIT &&
      open <= OPEN_SHARES.port &&
      finished <= FINISHED_SHARES.port &&
      opening <= OPENING_SHARES.port &&
      storing <= STORING_SHARES.port;
    if (!holds) {
      const usage = { ...this.#subject.endpoint.usage, ...this.#subject.receiver.usage };
      fail(`LPC-MCTP-7: more is kept than there is memory for: ${JSON.stringify(usage)}`);
    }
    for (const [name, count] of Object.entries(this.#subject.endpoint.counters)) {
      if (!Number.isSafeInteger(count) || count < 0) fail(`LPC-ERR-4: the counter ${name} is ${String(count)}`);
    }
  }

  #note(): void {
    const { state } = this.#subject.side;
    this.features.add(`${state.phase.name} ${state.closeReason} ${state.channel?.transmit ?? ""}`);
    const counts = [...Object.entries(state.counters), ...Object.entries(this.#subject.endpoint.counters)];
    for (const [name, count] of counts) {
      if (count > 0) this.features.add(`${state.phase.name} ${name} ${String(Math.floor(Math.log2(count)))}`);
    }
  }

  /** The hostile peer is gone; one that behaves gets a session, and an answer to an echo. */
  async #recover(): Promise<void> {
    this.#cutting = false;
    this.#next = this.#program.operations.length;
    this.#restoreBmcFields();
    const plain = { mtu: 64, versions: this.#program.versions };
    const peer = createSubject(this.#peerRole, this.board, plain, undefined, undefined);
    const { side } = this.#subject;
    const echo = new Echo(peer, this.#subject);
    const limit = later(this.#now, RECOVERY_TIME);
    for (let turn = 0; turn < RECOVERY_TURNS && !echo.answered && this.#now <= limit; turn++) {
      const peerMore = this.#pump(peer);
      const more = this.#pump(this.#subject) || peerMore;
      if (side.session !== undefined) echo.ask(this.#now);
      if (more || !this.#isQuiet(peer)) continue;
      const due = earliest(this.#subject.driver.nextDeadline(), peer.driver.nextDeadline());
      if (due !== undefined && due > this.#now) this.#now = due;
      await Promise.resolve();
    }
    if (echo.answered) return;
    const { phase, closeReason } = side.state;
    fail(`the next peer gets no echo: ${phase.name}, ${closeReason}; the peer ${peer.side.state.phase.name}`);
  }

  /**
   * Magic and BMC versions are written at the BMC's start alone: what a host spoils there stays until the BMC starts
   * again, and no later host gets a session. That is known, and not what is looked for here.
   */
  #restoreBmcFields(): void {
    const { min, cur } = this.#program.versions;
    if (this.#program.target !== "bmc") return;
    this.#poke(Field.magic, encodeU32(MAGIC));
    this.#poke(Field.bmcVersionMin, encodeVersionRange({ min, cur }));
  }

  /** Neither side was told of anything by the other since it was asked last. */
  #isQuiet(peer: Subject): boolean {
    const rung = [this.board.host.interrupts.pending(), this.board.bmc.interrupts.pending()];
    return !rung.includes(true) && peer.endpoint.queued + this.#subject.endpoint.queued === 0;
  }
}

/** One echo from a peer to the side under test, asked for again until it is answered. */
class Echo {
  answered = false;
  readonly #peer: Subject;
  readonly #subject: Subject;
  #asked = false;

  constructor(peer: Subject, subject: Subject) {
    this.#peer = peer;
    this.#subject = subject;
  }

  ask(now: Millis): void {
    if (this.#asked || !this.#peer.endpoint.isUp) return;
    this.#asked = true;
    const data = Uint8Array.from({ length: 150 }, (_, index) => index * 7);
    const request = encodeVendorRequest({ operation: Vendor.ECHO, data });
    this.#peer.endpoint.request(this.#subject.endpoint.identity.eid, request, now, (outcome) => {
      this.#asked = false;
      if (!outcome.ok) return;
      const answer = decodeVendorResponse(Vendor.ECHO, outcome.response.bytes);
      if (answer?.status !== VendorStatus.OK || !equalBytes(answer.fields, data)) fail("the echo is another");
      this.answered = true;
    });
  }
}
