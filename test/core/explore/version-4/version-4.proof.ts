/**
 * Version 4 in configurations that `version-4.test.ts` leaves out because of their size, and every rule left out. The
 * largest are in the record alone: `npm run exploration` explores all of them, for half an hour.
 */
import { describe, expect, test } from "@jest/globals";
import { CONFIGURATIONS_4 } from "../../../../src/core/explore/version-4/configurations.ts";
import { LEFT_OUT_4 } from "../../../../src/core/explore/version-4/left-out.ts";
import { readVersion4Record } from "../../../../spec/generator/tables/version-4-record.ts";
import { OFFERED_4 } from "./offering.ts";
import { explore4, exploreOffered } from "./runs.ts";

const record = readVersion4Record(process.cwd());
/** A test of a proof takes seconds, all of them a few minutes. */
const MOST_STATES = 400_000;

describe("version 4: every interleaving", () => {
  const large = CONFIGURATIONS_4.filter(({ quick, scenario }) => {
    const known = record.configurations.find(({ name }) => name === scenario.name);
    return !quick && (known?.states ?? 0) <= MOST_STATES;
  });

  test.each(large.map(({ scenario }) => scenario))("$name: $text", (scenario) => {
    const { states, transitions, depth, complete, finding } = explore4(scenario);
    const known = record.configurations.find(({ name }) => name === scenario.name);
    expect({ name: scenario.name, text: scenario.text, states, transitions, depth }).toEqual(known);
    expect(complete).toBe(true);
    expect(finding).toBeUndefined();
  });
});

test.each(LEFT_OUT_4)("version 4 without a rule: $text", ({ text, scenario, found }) => {
  const { finding, states } = explore4(scenario);
  expect(finding?.kind).toBe(found);
  expect(states).toBe(record.leftOut.find((one) => one.text === text)?.states);
});

test.each(OFFERED_4)("LPC-VER-1, LPC-REG-4: $text", (scenario) => {
  const { states, complete, finding } = exploreOffered(scenario);
  expect(finding).toBeUndefined();
  expect({ states, complete }).toEqual({
    states: record.offered.find(({ text }) => text === scenario.text)?.states,
    complete: true,
  });
});
