/**
 * A process's whole life: runs of the copy that it was started in. Its argument is a Task as JSON; it prints the answer
 * as JSON.
 */
import { createHash } from "node:crypto";
import { Session, type Profiler } from "node:inspector";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Finding } from "../../../src/core/judge/finding.ts";
import { findingsOf, type JudgeCode } from "./judging.ts";
import { isLifeRow, type TraceEntry } from "../../../src/core/trace/format.ts";
import type { BatteryRun } from "./run.ts";
import type { CoverAnswer, CoverTask, DigestAnswer, JudgeAnswer, JudgeTask, Sighted, Task } from "./task.ts";

/** Seen from dist/test/mutation/battery. */
const COPY = resolve(fileURLToPath(import.meta.url), "..", "..", "..", "..", "..");

async function chosen(names: readonly string[]): Promise<readonly BatteryRun[]> {
  const { RUNS } = await import("./runs.ts");
  const byName = new Map(RUNS.map((run) => [run.name, run]));
  return names.map((name) => {
    const run = byName.get(name);
    if (run === undefined) throw new Error(`there is no run "${name}"`);
    return run;
  });
}

/** The judge may share code with a mistaken side: it comes from the project, not from this copy. */
async function judgeOf(project: string): Promise<JudgeCode> {
  const folder = join(project, "dist", "src", "core", "judge");
  const [{ Judge }, { tellRow }] = (await Promise.all(
    ["judge.js", "rows.js"].map((file) => import(pathToFileURL(join(folder, file)).href) as Promise<unknown>),
  )) as [Pick<JudgeCode, "Judge">, Pick<JudgeCode, "tellRow">];
  return { Judge, tellRow };
}

function sighted(run: BatteryRun, { requirement, side, access, seen, expected }: Finding): Sighted {
  return { run: run.name, requirement, side, access, seen, expected };
}

async function judge(task: JudgeTask): Promise<JudgeAnswer> {
  const code = await judgeOf(task.project);
  const all = new Map<string, Sighted>();
  for (const run of await chosen(task.runs)) {
    const findings = findingsOf(code, run, run.rows()).map((finding) => sighted(run, finding));
    for (const finding of findings) {
      const key = `${finding.requirement} ${finding.side}`;
      if (!all.has(key)) all.set(key, finding);
    }
    const found = findings.find(({ requirement, side }) => task.as.includes(requirement) && task.sides.includes(side));
    if (found !== undefined) return { found, all: [...all.values()] };
  }
  return { found: undefined, all: [...all.values()] };
}

/**
 * The accesses of rows, without when they were made and by which step. A side may look at STR as often as it likes: a look
 * that shows what the look before it did counts as the same.
 */
function accessTexts(rows: readonly TraceEntry[]): readonly string[] {
  const lastLook = new Map<string, string>();
  return rows.flatMap((row) => {
    if (isLifeRow(row)) return [];
    const text = JSON.stringify({ ...row, n: undefined, t: undefined, step: undefined });
    const isLook = row.op === "kcs_read" && row.reg === "STR";
    if (isLook && lastLook.get(row.side) === text) return [];
    lastLook.set(row.side, isLook ? text : "");
    return [text];
  });
}

function digest(runs: readonly BatteryRun[]): DigestAnswer {
  const digestOf = (run: BatteryRun): string =>
    createHash("sha1").update(accessTexts(run.rows()).join("\n")).digest("hex");
  return Object.fromEntries(runs.map((run) => [run.name, digestOf(run)]));
}

function post<Answer>(session: Session, method: string, params: object = {}): Promise<Answer> {
  return new Promise((done, fail) => {
    session.post(method, params, (error, answer) => {
      if (error === null) done(answer as Answer);
      else fail(error);
    });
  });
}

/** How often the innermost block round a character ran. */
function countAt({ functions }: Profiler.ScriptCoverage, offset: number): number {
  let innermost: Profiler.CoverageRange | undefined;
  for (const { ranges } of functions) {
    for (const range of ranges) {
      if (range.startOffset > offset || range.endOffset <= offset) continue;
      const size = (one: Profiler.CoverageRange): number => one.endOffset - one.startOffset;
      if (innermost === undefined || size(range) <= size(innermost)) innermost = range;
    }
  }
  return innermost?.count ?? 0;
}

async function cover({ runs: names, places }: CoverTask): Promise<CoverAnswer> {
  const session = new Session();
  session.connect();
  await post(session, "Profiler.enable");
  await post(session, "Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  const answer: Record<string, readonly boolean[]> = {};
  const runs = await chosen(names);
  const take = (): Promise<Profiler.TakePreciseCoverageReturnType> => post(session, "Profiler.takePreciseCoverage");
  await take();
  for (const run of runs) {
    run.rows();
    const { result } = await take();
    answer[run.name] = places.map(({ file, offset }) => {
      const url = pathToFileURL(join(COPY, file)).href;
      const script = result.find((one) => one.url === url);
      return script !== undefined && countAt(script, offset) > 0;
    });
  }
  session.disconnect();
  return answer;
}

async function answerTo(task: Task): Promise<JudgeAnswer | DigestAnswer | CoverAnswer> {
  switch (task.kind) {
    case "judge":
      return judge(task);
    case "digest":
      return digest(await chosen(task.runs));
    case "cover":
      return cover(task);
  }
}

const [, , text = ""] = process.argv;
process.stdout.write(JSON.stringify(await answerTo(JSON.parse(text) as Task)));
