/**
 * The quick configurations, explored in every test run: the shipped procedures of both sides, access by access, in every
 * interleaving. `mctp-lpc explore --full` explores all of them. MCTP_LPC_EXPLORE names others, with commas between.
 */
import { describe, expect, test } from "@jest/globals";
import { CONFIGURATIONS } from "../../../src/cli/explore/configurations.ts";
import { exploreOne } from "../../../src/cli/explore/explore-one.ts";
import { readExplorationRecord } from "../../../spec/generator/tables/exploration-record.ts";

const LIMIT = 2_000_000;
const recorded = readExplorationRecord(process.cwd()).configurations;
const named = process.env["MCTP_LPC_EXPLORE"]?.split(",");
const chosen = CONFIGURATIONS.filter(({ quick, scenario }) => named?.includes(scenario.name) ?? quick).map(
  ({ scenario }) => [scenario.name, scenario.text],
);

describe("LPC-BUF-7, LPC-HOST-7, LPC-BMC-4, LPC-MCTP-6 every interleaving", () => {
  test.each(chosen)("LPC-KCS-2, LPC-SEC-1: %s: %s", (name) => {
    const { finding, complete, states, transitions, depth, ends } = exploreOne(name, LIMIT, () => undefined);
    expect(finding).toBeUndefined();
    expect(complete).toBe(true);
    expect(ends).toBeGreaterThan(0);
    expect(states).toBeGreaterThan(1000);
    // Annex I says so; `npm run exploration` records it anew.
    expect(recorded).toContainEqual(expect.objectContaining({ name, states, transitions, depth }));
  });

  test("the record has every configuration, by its words", () => {
    expect(recorded.map(({ name, text }) => ({ name, text }))).toEqual(
      CONFIGURATIONS.map(({ scenario: { name, text } }) => ({ name, text })),
    );
  });

  test("the names are unlike each other, and there are quick ones of every kind of trouble", () => {
    const names = CONFIGURATIONS.map(({ scenario }) => scenario.name);
    expect(new Set(names).size).toBe(names.length);
    const { kills, stops, lostInterrupts } = CONFIGURATIONS.filter(({ quick: isQuick }) => isQuick)
      .map(({ scenario }) => scenario.faults)
      .reduce((sum, faults) => ({
        kills: sum.kills + faults.kills,
        resets: sum.resets + faults.resets,
        stops: sum.stops + faults.stops,
        platformResets: sum.platformResets + faults.platformResets,
        registerResets: sum.registerResets + faults.registerResets,
        lostInterrupts: sum.lostInterrupts + faults.lostInterrupts,
        driverResets: sum.driverResets + faults.driverResets,
      }));
    expect(Math.min(kills, stops, lostInterrupts)).toBeGreaterThan(0);
  });
});
