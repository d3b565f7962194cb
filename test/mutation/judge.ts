/** Asks the explorer, or a test, what it makes of a copy with a mistake in it. */
import { spawn } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Catcher, ExplorerCatcher, TestCatcher } from "./mistake.ts";
import type { Scratch } from "./scratch.ts";
import type { Sighting } from "./sighting.ts";

/** Whether the mistake was noticed, and in what words. */
export type Verdict =
  | { readonly noticed: true; readonly by: string; readonly what: string }
  | { readonly noticed: false; readonly by: string; readonly what: string };

const LIMIT_MILLISECONDS = 240_000;
const HEAP_MEBIBYTES = 3072;
const WORDS_SHOWN = 70;

/** A finding of the explorer, or a failed assertion; a copy that cannot be run, or a test that did not run, throws. */
export function judge(scratch: Scratch, catcher: Catcher): Promise<Verdict> {
  return "explore" in catcher ? askExplorer(scratch, catcher) : askTest(scratch, catcher);
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
  const by = `explorer, ${name}`;
  if (finding === undefined) {
    return { noticed: false, by, what: `${complete ? "nothing" : "nothing yet"} in ${String(states)} states` };
  }
  const { kind, what, moves, cycle } = finding;
  const length = `${String(moves)} moves${cycle > 0 ? ` and round ${String(cycle)}` : ""}`;
  return { noticed: true, by, what: `${kind === "broken" ? what : `${kind}: ${shortened(what)}`}, ${length}` };
}

interface JestResult {
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly status: string; readonly title: string }[];
  }[];
}

async function askTest(scratch: Scratch, { test, title }: TestCatcher): Promise<Verdict> {
  const { results, passed } = await runJest(scratch, [test, "-t", titlePattern(title)]);
  const failed = results.find(({ status }) => status === "failed");
  if (failed === undefined && passed === 0) throw new Error(`${test} has no test "${title}"`);
  return { noticed: failed !== undefined, by: test, what: failed?.title ?? title };
}

/** Runs whole test files; gives the titles of what failed. */
export async function failures(scratch: Scratch, tests: readonly string[]): Promise<readonly string[]> {
  const { results } = await runJest(scratch, tests);
  return results.filter(({ status }) => status === "failed").map(({ title }) => title);
}

async function runJest(
  scratch: Scratch,
  args: readonly string[],
): Promise<{
  readonly results: readonly { readonly status: string; readonly title: string; readonly file: string }[];
  readonly passed: number;
}> {
  const report = join(scratch.folder, "report.json");
  rmSync(report, { force: true });
  const jest = join(scratch.folder, "node_modules", "jest", "bin", "jest.js");
  const cache = join(scratch.folder, ".jest");
  const options = [
    "--rootDir",
    scratch.folder,
    "--cacheDirectory",
    cache,
    "--json",
    "--outputFile",
    report,
    "--runInBand",
  ];
  const { errors } = await run([jest, ...options, ...args], scratch);
  let text;
  try {
    text = readFileSync(report, "utf8");
  } catch {
    throw new Error(`jest gave no report: ${lastLine(errors)}`);
  }
  const { testResults } = JSON.parse(text) as JestResult;
  const broken = testResults.find(({ assertionResults, message }) => assertionResults.length === 0 && message !== "");
  if (broken !== undefined) throw new Error(`a test file did not run: ${broken.message}`);
  const results = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ status, title }) => ({ status, title, file: name })),
  );
  return { results, passed: results.filter(({ status }) => status === "passed").length };
}

/** `%s`, `%p` and `$name` of a title stand for anything; jest matches the names of the groups before it, too. */
export function titlePattern(title: string): string {
  const parts = title.split(/%[a-z]|\$\{[^}]*\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return `${parts.join(".*")}$`;
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
