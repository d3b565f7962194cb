/** Which vector a mistake fails first. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Failure } from "../../support/vectors/step-players.ts";
import { VectorSet } from "../../support/vectors/vector-set.ts";
import type { Mistake } from "../mistake.ts";
import { loadMutant } from "./mutants.ts";

export interface VectorOutcome {
  readonly mistake: Mistake;
  readonly failure: Failure | undefined;
}

/** In the order of the mistakes. */
export async function findMistakes(
  project: string,
  mistakes: readonly Mistake[],
  onOutcome: (outcome: VectorOutcome) => void,
): Promise<readonly VectorOutcome[]> {
  const vectors = new VectorSet(project);
  const folder = mkdtempSync(join(tmpdir(), "mctp-lpc-vectors-"));
  try {
    const outcomes: VectorOutcome[] = [];
    for (const mistake of mistakes) {
      const code = await loadMutant(project, join(folder, mistake.name), mistake);
      const outcome = { mistake, failure: vectors.firstFailure(code) };
      outcomes.push(outcome);
      onOutcome(outcome);
    }
    return outcomes;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
