/** Asks the explorer, a test, or the judge of traces what it makes of a copy with a mistake in it. */
import { spawn } from "node:child_process";
import { existsSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import type { Finding } from "../../src/core/judge/finding.ts";
import { titlePattern, type Catcher, type ExplorerCatcher, type JudgeCatcher, type TestCatcher } from "./mistake.ts";
import type { Scratch } from "./scratch.ts";
import type { Sighting } from "./sighting.ts";

export interface Verdict {
  readonly noticed: boolean;
  /** False where the program ended without a verdict, or gave up: that says nothing. */
  readonly judged: boolean;
  /** "explorer, " and the scenario, or the test's file, or of those that passed the beginning of their paths. */
  readonly by: string;
  /** The property broken and how long the run to it is, or the test's title; else why nothing was noticed. */
  readonly what: string;
}

const LIMIT_MILLISECONDS = 240_000;
const HEAP_MEBIBYTES = 3072;
const WORDS_SHOWN = 70;

/**
 * A mistake is noticed by a finding of the explorer or a failed assertion; a program that ends otherwise, or a test file
 * that cannot be run, has noticed nothing.
 */
export async function judge(scratch: Scratch, catcher: Catcher): Promise<Verdict> {
  try {
    if ("explore" in catcher) return await askExplorer(scratch, catcher);
    return await ("run" in catcher ? askJudge(scratch, catcher) : askTest(scratch, catcher));
  } catch (error) {
    return { noticed: false, judged: false, by: catcherText(catcher), what: `not judged: ${(error as Error).message}` };
  }
}

export function catcherText(catcher: Catcher): string {
  if ("explore" in catcher) return `explorer, ${catcher.explore}`;
  return "run" in catcher ? `judge, ${catcher.run}` : catcher.test;
}

/** Noticed: one of the requirements by one of the sides; with none to name, any finding at all. */
async function askJudge(scratch: Scratch, catcher: JudgeCatcher): Promise<Verdict> {
  const program = join(scratch.folder, "dist", "test", "mutation", "battery", "play.js");
  const { output, errors, status } = await run([program, scratch.project, catcher.run], scratch);
  if (status !== 0) throw new Error(`the run ended with status ${String(status)}: ${lastLine(errors)}`);
  const findings = JSON.parse(output) as readonly Finding[];
  const { as, sides } = catcher;
  const found = findings.find(
    ({ requirement, side }) => as.length === 0 || (as.includes(requirement) && sides.includes(side)),
  );
  const what = (found === undefined ? findings : [found]).map(
    ({ requirement, side, access }) => `${requirement} ${side}, access ${String(access)}`,
  );
  return {
    noticed: found !== undefined,
    judged: true,
    by: catcherText(catcher),
    what: what.length === 0 ? "nothing found" : what.join("; "),
  };
}

async function askExplorer(scratch: Scratch, { explore: name }: ExplorerCatcher): Promise<Verdict> {
  const program = join(scratch.folder, "dist", "test", "mutation", "explore-one.js");
  const { output, errors, status } = await run(
    [`--max-old-space-size=${String(HEAP_MEBIBYTES)}`, program, name],
    scratch,
  );
  if (status !== 0)
    throw new Error(`the explorer ended with status ${String(status)} in "${name}": ${lastLine(errors)}`);
  const { finding, complete, states } = JSON.parse(output) as Sighting;
  const by = catcherText({ explore: name });
  if (finding === undefined) {
    return {
      noticed: false,
      judged: complete,
      by,
      what: `${complete ? "nothing" : "given up, nothing yet"} in ${String(states)} states`,
    };
  }
  const { kind, what, moves, cycle } = finding;
  const length = `${String(moves)} moves${cycle > 0 ? ` and round ${String(cycle)}` : ""}`;
  return {
    noticed: true,
    judged: true,
    by,
    what: `${kind === "broken" ? what : `${kind}: ${shortened(what)}`}, ${length}`,
  };
}

interface JestResult {
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly status: string; readonly title: string }[];
  }[];
}

async function askTest(scratch: Scratch, { test, requirement }: TestCatcher): Promise<Verdict> {
  const report = join(scratch.folder, "report.json");
  rmSync(report, { force: true });
  const jest = join(scratch.folder, "node_modules", "jest", "bin", "jest.js");
  const cache = join(scratch.folder, ".jest");
  const options = ["--rootDir", scratch.folder, "--cacheDirectory", cache, "--json", "--outputFile", report];
  const { errors } = await run([jest, ...options, "--runInBand", test, "-t", titlePattern(requirement)], scratch);
  if (!existsSync(report)) throw new Error(`jest gave no report: ${lastLine(errors)}`);
  const { testResults } = JSON.parse(readFileSync(report, "utf8")) as JestResult;
  const results = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map((result) => ({ ...result, file: relative(realpathSync(scratch.folder), name) })),
  );
  const failed = results.find(({ status }) => status === "failed");
  if (failed !== undefined) return { noticed: true, judged: true, by: failed.file, what: failed.title };
  if (results.some(({ status }) => status === "passed"))
    return { noticed: false, judged: true, by: test, what: `passes: ${requirement}` };
  const [message = "no such test"] = testResults.map((result) => result.message).filter((text) => text !== "");
  throw new Error(lastLine(message));
}

function run(
  args: readonly string[],
  scratch: Scratch,
): Promise<{ readonly output: string; readonly errors: string; readonly status: number | null }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: scratch.folder,
      timeout: LIMIT_MILLISECONDS,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    let errors = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
    child.on("error", reject);
    child.on("close", (status) => {
      resolve({ output, errors, status });
    });
  });
}

function lastLine(text: string): string {
  return (
    text
      .trim()
      .split("\n")
      .find((line) => /Error/.test(line)) ??
    text.trim().split("\n").at(-1) ??
    ""
  );
}

function shortened(text: string): string {
  return text.length <= WORDS_SHOWN ? text : `${text.slice(0, WORDS_SHOWN - 1)}…`;
}
