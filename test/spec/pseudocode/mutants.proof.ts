/** Whatever single mistake is made in annex M's listings, a trace or a run in lockstep with the program shows it. */
import { expect, test } from "@jest/globals";
// First: the roles tell of their moves.
import "./shipped-moves.ts";
import { allMutants, noticedBy } from "./mutants.ts";

const RUNS = 120;
/** One mistake in so many is tried; MCTP_LPC_ALL_MISTAKES=1 tries all, in some three minutes. */
const ONE_IN = process.env["MCTP_LPC_ALL_MISTAKES"] === "1" ? 1 : 4;
const LIMIT_MILLISECONDS = 3_600_000;

test(
  "LPC-HOST-16, LPC-BMC-13: mistakes in the listings of annex M are noticed",
  () => {
    const all = allMutants();
    expect(all.length).toBeGreaterThan(400);
    const mutants = all.filter((_, index) => index % ONE_IN === 0);
    const survivors = mutants.filter((mutant) => noticedBy(mutant, RUNS) === undefined);
    expect(survivors.map(({ line, what }) => `${String(line)} ${what}`)).toEqual([]);
  },
  LIMIT_MILLISECONDS,
);
