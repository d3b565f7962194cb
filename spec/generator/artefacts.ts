/** Everything under spec/ and docs/ that is generated, in one list. */
import type { Artefact } from "./artefact.ts";
import { cHeaderArtefacts } from "./c-header.ts";
import { conformanceArtefacts } from "./conformance/list.ts";
import { fieldFigures } from "./figures/fields.ts";
import { impossibleFigures } from "./figures/impossible.ts";
import { ladderFigures } from "./figures/ladders.ts";
import { stateFigures } from "./figures/states.ts";
import { throughputFigures } from "./figures/throughput.ts";
import { fragmentArtefacts, type Fragments } from "./fragments.ts";
import { limitsArtefacts } from "./limits/page.ts";
import { manArtefacts } from "./man/pages.ts";
import { monitoringArtefacts } from "./monitoring/page.ts";
import { pageArtefacts, type MadeFiles } from "./pages.ts";
import { SPEED_FRAGMENTS } from "./tables/comparison.ts";
import { controlDataFragments } from "./tables/control-data.ts";
import { explorationFragments } from "./tables/exploration.ts";
import { misbehaviourFragments } from "./tables/misbehaviours.ts";
import { platformFragments } from "./tables/platforms.ts";
import { traceFragments } from "./tables/traces.ts";
import { version4Fragments } from "./tables/version-4.ts";
import { vectorArtefacts } from "./vectors/vectors.ts";
import { walkThroughFragments } from "./walk-throughs.ts";
import { dissectorArtefacts } from "./wireshark/dissector.ts";

/** Every generated part of a page of the project in this folder, by its name there. */
export function allFragments(project: string): Fragments {
  return new Map([
    ...SPEED_FRAGMENTS,
    ...platformFragments(),
    ...controlDataFragments(),
    ...misbehaviourFragments(),
    ...traceFragments(),
    ...walkThroughFragments(),
    ...explorationFragments(project),
    ...version4Fragments(project),
  ]);
}

type Part = readonly Artefact[] | Promise<readonly Artefact[]>;

/** All that is made of the project in this folder, some of it of files that lie there. */
export async function allArtefacts(project: string): Promise<MadeFiles> {
  const parts: readonly Part[] = [
    fieldFigures(),
    ladderFigures(),
    impossibleFigures(),
    stateFigures(),
    throughputFigures(),
    cHeaderArtefacts(),
    vectorArtefacts(),
    fragmentArtefacts(project, allFragments(project)),
    conformanceArtefacts(project),
    limitsArtefacts(project),
    monitoringArtefacts(project),
    manArtefacts(project),
    dissectorArtefacts(),
  ];
  const artefacts: Artefact[] = [];
  for (const part of parts) artefacts.push(...(await part));
  return pageArtefacts(project, artefacts);
}
