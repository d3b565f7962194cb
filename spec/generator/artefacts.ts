/** Everything under spec/ that is generated, in one list. */
import type { Artefact } from "./artefact.ts";
import { conformanceArtefacts } from "./conformance/list.ts";

type Part = readonly Artefact[] | Promise<readonly Artefact[]>;

/** All artefacts of the project in this folder, some of which are made of files that lie there. */
export async function allArtefacts(project: string): Promise<readonly Artefact[]> {
  const parts: readonly Part[] = [conformanceArtefacts(project)];
  const artefacts: Artefact[] = [];
  for (const part of parts) artefacts.push(...(await part));
  return artefacts;
}
