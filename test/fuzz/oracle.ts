/**
 * What must hold at every access of a side, whatever its peer does: the project's judge watches the accesses as they are
 * made; what the side hands up and counts, which no access tells, is watched here. Throws a Violation when something is
 * not as the specification has it.
 */
import type { BmcSide } from "../../bmc/role/side.ts";
import type { HostSide } from "../../host/role/side.ts";
import type { BusAccess } from "../../src/core/binding/access.ts";
import type { Session } from "../../src/core/binding/channel.ts";
import type { Depth } from "../../src/core/binding/kcs-word.ts";
import { Command } from "../../src/core/binding/registers.ts";
import { framingOf } from "../../src/core/binding/versions.ts";
import { Judge } from "../../src/core/judge/judge.ts";
import type { SideListener } from "../../src/core/judge/listener.ts";
import { equalBytes, readU32be } from "../../src/core/wire/bytes.ts";
import { crc32 } from "../../src/core/wire/crc.ts";
import { unreachable } from "../../src/core/wire/result.ts";
import { AccessGuard } from "../support/guard.ts";

/** A requirement that was broken. */
export class Violation extends Error {}

const HEADER_BYTES = 4;

export class Oracle {
  accesses = 0;
  readonly #side: HostSide | BmcSide;
  readonly #isHost: boolean;
  readonly #guard: AccessGuard;
  readonly #told: SideListener;
  readonly #read = { inSession: new Array<number>(256).fill(0), outside: new Array<number>(256).fill(0) };
  #broken: string | undefined;
  #session: Session | undefined;
  /** The peer announced a packet that is not answered yet. */
  #owed = false;
  #copy: { readonly bytes: Uint8Array; readonly session: Session } | undefined;

  constructor(side: HostSide | BmcSide, windowBytes: number, depth: Depth) {
    const { name } = side.role;
    this.#side = side;
    this.#isHost = name === "host";
    this.#guard = new AccessGuard(side, windowBytes);
    const judge = new Judge({
      recorded: [name],
      windowBytes,
      depth,
      livesTold: true,
      onFinding: (finding) => {
        // Versions are told to the sides under test.
        if (finding.side !== name || finding.requirement === "LPC-VER-4") return;
        this.#broken ??= `${finding.requirement}: saw ${finding.seen}; expected ${finding.expected}`;
      },
    });
    this.#told = judge[name];
    this.#told.started();
  }

  newRound(): void {
    this.#guard.newRound();
  }

  stopAsked(): void {
    this.#told.stopAsked();
  }

  /** Before an access is made. */
  before(access: BusAccess): void {
    this.accesses++;
    this.#followSession();
    this.#guard.before(access);
  }

