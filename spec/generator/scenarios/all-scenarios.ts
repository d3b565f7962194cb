/** Every scenario of the specification, in the order in which it tells them. */
import { discovery } from "./discovery.ts";
import { faults } from "./faults.ts";
import { negotiations } from "./negotiations.ts";
import { packets } from "./packets.ts";
import { restarts } from "./restarts.ts";
import type { Scenario } from "./scenario.ts";
import { startUps } from "./start-ups.ts";

/** Runs them all. They are the same each time. */
export function runScenarios(): readonly Scenario[] {
  return [...startUps(), ...packets(), ...negotiations(), ...restarts(), ...faults(), ...discovery()];
}

export const SCENARIOS: readonly Scenario[] = runScenarios();
