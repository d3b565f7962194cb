/** Everything under spec/ that is generated, in one list. */
import type { Artefact } from "./artefact.ts";
import { cHeaderArtefacts } from "./c-header.ts";

type Part = readonly Artefact[] | Promise<readonly Artefact[]>;

export async function allArtefacts(): Promise<readonly Artefact[]> {
  const parts: readonly Part[] = [cHeaderArtefacts()];
  const artefacts: Artefact[] = [];
  for (const part of parts) artefacts.push(...(await part));
  return artefacts;
}
