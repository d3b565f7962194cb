/**
 * A process's whole life: a run of the copy that it was started in, judged by the project's own judge. Its arguments are
 * the project's folder and the run's name; it prints the judge's findings as JSON.
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { findingsOf, type JudgeCode } from "./judging.ts";
import { RUNS } from "./runs.ts";

/** The judge may share code with a mistaken side: it comes from the project, not from this copy. */
async function judgeOf(project: string): Promise<JudgeCode> {
  const folder = join(project, "dist", "src", "core", "judge");
  const load = (file: string): Promise<unknown> => import(pathToFileURL(join(folder, file)).href);
  return Object.assign({}, await load("judge.js"), await load("rows.js")) as JudgeCode;
}

const [, , project = "", name = ""] = process.argv;
const run = RUNS.find((one) => one.name === name);
if (run === undefined) throw new Error(`there is no run "${name}"`);
process.stdout.write(JSON.stringify(findingsOf(await judgeOf(project), run, run.rows())));
