/** `mctp-lpc conform` as its users run it: against an agent, against nobody, with nonsense, interrupted. */
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { openHostPlatform, parsePlatform } from "../../src/platform/kinds.ts";
import { byCommand } from "../../src/cli/conform/restart.ts";
import { NotTestable } from "../../src/conform/outcome.ts";
import { MAIN, Sandbox, finish, pause, type Finished } from "../support/processes.ts";
import { runHere } from "./run-here.ts";

const OPEN = { doorbell: false, log: (): void => undefined };

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(async () => {
  await sandbox.dispose();
});

function board(): string {
  return `shm:${sandbox.path("board")}`;
}

function conform(tested: "bmc" | "host", ...words: readonly string[]): Promise<Finished> {
  return sandbox.run("conform", tested, "--platform", board(), ...words);
}

describe.each(["bmc", "host"] as const)("against the %s's agent", (tested) => {
  test("every case that is asked for passes, and the reports say so", async () => {
    await sandbox.agent(tested);
    const reports = [
      "--html",
      sandbox.path("r.html"),
      "--junit",
      sandbox.path("r.xml"),
      "--trace",
      sandbox.path("t.jsonl"),
    ];
    const { code, stdout, stderr } = await conform(tested, "--only", "start", ...reports);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^Conformance of the .* on shm:/);
    expect(stdout).toMatch(/pass {2}start\/session/);
    expect(stdout).toMatch(/\d+ of \d+ requirements exercised, none broken/);
    expect(readFileSync(sandbox.path("r.html"), "utf8")).toMatch(
      /^<!DOCTYPE html>[^]*<style>:root \{ --ground: [^]*No case failed\.[^]*<\/html>\n$/,
    );
    expect(readFileSync(sandbox.path("r.xml"), "utf8")).toMatch(
      /<testsuites name="mctp-lpc conform" tests="\d+" failures="0"/,
    );
    const style = /<style>([^]*?)<\/style>/.exec(readFileSync(sandbox.path("r.html"), "utf8"))?.[1] ?? "";
    expect(style.split("\n").filter((line) => /[&<>]/.test(line))).toEqual([]);
    expect(statSync(sandbox.path("t.jsonl")).mode & 0o077).toBe(0);
    const judged = await sandbox.run("trace", "judge", sandbox.path("t.jsonl"));
    expect(judged.stdout).toMatch(/accesses in \d+ session/);
    expect(judged.stdout).not.toContain(`broken by the ${tested === "bmc" ? "BMC" : "host"}`);
  });

  test("--json prints the report alone", async () => {
    await sandbox.agent(tested);
    const { code, stdout } = await conform(tested, "--only", "start", "--json");
    const report = JSON.parse(stdout) as {
      readonly tested: string;
      readonly cases: readonly { readonly outcome: string }[];
    };
    expect([code, report.tested]).toEqual([0, tested]);
    expect(new Set(report.cases.map(({ outcome }) => outcome))).toEqual(new Set(["pass"]));
  });

  test("nobody there: nothing is tested, which is no success", async () => {
    const { code, stdout } = await conform(tested, "--only", "start", "--timeout", "100");
    expect([code, stdout]).toEqual([2, expect.stringMatching(/skip {2}start\/session/)]);
  });
});

test("a host is asked to stop by --stop-command, and started again by --restart-command", async () => {
  const pid = sandbox.path("pid");
  const run = [process.execPath, MAIN, "host", "run", "--platform", board(), "--control", sandbox.path("again.sock")];
  const restart = `kill -9 $(cat ${pid}) 2> /dev/null; ${run.join(" ")} > /dev/null 2>&1 & echo $! > ${pid}`;
  const commands = ["--stop-command", `kill -TERM $(cat ${pid})`, "--restart-command", restart];
  try {
    await finish(sandbox.start("sh", ["-c", restart]));
    const { code, stdout } = await conform("host", "--only", "stop/in-session", ...commands);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/pass {2}stop\/in-session/)]);
  } finally {
    process.kill(Number(readFileSync(pid, "utf8")), "SIGKILL");
  }
});

