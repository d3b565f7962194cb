/**
 * A process's whole life: one scenario explored with the sides of the copy that it was started in. Prints a Sighting as
 * JSON.
 */
import { WINDOW_BYTES } from "../../src/cli/explore/models.ts";
import { Search } from "../../src/core/explore/search.ts";
import { World } from "../../src/core/explore/world.ts";
import { SCENARIOS } from "./scenarios.ts";
import type { Sighting } from "./sighting.ts";

const STATE_LIMIT = 4_000_000;

const [, , name = ""] = process.argv;
const scenario = SCENARIOS.get(name);
if (scenario === undefined) throw new Error(`there is no scenario "${name}"`);
const { finding, complete, states } = new Search(new World(scenario, WINDOW_BYTES), { stateLimit: STATE_LIMIT }).run();
const sighting: Sighting = {
  states,
  complete,
  finding:
    finding === undefined
      ? undefined
      : { kind: finding.kind, what: finding.what, moves: finding.moves.length, cycle: finding.cycle.length },
};
process.stdout.write(JSON.stringify(sighting));
