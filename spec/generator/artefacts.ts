/** Everything under spec/ that is generated, in one list. */
import type { Artefact } from "./artefact.ts";
import { cHeaderArtefacts } from "./c-header.ts";
import { conformanceArtefacts } from "./conformance/list.ts";
import { fieldFigures } from "./figures/fields.ts";
import { ladderFigures } from "./figures/ladders.ts";
import { stateFigures } from "./figures/states.ts";
import { throughputFigures } from "./figures/throughput.ts";
import { fragmentArtefacts, type Fragments } from "./fragments.ts";
import { SPEED_FRAGMENTS } from "./tables/comparison.ts";
import { vectorArtefacts } from "./vectors/vectors.ts";
import { walkThroughFragments } from "./walk-throughs.ts";

/** Every generated part of a page, by its name there. */
export const ALL_FRAGMENTS: Fragments = new Map([...SPEED_FRAGMENTS, ...walkThroughFragments()]);

type Part = readonly Artefact[] | Promise<readonly Artefact[]>;

/** All artefacts of the project in this folder, some of which are made of files that lie there. */
export async function allArtefacts(project: string): Promise<readonly Artefact[]> {
  const parts: readonly Part[] = [
    fieldFigures(),
    ladderFigures(),
    stateFigures(),
    throughputFigures(project),
    cHeaderArtefacts(),
    vectorArtefacts(),
    fragmentArtefacts(project, ALL_FRAGMENTS),
    conformanceArtefacts(project),
  ];
  const artefacts: Artefact[] = [];
  for (const part of parts) artefacts.push(...(await part));
  return artefacts;
}
