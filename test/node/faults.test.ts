import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Depth } from "../../src/core/binding/kcs-word.ts";
import type { Version } from "../../src/core/binding/versions.ts";
import { SeededRandom, withFaults, type Faults, type FaultPlan } from "../../src/platform/faulty.ts";
import { Crash, Pair, type PairOptions } from "../support/pair.ts";
import { Traffic } from "../support/traffic.ts";

const CONTROL_REGION = 0x100;

interface FaultyPair {
  readonly pair: Pair;
  readonly traffic: Traffic;
  readonly faults: readonly Faults[];
}

/** A pair whose two platforms have the faults of `chances`, drawn from `seed`. */
function faultyPair(
  seed: number,
  chances: FaultPlan["chances"],
  longest: number,
  options: Omit<PairOptions, "wrapHost" | "wrapBmc"> = {},
): FaultyPair {
  const traffic = new Traffic(new SeededRandom(seed), longest);
  const faults: Faults[] = [];
  const keep = <Wrapped extends { readonly faults: Faults }>(platform: Wrapped): Wrapped => {
    faults.push(platform.faults);
    return platform;
  };
  const pair = new Pair({
    windowBytes: 4096,
    ...options,
    wrapHost: (platform) => keep(withFaults(platform, { seed, chances, soundBytes: CONTROL_REGION })),
    wrapBmc: (platform) => keep(withFaults(platform, { seed: ~seed, chances, soundBytes: CONTROL_REGION })),
    onMessage: (receiver, bytes) => {
      traffic.arrived(receiver, bytes);
    },
  });
  return { pair, traffic, faults };
}

/** Runs for every seed; a failure says which, and which faults had struck. */
function forSeeds(count: number, run: (seed: number, watch: (pair: FaultyPair) => FaultyPair) => void): void {
  for (let seed = 1; seed <= count; seed++) {
    let watched: FaultyPair | undefined;
    try {
      run(seed, (pair) => (watched = pair));
    } catch (error) {
      const struck = watched?.faults.map(String).join("; ") ?? "";
      throw new Error(`seed ${String(seed)}: ${error instanceof Error ? error.message : ""}\n${struck}`, {
        cause: error,
      });
    }
  }
}

/** Sends messages both ways, all of which the peer must take, whatever it then makes of them. */
function exchange({ pair, traffic }: FaultyPair, messages: number): void {
  for (let sent = 0; sent < messages; sent += 8) {
    const batch = Array.from({ length: 4 }, () => [traffic.send(pair, "hostToBmc"), traffic.send(pair, "bmcToHost")]);
    pair.runUntil(() => batch.flat().every((message) => message?.outcome !== undefined), "all taken");
    expect(batch.flat().map((message) => message?.outcome)).toEqual(batch.flat().map(() => "sent"));
  }
}

function versions(version: Version): Pick<PairOptions, "host"> {
  return { host: { versions: { min: version, cur: version }, mtu: 200 } };
}

describe("LPC-BUF-5 bit flips in the packet buffers", () => {
  // One packet a message, so that each packet lost is one message lost.
  const chances = { flipOnRead: 0.1, flipOnWrite: 0.1 };

  test("LPC-BUF-5, LPC-ERR-3: in version 3 nothing damaged is delivered, and the channel works on", () => {
    let flips = 0;
    let dropped = 0;
    let delivered = 0;
    forSeeds(30, (seed, watch) => {
      const faulty = watch(faultyPair(seed, chances, 190, versions(3)));
      const { pair, traffic, faults } = faulty;
      pair.bringUp();
      exchange(faulty, 80);
      for (const { side } of [pair.host, pair.bmc]) {
        const { crcMismatch, lengthOutOfBounds, sessionsOpened } = side.state.counters;
        dropped += crcMismatch + lengthOutOfBounds;
        expect(sessionsOpened).toBe(1);
      }
      for (const { injected } of faults) flips += injected.flipOnRead + injected.flipOnWrite;
      for (const fault of faults) fault.end();
      exchange(faulty, 8);
      expect(traffic.complete).toBe(true);
      delivered += traffic.received;
    });
    // Every message sent was either delivered or counted as dropped.
    expect(delivered + dropped).toBe(30 * 88);
    expect(dropped).toBeGreaterThan(250);
    expect(flips).toBeGreaterThanOrEqual(dropped);
  });
});

