/** What `npm test` costs. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { Failure } from "../../platform/failure.ts";
import { PACKAGE_FOLDER } from "../package.ts";
import { endedChildrenMilliseconds } from "./starts.ts";

export interface TestFigures {
  readonly cpuSeconds: number;
  readonly longestSuite: { readonly path: string; readonly seconds: number };
}

/** As jest writes it with --json; times in milliseconds. */
interface JestReport {
  readonly success: boolean;
  readonly testResults: readonly { readonly name: string; readonly startTime: number; readonly endTime: number }[];
}

export async function measureTests(): Promise<TestFigures> {
  const folder = mkdtempSync(join(tmpdir(), "mctp-lpc-bench-tests-"));
  try {
    const path = join(folder, "report.json");
    const before = endedChildrenMilliseconds();
    const words = ["test", "--", "--silent", "--json", "--outputFile", path];
    await once(spawn("npm", words, { cwd: PACKAGE_FOLDER, stdio: "ignore" }), "exit");
    const cpuSeconds = (endedChildrenMilliseconds() - before) / 1000;
    const { success, testResults } = JSON.parse(readFileSync(path, "utf8")) as JestReport;
    if (!success) throw new Failure("bench-tests", "npm test failed: its time says nothing. Run npm test to see why.");
    const suites = testResults.map(({ name, startTime, endTime }) => ({
      path: relative(PACKAGE_FOLDER, name),
      seconds: (endTime - startTime) / 1000,
    }));
    return { cpuSeconds, longestSuite: suites.reduce((one, other) => (one.seconds < other.seconds ? other : one)) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
