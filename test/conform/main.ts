/**
 * Mistakes in copies of the project, and what a conformance run says of each: `node dist/test/conform/main.js bmc|host
 * [NAME…]`, behind tsc -b.
 */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { mistakesOf, OUT_OF_REACH, ROLE_NAMES, tryMistakes, type MistakeOutcome } from "./mistakes.ts";

/** Seen from dist/test/conform. */
const PROJECT = resolve(fileURLToPath(import.meta.url), "..", "..", "..", "..");
const JOBS = 2;

const [, , side = "", ...names] = process.argv;
const tested = ROLE_NAMES.find((name) => name === side);
if (tested === undefined) throw new Error("name the side under test: bmc or host");
const mistakes = mistakesOf(tested).filter(({ name }) => names.length === 0 || names.includes(name));
const outcomes = await tryMistakes(tested, mistakes, { project: PROJECT, jobs: JOBS, onOutcome: print });
const missed = outcomes.filter(({ found }) => found === undefined);
const beyond = missed.filter(({ mistake }) => OUT_OF_REACH.has(mistake.name)).length;
const sums = `found ${String(outcomes.length - missed.length)} of ${String(outcomes.length)}`;
process.stdout.write(`${sums}, ${String(beyond)} of the others out of reach\n`);

function reachText(name: string): string {
  const why = OUT_OF_REACH.get(name);
  return why === undefined ? "" : `, out of reach: ${why}`;
}

function print({ mistake, found, all }: MistakeOutcome): void {
  const head = `${mistake.name} (${mistake.judgedAs.join(", ")})`;
  const others = all.filter((one) => found === undefined || !one.startsWith(`${found.requirement} by`));
  const what = found === undefined ? `MISSED${reachText(mistake.name)}` : `${found.requirement} by ${found.case}`;
  const rest = others.length === 0 ? "" : `\n    and: ${others.join("; ")}`;
  process.stdout.write(`${head}\n    ${what}${rest}\n`);
}
