/** Tests that need a tool of the machine which not every machine has. */
import { test } from "@jest/globals";
import { spawnSync } from "node:child_process";

type TestFunction = (title: string, body: () => Promise<void>) => void;

/**
 * `test` where the tool is installed. Elsewhere a test that is skipped by name; in continuous integration (CI=true), where
 * the tool belongs to the machine, a test that fails.
 */
export function needsTool(tool: string): TestFunction {
  const { error } = spawnSync(tool, ["--version"], { stdio: "ignore" });
  if (error === undefined) return test;
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
