/** When a runner runs a side: woken, watching, or though nothing wakes it. */
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { LONGEST_SLEEP, POLL_MODES, Runner, type PollMode } from "../../src/node/runner.ts";
import { ProcessorMeter } from "../../src/node/clock.ts";
import type { Interrupts } from "../../src/platform/port.ts";
import { millis } from "../../src/core/wire/units.ts";

/** Rings when told to, and says that the peer does; or has no bell at all. */
class Bell implements Interrupts {
  onWake: (() => void) | undefined;
  /** Looks at the registers, and what each `arm` was told. */
  looks = 0;
  readonly armed: (boolean | undefined)[] = [];
  /** Whether an event is found at a look. */
  find: (look: number) => boolean = () => false;
  readonly #rings: boolean;

  constructor(rings: boolean) {
    this.#rings = rings;
  }

  pending(): boolean {
    return this.find(++this.looks);
  }

  arm(owesByte?: boolean): boolean {
    this.armed.push(owesByte);
    return this.#rings;
  }

  disarm(): void {
    // Nothing is armed.
  }

  peerRings(): boolean {
    return this.#rings;
  }
}

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

/** The moments at which rounds were run in so many milliseconds. */
function rounds(mode: PollMode, rings: boolean, span: number): readonly number[] {
  const moments: number[] = [];
  let drift = 0;
  // Time passes while a turn watches the registers, too.
  const clock = { now: () => millis(performance.now() + (drift += 0.001)) };
  const pumped = {
    pump: () => {
      moments.push(performance.now());
      return false;
    },
    expire: () => false,
    rounds: 0,
    packets: 0,
    nextDeadline: () => undefined,
  };
  const runner = new Runner(pumped, new Bell(rings), clock, mode);
  runner.start();
  jest.advanceTimersByTime(span);
  runner.stop();
  return moments;
}

describe("LPC-KCS-11 a side that nothing wakes", () => {
  test.each(POLL_MODES.flatMap((mode) => [[mode, true] as const, [mode, false] as const]))(
    "LPC-KCS-11: %s, with a bell: %s: runs a round at least every T_poll",
    (mode, rings) => {
      const span = mode === "busy" ? 50 : 10 * LONGEST_SLEEP;
      const moments = [...rounds(mode, rings, span), span];
      const gaps = moments.slice(1).map((moment, index) => moment - moments[index]!);
      expect(moments.length).toBeGreaterThan(8);
      expect(Math.max(...gaps)).toBeLessThanOrEqual(LONGEST_SLEEP);
    },
  );

  test("with a bell it does sleep that long, without one far less", () => {
    expect(rounds("doorbell", true, 20 * LONGEST_SLEEP).length).toBeLessThan(30);
    expect(rounds("adaptive", false, LONGEST_SLEEP).length).toBeGreaterThan(50);
  });
});

test.each(POLL_MODES)("%s: who waits for signs of life is told of turns each T_poll, until the side hangs", (mode) => {
  let hangs = false;
  const pumped = {
    pump: () => {
      if (hangs) throw new Error("out of the side");
      return false;
    },
    expire: () => false,
    rounds: 0,
    packets: 0,
    nextDeadline: () => undefined,
  };
  let drift = 0;
  const clock = { now: () => millis(performance.now() + (drift += 0.001)) };
  const runner = new Runner(pumped, new Bell(true), clock, mode);
  const turns: number[] = [performance.now()];
  runner.onTurn = () => turns.push(performance.now());
  runner.start();
  jest.advanceTimersByTime(mode === "busy" ? 50 : 4 * LONGEST_SLEEP);
  const gaps = turns.slice(1).map((moment, index) => moment - turns[index]!);
  expect(turns.length).toBeGreaterThan(3);
  expect(Math.max(...gaps)).toBeLessThanOrEqual(LONGEST_SLEEP);
  hangs = true;
  const before = turns.length;
  expect(() => {
    runner.kick();
  }).toThrow("out of the side");
  expect(turns).toHaveLength(before);
  runner.stop();
});

