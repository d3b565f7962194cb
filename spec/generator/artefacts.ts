/** Everything under spec/ that is generated, in one list. */
import type { Artefact } from "./artefact.ts";
import { cHeaderArtefacts } from "./c-header.ts";
import { vectorArtefacts } from "./vectors/vectors.ts";

type Part = readonly Artefact[] | Promise<readonly Artefact[]>;

export async function allArtefacts(): Promise<readonly Artefact[]> {
  const parts: readonly Part[] = [cHeaderArtefacts(), vectorArtefacts()];
  const artefacts: Artefact[] = [];
  for (const part of parts) artefacts.push(...(await part));
  return artefacts;
}
