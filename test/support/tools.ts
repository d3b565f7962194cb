/** Tests that need something of the machine which not every machine has. */
import { test } from "@jest/globals";
import { spawnSync } from "node:child_process";

export type TestFunction = (title: string, body: () => Promise<void> | void) => void;

/**
 * `test`, where nothing is missing. Elsewhere a test that is skipped by name; in continuous integration (CI=true), where all of
 * it belongs to the machine, a test that fails.
 */
export function testUnless(missing: string | undefined): TestFunction {
  if (missing === undefined) return test;
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
  const tool = tools.find((one) => spawnSync(one, ["--version"], { stdio: "ignore" }).error !== undefined);
  return testUnless(tool && `${tool}, which is not installed`);
}