/** A running side that counts its rounds, each of which moves so many packets. `lookTime`: what each look takes, in ms. */
function started(
  bell: Bell,
  packetsPerRound = 0,
  owesByte = false,
  lookTime = 0,
): { readonly rounds: number; readonly runner: Runner } {
  let drift = 0;
  const clock = { now: () => millis(performance.now() + (drift += 0.001) + bell.looks * lookTime) };
  const pumped = {
    pump: () => {
      pumped.rounds++;
      pumped.packets += packetsPerRound;
      return false;
    },
    expire: () => false,
    rounds: 0,
    packets: 0,
    owesByte,
    nextDeadline: () => undefined,
  };
  const runner = new Runner(pumped, bell, clock, "adaptive");
  runner.start();
  return {
    runner,
    get rounds() {
      return pumped.rounds;
    },
  };
}

test("LPC-KCS-10: a side whose looks are system calls makes a few in a turn, not as many as cost nothing in memory", () => {
  const looksPerTurn = (areLooksSlow: boolean): number => {
    const bell = Object.assign(new Bell(false), { areLooksSlow });
    const side = started(bell, 0, false, 0.03);
    jest.advanceTimersByTime(1000);
    side.runner.stop();
    return bell.looks / side.rounds;
  };
  expect(looksPerTurn(true)).toBeLessThan(5);
  expect(looksPerTurn(false)).toBeGreaterThan(15);
});

test("LPC-KCS-10: an event that a side finds after a sleep keeps it awake: what the peer does next is not found late", () => {
  const bell = Object.assign(new Bell(false), { areLooksSlow: true });
  const side = started(bell, 0, false, 0.03);
  jest.advanceTimersByTime(1000);
  const before = side.rounds;
  jest.advanceTimersByTime(20);
  expect(side.rounds - before).toBeLessThan(3);
  let isNew = true;
  bell.find = () => {
    const found = isNew;
    isNew = false;
    return found;
  };
  jest.advanceTimersByTime(20);
  const after = side.rounds;
  jest.advanceTimersByTime(4);
  expect(side.rounds - after).toBeGreaterThan(1);
  side.runner.stop();
});

describe("waking up", () => {
  test("an event between the last look and the wish for the bell is not lost: a round follows at once", () => {
    const bell = new Bell(true);
    let isNew = false;
    const arm = bell.arm.bind(bell);
    bell.arm = (owesByte) => {
      isNew = bell.armed.length === 0;
      return arm(owesByte);
    };
    bell.find = () => {
      const found = isNew;
      isNew = false;
      return found;
    };
    const side = started(bell);
    expect(side.rounds).toBe(1);
    jest.advanceTimersByTime(1);
    expect(side.rounds).toBe(2);
    side.runner.stop();
  });

  test("nor is it where rings have had the task's time: a round follows though the turn is put off", () => {
    const bell = new Bell(true);
    const side = started(bell);
    let isNew = false;
    const arm = bell.arm.bind(bell);
    bell.arm = (owesByte) => {
      isNew = true;
      return arm(owesByte);
    };
    bell.find = () => {
      const found = isNew;
      isNew = false;
      return found;
    };
    // Each turn takes a look at the clock at least: these together have more than a turn may.
    for (let ring = 0; ring < 2000; ring++) bell.onWake?.();
    const before = side.rounds;
    bell.arm = arm;
    jest.advanceTimersByTime(5);
    expect(side.rounds).toBeGreaterThan(before);
    jest.advanceTimersByTime(300);
    const rung = side.rounds;
    bell.onWake?.();
    jest.advanceTimersByTime(1);
    expect(side.rounds).toBeGreaterThan(rung);
    side.runner.stop();
  });

  test.each([true, false])("the bell is told whether the side owes a byte: %p", (owesByte) => {
    const bell = new Bell(true);
    started(bell, 0, owesByte).runner.stop();
    expect(bell.armed).toEqual([owesByte]);
  });

  test("a side that is rung looks no more until it is, or for a quarter of a second", () => {
    const bell = new Bell(true);
    const side = started(bell);
    jest.advanceTimersByTime(240);
    expect(side.rounds).toBe(1);
    bell.onWake?.();
    expect(side.rounds).toBe(2);
    jest.advanceTimersByTime(240);
    expect(side.rounds).toBe(2);
    side.runner.stop();
  });

  test("in a conversation alone it watches for long", () => {
    const looksBehindRing = (packetsPerRound: number): number => {
      const bell = new Bell(true);
      const side = started(bell, packetsPerRound);
      for (let ring = 0; ring < 10; ring++) bell.onWake?.();
      const before = bell.looks;
      bell.onWake?.();
      side.runner.stop();
      return bell.looks - before;
    };
    expect(looksBehindRing(2)).toBeGreaterThan(1.5 * looksBehindRing(0));
  });
});

