/** Mistakes that a trace tells of are found in the run that shows them, as what they are. All with MCTP_LPC_LONG=1. */
import { expect, test } from "@jest/globals";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { PROJECT } from "../../project/requirements.ts";
import { MISTAKES } from "../mistakes.ts";
import { SHOWN_BY } from "./hints.ts";
import { judgeMistakes } from "./judge-campaign.ts";
import { judgedText } from "./judge-report.ts";
import { RUNS } from "./runs.ts";

const IS_LONG = process.env["MCTP_LPC_LONG"] === "1";
const LIMIT_MILLISECONDS = 1_200_000;
/** Of a test run that is not long, one mistake of so many. */
const SHARE = 3;

const shown = MISTAKES.filter(({ name }) => SHOWN_BY[name] !== undefined);

test("hints name mistakes and runs that there are", () => {
  const names = new Set(MISTAKES.map(({ name }) => name));
  const runs = new Set(RUNS.map(({ name }) => name));
  expect(Object.entries(SHOWN_BY).filter(([name, run]) => !names.has(name) || !runs.has(run))).toEqual([]);
});

test(
  "the judge finds each mistake as what it is",
  async () => {
    if (!existsSync(join(PROJECT, "dist", "test", "mutation", "battery", "play.js")))
      throw new Error("Run tsc -b first.");
    const mistakes = shown.filter((_, place) => IS_LONG || place % SHARE === 0);
    const judged = await judgeMistakes(mistakes, { project: PROJECT, jobs: 2, hintsOnly: true });
    const missed = judged.filter(({ found }) => found === undefined);
    expect(missed.map(judgedText)).toEqual([]);
    expect(judged.length).toBe(mistakes.filter(({ bus }) => bus.bus === "yes").length);
  },
  LIMIT_MILLISECONDS,
);
