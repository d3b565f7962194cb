/** Everything under spec/ that is generated, in one list. */
import type { Artefact } from "./artefact.ts";
import { fieldFigures } from "./figures/fields.ts";

export async function allArtefacts(): Promise<readonly Artefact[]> {
  const parts: readonly (readonly Artefact[])[] = await Promise.all([Promise.resolve(fieldFigures())]);
  return parts.flat();
}
