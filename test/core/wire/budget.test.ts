import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { Budget } from "../../../src/core/wire/budget.ts";
import { millis } from "../../../src/core/wire/units.ts";

describe("a budget", () => {
  test("gives what it holds at once, then what has refilled, all of an amount or nothing", () => {
    const budget = new Budget(10, 2);
    expect([budget.take(7, millis(0)), budget.take(4, millis(0)), budget.take(3, millis(0))]).toEqual([
      true,
      false,
      true,
    ]);
    expect([budget.take(2, millis(999)), budget.take(2, millis(1000))]).toEqual([false, true]);
    // However long nothing is spent, it holds no more than its capacity.
    expect([budget.take(11, millis(1_000_000)), budget.take(10, millis(1_000_000))]).toEqual([false, true]);
  });

  test("what was spent beyond it refills first", () => {
    const budget = new Budget(10, 5);
    budget.spend(10, millis(0));
    expect(budget.missingFor(millis(0))).toBe(0);
    budget.spend(5, millis(0));
    expect([budget.missingFor(millis(0)), budget.missingFor(millis(400))]).toEqual([1000, 600]);
    expect([budget.missingFor(millis(1000)), budget.take(1, millis(1000))]).toEqual([0, false]);
  });

  test("a clock that stands or goes back refills nothing", () => {
    const budget = new Budget(1, 1000);
    expect([budget.take(1, millis(5)), budget.take(1, millis(5)), budget.take(1, millis(1))]).toEqual([
      true,
      false,
      false,
    ]);
  });

  test("within: no series of amounts and pauses has more taken in any span than was allowed", () => {
    const step = fc.record({ amount: fc.nat(120), pause: fc.nat(3000) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const budget = Budget.within(400, 10);
        const taken: { at: number; amount: number }[] = [];
        let now = 0;
        for (const { amount, pause } of steps) {
          now += pause;
          if (budget.take(amount, millis(now))) taken.push({ at: now, amount });
        }
        for (const { at } of taken) {
          const span = taken.filter((one) => one.at >= at && one.at <= at + 10_000);
          expect(span.reduce((sum, { amount }) => sum + amount, 0)).toBeLessThanOrEqual(400.001);
        }
      }),
    );
  });
});
