/** Everything under spec/ that is generated, in one list. */
import type { Artefact } from "./artefact.ts";
import { fieldFigures } from "./figures/fields.ts";
import { throughputFigures } from "./figures/throughput.ts";
import { fragmentArtefacts } from "./fragments.ts";
import { SPEED_FRAGMENTS } from "./tables/comparison.ts";

/** All artefacts of the project in this folder, some of which are made of files that lie there. */
export async function allArtefacts(project: string): Promise<readonly Artefact[]> {
  const parts: readonly (readonly Artefact[])[] = [
    fieldFigures(),
    throughputFigures(project),
    await fragmentArtefacts(project, SPEED_FRAGMENTS),
  ];
  return parts.flat();
}
