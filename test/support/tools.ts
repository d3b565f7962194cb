/** Tests that need something of the machine which not every machine has. */
import { test } from "@jest/globals";
import { spawnSync } from "node:child_process";

export type TestFunction = (title: string, body: () => Promise<void> | void) => void;

/**
 * `test`, where nothing is missing. Elsewhere a test that is skipped by name; in continuous integration (CI=true), where all of
 * it belongs to the machine, a test that fails.
 */
export function testUnless(missing: string | undefined, ordinary: TestFunction = test): TestFunction {
  if (missing === undefined) return ordinary;
  if (process.env["CI"] === "true") {
    return (title) => {
      test(title, () => {
        throw new Error(`this needs ${missing}: CI=true runs all tests`);
      });
    };
  }
  return (title) => {
    test.skip(`${title} (skipped: needs ${missing})`, () => undefined);
  };
}

/** A test that runs programs. */
export function needsTool(...tools: readonly string[]): TestFunction {
  return testUnless(missingOf(tools));
}

/**
 * The same, for tests that wait most of the time: a few of a file run at once. Of a run that chooses tests by name the chosen
 * alone are started. They begin before the hooks of their file.
 */
export function needsToolConcurrently(...tools: readonly string[]): TestFunction {
  return testUnless(missingOf(tools), (title, body) => {
    test.concurrent(title, async () => {
      await body();
    });
  });
}

function missingOf(tools: readonly string[]): string | undefined {
  const tool = tools.find((one) => spawnSync(one, ["--version"], { stdio: "ignore" }).error !== undefined);
  return tool && `${tool}, which is not installed`;
}
