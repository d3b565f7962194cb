import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { LEAST_DESCRIPTORS, checkDescriptors } from "../../src/platform/descriptors.ts";
import { MAIN, Sandbox } from "../support/processes.ts";

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.dispose());

function checkWith(line: string): void {
  writeFileSync(sandbox.path("limits"), `Limit  Soft Limit  Hard Limit  Units\n${line}\n`);
  checkDescriptors(sandbox.path("limits"));
}

test("with too few descriptors an agent says so; with enough, or where the system says nothing, it starts", () => {
  expect(() => {
    checkWith(`Max open files            ${String(LEAST_DESCRIPTORS - 1)}                   4096    files`);
  }).toThrow(/may have 95 files open, an agent needs 96/);
  checkWith(`Max open files            ${String(LEAST_DESCRIPTORS)}                   4096    files`);
  checkWith("Max open files            unlimited            unlimited    files");
  checkDescriptors(sandbox.path("none"));
});

test.each([32, 40, 48, 64, 95])("an agent with %i descriptors: one sentence, status 1, and no board", (count) => {
  const words = ["-c", `ulimit -n ${String(count)}; exec "$@"`, "sh", process.execPath, MAIN];
  const agent = ["bmc", "run", "-p", `shm:${sandbox.path("board")}`, "--control", sandbox.path("s")];
  const { status, stdout, stderr } = spawnSync("sh", [...words, ...agent], {
    env: sandbox.environment(),
    encoding: "utf8",
  });
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr).toMatch(/^mctp-lpc: .*(files open|files are open).*ulimit -n.*\n$/);
  expect(readdirSync(sandbox.folder).sort()).toEqual(["run", "tmp"]);
});
