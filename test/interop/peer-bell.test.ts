/** A file that was planted at the place of a doorbell, between the starts of two agents. */
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { Sandbox } from "../support/processes.ts";

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.dispose());

test("LPC-SEC-8: a link in place of the BMC's doorbell is not written to; the channel works, status counts it", async () => {
  const bell = sandbox.path("board.bmc-bell");
  const victim = sandbox.path("victim");
  writeFileSync(victim, "");
  await sandbox.agent("bmc");
  rmSync(bell);
  symlinkSync(victim, bell);
  const host = await sandbox.agent("host");
  await host.line(/^channel up/);
  await host.line(/board\.bmc-bell is not rung \(LPC-SEC-8\): it is a symbolic link/);
  const { counters } = await host.status();
  expect((counters as { drive: { bellsRefused: number } }).drive.bellsRefused).toBeGreaterThan(0);
  expect(host.matching(/is not rung/)).toHaveLength(1);
  expect(readFileSync(victim, "utf8")).toBe("");
});
