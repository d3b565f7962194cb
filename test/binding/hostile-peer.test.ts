import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createBmcSide, type BmcSide } from "../../bmc/side.ts";
import { createHostSide, type HostSide } from "../../host/side.ts";
import type { Procedure, Progress } from "../../src/binding/bus.ts";
import { encodeControlRegion, encodeU32, Field, MAGIC } from "../../src/binding/control-region.ts";
import { SESSION_BITS } from "../../src/binding/registers.ts";
import { createPacketMemory } from "../../src/drive/packet-memory.ts";
import { SeededRandom } from "../../src/platform/faulty.ts";
import { writeU32be } from "../../src/wire/bytes.ts";
import { millis, type Millis } from "../../src/wire/units.ts";
import { frameOf, packetOf, partsOf } from "../support/frames.ts";
import { AccessGuard } from "../support/guard.ts";

const WINDOW = 4096;
const ROUNDS = 200;

/** A peer that changes the window and answers register reads by chance, often enough as a real one would. */
class HostilePeer {
  readonly window = new Uint8Array(WINDOW);
  readonly #random: SeededRandom;
  readonly #side: HostSide | BmcSide;
  #status = 0;

  constructor(side: HostSide | BmcSide, seed: number) {
    this.#side = side;
    this.#random = new SeededRandom(seed);
  }

  readStatus(): number {
    const random = this.#random;
    // A BMC that reads other session bits than it wrote begins anew, a host in session too: seldom, to get somewhere.
    const isHost = this.#side.role.name === "host";
    if (random.chance(isHost ? 0.02 : 0.004)) return random.below(256);
    if (random.chance(isHost ? 0.03 : 0.004)) this.#status = this.#pick([0x00, 0x80, 0xc0, 0xc0, 0xc0, 0xc0]);
    return this.#status | this.#pick([0, 0, 0, 1, 1, 2, 2, 3]);
  }

  writeStatus(value: number): void {
    this.#status = value & SESSION_BITS;
  }

  readData(): number {
    return this.#random.chance(0.1) ? this.#random.below(256) : this.#pick([0x00, 0x01, 0x01, 0x01, 0x02, 0x02, 0xff]);
  }

