/** Annex M alone: both of its event loops on one board, in virtual time, with no other code of either side. */
import { describe, expect, test } from "@jest/globals";
import { makeForBmc, makeForHost, AccessBus } from "../../../src/core/binding/access-bus.ts";
import type { RoleName } from "../../../src/core/binding/side.ts";
import type { Version } from "../../../src/core/binding/versions.ts";
import { BmcPortBus, HostPortBus } from "../../../src/node/port-bus.ts";
import { LoopbackBoard } from "../../../src/platform/loopback.ts";
import { configurationOf, LISTINGS, type EitherConfig } from "./listings.ts";
import { Machine, type Running } from "./machine.ts";
import { eachStatement } from "./syntax.ts";
import { textOf, type Value } from "./values.ts";

const WINDOW_BYTES = 4096;
const TURN_LIMIT = 10_000;
const visited = new Set<number>();

/** A side's loop, and until when it sleeps. */
interface Loop {
  readonly machine: Machine;
  readonly running: Running<Value>;
  wakesAt: number;
  isWanted: boolean;
  isOver: boolean;
}

class Loops {
  readonly board = new LoopbackBoard(WINDOW_BYTES);
  readonly sides: Readonly<Record<RoleName, Loop>>;
  /** False: nothing wakes a side but its clock. */
  readonly hasBells: boolean;
  now = 0;

  constructor(host: EitherConfig = {}, bmc: EitherConfig = {}, hasBells = true) {
    this.hasBells = hasBells;
    const hostBus = new HostPortBus(this.board.host);
    const bmcBus = new BmcPortBus(this.board.bmc);
    this.sides = {
      bmc: loop("bmc", bmc, new AccessBus((access) => makeForBmc(bmcBus, access))),
      host: loop("host", host, new AccessBus((access) => makeForHost(hostBus, access))),
    };
  }

  phase(role: RoleName): string {
    return textOf(this.sides[role].machine.state.get("phase") ?? "none");
  }

  get bothActive(): boolean {
    return this.phase("host") === "active" && this.phase("bmc") === "active";
  }

  runUntil(condition: () => boolean): void {
    for (let turn = 0; turn < TURN_LIMIT; turn++) {
      if (condition()) return;
      const awake = (["bmc", "host"] as const).find((role) => this.#isAwake(role));
      if (awake !== undefined) this.#turn(this.sides[awake]);
      else this.now = Math.min(this.sides.host.wakesAt, this.sides.bmc.wakesAt);
    }
    throw new Error(`host ${this.phase("host")}, BMC ${this.phase("bmc")}`);
  }

  #isAwake(role: RoleName): boolean {
    const side = this.sides[role];
    const isRung = this.board[role].interrupts.pending() && this.hasBells;
    return !side.isOver && (isRung || side.isWanted || this.now >= side.wakesAt);
  }

  #turn(side: Loop): void {
    side.isWanted = false;
    side.machine.now = this.now;
    const { done, value } = side.running.next();
    side.isOver = done === true;
    side.wakesAt = done === true ? Number.POSITIVE_INFINITY : value;
  }

  /** Has the side send this packet, and gives what the peer received. */
  deliver(role: RoleName, packet: Uint8Array): Uint8Array | undefined {
    const { machine: receiver } = this.sides[role === "host" ? "bmc" : "host"];
    const { machine: sender } = this.sides[role];
    const before = receiver.delivered.length;
    sender.state.set("packet", packet);
    this.sides[role].isWanted = true;
    this.runUntil(() => receiver.delivered.length > before && sender.state.get("sender") === "idle");
    return receiver.delivered[before];
  }

  /** The side is dead. */
  silence(role: RoleName): void {
    this.sides[role].isOver = true;
    this.sides[role].wakesAt = Number.POSITIVE_INFINITY;
  }

  stop(role: RoleName): void {
    this.sides[role].machine.state.set("stop_asked", true);
    this.sides[role].isWanted = true;
    this.runUntil(() => this.sides[role].isOver);
  }
}

function loop(role: RoleName, config: EitherConfig, bus: AccessBus): Loop {
  const machine = new Machine(LISTINGS, configurationOf({ windowBytes: WINDOW_BYTES, ...config }), bus);
  machine.visited = visited;
  return { machine, running: machine.run(`${role}_main`), wakesAt: 0, isWanted: true, isOver: false };
}

function packetOf(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => index * 5 + 1);
}

describe("LPC-HOST-16, LPC-BMC-13: the two event loops of annex M", () => {
  test.each<Version>([1, 2, 3])("open a session of version %p, send packets both ways and stop", (version) => {
    const loops = new Loops({ versions: { min: 1, cur: version } });
    loops.runUntil(() => loops.bothActive);
    expect(loops.sides.host.machine.state.get("version")).toBe(version);
    const mtu = Number(loops.sides.host.machine.state.get("mtu"));
    for (const payload of [1, 64, mtu]) {
      expect(loops.deliver("host", packetOf(4 + payload))).toEqual(packetOf(4 + payload));
      expect(loops.deliver("bmc", packetOf(4 + payload))).toEqual(packetOf(4 + payload));
    }
    loops.stop("host");
    loops.runUntil(() => loops.phase("bmc") === "inactive");
    loops.stop("bmc");
  });

  test("LPC-KCS-11: come to a session and to packets with no other wake-up than their clocks", () => {
    const loops = new Loops({}, {}, false);
    loops.runUntil(() => loops.bothActive);
    expect(loops.deliver("host", packetOf(68))).toEqual(packetOf(68));
    expect(loops.deliver("bmc", packetOf(68))).toEqual(packetOf(68));
    expect(loops.now).toBeGreaterThan(1000);
  });

  test("LPC-TIME-2, LPC-TIME-3: sleep no longer than a rest takes, and report a stall in time", () => {
    const refused = new Loops({ versions: { min: 1, cur: 1 } }, { versions: { min: 2, cur: 3 } });
    refused.runUntil(() => refused.phase("host") === "resting");
    const restedAt = refused.now;
    refused.runUntil(() => refused.phase("host") !== "resting");
    expect(refused.now - restedAt).toBe(1000);

    const silent = new Loops();
    silent.runUntil(() => silent.bothActive);
    const host = silent.sides.host;
    silent.silence("bmc");
    host.machine.state.set("packet", packetOf(5));
    host.isWanted = true;
    const sentAt = silent.now;
    silent.runUntil(() => host.machine.counters.get("transmit_stalled") === 1);
    expect(silent.now - sentAt).toBe(1000);
  });

  test("ran in every line that the rounds do not reach", () => {
    const loops = new Loops();
    loops.runUntil(() => loops.bothActive);
    loops.stop("host");
    loops.stop("bmc");
    const missed: number[] = [];
    for (const { name, body } of LISTINGS.values()) {
      if (!/_(main|begin)$/.test(name)) continue;
      eachStatement(body, ({ line }) => {
        if (!visited.has(line)) missed.push(line);
      });
    }
    expect(missed).toEqual([]);
  });
});
