/** The benchmark's comparison and its fairness as commands: that they run and what they refuse. No figure is judged. */
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Comparison } from "../../src/cli/bench/compare.ts";
import type { FairnessReport } from "../../src/cli/bench/fairness.ts";
import { PROJECT, Sandbox } from "../support/processes.ts";

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.dispose());

const PROGRAM = join(PROJECT, "dist", "src", "cli", "bench", "main.js");

async function bench(...options: readonly string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = sandbox.start(process.execPath, [PROGRAM, ...options]);
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, stdout, stderr };
}

async function until<Found>(look: () => Found | undefined): Promise<Found> {
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe("bench --against", () => {
  test("--json: a figure a pair, medians, bests and ratios of each row", async () => {
    const options = ["--pairs", "3", "--row", "routing", "v3-ping", "--quick", "--json"];
    const { code, stdout, stderr } = await bench("--against", PROJECT, ...options);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { builds, pairs, rows } = JSON.parse(stdout) as Comparison;
    expect({ builds, pairs }).toEqual({ builds: { own: PROJECT, other: PROJECT }, pairs: 3 });
    expect(rows.map(({ name, unit, atLeast }) => [name, unit, atLeast])).toEqual([
      ["v3-ping", "us", 1.4],
      ["routing", "k packets/s", 1.5],
    ]);
    for (const { own, other, ratioOfMedians, pairRatios } of rows) {
      for (const { samples, median, best } of [own, other]) {
        expect(samples).toHaveLength(3);
        for (const figure of [...samples, median, best]) expect(figure).toBeGreaterThan(0);
      }
      expect(pairRatios.min).toBeLessThanOrEqual(pairRatios.max);
      expect(ratioOfMedians).toBeGreaterThan(0);
    }
  });

  test("starts of the program; two agents and their tools, each of its own build; judged against unjudged", async () => {
    const rows = ["start-version", "start-status", "start-agent", "judged-echo", "send-from-host"];
    const options = ["--pairs", "1", "--row", ...rows, "--quick", "--json"];
    const { code, stdout, stderr } = await bench("--against", PROJECT, ...options);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const compared = (JSON.parse(stdout) as Comparison).rows;
    expect(new Map(compared.map(({ name, unit }) => [name, unit]))).toEqual(
      new Map([
        ...rows.slice(0, 3).map((name) => [name, "ms"] as const),
        ["judged-echo", "us"],
        ["send-from-host", "MB/s"],
      ]),
    );
    for (const { own, other } of compared) expect(Math.min(own.median, other.median)).toBeGreaterThan(0);
  });

  test("a measurement that is ended leaves no folder and no agent", async () => {
    const folders = (): readonly string[] => readdirSync("/dev/shm").filter((name) => /^mctp-lpc-bench-/.test(name));
    const before = new Set(folders());
    const task = { kind: "agents", figure: "wakeUp" };
    const question = {
      checkout: PROJECT,
      task,
      effort: { samples: 5, runSeconds: 1, clock: "passed" },
    };
    const program = join(PROJECT, "dist", "src", "cli", "bench", "build-process.js");
    const child = spawn(process.execPath, [program, JSON.stringify(question)], { stdio: "ignore" });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    const made = await until(() => folders().find((name) => !before.has(name) && existsSync(`/dev/shm/${name}/board`)));
    child.kill("SIGTERM");
    await ended;
    expect(folders()).not.toContain(made);
    const command = (id: string): string => {
      try {
        return readFileSync(`/proc/${id}/cmdline`, "latin1");
      } catch {
        return "";
      }
    };
    await until(() => readdirSync("/proc").every((id) => !command(id).includes(made)) || undefined);
  });

  test("a line a row: both builds, three ratios, and what is to be reached", async () => {
    const { code, stdout } = await bench("--against", PROJECT, "--pairs", "1", "--row", "v2-64B", "--quick", "--cpu");
    expect(code).toBe(0);
    expect(stdout).toContain("medians of 1 pair, by processor time; ratios");
    expect(stdout).toMatch(/row +unit +this +other +ratio +of bests +of pairs +at least/);
    expect(stdout).toMatch(
      /^ *v2-64B +k packets\/s +[\d.]+ +[\d.]+ +[\d.]+ +[\d.]+ +[\d.]+-[\d.]+ +1\.70 +(met|missed)$/m,
    );
    expect(stdout).not.toContain("routing");
  });

  /** A checkout of as much as is named, with an in-process.js of these lines. */
  function checkout(name: string, measuring?: string): string {
    const folder = sandbox.folderAt("checkout");
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name, type: "module" }));
    if (measuring === undefined) return folder;
    const measuringFolder = join(folder, "dist", "src", "cli", "bench");
    mkdirSync(measuringFolder, { recursive: true });
    writeFileSync(join(folder, "dist", "src", "cli", "main.js"), "");
    writeFileSync(join(measuringFolder, "in-process.js"), measuring);
    return folder;
  }

  async function refusal(folder: string): Promise<string> {
    const { code, stdout, stderr } = await bench("--against", folder, "--pairs", "1", "--row", "v3-ping", "--quick");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    const lines = stderr.trimEnd().split("\n");
    expect(lines.filter((line) => !line.startsWith("measuring "))).toHaveLength(1);
    return lines.at(-1) ?? "";
  }

  test("a folder that is not there, or is another program's", async () => {
    expect(await refusal(sandbox.path("nowhere"))).toMatch(/^mctp-lpc: There is no folder .*nowhere/);
    expect(await refusal(checkout("another"))).toMatch(/ is a checkout of another: give a checkout of mctp-lpc/);
    expect(await refusal(sandbox.folderAt("empty"))).toMatch(/has no package.json with a name/);
  });

  test("a checkout that is not built: how to build it", async () => {
    expect(await refusal(checkout("mctp-lpc"))).toMatch(/ is not built: run "npm ci && npm run build" there\.$/);
  });

  test("a build without the measuring code: what it lacks", async () => {
    const folder = checkout("mctp-lpc", "export const measureThroughput = () => undefined;");
    expect(await refusal(folder)).toMatch(/lacks measurePingPong of dist.src.cli.bench.in-process\.js:/);
  });

  test("a measurement that fails: its error and what to do", async () => {
    const failing = "export function measurePingPong() { throw new Error('the channel did not come up'); }";
    expect(await refusal(checkout("mctp-lpc", failing))).toMatch(
      /ended with status 1 \(Error: the channel did not come up\)\. If that build is damaged, run/,
    );
    const wrong = "export function measurePingPong() { return { medianMicroseconds: 0 }; }";
    expect(await refusal(checkout("mctp-lpc", wrong))).toMatch(/measured 0 in place of a time\.$/);
  });

  test.each([
    [["--against", ".", "--pairs", "4"], "Give an odd number"],
    [["--against", ".", "--row", "v9"], "Allowed choices are v2-64B"],
    [["--pairs", "3"], "--pairs is for a comparison"],
    [["--cpu"], "--cpu is for a comparison"],
    [["--row", "routing"], "--row is for a comparison"],
    [["--against", ".", "--fairness"], "--against and --fairness are two measurements"],
  ])("bench %p is refused", async (options, text) => {
    const { code, stdout, stderr } = await bench(...options);
    expect({ code, stdout }).toEqual({ code: 64, stdout: "" });
    expect(stderr).toContain(text);
  });
});

test("bench --fairness --json: both roles in each polling mode, messages a second each way", async () => {
  const { code, stdout } = await bench("--fairness", "--quick", "--json");
  expect(code).toBe(0);
  const { rows } = JSON.parse(stdout) as FairnessReport;
  const modes = ["busy", "adaptive", "doorbell"];
  expect(rows.map(({ side, mode }) => `${side} ${mode}`)).toEqual(
    ["host", "bmc"].flatMap((side) => modes.map((mode) => `${side} ${mode}`)),
  );
  // Each of a pair has its share, whoever of them is slow.
  for (const { ownPerSecond, peerPerSecond } of rows) {
    expect(ownPerSecond + peerPerSecond).toBeGreaterThan(0);
    expect(Math.min(ownPerSecond, peerPerSecond)).toBeGreaterThanOrEqual(0);
  }
});

test("bench --help: nothing runs over the edge of a terminal of 80 columns", async () => {
  const { stdout } = await bench("--help");
  for (const option of ["--against", "--pairs", "--row", "--fairness"]) expect(stdout).toContain(`  ${option} `);
  for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
});