  /** After it was made; `value` is what a register gave. */
  after(access: BusAccess, value: number): void {
    this.#tell(access, value);
    if (this.#broken !== undefined) fail(this.#broken);
    if (access.kind === "readStatus") this.#guard.status(value);
    else if (access.kind === "readData")
      (this.#side.session === undefined ? this.#read.outside : this.#read.inSession)[value]!++;
    else if (access.kind === "writeData" && access.value === Command.RX_COMPLETE) this.#owed = false;
    else if (access.kind === "readWindow" && access.offset === this.#inbound && access.length === HEADER_BYTES)
      this.#owed = true;
    else if (access.kind === "readWindow" && access.offset - HEADER_BYTES === this.#inbound) {
      const bytes = access.into.slice(access.at, access.at + access.length);
      this.#copy = { bytes, session: this.#session! };
    }
  }

  #tell(access: BusAccess, value: number): void {
    const { step } = access;
    switch (access.kind) {
      case "readStatus":
        this.#told.statusRead(value, step);
        return;
      case "readData":
        this.#told.dataRead(value, step);
        return;
      case "writeStatus":
        this.#told.statusWritten(access.value, step);
        return;
      case "writeData":
        this.#told.dataWritten(access.value, step);
        return;
      case "readWindow": {
        const { offset, length, into, at } = access;
        this.#told.windowRead(offset, length, into, at, at + length, step);
        return;
      }
      case "writeWindow": {
        const { offset, bytes, start, end } = access;
        this.#told.windowWritten(offset, end - start, bytes, start, end, step);
        return;
      }
      default:
        unreachable(access);
    }
  }

  /** A packet that the side hands on. */
  received(bytes: Uint8Array, start: number, end: number): void {
    const copy = this.#copy;
    this.#copy = undefined;
    if (copy === undefined) fail("LPC-BUF-6: a packet was handed on that was never copied");
    if (this.#side.session !== copy.session) fail("LPC-BMC-6: a packet was handed on behind the end of its session");
    const { trailerBytes } = framingOf(copy.session.version);
    const packet = copy.bytes.subarray(0, copy.bytes.length - trailerBytes);
    if (!equalBytes(packet, bytes.subarray(start, end)))
      fail("LPC-BUF-6: another packet was handed on than was copied");
    if (trailerBytes > 0 && crc32(packet, 0, packet.length, 0) !== readU32be(copy.bytes, packet.length)) {
      fail("LPC-BUF-5: a packet with a wrong CRC-32 was handed on");
    }
  }

  /** The side has nothing more to do, and its outbound register has been empty since it looked last. */
  atRest(): void {
    this.#followSession();
    if (this.#owed && this.#session !== undefined) fail("LPC-BUF-4, LPC-BUF-5: Rx Complete was not sent");
  }

  /** LPC-ERR-4: every byte read was counted once, as what became of it; a host's, those in a session. */
  atEnd(): void {
    const { counters, stopping } = this.#side.state;
    const { inSession, outside } = this.#read;
    const read = this.#isHost ? inSession : inSession.map((count, byte) => count + outside[byte]!);
    const { packetsReceived, lengthOutOfBounds, crcMismatch, receivedAtSessionEnd, txBeginUnexpected } = counters;
    const begins = packetsReceived + lengthOutOfBounds + crcMismatch + receivedAtSessionEnd + txBeginUnexpected;
    const { sessionsOpened, sessionsLost, reinitialised, closingInitialises, versionRefused, mtuRefused } = counters;
    const answered = closingInitialises + versionRefused + mtuRefused + sessionsOpened;
    const ended = sessionsLost + (this.#isHost ? 0 : reinitialised) + (this.#side.session === undefined ? 0 : 1);
    const rows: readonly (readonly [what: string, counted: number, read: number, tolerance?: number])[] = [
      // A session's first Tx Begin may have been read before it (LPC-HOST-8).
      ["Tx Begin", begins, read[0x01]!, this.#isHost ? sessionsOpened : 0],
      ["Rx Complete", counters.packetsSent + counters.rxCompleteUnexpected, read[0x02]!],
      ["unknown bytes", counters.unknownCommand, read.slice(0x03, 0xff).reduce((sum, count) => sum + count, 0)],
      ["ended sessions", sessionsOpened, stopping ? sessionsOpened : ended],
      ...(this.#isHost
        ? [["Initialise", counters.initialiseAtHost, read[0x00]!] as const]
        : ([
            ["fences", counters.fencesReceived, read[0xff]!],
            // One that a reset of STR makes void is counted as that.
            ["Initialise", answered + counters.statusResetSeen, read[0x00]!, counters.statusResetSeen],
          ] as const)),
    ];
    for (const [what, counted, wanted, tolerance = 0] of rows) {
      if (counted < wanted || counted > wanted + tolerance)
        fail(`LPC-ERR-4: ${String(counted)} of ${String(wanted)} ${what} were counted`);
    }
    const wrong = Object.entries(counters).find(([, count]) => !Number.isSafeInteger(count) || count < 0);
    if (wrong !== undefined) fail(`LPC-ERR-4: the counter ${wrong[0]} is ${String(wrong[1])}`);
  }

  #followSession(): void {
    const { session } = this.#side;
    if (session === this.#session) return;
    this.#session = session;
    this.#owed = false;
    this.#copy = undefined;
  }

  get #inbound(): number | undefined {
    const layout = this.#session?.layout;
    return this.#isHost ? layout?.bmcToHost.offset : layout?.hostToBmc.offset;
  }
}

export function fail(what: string): never {
  throw new Violation(what);
}
