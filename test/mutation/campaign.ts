/** Makes mistakes one after the other, several copies at a time, and asks whoever has to notice. */
import { judge, type Verdict } from "./judge.ts";
import type { Catcher, Mistake } from "./mistake.ts";
import { Scratch } from "./scratch.ts";

export interface Outcome {
  readonly mistake: Mistake;
  /** Of who noticed; of all who were asked and did not, where nobody did. */
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
  try {
    scratch.seed(mistake);
    for (const catcher of mistake.noticedBy) {
      const verdict = await judge(scratch, catcher);
      verdicts.push(verdict);
      if (verdict.noticed) break;
    }
  } catch (error) {
    throw new Error(`${mistake.name}: ${(error as Error).message}`, { cause: error });
  } finally {
    scratch.restore(mistake);
  }
  return {
    mistake,
    verdicts,
    noticed: verdicts.find(({ noticed }) => noticed),
    seconds: (performance.now() - started) / 1000,
  };
}

/** Asks everybody about copies without a mistake. Gives what they found: it must be nothing, or no verdict counts. */
export async function askWithoutMistake(
  mistakes: readonly Mistake[],
  options: Omit<CampaignOptions, "onOutcome">,
): Promise<readonly Verdict[]> {
  const catchers = new Map<string, Catcher>(
    mistakes.flatMap(({ noticedBy }) => noticedBy).map((catcher) => [JSON.stringify(catcher), catcher]),
  );
  const verdicts = await inCopies([...catchers.values()], options, (catcher, scratch) => judge(scratch, catcher));
  return verdicts.filter(({ noticed }) => noticed);
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
