/** LPC-KCS-12: with our sides at most one packet passes another. The proof of the same name has all pairs. */
import { describe, expect, test } from "@jest/globals";
import { readExplorationRecord } from "../../../spec/generator/tables/exploration-record.ts";
import { FAIRNESS } from "./fairness-cases.ts";
import { measureEach } from "./fairness-runs.ts";

describe("LPC-KCS-12: packets that pass a packet which waits for its Tx Begin", () => {
  measureEach(FAIRNESS.filter(({ text }) => text === "both follow this document"));
  // That the measure tells a growth from a bound.
  measureEach(FAIRNESS.filter(({ text, depth }) => depth === 0 && text === "Rx Complete first every time, at the BMC"));

  test("the record has every pair, and the same of them", () => {
    const { fairness } = readExplorationRecord(process.cwd());
    expect(fairness).toEqual(
      FAIRNESS.map(({ text, depth, waits, packets }) => ({ text, pathDepth: depth, ...waits, packets })),
    );
  });
});
