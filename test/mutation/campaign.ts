/** Makes mistakes one after the other, several copies at a time, and asks whoever has to notice. */
import { judge, type Verdict } from "./judge.ts";
import { carriedOut, filesOf, judgeOfRun, type Catcher, type Indifference, type Mistake } from "./mistake.ts";
import { Scratch } from "./scratch.ts";

export interface Outcome {
  readonly mistake: Mistake;
  /** Of the one who noticed; where none did, of all who were asked. */
  readonly verdicts: readonly Verdict[];
  readonly noticed: Verdict | undefined;
  readonly seconds: number;
}

export interface CampaignOptions {
  readonly project: string;
  readonly jobs: number;
  readonly signal: AbortSignal;
  readonly onOutcome: (outcome: Outcome) => void;
}

/** Outcomes come in the order of the mistakes. */
export async function makeMistakes(
  mistakes: readonly Mistake[],
  options: CampaignOptions,
): Promise<readonly Outcome[]> {
  return inCopies(mistakes, options, async (mistake, scratch) => {
    const outcome = await makeMistake(mistake, scratch);
    options.onOutcome(outcome);
    return outcome;
  });
}

async function makeMistake(mistake: Mistake, scratch: Scratch): Promise<Outcome> {
  const started = performance.now();
  const verdicts: Verdict[] = [];
  const restore = scratch.seed(mistake);
  for (const catcher of mistake.noticedBy) {
    const verdict = await judge(scratch, catcher);
    verdicts.push(verdict);
    if (verdict.noticed) break;
  }
  restore();
  const noticed = verdicts.find((verdict) => verdict.noticed);
  return { mistake, verdicts, noticed, seconds: (performance.now() - started) / 1000 };
}

/** Throws for the first that does not find its places in the sources. */
export function checkFit(project: string, changes: readonly (Mistake | Indifference)[]): void {
  const files = filesOf(project);
  for (const change of changes) carriedOut(change, files);
}

/** Who must find nothing, in an unchanged copy or in one with a change that makes no difference. */
export interface Control {
  readonly change: Mistake | Indifference | undefined;
  readonly catcher: Catcher;
}

/** An unchanged copy in the eyes of all who have to notice mistakes, and changes that make no difference. */
export function controlsOf(mistakes: readonly Mistake[], indifferent: readonly Indifference[]): readonly Control[] {
  return [
    ...together(mistakes.flatMap(({ noticedBy }) => noticedBy)).map((catcher) => ({ change: undefined, catcher })),
    ...indifferent.flatMap((change) => change.unseenIn.map((explore) => ({ change, catcher: { explore } }))),
  ];
}

/** The mistakes that a trace tells of, with the judge alone to ask. */
export function forJudge(mistakes: readonly Mistake[]): readonly Mistake[] {
  return mistakes
    .filter(({ judgedAs }) => judgedAs.length > 0)
    .map((mistake) => ({ ...mistake, noticedBy: [judgeOfRun(mistake)] }));
}

/** The others: in the run that executes the mistaken place the judge has nothing to find. */
export function silentForJudge(mistakes: readonly Mistake[]): readonly Control[] {
  return mistakes
    .filter(({ judgedAs }) => judgedAs.length === 0)
    .map((change) => ({ change, catcher: judgeOfRun(change) }));
}

/** Gives who noticed something where there is no mistake, or said nothing: with one of them no verdict counts. */
export async function makeNoMistake(
  controls: readonly Control[],
  options: Omit<CampaignOptions, "onOutcome">,
): Promise<readonly Verdict[]> {
  const verdicts = await inCopies(controls, options, async ({ change, catcher }, scratch) => {
    const restore = change === undefined ? undefined : scratch.seed(change);
    const verdict = await judge(scratch, catcher);
    restore?.();
    return change === undefined ? verdict : { ...verdict, by: `${change.name}: ${verdict.by}` };
  });
  return verdicts.filter(({ noticed, judged }) => noticed || !judged);
}

/** Each once; tests of the same files in one go, which takes little more time than one of them. */
function together(catchers: readonly Catcher[]): readonly Catcher[] {
  const explored = new Set(catchers.flatMap((catcher) => ("explore" in catcher ? catcher.explore : [])));
  const tested = new Map<string, Set<string>>();
  for (const catcher of catchers) {
    if (!("test" in catcher)) continue;
    tested.set(catcher.test, (tested.get(catcher.test) ?? new Set()).add(catcher.requirement));
  }
  return [
    ...[...explored].map((explore) => ({ explore })),
    ...[...tested].map(([test, requirements]) => ({
      test,
      requirement: requirements.has("") ? "" : [...requirements].join("|"),
    })),
  ];
}

async function inCopies<Item, Result>(
  items: readonly Item[],
  { project, jobs, signal }: Omit<CampaignOptions, "onOutcome">,
  work: (item: Item, scratch: Scratch) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    const scratch = new Scratch(project);
    try {
      while (next < items.length && !signal.aborted) {
        const place = next++;
        results[place] = await work(items[place]!, scratch);
      }
    } finally {
      scratch.remove();
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: Math.min(jobs, items.length) }, worker));
  const failed = ends.find((end) => end.status === "rejected");
  if (failed !== undefined) throw failed.reason as Error;
  return results;
}
