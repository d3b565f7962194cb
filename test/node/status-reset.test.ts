import { describe, expect, test } from "@jest/globals";
import type { BusAccess } from "../../src/core/binding/access.ts";
import type { Depth } from "../../src/core/binding/kcs-word.ts";
import type { Direction, RoleName } from "../../src/core/binding/side.ts";
import { testMessage } from "../support/endpoints.ts";
import { afterReset, Pair, RESETS } from "../support/pair.ts";

const DIRECTIONS: readonly Direction[] = ["hostToBmc", "bmcToHost"];
const DEPTHS: readonly Depth[] = [0, 1];
/** Milliseconds between two looks of a side at STR without any event. */
const POLL = 100;

interface Outcome {
  readonly outcome: string | undefined;
}

interface Scene {
  readonly name: string;
  /** Brings the pair to the moment of the reset; returns the messages that it takes with it. */
  readonly play: (pair: Pair, hook: Hook) => readonly Outcome[];
  /** Messages that have arrived by then: at the host, at the BMC. */
  readonly arrived?: readonly [number, number];
}

interface Hook {
  /** Called once, before the next command byte that a side writes is Tx Begin. */
  beforeTxBegin: ((role: RoleName) => void) | undefined;
}

function underWay(pair: Pair, direction: Direction, transmit = "outstanding"): Outcome {
  const message = pair.send(direction, testMessage(40));
  const sender: RoleName = direction === "hostToBmc" ? "host" : "bmc";
  pair.turn(sender);
  expect(pair.member(sender)!.side.state.channel?.transmit).toBe(transmit);
  return message;
}

/**
 * Both sides write Tx Begin at the same time; `late`, whose Tx Begin is the second, then takes its peer's packet with
 * its outbound register full, and owes Rx Complete.
 */
function owed(pair: Pair, hook: Hook, late: RoleName): readonly Outcome[] {
  const first: RoleName = late === "host" ? "bmc" : "host";
  const messages = DIRECTIONS.map((direction) => pair.send(direction, testMessage(40)));
  // The driver would empty IDR.
  pair.board.holdHandler();
  hook.beforeTxBegin = () => {
    pair.turn(first);
  };
  pair.turn(late);
  pair.turn(late);
  const { channel } = pair.member(late)!.side.state;
  expect(channel).toMatchObject({ rxCompleteOwed: true, transmit: "outstanding" });
  return messages;
}

const SCENES: readonly Scene[] = [
  { name: "idle", play: () => [] },
  ...DIRECTIONS.map((direction) => ({
    name: `a packet under way, ${direction}`,
    play: (pair: Pair) => [underWay(pair, direction)],
  })),
  {
    name: "Rx Complete unread in ODR, Tx Begin pending",
    play: (pair) => [underWay(pair, "hostToBmc"), underWay(pair, "bmcToHost", "beginPending")],
    arrived: [0, 1],
  },
  { name: "the host owes Rx Complete", play: (pair, hook) => owed(pair, hook, "host"), arrived: [1, 0] },
  { name: "the BMC owes Rx Complete", play: (pair, hook) => owed(pair, hook, "bmc"), arrived: [0, 1] },
  {
    name: "in the middle of messages of many packets",
    play: (pair) => {
      const messages = DIRECTIONS.map((direction) => pair.send(direction, testMessage(5000)));
      for (let turn = 0; turn < 9; turn++) pair.step();
      return messages;
    },
  },
];

const CASES = SCENES.flatMap((scene) =>
  RESETS.flatMap((reset) => DEPTHS.map((depth) => [scene.name, reset, depth, scene] as const)),
);

describe("LPC-BMC-9, LPC-HOST-9 a reset of the platform under both sides", () => {
  test.each(CASES)(
    "LPC-BMC-9: %s; lost: %s; depth %p: both find out by looking, a new session comes, messages flow",
    (_, reset, depth, { play, arrived = [0, 0] }) => {
      const hook: Hook = { beforeTxBegin: undefined };
      const beforeAccess = (role: RoleName, access: BusAccess): void => {
        if (access.kind !== "writeData" || access.value !== 0x01) return;
        const { beforeTxBegin } = hook;
        hook.beforeTxBegin = undefined;
        beforeTxBegin?.(role);
      };
      const pair = new Pair({ host: { mtu: 64 }, poll: POLL, depth, beforeAccess }).bringUp();
      const before = pair.now;
      const lost = play(pair, hook);
      const received = (): number[] => [pair.host.received.length, pair.bmc.received.length];
      expect(received()).toEqual(arrived);

      pair.board.word = afterReset(pair.board.word, reset);
      pair.board.releaseHandler();
      pair.runUntil(() => pair.host.sessions === 2 && pair.bmc.sessions === 2 && pair.bothActive, "the next session");
      pair.settle();

      expect(pair.now - before).toBeLessThanOrEqual(2 * POLL);
      expect(lost.map(({ outcome }) => outcome)).toEqual(lost.map(() => "linkDown"));
      expect(received()).toEqual(arrived);
      expect(pair.bmc.side.state.counters).toMatchObject({ statusResetSeen: 1, sessionsLost: 1 });
      expect(pair.host.side.state.counters).toMatchObject({ sessionsLost: 1 });
      for (const direction of DIRECTIONS) expect(pair.deliver(direction, testMessage(300))).toEqual(testMessage(300));
    },
  );

  test("LPC-BMC-9: before any session, and while the host is away", () => {
    const pair = new Pair({ poll: POLL });
    pair.end("host", "killed");
    pair.runUntil(() => pair.bmc.side.state.phase.name === "inactive", "started");
    pair.board.word = 0;
    pair.pass(1000);
    expect(pair.bmc.side.state).toMatchObject({ phase: { name: "inactive" }, counters: { statusResetSeen: 1 } });
    pair.start("host");
    pair.bringUp();
  });

  test("LPC-BMC-9: reset after reset", () => {
    const pair = new Pair({ poll: POLL }).bringUp();
    for (let count = 2; count < 30; count++) {
      pair.board.word = afterReset(pair.board.word, RESETS[count % RESETS.length]!);
      pair.runUntil(() => pair.host.sessions === count && pair.bmc.sessions === count && pair.bothActive, "back");
      expect(pair.deliver("hostToBmc", testMessage(300, count))).toEqual(testMessage(300, count));
    }
  });
});
