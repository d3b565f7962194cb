/**
 * What must hold at every access of a side, whatever its peer does. Watches the accesses as they are made and what the
 * side hands up, keeps its own account of them, and throws a Violation when something is not as the specification has it.
 */
import type { BmcSide } from "../../bmc/role/side.ts";
import type { HostSide } from "../../host/role/side.ts";
import type { BusAccess } from "../../src/core/binding/access.ts";
import type { Session } from "../../src/core/binding/channel.ts";
import { Field, MAGIC } from "../../src/core/binding/control-region.ts";
import { Command } from "../../src/core/binding/registers.ts";
import { framingOf } from "../../src/core/binding/versions.ts";
import { crc32 } from "../../src/core/wire/crc.ts";
import { equalBytes, readU32be } from "../../src/core/wire/bytes.ts";
import { AccessGuard } from "../support/guard.ts";

/** A requirement that was broken. */
export class Violation extends Error {}

const HEADER_BYTES = 4;

export class Oracle {
  accesses = 0;
  packetsHandedOn = 0;
  readonly #side: HostSide | BmcSide;
  readonly #isHost: boolean;
  readonly #guard: AccessGuard;
  readonly #read = { inSession: new Array<number>(256).fill(0), outside: new Array<number>(256).fill(0) };
  #session: Session | undefined;
  /** The session's account: what the peer announced and is not answered yet. */
  #owed = false;
  #length: number | undefined;
  #copy: { readonly bytes: Uint8Array; readonly session: Session } | undefined;
  #written = false;
  #outstanding = false;
  /** An Rx Complete went out while a Tx Begin waited, and none since. */
  #hadTurn = false;
  /** The host found, or the BMC wrote, the magic since its start-up began. */
  #magicSeen = false;

  constructor(side: HostSide | BmcSide, windowBytes: number) {
    this.#side = side;
    this.#isHost = side.role.name === "host";
    this.#guard = new AccessGuard(side, windowBytes);
  }

  newRound(): void {
    this.#guard.newRound();
    const { name } = this.#side.state.phase;
    if (name === "awaitingBmc" || name === "starting") this.#magicSeen = false;
  }

