/** Explorations of version 4, for the tests, the proof and the record. */
import { Search, type SearchedWorld, type SearchResult } from "../../../../src/core/explore/search.ts";
import { World } from "../../../../src/core/explore/world.ts";
import { World4, type Scenario4 } from "../../../../src/core/explore/version-4/world.ts";
import type { Scenario } from "../../../../src/core/explore/scenario.ts";
import { WINDOW_BYTES } from "../../../../src/cli/explore/models.ts";

const STATE_LIMIT = 12_000_000;

function run(world: SearchedWorld): SearchResult {
  return new Search(world, { stateLimit: STATE_LIMIT }).run();
}

export function explore4(scenario: Scenario4): SearchResult {
  return run(new World4(scenario));
}

export function exploreOffered(scenario: Scenario): SearchResult {
  return run(new World(scenario, WINDOW_BYTES));
}
