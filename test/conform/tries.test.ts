/** A case on a busy machine: no lateness of the machine is counted against the side under test, and no fault is hidden by it. */
import { describe, expect, test } from "@jest/globals";
import { Lateness } from "../../src/conform/lateness.ts";
import type { Outcome } from "../../src/conform/outcome.ts";
import { settleCase, type Try } from "../../src/conform/tries.ts";

const PASS: Outcome = { kind: "pass" };
const fail = (requirement: string): Outcome => ({
  kind: "fail",
  evidence: { requirement, seen: "nothing came", expected: "something", access: 0, finding: undefined, rows: [] },
});
const skip: Outcome = { kind: "notTestable", why: "no session" };

/** Plays these tries, each with its lateness; a last one that is missing is a mistake of the test. */
async function settled(...tries: readonly (readonly [Outcome, number, sure?: boolean])[]): Promise<{
  readonly outcome: Outcome;
  readonly played: number;
}> {
  let played = 0;
  const outcome = await settleCase((): Promise<Try> => {
    const [one, late, isSure = false] = tries[played++] ?? [];
    if (one === undefined || late === undefined) return Promise.reject(new Error("one try too many"));
    return Promise.resolve({ outcome: one, late, isSure, isBusy: late >= 20 });
  });
  return { outcome, played };
}

describe("a case is", () => {
  test("played once where it passes, where the machine is in time, and where what was seen is sure", async () => {
    expect(await settled([PASS, 900])).toEqual({ outcome: PASS, played: 1 });
    expect(await settled([fail("LPC-BUF-4"), 3])).toEqual({ outcome: fail("LPC-BUF-4"), played: 1 });
    expect(await settled([skip, 3])).toEqual({ outcome: skip, played: 1 });
    expect(await settled([fail("LPC-BUF-4"), 900, true])).toEqual({ outcome: fail("LPC-BUF-4"), played: 1 });
  });

  test("played again on a late machine, and passes where the next try does", async () => {
    expect(await settled([fail("LPC-BUF-4"), 30], [PASS, 30])).toEqual({ outcome: PASS, played: 2 });
    expect(await settled([skip, 30], [PASS, 0])).toEqual({ outcome: PASS, played: 2 });
  });

  test("failed where two tries name one requirement, neither very late", async () => {
    expect(await settled([fail("LPC-BUF-4"), 30], [fail("LPC-BUF-4"), 90])).toMatchObject({
      outcome: fail("LPC-BUF-4"),
      played: 2,
    });
    const tries = [
      [fail("LPC-BUF-4"), 30],
      [fail("LPC-BUF-8"), 30],
      [fail("LPC-BUF-8"), 30],
    ] as const;
    expect(await settled(...tries)).toMatchObject({ outcome: fail("LPC-BUF-8"), played: 3 });
  });

  test("not judged where every try was very late", async () => {
    const late = [fail("LPC-BUF-4"), 500] as const;
    const { outcome, played } = await settled(late, late, [fail("LPC-BUF-4"), 450]);
    expect(played).toBe(3);
    expect(outcome).toMatchObject({ kind: "notTestable", why: expect.stringMatching(/late by 450 ms .* LPC-BUF-4/) });
  });
});

describe("lateness", () => {
  let time = 0;
  let extra = 0;
  const given = {
    now: () => time,
    pause: (milliseconds: number) => {
      time += milliseconds + extra;
      return Promise.resolve();
    },
    restart: () => {
      time += 5000;
      return Promise.resolve();
    },
    patience: 100,
    silence: 20,
  };

  test("is what pauses and looks at the clock take too long, and not what a restart takes", async () => {
    const lateness = new Lateness(given);
    await lateness.surroundings.pause(50);
    await lateness.surroundings.restart?.();
    expect(lateness.longest).toBe(0);
    extra = 70;
    await lateness.surroundings.pause(5);
    extra = 0;
    await lateness.surroundings.pause(5);
    expect(lateness.longest).toBe(70);
    lateness.begin();
    expect([lateness.longest, lateness.isBusy]).toEqual([0, true]);
    lateness.surroundings.now();
    time += 33;
    lateness.surroundings.now();
    expect(lateness.longest).toBe(33);
  });

  test("of one case makes the machine a busy one for those behind it, for ten seconds", async () => {
    const lateness = new Lateness(given);
    expect(lateness.isBusy).toBe(false);
    extra = 20;
    await lateness.surroundings.pause(5);
    extra = 0;
    lateness.begin();
    await lateness.surroundings.pause(9999);
    expect([lateness.longest, lateness.isBusy]).toEqual([0, true]);
    await lateness.surroundings.pause(1);
    expect(lateness.isBusy).toBe(false);
  });
});
