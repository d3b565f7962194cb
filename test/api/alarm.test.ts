/** Timers of any span, on a clock of the test. */
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { LONGEST_WAIT, alarm } from "../../src/api/alarm.ts";

describe("alarm", () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  test.each([0, 20, LONGEST_WAIT, LONGEST_WAIT + 1, 3e9, 1e10])(
    "after %i ms it rings, once, and not before",
    (span) => {
      const ring = jest.fn();
      alarm(span, ring);
      if (span > 0) jest.advanceTimersByTime(span - 1);
      expect(ring).not.toHaveBeenCalled();
      jest.advanceTimersByTime(2);
      expect(ring).toHaveBeenCalledTimes(1);
      expect(jest.getTimerCount()).toBe(0);
    },
  );

  test("after Infinity never, and no timer is kept", () => {
    alarm(Number.POSITIVE_INFINITY, () => undefined);
    expect(jest.getTimerCount()).toBe(0);
  });

  test("cleared, it never rings, whichever of its timers runs", () => {
    const ring = jest.fn();
    const { clear } = alarm(3e9, ring);
    jest.advanceTimersByTime(LONGEST_WAIT + 1);
    clear();
    jest.advanceTimersByTime(3e9);
    expect(ring).not.toHaveBeenCalled();
  });
});
