import { describe, expect, test } from "@jest/globals";
import type { Finding, Standing } from "../../../src/core/judge/finding.ts";
import { findingDetails, findingTitle, judgeTrace, notExercised, tallyOf } from "../../../src/core/judge/report.ts";
import { TRACE_NAMES, recording } from "../../interop/recorded-traces.ts";

function standing(requirement: string, side: Standing["side"], state: Standing["state"]): Standing {
  return { requirement, side, state, checks: state === "notExercised" ? 0 : 1, breaks: state === "broken" ? 1 : 0 };
}

const STANDINGS = [
  standing("LPC-BUF-3", "host", "broken"),
  standing("LPC-BUF-3", "bmc", "kept"),
  standing("LPC-BUF-4", "host", "broken"),
  standing("LPC-BUF-4", "bmc", "broken"),
  standing("LPC-KCS-2", "host", "notExercised"),
  standing("LPC-KCS-2", "bmc", "kept"),
  standing("LPC-TIME-3", "host", "notExercised"),
  standing("LPC-TIME-3", "bmc", "notExercised"),
];

describe("what became of the requirements", () => {
  test("each counts once, however many sides it binds", () => {
    expect(tallyOf(STANDINGS)).toEqual({ requirements: 4, exercised: 3, brokenBy: { host: 2, bmc: 1 } });
  });

  test("those not exercised name the side only where the other was asked", () => {
    expect(notExercised(STANDINGS)).toEqual([
      { requirement: "LPC-KCS-2", side: "host" },
      { requirement: "LPC-TIME-3" },
    ]);
  });
});

describe("a finding in words", () => {
  const finding: Finding = {
    requirement: "LPC-BUF-3",
    side: "bmc",
    kind: "wire",
    access: 7,
    step: undefined,
    seen: "A trailer",
    expected: "Another",
    bytes: Uint8Array.of(1, 255),
    offset: 256,
    cause: { name: "byteOrder", text: "The byte order is reversed" },
  };

  test("says what was seen, expected, the bytes with their place, the guess", () => {
    expect(findingTitle(finding)).toBe("LPC-BUF-3 broken by the BMC");
    expect(findingDetails(finding)).toEqual([
      ["seen", "A trailer"],
      ["expected", "Another"],
      ["bytes", "0x100: 01 ff"],
      ["guess", "The byte order is reversed"],
    ]);
  });

  test("leaves out what it has not", () => {
    const bare = { ...finding, bytes: undefined, offset: undefined, cause: undefined };
    expect(findingDetails(bare).map(([name]) => name)).toEqual(["seen", "expected"]);
  });
});

describe("sessions of a recorded bus", () => {
  const sessionsOf = (name: string, sides: readonly ("host" | "bmc")[]): readonly [number, readonly number[]] => {
    const { rows, meta } = recording(name);
    const own = rows.filter(({ side }) => side === "lab" || sides.includes(side));
    const facts = { version: 1, sides, depth: 0, windowBytes: meta.window_size, lives: false, times: undefined };
    const { sessions, sessionVersions } = judgeTrace(own, facts);
    return [sessions, sessionVersions];
  };

  test.each([
    ["04a-msg64-host-to-bmc-v1", [1, [1]]],
    ["04a-msg64-host-to-bmc-v2", [1, [2]]],
    ["04a-msg64-host-to-bmc-v3", [1, [3]]],
  ] as const)("%s: one, counted once with the rows of both sides or of one", (name, expected) => {
    expect(sessionsOf(name, ["host", "bmc"])).toEqual(expected);
    expect(sessionsOf(name, ["bmc"])).toEqual(expected);
    expect(sessionsOf(name, ["host"])).toEqual(expected);
  });

  test("every recording is judged to its last access", () => {
    for (const name of TRACE_NAMES) {
      const { rows, meta } = recording(name);
      const facts = {
        version: 1,
        sides: ["host", "bmc"] as const,
        depth: 0,
        windowBytes: meta.window_size,
        lives: false,
        times: undefined,
      };
      expect(judgeTrace(rows, facts).accesses).toBe(rows.length);
    }
  });
});
