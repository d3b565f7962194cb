/** Mistakes in the sides' own procedures, seeded into copies of the project: a conformance run names most of them. */
import { beforeAll, expect, test } from "@jest/globals";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { PROJECT } from "../project/requirements.ts";
import { mistakesOf, ROLE_NAMES, tryMistakes } from "./mistakes.ts";

const LIMIT_MILLISECONDS = 2_400_000;
const JOBS = 2;
/** Of the mistakes that a host or BMC beside it can see. */
const LEAST_FOUND = 0.9;

/** Mistakes that nothing on the bus shows which a tester can bring about, and why. */
const OUT_OF_REACH: ReadonlyMap<string, string> = new Map([
  ...[
    "bmc-misses-reset",
    "bmc-misses-reset-before-initialise",
    "bmc-misses-reset-behind-packet",
    "bmc-reads-fields-before-status",
  ].map((name) => [name, "a reset of the registers, which a peer cannot make"] as const),
  ["bmc-looks-no-more-while-announcing", "a side that is woken by interrupts looks in time without it"],
  ["bmc-does-not-look-behind-packet", "the endpoint drops what it would answer in the next session"],
  ["bmc-looks-before-reading", "the endpoint drops what it would answer in the next session"],
]);

beforeAll(() => {
  if (!existsSync(join(PROJECT, "dist", "test", "conform", "play-copy.js"))) throw new Error("Run tsc -b first.");
});

test.each(ROLE_NAMES)(
  "of the mistakes of a %s nine tenths are found",
  async (side) => {
    const mistakes = mistakesOf(side).filter(({ name }) => !OUT_OF_REACH.has(name));
    const outcomes = await tryMistakes(side, mistakes, { project: PROJECT, jobs: JOBS, onOutcome: () => undefined });
    const missed = outcomes.filter(({ found }) => found === undefined).map(({ mistake }) => mistake.name);
    expect({ missed, isEnough: missed.length <= (1 - LEAST_FOUND) * mistakes.length }).toEqual({
      missed,
      isEnough: true,
    });
  },
  LIMIT_MILLISECONDS,
);
