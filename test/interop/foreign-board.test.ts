/** A board of others, by the command line: refused, or used and logged where the user says so. */
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { chmodSync } from "node:fs";
import { makeBoard } from "../../src/platform/shared-file/board-file.ts";
import { Sandbox } from "../support/processes.ts";

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
  for (const name of ["board", "second"]) {
    makeBoard(sandbox.path(name), 8192);
    chmodSync(sandbox.path(name), 0o666);
  }
});
afterEach(() => sandbox.dispose());

test("LPC-SEC-8: an agent ends with a sentence at a board that others may write", async () => {
  const control = ["--control", sandbox.path("s")];
  const { code, stdout, stderr } = await sandbox.run("bmc", "run", "-p", `shm:${sandbox.path("board")}`, ...control);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(
    /^mctp-lpc: the board .* is refused \(LPC-SEC-8\): its mode is 0666.*--allow-foreign-board\n$/,
  );
});

test("--allow-foreign-board is for the board and for those of further links, and is logged for each", async () => {
  const link = ["--link", `shm:${sandbox.path("second")}`];
  const bmc = await sandbox.bridge("bmc", "--allow-foreign-board", ...link);
  for (const name of ["board", "second"]) {
    await bmc.line(new RegExp(`${name} is used because of --allow-foreign-board: its mode is 0666`));
  }
  const host = await sandbox.agent("host", "--allow-foreign-board");
  await host.line(/^channel up/);
});
