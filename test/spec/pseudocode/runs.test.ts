/** Annex M's listings and the program's roles do the same on a board, whatever happens there. */
import { describe, expect, test } from "@jest/globals";
// First: the roles tell of their moves.
import "./shipped-moves.ts";
import fc from "fast-check";
import { LISTINGS } from "./listings.ts";
import { randomRun } from "./random-run.ts";
import type { Listings } from "./shadow.ts";
import { eachStatement } from "./syntax.ts";

const RUNS = 150;

describe("LPC-HOST-16, LPC-BMC-13: the listings of annex M and the roles of the program", () => {
  const listings: Listings = { program: LISTINGS, visited: new Set() };

  test("make the same accesses in the same order, change phase at the same steps, count and wait alike", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        randomRun(listings, seed);
      }),
      { numRuns: RUNS },
    );
  });

  test("ran in every line", () => {
    const missed: number[] = [];
    for (const { name, body } of LISTINGS.values()) {
      // These run in loops.test.ts.
      if (name.endsWith("_main") || name.endsWith("_begin")) continue;
      eachStatement(body, ({ line }) => {
        if (!listings.visited.has(line)) missed.push(line);
      });
    }
    expect(missed).toEqual([]);
  });
});
