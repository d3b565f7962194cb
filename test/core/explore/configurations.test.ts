/**
 * The quick configurations but the largest, which are a proof: the shipped procedures of both sides, access by access, in
 * every interleaving. `mctp-lpc explore --full` explores all of them.
 */
import { describe, expect, test } from "@jest/globals";
import { CONFIGURATIONS } from "../../../src/cli/explore/configurations.ts";
import { exploreEach, isSmall, QUICK, recorded } from "./configuration-runs.ts";

describe("LPC-KCS-2, LPC-BUF-7, LPC-HOST-7, LPC-BMC-4, LPC-MCTP-6, LPC-SEC-1: every interleaving", () => {
  exploreEach(QUICK.filter(isSmall));

  test("the record has every configuration, by its words, and each has a name of its own", () => {
    const words = CONFIGURATIONS.map(({ scenario: { name, text } }) => ({ name, text }));
    expect(recorded.map(({ name, text }) => ({ name, text }))).toEqual(words);
    expect(new Set(words.map(({ name }) => name)).size).toBe(words.length);
  });

  test.each(["kills", "stops", "lostInterrupts"] as const)("a quick one has %s", (fault) => {
    const counts = CONFIGURATIONS.filter(({ quick }) => quick).map(({ scenario }) => scenario.faults[fault]);
    expect(Math.max(...counts)).toBeGreaterThan(0);
  });
});