test.each([
  [
    "promises go on to kick the side",
    (runner: Runner) => {
      runner.kick();
    },
  ],
  ["the peer goes on to ring", (_runner: Runner, bell: Bell) => bell.onWake?.()],
])("the event loop has its turn though %s", async (_what, begin) => {
  jest.useRealTimers();
  let passed = 0;
  const bell = new Bell(true);
  const pumped = {
    pump: () => {
      passed += 0.3;
      // As a service answers what the round received.
      if (++pumped.rounds < 10_000) {
        queueMicrotask(() => {
          begin(runner, bell);
        });
      }
      return false;
    },
    expire: () => false,
    rounds: 0,
    packets: 0,
    nextDeadline: () => undefined,
  };
  const runner = new Runner(pumped, bell, { now: () => millis((passed += 0.001)) }, "adaptive");
  runner.start();
  const roundsATask: number[] = [];
  for (let task = 0; task < 20; task++) {
    const before = pumped.rounds;
    await new Promise((resolve) => setImmediate(resolve));
    roundsATask.push(pumped.rounds - before);
  }
  runner.stop();
  expect(Math.max(...roundsATask)).toBeLessThan(20);
  // And the side has its turns, too.
  expect(pumped.rounds).toBeGreaterThan(20);
});

describe("LPC-SEC-3 what a turn is charged", () => {
  /** Rests given to rings without payload; each turn takes a millisecond, and so much processor time. */
  function restsAt(usedPerTurn: number | undefined): number {
    const bell = new Bell(true);
    let [drift, used] = [0, 0];
    const pumped = {
      pump: () => {
        pumped.rounds += 2;
        drift += 1;
        used += usedPerTurn ?? 0;
        return false;
      },
      expire: () => false,
      rounds: 0,
      packets: 0,
      nextDeadline: () => undefined,
    };
    const now = { now: () => millis(performance.now() + drift) };
    const meter = new ProcessorMeter(() => used);
    const clock = usedPerTurn === undefined ? now : { ...now, usedIn: meter.usedIn.bind(meter) };
    const runner = new Runner(pumped, bell, clock, "doorbell");
    runner.start();
    for (let ring = 0; ring < 500; ring++) {
      bell.onWake?.();
      jest.advanceTimersByTime(1);
    }
    runner.stop();
    return runner.paced;
  }

  test("LPC-SEC-3: is processor time: on a machine that has other work an honest peer is not taken for a flood", () => {
    expect(restsAt(0.01)).toBe(0);
    expect(restsAt(1)).toBeGreaterThan(10);
  });

  test("is the time that passes where the clock knows no other", () => {
    expect(Math.abs(restsAt(undefined) - restsAt(1))).toBeLessThan(5);
  });
});

test("an error out of a turn ends that turn alone: the side is run again, with and without an event", () => {
  const turns: string[] = [];
  const pumped = {
    pump: () => {
      turns.push("turn");
      if (turns.length === 1) throw new Error("out of the side");
      return false;
    },
    expire: () => false,
    rounds: 0,
    packets: 0,
    owesByte: false,
    nextDeadline: () => undefined,
  };
  let drift = 0;
  const clock = { now: () => millis(performance.now() + (drift += 0.001)) };
  const runner = new Runner(pumped, new Bell(false), clock, "doorbell");
  expect(() => {
    runner.start();
  }).toThrow("out of the side");
  runner.kick();
  expect(turns).toHaveLength(2);
  jest.advanceTimersByTime(LONGEST_SLEEP);
  runner.stop();
  expect(turns.length).toBeGreaterThan(2);
});
