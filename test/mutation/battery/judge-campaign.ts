/**
 * Mistakes on the bus: each that a trace tells of is seeded in a copy, the copy plays runs of the battery, and the judge
 * of the project, without the mistake, has to find it.
 */
import type { RoleName } from "../../../src/core/binding/side.ts";
import type { BusSight, Mistake } from "../mistake.ts";
import { Scratch } from "../scratch.ts";
import { ask } from "./ask.ts";
import { SHOWN_BY } from "./hints.ts";
import { RUNS } from "./runs.ts";
import type { Sighted } from "./task.ts";

export interface JudgedMistake {
  readonly mistake: string;
  /** Undefined: no run shows it to the judge. */
  readonly found: Sighted | undefined;
  /** What the judge found on the way that is no requirement of the mistake, or by the side that is right. */
  readonly strays: readonly Sighted[];
  /** Why nothing was judged. */
  readonly failure: string | undefined;
  readonly seconds: number;
}

export interface JudgeCampaignOptions {
  readonly project: string;
  /** Copies at a time. */
  readonly jobs: number;
  readonly signal?: AbortSignal;
  /** The run of the hint alone is played. */
  readonly hintsOnly?: boolean;
  readonly onJudged?: (judged: JudgedMistake) => void;
}

const ROLES: readonly RoleName[] = ["host", "bmc"];

/** The sides that have the mistake: those of one role say so in their names, code of both is in both. */
export function mistakenSides({ name }: Mistake): readonly RoleName[] {
  const own = ROLES.filter((role) => name.startsWith(`${role}-`));
  return own.length > 0 ? own : ROLES;
}

/** The hinted run first; of the others those that judge a mistaken side, directed ones before random walks. */
function orderedRuns(mistake: Mistake, hintsOnly: boolean): readonly string[] {
  const hint = SHOWN_BY[mistake.name];
  if (hintsOnly && hint !== undefined) return [hint];
  const sides = mistakenSides(mistake);
  const names = RUNS.filter(({ judged }) => judged.some((side) => sides.includes(side))).map(({ name }) => name);
  return hint === undefined ? names : [hint, ...names.filter((name) => name !== hint)];
}

async function judgeMistake(
  mistake: Mistake,
  { as }: Extract<BusSight, { bus: "yes" }>,
  scratch: Scratch,
  { project, hintsOnly = false }: JudgeCampaignOptions,
): Promise<JudgedMistake> {
  const started = performance.now();
  const sides = mistakenSides(mistake);
  const restore = scratch.seed(mistake);
  const outcome = await ask(scratch.folder, {
    kind: "judge",
    project,
    runs: orderedRuns(mistake, hintsOnly),
    as,
    sides,
  })
    .then((answer) => ({ ...answer, failure: undefined }))
    .catch((error: unknown) => ({ found: undefined, all: [], failure: (error as Error).message }))
    .finally(restore);
  const strays = outcome.all.filter(
    ({ requirement, side }) => !mistake.breaks.includes(requirement) || !sides.includes(side),
  );
  const seconds = (performance.now() - started) / 1000;
  return { mistake: mistake.name, found: outcome.found, strays, failure: outcome.failure, seconds };
}

/** In the order of the mistakes; those that no trace tells of are left out. */
export async function judgeMistakes(
  mistakes: readonly Mistake[],
  options: JudgeCampaignOptions,
): Promise<readonly JudgedMistake[]> {
  const wanted = mistakes.flatMap((mistake) => (mistake.bus.bus === "yes" ? [{ mistake, bus: mistake.bus }] : []));
  const judged: JudgedMistake[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    const scratch = new Scratch(options.project);
    try {
      while (next < wanted.length && options.signal?.aborted !== true) {
        const place = next++;
        const { mistake, bus } = wanted[place]!;
        const one = await judgeMistake(mistake, bus, scratch, options);
        judged[place] = one;
        options.onJudged?.(one);
      }
    } finally {
      scratch.remove();
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.jobs, wanted.length) }, worker));
  return judged.filter((one: JudgedMistake | undefined) => one !== undefined);
}
