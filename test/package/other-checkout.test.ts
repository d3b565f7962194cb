/** A checkout of another user, which this one may read only: its program is built already, or a sentence says why not. */
import { afterEach, beforeEach, expect } from "@jest/globals";
import { chmodSync, cpSync, existsSync, readdirSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { STRANGER, folderOf, needsRoot, nodeAs } from "../support/other-users.ts";
import { PROJECT, Sandbox, finish, type Finished } from "../support/processes.ts";

let sandbox: Sandbox;
let checkout: string;
beforeEach(() => {
  sandbox = new Sandbox();
  checkout = folderOf(sandbox, "checkout", 0);
  for (const name of ["src", "host", "bmc", "package.json"]) {
    cpSync(join(PROJECT, name), join(checkout, name), { recursive: true });
  }
  chmodSync(checkout, 0o755);
  symlinkSync(join(PROJECT, "node_modules"), join(checkout, "node_modules"));
});
afterEach(() => sandbox.dispose());

/** What "npm start" and "npm ci" run first. */
async function build(uid: number): Promise<Finished> {
  return finish(nodeAs(sandbox, { uid }, [join(checkout, "src", "cli", "bundle.mjs")]));
}

needsRoot("without a built program: a sentence, at once, and nothing is left", async () => {
  const { code, stderr, overdue } = await build(STRANGER);
  expect({ code, overdue }).toEqual({ code: 1, overdue: false });
  expect(stderr.trim().split("\n").at(-1)).toMatch(/^mctp-lpc: Not built: /);
  expect(existsSync(join(checkout, "dist"))).toBe(false);
});

needsRoot("with a built program: it is used as it is", async () => {
  expect(await build(0)).toMatchObject({ code: 0 });
  const program = join(checkout, "dist", "bin");
  const before = [readdirSync(program), statSync(program).mtimeMs];
  expect(await build(STRANGER)).toMatchObject({ code: 0, overdue: false });
  expect([readdirSync(program), statSync(program).mtimeMs]).toEqual(before);
});
