/** Tests that need a tool of the machine which not every machine has. */
import { test } from "@jest/globals";
import { spawnSync } from "node:child_process";

type TestFunction = (title: string, body: () => Promise<void>) => void;

/**
 * `test` where the tools are installed. Elsewhere a test that is skipped by name; in continuous integration (CI=true),
 * where the tools belong to the machine, a test that fails.
 */
export function needsTool(...tools: readonly string[]): TestFunction {
  const tool = tools.find((one) => spawnSync(one, ["--version"], { stdio: "ignore" }).error !== undefined);
  if (tool === undefined) return test;
  if (process.env["CI"] === "true") {
    return (title) => {
      test(title, () => {
        throw new Error(`${tool} is not installed: CI=true runs all tests, so install it there`);
      });
    };
  }
  return (title) => {
    test.skip(`${title} (skipped: needs ${tool}, which is not installed)`, () => undefined);
  };
}
