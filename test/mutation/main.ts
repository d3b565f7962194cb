/** `npm run mutation`: mistakes in copies of the project, and who notices each. */
import { Command, InvalidArgumentError } from "commander";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import {
  checkFit,
  controlsOf,
  forJudge,
  makeMistakes,
  makeNoMistake,
  silentForJudge,
  type Outcome,
} from "./campaign.ts";
import type { Mistake } from "./mistake.ts";
import { INDIFFERENT, MISTAKES } from "./mistakes.ts";
import { listText, markdownText, outcomeText, summaryText } from "./report.ts";
import { findMistakes } from "./vectors/find.ts";
import { vectorMarkdown, vectorOutcomeText, vectorSummary, wrongOf } from "./vectors/report.ts";
import { loadCode } from "../support/vectors/code.ts";
import { VectorSet } from "../support/vectors/vector-set.ts";

/** Seen from dist/test/mutation. */
const PROJECT = resolve(fileURLToPath(import.meta.url), "..", "..", "..", "..");

interface Given {
  readonly list?: true;
  readonly json?: true;
  readonly markdown?: string;
  readonly jobs: number;
  readonly control: boolean;
  readonly explorer?: true;
  readonly judge?: true;
  readonly vectors?: true;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function parseJobs(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0 && value <= 64) return value;
  throw new InvalidArgumentError("Give a whole number from 1 to 64.");
}

/** The mistakes that the explorer has to notice, with it alone to ask. */
function forExplorer(mistakes: readonly Mistake[]): readonly Mistake[] {
  return mistakes
    .map((mistake) => ({ ...mistake, noticedBy: mistake.noticedBy.filter((catcher) => "explore" in catcher) }))
    .filter(({ noticedBy }) => noticedBy.length > 0);
}

function chosen(names: readonly string[]): readonly Mistake[] {
  const unknown = names.find((name) => !MISTAKES.some((mistake) => mistake.name === name));
  if (unknown !== undefined) throw new Error(`there is no mistake "${unknown}": --list tells their names`);
  return names.length === 0 ? MISTAKES : MISTAKES.filter(({ name }) => names.includes(name));
}

function asked(all: readonly Mistake[], { explorer, judge }: Given): readonly Mistake[] {
  if (judge === true) return forJudge(all);
  return explorer === true ? forExplorer(all) : all;
}

/** Plays the vectors against this project's roles, which have to pass, then against each mistake. */
async function tryVectors(mistakes: readonly Mistake[], { json, markdown }: Given): Promise<void> {
  const started = performance.now();
  const own = new VectorSet(PROJECT).firstFailure(await loadCode(join(PROJECT, "dist")));
  if (own !== undefined) throw new Error(`without a mistake ${own.vector} fails: ${own.found}`);
  const outcomes = await findMistakes(PROJECT, mistakes, (outcome) => {
    if (json !== true) print(vectorOutcomeText(outcome));
  });
  const seconds = (performance.now() - started) / 1000;
  if (json === true) print(JSON.stringify({ seconds, outcomes }, undefined, 2));
  else print(vectorSummary(outcomes, seconds));
  if (markdown !== undefined) writeFileSync(markdown, vectorMarkdown(outcomes));
  if (wrongOf(outcomes).length > 0) process.exitCode = 1;
}

async function run(names: readonly string[], given: Given): Promise<void> {
  const all = chosen(names);
  const mistakes = asked(all, given);
  if (given.list === true) {
    print(given.json === true ? JSON.stringify(mistakes, undefined, 2) : listText(mistakes));
    return;
  }
  if (given.vectors === true) {
    await tryVectors(all, given);
    return;
  }
  checkFit(PROJECT, [...mistakes, ...INDIFFERENT]);
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.once(name, () => {
      stop.abort();
    });
  }
  const started = performance.now();
  const isQuiet = given.json === true;
  const options = { project: PROJECT, jobs: given.jobs, signal: stop.signal };
  const outcomes = await makeMistakes(mistakes, {
    ...options,
    onOutcome: (outcome) => {
      if (!isQuiet) print(outcomeText(outcome));
    },
  });
  const made = outcomes.filter((outcome: Outcome | undefined) => outcome !== undefined);
  if (given.markdown !== undefined) writeFileSync(given.markdown, markdownText(made, INDIFFERENT));
  const controls =
    given.judge === true ? silentForJudge(all) : controlsOf(mistakes, names.length === 0 ? INDIFFERENT : []);
  const wrong = given.control ? await makeNoMistake(controls, options) : [];
  const seconds = (performance.now() - started) / 1000;
  if (isQuiet) print(JSON.stringify({ seconds, outcomes: made, withoutMistake: wrong }, undefined, 2));
  else print(summaryText(made, wrong, given.control && !stop.signal.aborted, seconds));
  const isWhole = made.length === mistakes.length;
  if (stop.signal.aborted || !isWhole || wrong.length > 0 || made.some(({ noticed }) => noticed === undefined))
    process.exitCode = 1;
}

try {
  await new Command("mutation")
    .description("make mistakes in copies of the project, one at a time, and ask the explorer or a test to notice each")
    .argument("[name...]", "the mistakes to make; without names all")
    .option("--list", "tell the mistakes instead of making them")
    .option("--jobs <count>", "copies at a time", parseJobs, 2)
    .option("--no-control", "do not ask about a copy without a mistake")
    .option("--explorer", "ask the explorer alone, of the mistakes that it has to notice")
    .option("--judge", "ask the judge of traces alone, of the mistakes that a trace tells of")
    .option("--vectors", "ask the vectors of the specification alone, which of them fails first")
    .option("--json", "the outcomes as JSON")
    .option("--markdown <file>", "write the outcomes as a table in Markdown, too")
    .addHelpText("after", "\nThe exit status is 1 if a mistake is not noticed.")
    .action(run)
    .parseAsync();
} catch (error) {
  process.stderr.write(`error: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
