import { describe, expect, test } from "@jest/globals";
import { hostStatusOf, idrOf, ODR_SHIFT, type Depth } from "../../src/core/binding/kcs-word.ts";
import type { Direction, RoleName } from "../../src/core/binding/side.ts";
import type { VersionRange } from "../../src/core/binding/versions.ts";
import { equalBytes } from "../../src/core/wire/bytes.ts";
import { millis } from "../../src/core/wire/units.ts";
import { testMessage } from "../support/endpoints.ts";
import { afterReset, Pair, RESETS, type Ending } from "../support/pair.ts";

const ALL: VersionRange = { min: 1, cur: 3 };
const DIRECTIONS: readonly Direction[] = ["hostToBmc", "bmcToHost"];
const MIB = 1024 * 1024;

describe("LPC-VER-1, LPC-MTU-4 sessions between the two sides", () => {
  test.each<[VersionRange, number | undefined, VersionRange, number | undefined, number, number]>([
    // BMC versions and MTU, host versions and MTU, version and MTU of the session: the examples of clause 9.2
    [ALL, undefined, ALL, undefined, 3, 524144],
    [ALL, undefined, { min: 1, cur: 2 }, undefined, 2, 524144],
    [{ min: 1, cur: 2 }, undefined, ALL, undefined, 2, 524144],
    [ALL, undefined, ALL, 4096, 3, 4096],
    [ALL, undefined, { min: 1, cur: 2 }, 4096, 2, 4096],
    [ALL, 4096, ALL, 32768, 3, 4096],
    [ALL, 64, ALL, 4096, 3, 64],
    [ALL, undefined, { min: 1, cur: 1 }, 4096, 1, 64],
    [{ min: 1, cur: 1 }, 4096, ALL, 4096, 1, 64],
    [ALL, 100_000_000, ALL, 32768, 3, 32768],
    [ALL, 65, ALL, undefined, 3, 65],
  ])("LPC-VER-1: BMC %p, MTU %p; host %p, MTU %p: version %p, MTU %p", (...row) => {
    const [bmcVersions, bmcMtu, hostVersions, hostMtu, version, mtu] = row;
    const pair = new Pair({
      windowBytes: MIB,
      bmc: { versions: bmcVersions, mtu: bmcMtu },
      host: { versions: hostVersions, mtu: hostMtu },
    }).bringUp();
    for (const { side } of [pair.host, pair.bmc]) {
      expect(side.session).toMatchObject({ version, mtu: { hostToBmc: mtu, bmcToHost: mtu } });
    }
    expect(pair.host.side.session).toEqual(pair.bmc.side.session);
    expect(pair.region).toMatchObject({ negotiatedVersion: version, layout: pair.host.side.session!.layout });
    expect(pair.now).toBe(0);
    for (const direction of DIRECTIONS) {
      for (const length of [1, 64, 65, 5 * mtu + 1]) {
        const size = Math.min(length, 60_000);
        expect(equalBytes(pair.deliver(direction, testMessage(size)), testMessage(size))).toBe(true);
      }
    }
  });

  test.each([4096, 5000, 64 * 1024, 16 * MIB])("a window of %p bytes", (windowBytes) => {
    const pair = new Pair({ windowBytes }).bringUp();
    const { mtu } = pair.host.side.session!;
    // As long as a message of these endpoints may be.
    const message = testMessage(Math.min(mtu.hostToBmc, 64 * 1024));
    for (const direction of DIRECTIONS) expect(equalBytes(pair.deliver(direction, message), message)).toBe(true);
  });

  test("LPC-VER-2, LPC-TIME-2: without a common version the host asks every T_refused, and finds a BMC that has one", () => {
    const bmc = { versions: { min: 1, cur: 1 } };
    const pair = new Pair({ host: { versions: { min: 2, cur: 3 }, refusedDelay: millis(1000) }, bmc });
    pair.pass(5500);
    expect(pair.host.side.state).toMatchObject({ closeReason: "versionRefused", counters: { versionRefused: 6 } });
    // The first refusal is provisional (LPC-HOST-15): the BMC was asked twice for it.
    expect(pair.bmc.side.state.counters).toMatchObject({ versionRefused: 7, sessionsOpened: 0 });
    bmc.versions = { min: 1, cur: 3 };
    pair.restart("bmc", "killed");
    pair.bringUp();
    // Zeroed fields end the rest: no T_refused was waited for.
    expect(pair.now).toBe(5500);
  });

  test("LPC-MTU-4: a small MTU for one life, a large one for the next", () => {
    const host: { mtu: number | undefined } = { mtu: undefined };
    const pair = new Pair({ host }).bringUp();
    const offer = pair.region.layout;
    for (const mtu of [64, 4096, 100, undefined]) {
      host.mtu = mtu;
      pair.restart("host", "killed");
      pair.bringUp();
      expect(pair.host.side.session!.mtu.hostToBmc).toBe(mtu ?? offer.hostToBmc.size - 12);
      expect(pair.deliver("bmcToHost", testMessage(5000))).toEqual(testMessage(5000));
    }
  });
});

