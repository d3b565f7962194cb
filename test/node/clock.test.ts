import { describe, expect, test } from "@jest/globals";
import { millis } from "../../src/core/wire/units.ts";
import { ProcessorMeter, monotonicClock, usedSince } from "../../src/node/clock.ts";

/** What turns of a millisecond are taken to have used, in which the process has used so much. */
function usedBy(perTurn: readonly number[]): { readonly charged: number; readonly looks: number } {
  let [used, charged, looks] = [0, 0, 0];
  const meter = new ProcessorMeter(() => {
    looks++;
    return used;
  });
  for (const one of perTurn) {
    used += one;
    charged += meter.usedIn(millis(1));
  }
  return { charged, looks };
}

const turns = (count: number, used: number): number[] => Array.from({ length: count }, () => used);

describe("LPC-SEC-3 processor time of turns", () => {
  test.each([0.01, 0.3, 1, 1.9])(
    "LPC-SEC-3: the process uses %p ms in turns of 1 ms: they are charged that",
    (perTurn) => {
      const { charged, looks } = usedBy(turns(1000, perTurn));
      expect(charged / 1000).toBeGreaterThan(0.95 * perTurn);
      expect(charged / 1000).toBeLessThan(1.05 * perTurn + 0.01);
      expect(looks).toBeLessThan(250);
    },
  );

  test("work of the process beside its turns is charged to them up to a second processor", () => {
    const { charged } = usedBy(turns(1000, 50));
    expect(charged / 1000).toBeLessThanOrEqual(2);
  });

  test("a peer gains nothing by turns that are cheap and dear by turns", () => {
    const pattern = Array.from({ length: 200 }, (_, index) => turns(5, index % 2 === 0 ? 1.9 : 0.1)).flat();
    expect(usedBy(pattern).charged / pattern.length).toBeGreaterThan(0.95);
  });

  test("the machine's own clock: a loop uses about the time that it takes, or less where the machine is busy", () => {
    let used = 0;
    let passed = 0;
    for (let turn = 0; turn < 40; turn++) {
      const began = monotonicClock.now();
      while (monotonicClock.now() < began + 1);
      passed += monotonicClock.now() - began;
      used += usedSince(monotonicClock, began);
    }
    expect(used).toBeGreaterThan(0);
    expect(used).toBeLessThan(2.2 * passed);
  });
});
