/** The shipped procedures of both sides, access by access, in every interleaving: one test for each configuration. */
import { expect, test } from "@jest/globals";
import { CONFIGURATIONS } from "../../../src/cli/explore/configurations.ts";
import { exploreOne } from "../../../src/cli/explore/explore-one.ts";
import {
  readExplorationRecord,
  type RecordedConfiguration,
} from "../../../spec/generator/tables/exploration-record.ts";

const STATE_LIMIT = 2_000_000;

export const recorded = readExplorationRecord(process.cwd()).configurations;

/** Those that `mctp-lpc explore` explores without --full; MCTP_LPC_EXPLORE names others, with commas between. */
const named = process.env["MCTP_LPC_EXPLORE"]?.split(",");
const quick = new Set(
  CONFIGURATIONS.filter((one) => named?.includes(one.scenario.name) ?? one.quick).map(({ scenario }) => scenario.name),
);
export const QUICK: readonly RecordedConfiguration[] = recorded.filter(({ name }) => quick.has(name));

/** Every run of one kill, with registers alone, is part of `npm test`; of what is larger than most only that is. */
export function isSmall({ name, states }: RecordedConfiguration): boolean {
  return states <= 30_000 || name === "killed";
}

export function exploreEach(chosen: readonly RecordedConfiguration[]): void {
  test.each(chosen)("$name: $text", ({ name, states, transitions, depth }) => {
    const explored = exploreOne(name, STATE_LIMIT, () => undefined);
    // Annex I says so; `npm run exploration` records it anew.
    expect(explored).toMatchObject({ complete: true, states, transitions, depth });
    expect(explored.finding).toBeUndefined();
    expect(explored.ends).toBeGreaterThan(0);
    expect(states).toBeGreaterThan(1000);
  });
}