  /** Before an access is made. */
  before(access: BusAccess): void {
    this.accesses++;
    this.#followSession();
    this.#guard.before(access);
    switch (access.kind) {
      case "readWindow":
        if (this.#inbound === access.offset && access.length === HEADER_BYTES) {
          if (this.#owed) fail("LPC-ERR-1: a Tx Begin was taken while Rx Complete was owed");
          // LPC-BUF-2: the value of this one read is the one that counts.
          this.#length = undefined;
        } else if (this.#inbound !== undefined && access.offset === this.#inbound + HEADER_BYTES) {
          this.#beforePacket(access.length);
        }
        return;
      case "readData":
        // A BMC comes to IDR behind its start alone.
        this.#needMagic("ODR was read");
        return;
      case "writeWindow": {
        if (access.offset === Field.magic && readU32be(access.bytes, access.start) === MAGIC) this.#magicSeen = true;
        const outbound = this.#outbound;
        if (outbound === undefined || access.offset < outbound) return;
        if (this.#outstanding) fail("LPC-BUF-7: the buffer was touched before Rx Complete");
        this.#written = true;
        return;
      }
      case "writeData":
        this.#needMagic("a command was written");
        this.#beforeCommand(access.value);
        return;
      default:
    }
  }

  /** After it was made; `value` is what a register gave. */
  after(access: BusAccess, value: number): void {
    switch (access.kind) {
      case "readStatus":
        this.#guard.status(value);
        return;
      case "readData":
        (this.#side.session === undefined ? this.#read.outside : this.#read.inSession)[value]!++;
        if (value === Command.RX_COMPLETE) this.#outstanding = false;
        return;
      case "readWindow":
        if (access.offset === Field.magic && readU32be(access.into, access.at) === MAGIC) this.#magicSeen = true;
        if (this.#inbound === undefined) return;
        if (access.offset === this.#inbound && access.length === HEADER_BYTES) {
          this.#length = readU32be(access.into, access.at);
          this.#owed = true;
        } else if (access.offset === this.#inbound + HEADER_BYTES) {
          const bytes = access.into.slice(access.at, access.at + access.length);
          this.#copy = { bytes, session: this.#session! };
        }
        return;
      default:
    }
  }

  /** A packet that the side hands on. */
  received(bytes: Uint8Array, start: number, end: number): void {
    this.packetsHandedOn++;
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

  /** LPC-ERR-4: every byte read was counted once, as what became of it. */
  atEnd(): void {
    const { counters, stopping } = this.#side.state;
    for (const [name, count] of Object.entries(counters)) {
      if (!Number.isSafeInteger(count) || count < 0) fail(`LPC-ERR-4: the counter ${name} is ${String(count)}`);
    }
    const { inSession, outside } = this.#read;
    const all = inSession.map((count, byte) => count + outside[byte]!);
    const begins =
      counters.packetsReceived +
      counters.lengthOutOfBounds +
      counters.crcMismatch +
      counters.receivedAtSessionEnd +
      counters.txBeginUnexpected;
    const completes = counters.packetsSent + counters.rxCompleteUnexpected;
    const expected = this.#isHost ? inSession : all;
    const agrees = this.#isHost
      ? begins >= expected[0x01]! && begins <= expected[0x01]! + counters.sessionsOpened
      : begins === expected[0x01];
    if (!agrees) fail(`LPC-ERR-4: ${String(begins)} of ${String(expected[0x01])} Tx Begins were counted`);
    if (completes !== expected[0x02]) fail(`LPC-ERR-4: ${String(completes)} of ${String(expected[0x02])} Rx Completes`);
    const unknown = expected.slice(0x03, 0xff).reduce((sum, count) => sum + count, 0);
    if (counters.unknownCommand !== unknown)
      fail(`LPC-ERR-4: ${String(counters.unknownCommand)} of ${String(unknown)} bytes`);
    const open = this.#side.session === undefined ? 0 : 1;
    const ended = counters.sessionsLost + (this.#isHost ? 0 : counters.reinitialised);
    if (!stopping && counters.sessionsOpened !== ended + open)
      fail("LPC-ERR-4: sessions opened and ended do not agree");
  }

  #beforePacket(length: number): void {
    const announced = this.#length;
    const { version, receiveLimit } = this.#session!;
    // LPC-BUF-2: once for each length.
    this.#length = undefined;
    if (announced === undefined) fail("LPC-BUF-2: a packet was read without its length");
    const most = HEADER_BYTES + (this.#isHost ? receiveLimit.bmcToHost : receiveLimit.hostToBmc);
    if (announced < HEADER_BYTES || announced > most)
      fail(`LPC-BUF-4: a packet of ${String(announced)} bytes was read`);
    if (length !== announced + framingOf(version).trailerBytes) {
      fail(`LPC-BUF-2: ${String(length)} bytes were read where ${String(announced)} were announced`);
    }
  }

  #needMagic(what: string): void {
    if (!this.#magicSeen) fail(`${this.#isHost ? "LPC-HOST-14" : "LPC-BMC-11"}: ${what} before the magic stood`);
  }

  #beforeCommand(value: number): void {
    if (this.#session === undefined) {
      const allowed = this.#isHost ? [Command.INITIALISE, Command.DUMMY] : [Command.DUMMY];
      if (!allowed.some((command) => command === value)) fail(`LPC-BMC-8: ${String(value)} was sent outside a session`);
      return;
    }
    if (value === Command.RX_COMPLETE) {
      if (!this.#owed) fail("LPC-BUF-4: Rx Complete was sent for nothing");
      if (this.#written && this.#hadTurn) fail("LPC-KCS-12: two Rx Completes went before a Tx Begin that waits");
      this.#owed = false;
      this.#hadTurn = this.#written;
    } else if (value === Command.TX_BEGIN) {
      if (!this.#written) fail("LPC-BUF-7: Tx Begin was sent without a packet");
      if (this.#owed && !this.#hadTurn) fail("LPC-KCS-6: Tx Begin went before Rx Complete, whose turn it was");
      this.#hadTurn = false;
      this.#written = false;
      this.#outstanding = true;
    }
  }

  #followSession(): void {
    const { session } = this.#side;
    if (session === this.#session) return;
    this.#session = session;
    this.#owed = false;
    this.#length = undefined;
    this.#copy = undefined;
    this.#written = false;
    this.#outstanding = false;
    this.#hadTurn = false;
  }

  get #inbound(): number | undefined {
    const layout = this.#session?.layout;
    return this.#isHost ? layout?.bmcToHost.offset : layout?.hostToBmc.offset;
  }

  get #outbound(): number | undefined {
    const layout = this.#session?.layout;
    if (layout === undefined) return undefined;
    return this.#isHost ? layout.hostToBmc.offset : layout.bmcToHost.offset;
  }
}

export function fail(what: string): never {
  throw new Violation(what);
}
