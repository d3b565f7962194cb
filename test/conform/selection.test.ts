/** Which cases a conformance run plays. */
import { describe, expect, test } from "@jest/globals";
import type { Case } from "../../src/conform/case.ts";
import { selectCases, type Wanted } from "../../src/conform/selection.ts";

function one(name: string, requirements: readonly string[], rest: Partial<Case> = {}): Case<never> {
  return { name, text: name, requirements, play: () => Promise.resolve(), ...rest };
}

const CASES = [
  one("start/session", ["LPC-VER-1"]),
  one("packets/lengths", ["LPC-KCS-1", "LPC-REG-2"], { needs: ["start/session"] }),
  one("packets/bad", ["LPC-KCS-12"], { needs: ["packets/lengths"], risk: "it may stop" }),
  one("rest/long", ["LPC-TIME-2"], { slow: true }),
];

function names(wanted: Partial<Wanted>): readonly string[] {
  return selectCases(CASES, { only: [], fast: false, destructive: true, ...wanted }).played.map(({ name }) => name);
}

describe("selection", () => {
  test("all cases, in their order", () => {
    expect(names({})).toEqual(["start/session", "packets/lengths", "packets/bad", "rest/long"]);
  });

  test("without the destructive ones, which are told with their risk", () => {
    const { leftOut } = selectCases(CASES, { only: [], fast: true, destructive: false });
    expect(names({ destructive: false, fast: true })).toEqual(["start/session", "packets/lengths"]);
    expect(leftOut.map(({ case: { name }, why }) => [name, why])).toEqual([
      ["packets/bad", "risk"],
      ["rest/long", "slow"],
    ]);
  });

  test.each([
    ["LPC-KCS-1", ["start/session", "packets/lengths"]],
    ["lpc-kcs-12", ["start/session", "packets/lengths", "packets/bad"]],
    ["LPC-KCS", ["start/session", "packets/lengths", "packets/bad"]],
    ["LPC-KCS-", ["start/session", "packets/lengths", "packets/bad"]],
    ["packets", ["start/session", "packets/lengths", "packets/bad"]],
    ["rest/long", ["rest/long"]],
  ])("--only %s takes what it names and what that needs", (word, expected) => {
    expect(names({ only: [word] })).toEqual(expected);
  });

  test.each(["LPC-BUF-9", "pack", "start/sess"])("%s names no case", (word) => {
    expect(selectCases(CASES, { only: [word], fast: false, destructive: true })).toMatchObject({
      played: [],
      unknown: [word],
    });
  });
});
