/**
 * A side against a peer that changes the window and answers register reads by chance: whatever it does, the side keeps
 * to what a side may do.
 */
import type { BmcSide } from "../../bmc/role/side.ts";
import type { HostSide } from "../../host/role/side.ts";
import { decodeHostVersions, encodeControlRegion, Field, MAGIC } from "../../src/core/binding/control-region.ts";
import { Command, SESSION_BITS, Status } from "../../src/core/binding/registers.ts";
import { CLOSING_RANGE } from "../../src/core/binding/versions.ts";
import { SeededRandom } from "../../src/platform/faulty.ts";
import { writeU32be } from "../../src/core/wire/bytes.ts";
import { unreachable } from "../../src/core/wire/result.ts";
import { millis, type Millis } from "../../src/core/wire/units.ts";
import { AccessBus } from "../../src/core/binding/access-bus.ts";
import { frameOf, packetOf, partsOf } from "./frames.ts";
import { AccessGuard } from "./guard.ts";

export const WINDOW = 4096;
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

  /** Most Initialise commands of a host are answered as a BMC would: a host that is never believed gets nowhere. */
  writeData(value: number): void {
    if (this.#side.role.name !== "host" || value !== Command.INITIALISE || this.#random.chance(0.1)) return;
    const { min, cur } = decodeHostVersions(this.window.subarray(Field.hostVersionMin));
    const isClose = min === CLOSING_RANGE.min && cur === CLOSING_RANGE.cur;
    this.#status = isClose ? Status.BMC_ACTIVE : SESSION_BITS;
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
    // A BMC leaves the host's versions alone; one that changes them sends the host back to its start (H1.19).
    const standing = decodeHostVersions(this.window.subarray(Field.hostVersionMin));
    const hostVersions = this.#random.chance(0.9) ? standing : range();
    const region = { magic: MAGIC, bmcVersions: range(), hostVersions, negotiatedVersion, layout };
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
export class Bytes {
  readonly inSession = new Array<number>(256).fill(0);
  readonly outside = new Array<number>(256).fill(0);
}

export interface Reached {
  sessions: number;
  packets: number;
  sent: number;
  resets: number;
  readonly phases: Set<string>;
}

/** Runs a side against its hostile peer; throws when it does what no side may. `afterAccess`: told of every step. */
export function runHostile(
  side: HostSide | BmcSide,
  seed: number,
  reached: Reached,
  afterAccess: () => void = () => undefined,
): Bytes {
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
    perform(side, millis(round * 100), peer, guard, bytes, afterAccess);
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

function perform(
  side: HostSide | BmcSide,
  now: Millis,
  peer: HostilePeer,
  guard: AccessGuard,
  bytes: Bytes,
  afterAccess: () => void,
): void {
  let accesses = 0;
  const bus = new AccessBus((access) => {
    if (accesses++ > 0) afterAccess();
    guard.before(access);
    peer.meddle();
    switch (access.kind) {
      case "readStatus": {
        const value = peer.readStatus();
        guard.status(value);
        return value;
      }
      case "readData": {
        const value = peer.readData();
        const kind = side.session === undefined ? bytes.outside : bytes.inSession;
        kind[value]!++;
        return value;
      }
      case "writeStatus":
        peer.writeStatus(access.value);
        return 0;
      case "writeData":
        peer.writeData(access.value);
        return 0;
      case "readWindow":
        access.into.set(peer.window.subarray(access.offset, access.offset + access.length), access.at);
        return 0;
      case "writeWindow":
        peer.window.set(access.bytes.subarray(access.start, access.end), access.offset);
        return 0;
      default:
        return unreachable(access);
    }
  });
  side.service(bus, now);
  if (accesses > 0) afterAccess();
}

export function nothingReached(): Reached {
  return { sessions: 0, packets: 0, sent: 0, resets: 0, phases: new Set() };
}
