/** Wrong orders of accesses in copies of the project: a conformance run names each, from the bus alone. */
import { describe, expect, jest, test } from "@jest/globals";
import type { RoleName } from "../../src/core/binding/side.ts";
import { PROJECT } from "../support/processes.ts";
import { mistakesOf, tryMistakes } from "./mistakes.ts";

/** Of all mistakes, those that show between two accesses of a side; `node dist/test/conform/main.js` tries every one. */
const TRIED: Readonly<Record<RoleName, readonly string[]>> = {
  host: [
    "host-trusts-status-before-odr",
    "host-closes-before-zeroes",
    "host-writes-rx-size-first",
    "host-opens-before-rx-size",
    "host-begins-before-packet",
  ],
  bmc: ["bmc-announces-before-magic", "bmc-sets-status-before-layout", "bmc-begins-before-packet"],
};
const JOBS = 2;

jest.setTimeout(600_000);

describe.each(["host", "bmc"] as const)("mistakes of the %s", (side) => {
  test("are named with what they break", async () => {
    const mistakes = mistakesOf(side).filter(({ name }) => TRIED[side].includes(name));
    expect(mistakes.map(({ name }) => name).sort()).toEqual([...TRIED[side]].sort());
    const outcomes = await tryMistakes(side, mistakes, { project: PROJECT, jobs: JOBS, onOutcome: () => undefined });
    expect(outcomes.filter(({ found }) => found === undefined)).toEqual([]);
  });
});
