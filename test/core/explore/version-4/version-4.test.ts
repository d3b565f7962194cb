/** The model of the candidate version 4 (Annex C), access by access, in every interleaving of the small configurations. */
import { describe, expect, test } from "@jest/globals";
import { CONFIGURATIONS_4 } from "../../../../src/core/explore/version-4/configurations.ts";
import { LEFT_OUT_4 } from "../../../../src/core/explore/version-4/left-out.ts";
import { readVersion4Record } from "../../../../spec/generator/tables/version-4-record.ts";
import { OFFERED_4 } from "./offering.ts";
import { explore4, exploreOffered } from "./runs.ts";

const record = readVersion4Record(process.cwd());
const MOST_STATES = 30_000;

describe("version 4: every interleaving", () => {
  const quick = CONFIGURATIONS_4.filter((one) => one.quick);

  test("the quick ones are small, and at both depths", () => {
    const states = quick.map(
      ({ scenario }) => record.configurations.find(({ name }) => name === scenario.name)?.states,
    );
    expect(Math.max(...states.map((one) => one ?? Infinity))).toBeLessThan(2 * MOST_STATES);
    expect(new Set(quick.map(({ scenario }) => scenario.depth)).size).toBe(2);
  });

  test.each(quick.map(({ scenario }) => scenario))("$name: $text", (scenario) => {
    const { states, transitions, depth, ends, complete, finding } = explore4(scenario);
    const known = record.configurations.find(({ name }) => name === scenario.name);
    expect({ name: scenario.name, text: scenario.text, states, transitions, depth }).toEqual(known);
    expect(complete).toBe(true);
    expect(finding).toBeUndefined();
    expect(ends).toBeGreaterThan(0);
  });

  test("the record has what is explored, by its words, and each has a name of its own", () => {
    const words = CONFIGURATIONS_4.map(({ scenario: { name, text } }) => ({ name, text }));
    expect(record.configurations.map(({ name, text }) => ({ name, text }))).toEqual(words);
    expect(record.offered.map(({ text }) => text)).toEqual(OFFERED_4.map(({ text }) => text));
    expect(record.leftOut.map(({ text }) => text)).toEqual(LEFT_OUT_4.map(({ text }) => text));
    expect(new Set(words.map(({ name }) => name)).size).toBe(words.length);
  });
});

describe("version 4: the model finds what goes wrong without a rule", () => {
  const small = LEFT_OUT_4.filter(({ text }) => {
    const known = record.leftOut.find((one) => one.text === text);
    return known?.found !== undefined && known.states <= MOST_STATES;
  });

  test("a third of the rules are looked at here, all in the proof", () => {
    expect(small.length).toBeGreaterThanOrEqual(LEFT_OUT_4.length / 3);
  });

  test.each(small)("$text", ({ text, scenario, found }) => {
    const { finding } = explore4(scenario);
    expect(finding?.kind).toBe(found);
    expect(finding?.moves.length).toBe(record.leftOut.find((one) => one.text === text)?.found?.moves);
  });
});

describe("LPC-VER-1, LPC-REG-4: a side of versions 1 to 3 beside one that offers 1 to 4", () => {
  const small = OFFERED_4.filter(({ text }) => {
    const known = record.offered.find((one) => one.text === text);
    return known !== undefined && known.states <= MOST_STATES;
  });

  test.each(small)("$text", (scenario) => {
    const { states, complete, finding } = exploreOffered(scenario);
    expect(finding).toBeUndefined();
    expect({ states, complete }).toEqual({
      states: record.offered.find(({ text }) => text === scenario.text)?.states,
      complete: true,
    });
  });
});
