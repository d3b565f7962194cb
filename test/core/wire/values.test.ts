import { describe, expect, test } from "@jest/globals";
import { zeroCounters } from "../../../src/core/wire/counters.ts";
import { ok, reject, unreachable, type Result } from "../../../src/core/wire/result.ts";
import { earliest, eid, later, millis } from "../../../src/core/wire/units.ts";

describe("units", () => {
  test("later adds a span to a moment", () => {
    expect(later(millis(1000), millis(250))).toBe(1250);
  });

  test("earliest passes over what is undefined", () => {
    expect(earliest()).toBeUndefined();
    expect(earliest(undefined, undefined)).toBeUndefined();
    expect(earliest(undefined, millis(7), millis(3), undefined, millis(5))).toBe(3);
    expect(earliest(millis(0), millis(3))).toBe(0);
  });

  test("an EID has eight bits", () => {
    expect(eid(0x108)).toBe(8);
    expect(eid(0xff)).toBe(255);
  });
});

describe("results", () => {
  test("carry a value or a reason", () => {
    const outcomes: readonly Result<number, string>[] = [ok(3), reject("why")];
    expect(outcomes.map((outcome) => (outcome.ok ? outcome.value : outcome.reject))).toEqual([3, "why"]);
  });

  test("an unreachable place says what reached it", () => {
    expect(() => unreachable("surprise" as never)).toThrow("surprise");
  });
});

describe("counters", () => {
  test("start at zero, one for each name, and no table shares them", () => {
    const table = { one: { clause: "A-1", text: "first" }, two: { clause: "A-2", text: "second" } } as const;
    const counters = zeroCounters(table);
    expect(counters).toEqual({ one: 0, two: 0 });
    counters.one++;
    expect(zeroCounters(table).one).toBe(0);
  });
});
