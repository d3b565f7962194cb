/** What the wire cannot give, and what a host without its second fences comes to, drawn: the shortest run that shows so, found anew whenever the figures are made. */
import { moveName } from "../../../src/core/explore/moves.ts";
import { drawnRun } from "../../../src/core/explore/run-drawing.ts";
import { tellRun } from "../../../src/core/explore/run-trace.ts";
import { Search, type Finding } from "../../../src/core/explore/search.ts";
import { World } from "../../../src/core/explore/world.ts";
import { outcomeText } from "../../../src/cli/explore/outcome.ts";
import { IMPOSSIBLE, type Impossible } from "../../../src/cli/explore/impossible.ts";
import { ONE_FENCE } from "../../../src/cli/explore/one-fence.ts";
import { WINDOW_BYTES } from "../../../src/cli/explore/models.ts";
import { svgLadder } from "../../../src/core/trace/svg-ladder.ts";
import type { Artefact } from "../artefact.ts";

const STATE_LIMIT = 200_000;

export function impossibleFigurePath(name: string): string {
  return `spec/figures/impossible-${name}.svg`;
}

/** The refutation. Throws an Error when there is none: then the wire can give it after all. */
export function searchImpossible({ scenario }: Impossible): { readonly finding: Finding } {
  const { finding } = new Search(new World(scenario, WINDOW_BYTES), { stateLimit: STATE_LIMIT }).run();
  if (finding === undefined) throw new Error(`"${scenario.name}" is called impossible, and nothing refutes it`);
  return { finding };
}

export function oneFenceFigurePath(name: string): string {
  return `spec/figures/${name}.svg`;
}

export function impossibleFigures(): readonly Artefact[] {
  return [
    ...IMPOSSIBLE.map((one) => figure(one, impossibleFigurePath(one.scenario.name), "Demanded")),
    ...ONE_FENCE.map((one) => figure(one, oneFenceFigurePath(one.scenario.name), "Explored")),
  ];
}

function figure(one: Impossible, path: string, lead: string): Artefact {
  const { finding } = searchImpossible(one);
  const told = tellRun(new World(one.scenario, WINDOW_BYTES), finding.moves);
  const { rows, marks } = drawnRun(told, outcomeText({ kind: finding.kind, cycle: finding.cycle.map(moveName) }));
  const description = `${lead}: ${one.scenario.text}.`;
  return { path, text: svgLadder(rows, { title: one.title, description, marks }) };
}
