/** Everything under spec/ that is generated, in one list. */
import type { Artefact } from "./artefact.ts";
import { ladderFigures } from "./figures/ladders.ts";

export async function allArtefacts(): Promise<readonly Artefact[]> {
  const parts: readonly (readonly Artefact[])[] = await Promise.all([Promise.resolve(ladderFigures())]);
  return parts.flat();
}
