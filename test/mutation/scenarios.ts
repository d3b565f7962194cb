/** Everything that the explorer can be asked to look through for a mistake: what finds nothing in sides without one. */
import { CONFIGURATIONS } from "../../src/cli/explore/configurations.ts";
import type { Scenario } from "../../src/core/explore/scenario.ts";
import { OUR_BMC, OUR_HOST, type Case } from "../core/explore/deployed-cases.ts";

function clean(peer: string, cases: readonly Case[]): readonly (readonly [string, Scenario])[] {
  return cases
    .filter(({ finding }) => finding === undefined)
    .map(({ scenario }) => [`${peer}: ${scenario.name}`, scenario]);
}

/** By name, the ones that take least time first where several would do. */
export const SCENARIOS: ReadonlyMap<string, Scenario> = new Map([
  ...CONFIGURATIONS.map(({ scenario }) => [scenario.name, scenario] as const),
  ...clean("deployed BMC", OUR_HOST),
  ...clean("deployed host", OUR_BMC),
]);