test.each(["bmc", "host"] as const)("a %s that cannot be asked to stop is not tested for it", async (tested) => {
  await sandbox.agent(tested);
  const { stdout } = await conform(tested, "--only", "stop", "--fast");
  expect(stdout).not.toMatch(/(pass|FAIL) {2}stop/);
  expect(stdout).toMatch(/skip {2}stop/);
});

test("an interruption ends the run behind the case, and the channel is closed", async () => {
  const agent = await sandbox.agent("bmc");
  const run = await sandbox.launch(["conform", "bmc", "--platform", board(), "--silence", "400"]);
  await agent.line(/channel up/);
  run.kill("SIGINT");
  const { code, stdout, stderr } = await finish(run);
  expect([code, stderr]).toEqual([0, expect.stringMatching(/the run ends behind this case/)]);
  expect(stdout).toMatch(/ended before its last case|requirements exercised/);
  await agent.line(/closed the channel/);
  await agent.until(({ channel }) => !channel.up);
});

describe("refused in words", () => {
  test.each([
    [["conform", "bmc"], 64, /needs --platform/],
    [["conform", "bmc", "-p", "foo:bar"], 1, /foo/],
    [["conform", "host", "--only", "no-such-case", "--list"], 64, /no case for --only "no-such-case"/],
    [["conform", "bmc", "--only", "a,,b", "--list"], 64, /divided by commas/],
    [["conform", "bmc", "--timeout", "0"], 64, /1 to 999999/],
    [["conform", "bmc", "--restart-by-hand", "--restart-command", "x"], 64, /restart/],
  ] as const)("%j", async (words, status, text) => {
    const { code, stdout, stderr } = await runHere(sandbox, ...words);
    expect([code, stdout, stderr]).toEqual([status, "", expect.stringMatching(text)]);
  });

  test("another host on the board", async () => {
    const other = openHostPlatform(parsePlatform(board()), OPEN);
    try {
      const { code, stdout, stderr } = await conform("bmc");
      expect([code, stdout, stderr]).toEqual([1, "", expect.stringMatching(/host/)]);
    } finally {
      other.close();
    }
  });

  test("a report that cannot be written", async () => {
    await sandbox.agent("bmc");
    const { code, stdout, stderr } = await conform("bmc", "--only", "start", "--html", sandbox.path("none/r.html"));
    // Before the run, whose results would be lost.
    expect([code, stdout, stderr]).toEqual([1, "", expect.stringMatching(/none\/r\.html/)]);
  });

  test("a report over the board, or over another report", async () => {
    await sandbox.agent("bmc");
    const before = statSync(sandbox.path("board")).size;
    for (const outputs of [
      ["--html", sandbox.path("board")],
      ["--junit", sandbox.path("r"), "--html", sandbox.path("r")],
    ]) {
      const { code, stdout, stderr } = await conform("bmc", "--only", "start", ...outputs);
      expect([code, stdout, stderr]).toEqual([1, "", expect.stringMatching(/are one file/)]);
    }
    expect(statSync(sandbox.path("board")).size).toBe(before);
  });
});

test("--list names every case with its requirements, and touches no board", async () => {
  const { code, stdout } = await runHere(sandbox, "conform", "bmc", "--list", "-p", board());
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^start\/offer[^]*LPC-BMC-2[^]*\d+ cases\n$/)]);
  expect(existsSync(sandbox.path("board"))).toBe(false);
});

describe("a restart command", () => {
  test("is run with the side under test in its environment", async () => {
    const file = sandbox.path("said");
    await byCommand("restart", `printf %s "$MCTP_LPC_SIDE" > ${file}`, "host")();
    expect(readFileSync(file, "utf8")).toBe("host");
  });

  test("that fails makes the case not testable", async () => {
    await expect(byCommand("restart", "exit 3", "bmc")()).rejects.toThrow(
      new NotTestable("the restart command ended with status 3"),
    );
  });

  test("may leave the side under test running behind it", async () => {
    writeFileSync(sandbox.path("pid"), "");
    await byCommand("restart", `sleep 30 > /dev/null 2>&1 & echo $! > ${sandbox.path("pid")}`, "bmc")();
    const pid = Number(readFileSync(sandbox.path("pid"), "utf8"));
    process.kill(pid, "SIGKILL");
    await pause(10);
  });
});
