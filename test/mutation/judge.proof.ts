/** The judge finds each mistake that a trace tells of as what it is, and nothing where the accesses do not tell. */
import { beforeAll, expect, test } from "@jest/globals";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { PROJECT } from "../project/requirements.ts";
import { forJudge, makeMistakes, makeNoMistake, silentForJudge } from "./campaign.ts";
import { MISTAKES } from "./mistakes.ts";
import { outcomeText } from "./report.ts";

const LIMIT_MILLISECONDS = 1_200_000;
const OPTIONS = { project: PROJECT, jobs: 2, signal: new AbortController().signal };

beforeAll(() => {
  if (!existsSync(join(PROJECT, "dist", "test", "mutation", "battery", "play.js")))
    throw new Error("Run tsc -b first.");
});

test(
  "the judge finds each mistake that a trace tells of",
  async () => {
    const mistakes = forJudge(MISTAKES);
    const outcomes = await makeMistakes(mistakes, { ...OPTIONS, onOutcome: () => undefined });
    expect(outcomes.length).toBe(mistakes.length);
    expect(outcomes.filter(({ noticed }) => noticed === undefined).map(outcomeText)).toEqual([]);
  },
  LIMIT_MILLISECONDS,
);

test(
  "the judge finds nothing in runs of the other mistakes",
  async () => {
    expect(await makeNoMistake(silentForJudge(MISTAKES), OPTIONS)).toEqual([]);
  },
  LIMIT_MILLISECONDS,
);
