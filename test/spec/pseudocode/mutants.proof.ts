/** Whatever single mistake is made in annex M's listings, a trace or a run in lockstep with the program shows it. */
import { expect, test } from "@jest/globals";
// First: the roles tell of their moves.
import "./shipped-moves.ts";
import { allMutants, noticedBy } from "./mutants.ts";

const RUNS = 120;
const LIMIT_MILLISECONDS = 3_600_000;

test(
  "LPC-HOST-16, LPC-BMC-13: every mistake in a listing of annex M is noticed",
  () => {
    const mutants = allMutants();
    expect(mutants.length).toBeGreaterThan(400);
    const survivors = mutants.filter((mutant) => noticedBy(mutant, RUNS) === undefined);
    expect(survivors.map(({ line, what }) => `${String(line)} ${what}`)).toEqual([]);
  },
  LIMIT_MILLISECONDS,
);