  /** Between any two accesses. */
  meddle(): void {
    const random = this.#random;
    if (random.chance(0.75)) return;
    switch (random.below(6)) {
      case 0: {
        const at = random.below(random.chance(0.5) ? 0x20 : WINDOW);
        const length = Math.min(random.below(16), WINDOW - at);
        for (let index = 0; index < length; index++) this.window[at + index] = random.below(256);
        return;
      }
      case 1:
      case 2:
        this.window.set(this.#region());
        return;
      default:
        this.#layFrame();
    }
  }

  #region(): Uint8Array {
    const range = (): { min: number; cur: number } => ({
      min: this.#pick([1, 1, 2, 0]),
      cur: this.#pick([3, 3, 2, 1]),
    });
    const size = (): number => this.#pick([76, 76, 76, 76, 76, 72, 100, 1000, 4096, 0xffff_ff00]);
    const layout = {
      bmcToHost: { offset: this.#pick([0x100, 0x100, 0x100, 0x100, 0x400, 0xfe, 0xffff_fff0]), size: size() },
      hostToBmc: { offset: this.#pick([0x800, 0x800, 0x800, 0x14c, 0x100, 0xff8]), size: size() },
    };
    const negotiatedVersion = this.#pick([3, 3, 3, 2, 1, 0, 7]);
    const region = { magic: MAGIC, bmcVersions: range(), hostVersions: range(), negotiatedVersion, layout };
    return encodeControlRegion(region);
  }

  /** A packet for the side, its length right or wrong, its contents sometimes spoilt. */
  #layFrame(): void {
    const random = this.#random;
    const session = this.#side.session;
    if (session === undefined) return;
    const isHost = this.#side.role.name === "host";
    const { offset, size } = isHost ? session.layout.bmcToHost : session.layout.hostToBmc;
    const mtu = isHost ? session.mtu.bmcToHost : session.mtu.hostToBmc;
    const frame = frameOf(session.version, packetOf(random.below(mtu + 1), random.below(256)));
    this.window.set(frame.subarray(0, size), offset);
    if (random.chance(0.3))
      writeU32be(this.window, offset, this.#pick([0, 3, mtu + 4, mtu + 5, 0x8000_0000, 0xffff_ffff]));
    if (random.chance(0.2)) this.window[offset + 4 + random.below(mtu)]! ^= 1;
  }

  #pick<Value>(values: readonly Value[]): Value {
    return values[this.#random.below(values.length)]!;
  }
}

/** The command bytes that a side read, in session or not. */
class Bytes {
  readonly inSession = new Array<number>(256).fill(0);
  readonly outside = new Array<number>(256).fill(0);
}

interface Reached {
  sessions: number;
  packets: number;
  sent: number;
  resets: number;
  readonly phases: Set<string>;
}

/** Runs a side against its hostile peer; throws when it does what no side may. */
function run(side: HostSide | BmcSide, seed: number, reached: Reached): Bytes {
  const bytes = new Bytes();
  const peer = new HostilePeer(side, seed);
  const guard = new AccessGuard(side, WINDOW);
  const random = new SeededRandom(seed ^ 0x5bd1);
  for (let round = 0; round < ROUNDS; round++) {
    if (side.canOffer && random.chance(0.3)) {
      const mtu = Object.values(side.session!.mtu)[side.role.name === "host" ? 0 : 1]!;
      side.offer(partsOf(packetOf(random.below(mtu + 1))));
    }
    if (random.chance(0.001)) side.stop();
    guard.newRound();
    perform(side, millis(round * 100), peer, guard, bytes);
    const packet = side.takeReceived();
    if (packet !== undefined) guard.received(packet.end - packet.start);
    reached.phases.add(side.state.phase.name);
  }
  reached.sessions += side.state.counters.sessionsOpened;
  reached.packets += side.state.counters.packetsReceived;
  reached.sent += side.state.counters.packetsSent;
  reached.resets += side.state.counters.statusResetSeen;
  return bytes;
}

function perform(side: HostSide | BmcSide, now: Millis, peer: HostilePeer, guard: AccessGuard, bytes: Bytes): void {
  const procedure: Procedure<Progress> = side.service(now);
  let step = procedure.next(0);
  while (step.done !== true) {
    const access = step.value;
    guard.before(access);
    peer.meddle();
    let value = 0;
    if (access.kind === "readStatus") {
      value = peer.readStatus();
      guard.status(value);
    } else if (access.kind === "readData") {
      value = peer.readData();
      const kind = side.session === undefined ? bytes.outside : bytes.inSession;
      kind[value]!++;
    } else if (access.kind === "writeStatus") {
      peer.writeStatus(access.value);
    } else if (access.kind === "readWindow") {
      access.into.set(peer.window.subarray(access.offset, access.offset + access.length), access.at);
    } else if (access.kind === "writeWindow") {
      peer.window.set(access.bytes.subarray(access.start, access.end), access.offset);
    }
    step = procedure.next(value);
  }
}

/** Bytes other than the four commands. */
function unknownIn(bytes: readonly number[]): number {
  return bytes.slice(0x03, 0xff).reduce((sum, count) => sum + count, 0);
}

describe("LPC-REG-3 a peer that does as it likes", () => {
  test("LPC-REG-3, LPC-KCS-2, LPC-MTU-5: the host never throws and keeps to its own fields and buffers", () => {
    const reached: Reached = { sessions: 0, packets: 0, sent: 0, resets: 0, phases: new Set() };
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(64, 200, undefined), (seed, mtu) => {
        run(createHostSide({ windowBytes: WINDOW, mtu }, createPacketMemory()), seed, reached);
      }),
      { numRuns: 400 },
    );
    // The chance peer led the host everywhere, not just to its door.
    expect([...reached.phases].sort()).toEqual(
      [
        "active",
        "awaitingBmc",
        "closing",
        "fencingClose",
        "fencingOpen",
        "judging",
        "opening",
        "resting",
        "stopped",
      ].sort(),
    );
    expect(Math.min(reached.sessions, reached.packets, reached.sent)).toBeGreaterThan(50);
  });

  test("LPC-REG-3, LPC-KCS-2, LPC-BUF-4: the BMC never throws and keeps to its own fields and buffers", () => {
    const reached: Reached = { sessions: 0, packets: 0, sent: 0, resets: 0, phases: new Set() };
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(64, 200, undefined), (seed, mtu) => {
        run(createBmcSide({ windowBytes: WINDOW, mtu }, createPacketMemory()), seed, reached);
      }),
      { numRuns: 400 },
    );
    expect([...reached.phases].sort()).toEqual(["active", "announcing", "inactive", "starting", "stopped"]);
    expect(reached.resets).toBeGreaterThan(50);
    expect(Math.min(reached.sessions, reached.packets, reached.sent)).toBeGreaterThan(50);
  });

  test("LPC-REG-3: any bytes in the whole window, at every step of the host's start-up", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 0x20, maxLength: 0x20 }), fc.boolean(), (bytes, magic) => {
        const host = createHostSide({ windowBytes: WINDOW, mtu: 64 }, createPacketMemory());
        const guard = new AccessGuard(host, WINDOW);
        const window = new Uint8Array(WINDOW).fill(0xff);
        for (let round = 0; round < 12; round++) {
          window.set(bytes);
          if (magic) window.set(encodeU32(MAGIC), Field.magic);
          guard.newRound();
          const procedure = host.service(millis(round));
          let step = procedure.next(0);
          while (step.done !== true) {
            const access = step.value;
            guard.before(access);
            if (access.kind === "readWindow") {
              access.into.set(window.subarray(access.offset, access.offset + access.length), access.at);
            }
            if (access.kind === "readStatus") guard.status(0xc0);
            step = procedure.next(access.kind === "readStatus" ? 0xc0 : 0xff);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("LPC-ERR-4 counters", () => {
  test("LPC-ERR-4: every byte that a BMC reads is counted once, as what became of it", () => {
    const reached: Reached = { sessions: 0, packets: 0, sent: 0, resets: 0, phases: new Set() };
    for (let seed = 1; seed <= 200; seed++) {
      const side = createBmcSide({ windowBytes: WINDOW, mtu: 64 }, createPacketMemory());
      const { inSession, outside } = run(side, seed, reached);
      const { counters } = side.state;
      const read = inSession.map((count, byte) => count + outside[byte]!);
      const { closingInitialises, versionRefused, mtuRefused, sessionsOpened } = counters;
      const unanswered = read[0x00]! - (closingInitialises + versionRefused + mtuRefused + sessionsOpened);
      // One that a reset of STR makes void is counted as that.
      expect(unanswered).toBeGreaterThanOrEqual(0);
      expect(unanswered).toBeLessThanOrEqual(counters.statusResetSeen);
      const { packetsReceived, lengthOutOfBounds, crcMismatch, receivedAtSessionEnd, txBeginUnexpected } = counters;
      expect(packetsReceived + lengthOutOfBounds + crcMismatch + receivedAtSessionEnd + txBeginUnexpected).toBe(
        read[0x01],
      );
      expect(counters.packetsSent + counters.rxCompleteUnexpected).toBe(read[0x02]);
      expect(counters.fencesReceived).toBe(read[0xff]);
      expect(counters.unknownCommand).toBe(unknownIn(read));
      const open = side.session === undefined ? 0 : 1;
      if (!side.state.stopping) {
        expect(sessionsOpened).toBe(counters.reinitialised + counters.sessionsLost + open);
      }
    }
    expect(reached.packets).toBeGreaterThan(50);
  });

  test("LPC-ERR-4: every byte that a host reads in a session is counted once, but for dummies", () => {
    const reached: Reached = { sessions: 0, packets: 0, sent: 0, resets: 0, phases: new Set() };
    for (let seed = 1; seed <= 300; seed++) {
      const side = createHostSide({ windowBytes: WINDOW, mtu: 64 }, createPacketMemory());
      const { inSession } = run(side, seed, reached);
      const { counters } = side.state;
      const { packetsReceived, lengthOutOfBounds, crcMismatch, receivedAtSessionEnd, txBeginUnexpected } = counters;
      const begins = packetsReceived + lengthOutOfBounds + crcMismatch + receivedAtSessionEnd + txBeginUnexpected;
      // A session's first Tx Begin may have been read before it (LPC-HOST-8).
      expect(begins).toBeGreaterThanOrEqual(inSession[0x01]!);
      expect(begins).toBeLessThanOrEqual(inSession[0x01]! + counters.sessionsOpened);
      expect(counters.packetsSent + counters.rxCompleteUnexpected).toBe(inSession[0x02]);
      expect(counters.initialiseAtHost).toBe(inSession[0x00]);
      expect(counters.unknownCommand).toBe(unknownIn(inSession));
      const open = side.session === undefined ? 0 : 1;
      if (!side.state.stopping) expect(counters.sessionsOpened).toBe(counters.sessionsLost + open);
    }
    expect(reached.packets).toBeGreaterThan(50);
  });
});