describe("LPC-ERR-5 packets lost in the middle of messages", () => {
  const chances = { flipOnRead: 0.1, flipOnWrite: 0.1 };
  const options: PairOptions = { host: { versions: { min: 3, cur: 3 }, mtu: 64 } };

  /** Messages of up to nine packets, both ways; their tags come round every eight of them. */
  function run(seed: number, depth: Depth): FaultyPair {
    const faulty = faultyPair(seed, chances, 500, { ...options, depth });
    faulty.pair.bringUp();
    exchange(faulty, 80);
    return faulty;
  }

  test.each([0, 1] as const)(
    "LPC-ERR-5: whatever packets are lost, no message is delivered with parts of another: depth %p",
    (depth) => {
      let ended = 0;
      let delivered = 0;
      fc.assert(
        fc.property(fc.integer(), (seed) => {
          const { pair, traffic, faults } = run(seed, depth);
          for (const { endpoint, sessions } of [pair.host, pair.bmc]) {
            ended += endpoint.counters.packetLost;
            expect(sessions).toBe(1);
          }
          for (const fault of faults) fault.end();
          const before = traffic.received;
          exchange({ pair, traffic, faults }, 8);
          expect([traffic.complete, traffic.received - before]).toEqual([true, 8]);
          delivered += before;
        }),
        { numRuns: 40 },
      );
      expect(Math.min(ended, delivered)).toBeGreaterThan(280);
    },
  );
});

describe("LPC-KCS-10 interrupts that get lost, come twice or from nowhere", () => {
  test.each([0, 1] as const)(
    "LPC-KCS-10, LPC-KCS-13: with a poll of STR everything arrives, in order, depth %p",
    (depth) => {
      forSeeds(25, (seed, watch) => {
        const chances = { loseInterrupt: 0.4, repeatInterrupt: 0.2, inventInterrupt: 0.05 };
        const faulty = watch(faultyPair(seed, chances, 500, { depth, poll: 5, host: { mtu: 64 } }));
        const { pair, traffic, faults } = faulty;
        pair.bringUp();
        exchange(faulty, 40);
        expect(traffic.complete && traffic.received === 40).toBe(true);
        expect([pair.host.sessions, pair.bmc.sessions]).toEqual([1, 1]);
        for (const { injected } of faults) expect(injected.loseInterrupt).toBeGreaterThan(0);
      });
    },
  );

  test("LPC-KCS-10: with a poll alone the sides need no interrupt at all", () => {
    const faulty = faultyPair(1, { loseInterrupt: 1 }, 500, { poll: 1 });
    faulty.pair.bringUp();
    exchange(faulty, 40);
    expect(faulty.traffic.received).toBe(40);
  });

  test("repeated and invented interrupts alone cost nothing but looks at STR", () => {
    forSeeds(15, (seed, watch) => {
      const faulty = watch(faultyPair(seed, { repeatInterrupt: 0.5, inventInterrupt: 0.2 }, 500));
      faulty.pair.bringUp();
      exchange(faulty, 40);
      expect(faulty.traffic.received).toBe(40);
      expect(faulty.pair.now).toBe(0);
    });
  });
});

describe("LPC-HOST-9, LPC-BUF-5, LPC-KCS-13 all faults at once, crashes among them", () => {
  test.each([0, 1] as const)(
    "nothing comes twice, late, damaged or from another session; once the faults end the channel comes back: depth %p",
    (depth) => {
      let crashes = 0;
      forSeeds(50, (seed, watch) => {
        const random = new SeededRandom(seed * 7);
        const chances = {
          flipOnRead: 0.02,
          flipOnWrite: 0.02,
          loseInterrupt: 0.1,
          repeatInterrupt: 0.1,
          inventInterrupt: 0.02,
        };
        let calm = false;
        const faulty = watch(
          faultyPair(seed, chances, 50, {
            depth,
            poll: 20,
            host: { mtu: 64 },
            beforeAccess: (role) => {
              if (calm || !random.chance(0.002)) return;
              crashes++;
              throw new Crash(role === "bmc" && random.chance(0.3) ? "reset" : "killed");
            },
          }),
        );
        const { pair, traffic, faults } = faulty;
        for (let step = 0; step < 800; step++) {
          if (random.chance(0.3)) traffic.send(pair, random.chance(0.5) ? "hostToBmc" : "bmcToHost");
          for (const role of ["host", "bmc"] as const) {
            if (pair.member(role) === undefined && random.chance(0.1)) pair.start(role);
          }
          pair.step();
        }
        calm = true;
        for (const fault of faults) fault.end();
        for (const role of ["host", "bmc"] as const) if (pair.member(role) === undefined) pair.start(role);
        pair.runUntil(() => pair.bothActive, "both sides active");
        pair.pass(5000);
        pair.runUntil(() => pair.bothActive, "both sides still active");
        exchange(faulty, 8);
        expect(traffic.complete).toBe(true);
      });
      expect(crashes).toBeGreaterThan(80);
    },
  );
});
