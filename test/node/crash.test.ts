import { describe, expect, test } from "@jest/globals";
import type { RoleName } from "../../src/core/binding/side.ts";
import { SeededRandom } from "../../src/platform/faulty.ts";
import { Crash, Pair, RESETS, type PairOptions } from "../support/pair.ts";
import { Traffic } from "../support/traffic.ts";

const SEEDS = 120;
const ROLES: readonly RoleName[] = ["host", "bmc"];

interface Totals {
  crashes: number;
  resets: number;
  delivered: number;
}

/** One run: traffic, crashes and resets of the platform at any access, a last fault, and then a channel that must come up and carry messages. */
function crashRun(seed: number, options: Pick<PairOptions, "host" | "bmc" | "depth">, totals: Totals): void {
  const random = new SeededRandom(seed);
  const traffic = new Traffic(random, 200);
  let faults = 1 + random.below(5);
  // Rare faults strike in busy sessions, frequent ones in start-ups.
  const chance = [0.001, 0.004, 0.02][seed % 3]!;
  const pair: Pair = new Pair({
    ...options,
    windowBytes: 4096,
    beforeAccess: (role) => {
      // The other side may act between any two accesses of this one.
      if (random.chance(0.25)) pair.turn(role === "host" ? "bmc" : "host");
      if (faults === 0 || !random.chance(chance)) return;
      faults--;
      if (random.chance(0.3)) {
        totals.resets++;
        pair.resetPlatform(RESETS[random.below(RESETS.length)]!);
        return;
      }
      totals.crashes++;
      throw new Crash(role === "bmc" && random.chance(0.3) ? "reset" : "killed");
    },
    onMessage: (receiver, bytes) => {
      traffic.arrived(receiver, bytes);
    },
  });

  for (let round = 0; faults > 0 && round < 4000; round++) {
    if (random.chance(0.3)) traffic.send(pair, random.chance(0.5) ? "hostToBmc" : "bmcToHost");
    for (const role of ROLES) if (pair.member(role) === undefined && random.chance(0.2)) pair.start(role);
    if (random.chance(0.005)) {
      stopOrderly(pair, ROLES[random.below(2)]!);
    }
    pair.step();
  }

  faults = 0;
  for (const role of ROLES) if (pair.member(role) === undefined) pair.start(role);
  afterTheLastFault(pair, traffic);
  totals.delivered += traffic.received;
}

/** An orderly stop may itself be cut short by a crash, or waits for a side that is gone until it is killed. */
function stopOrderly(pair: Pair, role: RoleName): void {
  const member = pair.member(role);
  if (member === undefined) return;
  member.side.stop();
  member.wanted = true;
  for (let turn = 0; turn < 200 && pair.member(role) === member && !member.side.stopped; turn++) pair.step();
  if (pair.member(role) === member) pair.end(role, "killed");
}

/** Messages that a session takes with it are sent again until a session carries them all. */
function afterTheLastFault(pair: Pair, traffic: Traffic): void {
  for (let attempt = 0; attempt < 10; attempt++) {
    pair.runUntil(() => pair.bothActive, "both sides active");
    const sent = [0, 1, 2, 3].flatMap(() => [traffic.send(pair, "hostToBmc"), traffic.send(pair, "bmcToHost")]);
    pair.runUntil(() => sent.every((message) => message === undefined || message.outcome !== undefined), "outcomes");
    if (!sent.every((message) => message?.outcome === "sent")) continue;
    pair.settle();
    if (!traffic.complete) throw new Error("sent, and yet not received");
    return;
  }
  throw new Error(`no session carries traffic\n${pair.toString()}`);
}

function withSeeds(options: Pick<PairOptions, "host" | "bmc" | "depth">): Totals {
  const totals: Totals = { crashes: 0, resets: 0, delivered: 0 };
  for (let seed = 1; seed <= SEEDS; seed++) {
    try {
      crashRun(seed, options, totals);
    } catch (error) {
      throw new Error(`seed ${String(seed)}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
  }
  return totals;
}

describe("LPC-HOST-7, LPC-BMC-4, LPC-BMC-9, LPC-KCS-9, LPC-KCS-13 crashes, restarts and resets at any access", () => {
  test.each<[string, Pick<PairOptions, "host" | "bmc" | "depth">]>([
    ["version 3, MTU 64", { host: { mtu: 64 } }],
    ["version 3, MTU 64, depth 1", { host: { mtu: 64 }, depth: 1 }],
    ["version 2, MTU 100, depth 1", { host: { mtu: 100 }, bmc: { versions: { min: 1, cur: 2 } }, depth: 1 }],
    ["version 2, the largest MTU", { bmc: { versions: { min: 1, cur: 2 } } }],
    ["version 1", { host: { versions: { min: 1, cur: 1 } } }],
  ])(
    "nothing comes twice, late, damaged or from another session, and the channel always comes back: %s",
    (_, options) => {
      const totals = withSeeds(options);
      expect(totals.crashes).toBeGreaterThan(1.5 * SEEDS);
      expect(totals.resets).toBeGreaterThan(SEEDS / 2);
      expect(totals.delivered).toBeGreaterThan(20 * SEEDS);
    },
  );
});
