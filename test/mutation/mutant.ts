/** A mistake seeded into a copy of the sources, and the tests that are run on the copy. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

export interface Mutant {
  /** What was done wrong. */
  readonly mistake: string;
  /** The requirement, or requirements, that it breaks. */
  readonly breaks: string;
  readonly file: string;
  /** Text that stands in the file exactly once, and what it is replaced by. */
  readonly edits: readonly (readonly [find: string, replace: string])[];
  /** Who has to notice: configurations of the explorer, or a test file. */
  readonly caughtBy: { readonly explorer: string } | { readonly test: string };
}

export interface Verdict {
  readonly caught: boolean;
  /** The finding, or the first test that failed. */
  readonly by: string;
}

const PROJECT = resolve(__dirname, "..", "..");
const FOLDERS = ["src", "host", "bmc", "test", "spec"];
const FILES = ["package.json", "jest.config.json", "tsconfig.json", "tsconfig.base.json", "tsconfig.pure.json"];
const LIMIT_MILLISECONDS = 300_000;
const EXPLORER_TEST = "test/explore/configurations.test.ts";

/** Runs a mutant in `folder`, which must be inside the project so that packages are found; the folder is removed. */
export function judgeMutant(mutant: Mutant, folder: string): Verdict {
  try {
    copyProject(folder);
    seed(mutant, folder);
    const { caughtBy } = mutant;
    return "explorer" in caughtBy
      ? runTests(folder, EXPLORER_TEST, { MCTP_LPC_EXPLORE: caughtBy.explorer })
      : runTests(folder, caughtBy.test, {});
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function copyProject(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const name of [...FOLDERS, ...FILES]) cpSync(join(PROJECT, name), join(folder, name), { recursive: true });
}

/** Throws when the text to be replaced is not there exactly once: then the mutant needs to be written anew. */
function seed({ file, edits }: Mutant, folder: string): void {
  const path = join(folder, file);
  let text = readFileSync(path, "utf8");
  for (const [find, replace] of edits) {
    const places = text.split(find).length - 1;
    if (places !== 1) throw new Error(`${file} has ${String(places)} places like this, not one: ${find}`);
    text = text.replace(find, () => replace);
  }
  writeFileSync(path, text);
}

interface JestResult {
  readonly numTotalTests: number;
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string; readonly failureMessages: readonly string[] }[];
  }[];
}

function runTests(folder: string, test: string, variables: Readonly<Record<string, string>>): Verdict {
  const output = join(folder, "result.json");
  const jest = join(PROJECT, "node_modules", "jest", "bin", "jest.js");
  const options = ["--rootDir", folder, "--config", join(folder, "jest.config.json"), "--json", "--outputFile", output];
  spawnSync(process.execPath, [jest, ...options, "--runInBand", "--bail", test], {
    env: { ...process.env, ...variables },
    stdio: "ignore",
    timeout: LIMIT_MILLISECONDS,
  });
  const { numTotalTests, testResults } = JSON.parse(readFileSync(output, "utf8")) as JestResult;
  if (numTotalTests === 0) throw new Error(`no test ran: ${testResults.map(({ message }) => message).join()}`);
  const failed = testResults.flatMap(({ assertionResults }) => assertionResults).find(({ status }) => status === "failed");
  if (failed === undefined) return { caught: false, by: "nobody" };
  const [found] = /"(broken|stuck|circle|lost)"|what": "[^"]*/.exec(failed.failureMessages.join("\n")) ?? [];
  return { caught: true, by: found === undefined ? failed.fullName : `${failed.fullName} (${found})` };
}
