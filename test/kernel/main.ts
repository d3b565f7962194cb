/**
 * `npm run test:kernel`: the tests that need a kernel with MCTP (*.uml.ts), in User-Mode Linux. Where that cannot be built
 * they run on this machine's kernel, which most often leaves them out by name; with CI=true that is a failure.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BUILD_TOOLS, builtKernel, kernel } from "./uml/kernel.ts";
import { RESULTS, runInMachine } from "./uml/machine.ts";

const PROJECT = join(import.meta.dirname, "..", "..", "..");
const HERE = join(PROJECT, "test", "kernel");
const CONFIGURATION = join(HERE, "uml", "kernel.config");
const LIMIT_MILLISECONDS = 600_000;
const OUTPUT = "--outputFile=";

function tell(line: string): void {
  process.stderr.write(`kernel: ${line}\n`);
}

/** What is missing to have a machine, for people; undefined: nothing. */
function missing(): string | undefined {
  if (process.platform !== "linux" || process.arch !== "x64") return "Linux on x86-64, for which User-Mode Linux is";
  const needed = existsSync(builtKernel(CONFIGURATION)) ? ["setpriv"] : ["setpriv", ...BUILD_TOOLS];
  return needed.find((tool) => spawnSync("sh", ["-c", `command -v ${tool}`]).status !== 0);
}

function jest(given: readonly string[]): readonly string[] {
  const program = join(PROJECT, "node_modules", "jest", "bin", "jest.js");
  return [process.execPath, program, "--config", join(HERE, "jest.config.json"), "--runInBand", "--verbose", ...given];
}

async function inMachine(given: readonly string[]): Promise<number> {
  const path = kernel(CONFIGURATION, tell);
  // One output goes where the caller wants it, by the folder that the machine can write.
  const wanted = given.find((word) => word.startsWith(OUTPUT))?.slice(OUTPUT.length);
  const words = given.map((word) => (word.startsWith(OUTPUT) ? `${OUTPUT}${RESULTS}/output` : word));
  const results = mkdtempSync(join(tmpdir(), "mctp-lpc-uml-results-"));
  const began = performance.now();
  try {
    const print = (text: string): void => void process.stdout.write(text);
    const { status, isOverdue } = await runInMachine(path, jest(words), { results, limit: LIMIT_MILLISECONDS, print });
    tell(`User-Mode Linux ran for ${((performance.now() - began) / 1000).toFixed(1)} s`);
    if (wanted !== undefined && existsSync(join(results, "output"))) copyFileSync(join(results, "output"), wanted);
    if (status !== undefined) return status;
    tell(isOverdue ? `it did not end within ${String(LIMIT_MILLISECONDS / 1000)} s` : "it ended before the tests");
    return 1;
  } finally {
    rmSync(results, { recursive: true, force: true });
  }
}

async function main(given: readonly string[]): Promise<number> {
  const lacks = missing();
  if (lacks === undefined) return inMachine(given);
  tell(`User-Mode Linux needs ${lacks}, which is not here: the tests run on this machine's kernel`);
  const [program = "", ...words] = jest(given);
  return spawnSync(program, words, { stdio: "inherit" }).status ?? 1;
}

process.exitCode = await main(process.argv.slice(2));
