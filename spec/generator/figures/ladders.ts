/** The sequence figures of the specification: what both sides did in each scenario, as a ladder. */
import { svgLadder, type SvgLadderOptions } from "../../../src/core/trace/svg-ladder.ts";
import type { Artefact } from "../artefact.ts";
import { SCENARIOS } from "../scenarios/all-scenarios.ts";
import type { Scenario } from "../scenarios/scenario.ts";

/** Milliseconds without an access that a figure shows as a pause. */
const PAUSE = 100;

export function ladderFigures(): readonly Artefact[] {
  return SCENARIOS.map((scenario) => ({
    path: `spec/figures/${scenario.name}.svg`,
    text: svgLadder(scenario.rows, ladderOptions(scenario)),
  }));
}

/** What of a scenario its figure shows, and its words. */
function ladderOptions({ title, description, marks, figure }: Scenario): SvgLadderOptions {
  return { title, description, marks, pause: PAUSE, ...figure };
}
