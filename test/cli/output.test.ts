import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { agentLog } from "../../src/agent/serve.ts";
import { complain } from "../../src/cli/output.ts";
import { MAIN, PROJECT, Sandbox } from "../support/processes.ts";

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = new Sandbox();
  await sandbox.agent("bmc");
});
afterAll(() => sandbox.dispose());

describe("output that cannot be written", () => {
  test.each<readonly string[]>([
    ["spec"],
    ["spec", "--json"],
    ["decode", "--json", "01", "08", "09", "c8", "00", "80", "02"],
    ["explore", "--list"],
    ["trace", "judge", "test/vectors/bus/01-init-v3.jsonl"],
    ["status", "--control", "@/bmc.sock"],
    ["board", "show", "@/board"],
    ["--help"],
    ["--version"],
  ])("is no success, and says why: %s %s", (...args) => {
    const full = openSync("/dev/full", "w");
    const { status, stderr } = spawnSync(
      process.execPath,
      [MAIN, ...args.map((arg) => arg.replace("@", sandbox.folder))],
      { cwd: PROJECT, stdio: ["ignore", full, "pipe"], encoding: "utf8", timeout: 20_000 },
    );
    closeSync(full);
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: "mctp-lpc: cannot write the output: no space left on the device; free some, or write it elsewhere\n",
    });
  });

  test("because its reader went first is none of our failures", () => {
    const command = `'${process.execPath}' '${MAIN}' spec --json | head -c 1; exit "\${PIPESTATUS[0]}"`;
    const { status, stderr } = spawnSync("bash", ["-c", command], { encoding: "utf8", timeout: 20_000 });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });
});

test("what an agent logs and what a command complains of has no raw escape sequence and no line that is not its own", () => {
  const written: string[] = [];
  const spy = jest.spyOn(process.stderr, "write").mockImplementation((text) => written.push(String(text)) > 0);
  const hostile = "file \u001b]0;x\u0007\u202e\n12:00:00.000 bmc  stopping (SIGTERM)";
  agentLog("bmc", { write: (line) => written.push(`${line}\n`) })(hostile);
  complain(`mctp-lpc: ${hostile}`);
  spy.mockRestore();
  const shown = "file <1b>]0;x<07><202e><0a>12:00:00.000 bmc  stopping (SIGTERM)\n";
  expect(written).toEqual([expect.stringMatching(/^[\d:.]{12} bmc {2}file /), `mctp-lpc: ${shown}`]);
  expect(written[0]!.slice(18)).toBe(shown);
});