describe("LPC-HOST-9, LPC-BMC-4, LPC-KCS-13 ends and restarts", () => {
  const endings = ([0, 1] as const).flatMap((depth): [RoleName, Ending, Depth][] => [
    ["host", "killed", depth],
    ["host", "orderly", depth],
    ["bmc", "killed", depth],
    ["bmc", "reset", depth],
    ["bmc", "orderly", depth],
  ]);

  test.each(endings)(
    "the %s, %s and back in the middle of traffic, depth %p: a new session, no timer, messages flow",
    (...given) => {
      const [role, ending, depth] = given;
      const pair = new Pair({ host: { mtu: 64 }, depth }).bringUp();
      const lost = DIRECTIONS.map((direction) => pair.send(direction, testMessage(5000, 1)));
      for (let turn = 0; turn < 9; turn++) pair.step();
      pair.restart(role, ending);
      const other = role === "host" ? pair.bmc : pair.host;
      pair.runUntil(() => pair.bothActive && other.sessions === 2, "the next session");
      pair.settle();
      expect(pair.now).toBe(0);
      // The survivor says what became of its message; nobody has half of one.
      expect(lost[role === "host" ? 1 : 0]!.outcome).toBe("linkDown");
      expect([pair.host.received, pair.bmc.received]).toEqual([[], []]);
      for (const direction of DIRECTIONS) expect(pair.deliver(direction, testMessage(300))).toEqual(testMessage(300));
    },
  );

  test.each(endings)("the %s, %s, stays away for a day, depth %p", (role, ending, depth) => {
    const pair = new Pair({ depth }).bringUp();
    pair.end(role, ending);
    pair.pass(24 * 3600 * 1000);
    pair.start(role);
    pair.bringUp();
    expect(pair.deliver("hostToBmc", testMessage(300))).toEqual(testMessage(300));
  });

  test("LPC-HOST-12: a host's orderly stop closes the session at the BMC", () => {
    const pair = new Pair().bringUp();
    pair.end("host", "orderly");
    pair.settle();
    expect(pair.bmc.side.session).toBeUndefined();
    expect(pair.bmc.side.state.closeReason).toBe("closedByHost");
    expect(pair.status & 0xc0).toBe(0x80);
  });

  test.each([0, 1] as const)(
    "LPC-TIME-5: a host stops beside a BMC that died with IDR full: after T_stop, depth %p",
    (depth) => {
      const pair = new Pair({ depth }).bringUp();
      pair.end("bmc", "killed");
      pair.send("hostToBmc", testMessage(10));
      pair.settle();
      const { word } = pair.board;
      expect([hostStatusOf(word) & 0x02, idrOf(word)]).toEqual([0x02, 0x01]);
      const before = pair.now;
      pair.end("host", "orderly");
      expect(pair.now - before).toBe(500);
      expect(pair.board.word).toBe(word);
    },
  );

  test("LPC-TIME-5: a host that stops closes as soon as a slow BMC empties IDR", () => {
    const pair = new Pair().bringUp();
    pair.send("hostToBmc", testMessage(10));
    pair.turn("host");
    const { host } = pair;
    host.side.stop();
    host.wanted = true;
    for (let look = 0; look < 3; look++) pair.turn("host");
    expect(host.side.stopped).toBe(false);
    pair.settle();
    expect([host.side.stopped, pair.bmc.side.state.closeReason]).toEqual([true, "closedByHost"]);
    expect(pair.now).toBe(0);
  });

  test("LPC-BMC-7: a BMC's orderly stop ends the session at the host", () => {
    const pair = new Pair().bringUp();
    pair.end("bmc", "orderly");
    pair.settle();
    expect(pair.host.side.state.closeReason).toBe("bmcInactive");
    expect(pair.status & 0xc0).toBe(0);
  });

  test("LPC-TIME-1: a BMC that starts alone waits T_ann, then for the host", () => {
    const pair = new Pair({ bmc: { announceLimit: millis(500) } });
    pair.end("host", "killed");
    pair.runUntil(() => pair.bmc.side.state.phase.name === "inactive", "started");
    expect(pair.now).toBe(500);
    pair.start("host");
    pair.bringUp();
    expect(pair.now).toBe(500);
  });

  test("LPC-HOST-9: STR reset without any byte is found by the next look at it", () => {
    const pair = new Pair({ poll: 100 }).bringUp();
    pair.end("bmc", "reset");
    pair.runUntil(() => !pair.host.active, "noticed");
    expect(pair.now).toBeLessThanOrEqual(100);
    pair.start("bmc");
    pair.runUntil(() => pair.bothActive, "both sides active");
  });

  test("LPC-REG-2: a window without magic keeps the host away; the BMC's next start brings it back", () => {
    const pair = new Pair().bringUp();
    pair.board.window.fill(0, 0, 0x20);
    pair.restart("host", "killed");
    const { word } = pair.board;
    pair.pass(3500);
    expect(pair.host.side.state).toMatchObject({ phase: { name: "awaitingBmc" }, closeReason: "magicMismatch" });
    // LPC-HOST-14: it looks, and takes nothing.
    expect(pair.board.word).toBe(word);
    expect(pair.board.window.subarray(0, 0x20).every((byte) => byte === 0)).toBe(true);
    pair.restart("bmc", "killed");
    pair.runUntil(() => pair.bothActive && pair.bmc.sessions === 1, "both sides active");
  });

  test.each([0x01, 0x41, 0x81, 0xc1])(
    "LPC-HOST-14: a byte of another interface stays in ODR for a day, STR 0x%s, the window reads as 0xff",
    (status) => {
      const pair = new Pair({ poll: 1000 });
      pair.end("bmc", "killed");
      pair.board.window.fill(0xff);
      pair.board.word = status | (0x55 << ODR_SHIFT);
      const { word } = pair.board;
      for (let hour = 0; hour < 24; hour++) pair.pass(3600 * 1000);
      expect(pair.board.word).toBe(word);
      expect(pair.board.window.every((byte) => byte === 0xff)).toBe(true);
      expect(pair.host.side.state.phase).toEqual({ name: "awaitingBmc" });
      // The other interface goes, a BMC of this binding comes.
      pair.board.word = 0;
      pair.start("bmc");
      pair.bringUp();
    },
  );

  test("LPC-TIME-3: a BMC that dies in silence stalls the transmitter, reported once", () => {
    const pair = new Pair({ host: { stallDelay: millis(1000) } }).bringUp();
    const message = pair.send("hostToBmc", testMessage(10));
    pair.end("bmc", "killed");
    pair.pass(60_000);
    expect(pair.host.side.state.counters.transmitStalled).toBe(1);
    expect([pair.host.active, message.outcome]).toEqual([true, undefined]);
  });
});

