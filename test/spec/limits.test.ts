/** docs/limits.md promises what the code keeps: its figures add up, and what it names as a proof exists. */
import { describe, expect, test } from "@jest/globals";
import { join } from "node:path";
import { MOST_BYTES_A_PORT } from "../../src/agent/port-memory.ts";
import { HELD_BYTES_GOAL } from "../../spec/generator/limits/goals.ts";
import { percentText, sizeText, timeText, type Limit } from "../../spec/generator/limits/limit.ts";
import { LIMIT_GROUPS, limitsPage } from "../../spec/generator/limits/page.ts";

const PROJECT = join(__dirname, "..", "..");
const LIMIT: Limit = {
  what: "a message",
  figure: "1 MiB",
  of: "each message",
  beyond: "dropped",
  counters: ["messageTooLong"],
  option: "--flood-share",
  proof: { attack: "large-packets" },
};

function pageWith(changes: Partial<Limit>): string {
  return limitsPage(PROJECT, [{ title: "Messages", text: "Of peers.", limits: [{ ...LIMIT, ...changes }] }]);
}

describe("a limit of docs/limits.md", () => {
  test("has its figure, its counters, its option and what shows it in one row", () => {
    expect(pageWith({})).toContain(
      "| a message | 1 MiB (`--flood-share`) | each message | dropped (`messageTooLong`) | `large-packets` |",
    );
  });

  test.each([
    ["an attack that is none", { proof: { attack: "no-such-attack" } }, "no attack is called no-such-attack"],
    ["an option that is none", { option: "--no-such-option" }, "there is no --no-such-option"],
    ["a file that is not there", { proof: { test: "test/no.test.ts", title: "x" } }, "there is no test/no.test.ts"],
    [
      "a test that is not there",
      { proof: { test: "test/agent/log-limiter.test.ts", title: "of old" } },
      'test/agent/log-limiter.test.ts has no test "of old"',
    ],
  ] satisfies readonly (readonly [string, Partial<Limit>, string])[])(
    "%s is an error that names it",
    (_what, changes, message) => {
      expect(() => pageWith(changes)).toThrow(`docs/limits.md, a message: ${message}`);
    },
  );

  test("is there for each kind of thing that strangers spend, and every proof exists", () => {
    const page = limitsPage(PROJECT, LIMIT_GROUPS);
    for (const what of ["processor time", "lines of the log", "bytes in the inbox", "EIDs of the pool"]) {
      expect(page).toContain(`| ${what}`);
    }
  });
});

test("what is bounded for one port adds up to less than the memory that is promised", () => {
  expect(MOST_BYTES_A_PORT).toBeGreaterThan(HELD_BYTES_GOAL / 2);
  expect(MOST_BYTES_A_PORT).toBeLessThan(HELD_BYTES_GOAL);
});

test.each([
  [sizeText(64), "64 bytes"],
  [sizeText(64 * 1024), "64 KiB"],
  [sizeText(1.5 * 1024 * 1024), "1.5 MiB"],
  [sizeText(1024 ** 3), "1 GiB"],
  [timeText(300), "300 ms"],
  [timeText(60_000), "60 s"],
  [timeText(24 * 3600 * 1000), "24 h"],
  [percentText(0.3), "30 %"],
])("figures are written as people read them: %s", (written, expected) => {
  expect(written).toBe(expected);
});
