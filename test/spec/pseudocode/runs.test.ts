/** Annex M's listings and the program's roles do the same on a board, whatever happens there. */
import { describe, expect, test } from "@jest/globals";
// First: the roles tell of their moves.
import "./shipped-moves.ts";
import fc from "fast-check";
import { LISTINGS } from "./listings.ts";
import { randomRun } from "./random-run.ts";
import { eachStatement } from "./syntax.ts";

const RANDOM_RUNS = 20;
/** As many numbered runs as it takes to come through every line, and not more than these. */
const NUMBERED_RUNS = 300;

/** The lines of all procedures but those that loops.test.ts runs. */
function linesOfRounds(): ReadonlySet<number> {
  const lines = new Set<number>();
  for (const { name, body } of LISTINGS.values()) {
    if (!/_(main|begin)$/.test(name)) eachStatement(body, ({ line }) => lines.add(line));
  }
  return lines;
}

describe("LPC-HOST-16, LPC-BMC-13: the listings of annex M and the roles of the program make the same accesses", () => {
  test("in random runs", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        randomRun({ program: LISTINGS, visited: new Set() }, seed);
      }),
      { numRuns: RANDOM_RUNS },
    );
  });

  test("in runs that come through every line", () => {
    const lines = linesOfRounds();
    const visited = new Set<number>();
    const missed = (): readonly number[] => [...lines].filter((line) => !visited.has(line));
    for (let seed = 1; seed <= NUMBERED_RUNS && missed().length > 0; seed++) {
      randomRun({ program: LISTINGS, visited }, seed);
    }
    expect(missed()).toEqual([]);
  });
});