describe("LPC-BMC-9, LPC-HOST-9 a reset of the platform under both sides", () => {
  /** Milliseconds between two looks of a side at STR without any event. */
  const POLL = 100;

  test.each(RESETS.flatMap((reset) => ([0, 1] as const).map((depth) => [reset, depth] as const)))(
    "LPC-BMC-9: in the middle of traffic; lost: %s; depth %p: both find out by looking, a new session comes",
    (reset, depth) => {
      const pair = new Pair({ host: { mtu: 64 }, poll: POLL, depth }).bringUp();
      const lost = DIRECTIONS.map((direction) => pair.send(direction, testMessage(5000)));
      for (let turn = 0; turn < 9; turn++) pair.step();
      const before = pair.now;
      pair.board.word = afterReset(pair.board.word, reset);
      pair.runUntil(() => pair.host.sessions === 2 && pair.bmc.sessions === 2 && pair.bothActive, "the next session");
      pair.settle();
      expect(pair.now - before).toBeLessThanOrEqual(2 * POLL);
      expect(lost.map(({ outcome }) => outcome)).toEqual(["linkDown", "linkDown"]);
      expect([pair.host.received, pair.bmc.received]).toEqual([[], []]);
      expect(pair.bmc.side.state.counters).toMatchObject({ statusResetSeen: 1, sessionsLost: 1 });
      expect(pair.host.side.state.counters).toMatchObject({ sessionsLost: 1 });
      for (const direction of DIRECTIONS) expect(pair.deliver(direction, testMessage(300))).toEqual(testMessage(300));
    },
  );

  test("LPC-BMC-9: idle, reset after reset; and before any session, while the host is away", () => {
    const pair = new Pair({ poll: POLL });
    pair.end("host", "killed");
    pair.runUntil(() => pair.bmc.side.state.phase.name === "inactive", "started");
    pair.board.word = 0;
    pair.pass(1000);
    expect(pair.bmc.side.state).toMatchObject({ phase: { name: "inactive" }, counters: { statusResetSeen: 1 } });
    pair.start("host");
    pair.bringUp();
    for (let count = 2; count < 10; count++) {
      pair.board.word = afterReset(pair.board.word, RESETS[count % RESETS.length]!);
      pair.runUntil(() => pair.host.sessions === count && pair.bmc.sessions === count && pair.bothActive, "back");
      expect(pair.deliver("hostToBmc", testMessage(300, count))).toEqual(testMessage(300, count));
    }
  });
});

describe("messages", () => {
  test("keep their order, both ways at once", () => {
    const pair = new Pair({ host: { mtu: 200 } }).bringUp();
    for (let number = 0; number < 100; number++) {
      for (const direction of DIRECTIONS) pair.send(direction, testMessage((number * 13) % 500 || 1, number));
    }
    pair.settle();
    for (const { received } of [pair.host, pair.bmc]) {
      const expected = Array.from({ length: 100 }, (_, number) => testMessage((number * 13) % 500 || 1, number));
      expect(received.map(({ bytes }) => bytes)).toEqual(expected);
    }
  });
});
