import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { spawnSync, type ChildProcess } from "node:child_process";
import { randomBytes, randomInt } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SeededRandom } from "../../src/platform/faulty.ts";
import { MAIN, PROJECT, Sandbox, finish, isAlive, pause, sha256Of, type Finished } from "../support/processes.ts";
import { needsTool } from "../support/tools.ts";
import { runHere } from "./run-here.ts";

const DEMO_LIMIT_MILLISECONDS = 30_000;
/** How long the demo may take to clean up. */
const END_LIMIT_MILLISECONDS = 15_000;
const NOBODY = 65_534;
const ESCAPE = "\u001b";

let sandbox: Sandbox;
/** Where the demos of this test made their boards; their other folder is in the sandbox. */
const boards = new Set<string>();
beforeEach(() => {
  sandbox = new Sandbox();
  boards.clear();
});
afterEach(async () => {
  await sandbox.dispose();
  // Only a demo that failed its test has left any.
  for (const folder of boards) rmSync(folder, { recursive: true, force: true });
});

/** Remembers the folder of the board that a demo names in its first line, once it has made one. */
function rememberBoard(stdout: string): void {
  const [, folder] = /^board (\/.*)\/board, window/m.exec(stdout) ?? [];
  if (folder !== undefined) boards.add(folder);
}

function expectNothingLeft(): void {
  expect(readdirSync(sandbox.path("tmp"))).toEqual([]);
  expect([...boards].filter((folder) => existsSync(folder))).toEqual([]);
}

/** The agents that a demo has started. */
function childrenOf({ pid }: ChildProcess): readonly number[] {
  try {
    const list = readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, "utf8");
    return list.trim().split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

async function demo(...options: readonly string[]): Promise<Finished> {
  const finished = await finish(await sandbox.launch(["demo", ...options]), DEMO_LIMIT_MILLISECONDS);
  rememberBoard(finished.stdout);
  return finished;
}

/** A file whose transfer in small packets takes far longer than the test. */
function endlessOptions(): readonly string[] {
  const path = sandbox.path("long.bin");
  writeFileSync(path, randomBytes(16 * 1024 * 1024));
  return ["--file", path, "--mtu", "64", "--ladder", "5"];
}

describe("the demo", () => {
  test("shows the start-up, sends the specification there and back, pings, sums up; leaves nothing behind", async () => {
    const { code, stdout, stderr } = await demo();
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).not.toContain(ESCAPE);
    expect(stdout).toMatch(/^board \/.*\/board, window 1048576 bytes$/m);
    expect(stdout).toMatch(/IDR = 00 Initialise/);
    expect(stdout).toMatch(/bmc {2}discovered EID 9/);
    const digest = sha256Of(`${PROJECT}/spec/mctp-lpc.md`);
    expect(stdout).toMatch(new RegExp(`files +the same: SHA-256 ${digest}$`, "m"));
    expect(stdout).toMatch(/channel +version 3, MTU 524144 host to BMC, 524144 BMC to host$/m);
    expect(stdout).toMatch(/incidents +none$/m);
    expectNothingLeft();
  });

  test.each([
    [["--versions", "2", "--mtu", "4096", "--window", "64K", "--poll", "busy"], /channel +version 2, MTU 4096 /],
    [
      ["--depth", "1", "--window", "16M", "--poll", "doorbell", "--ladder", "0"],
      /^board \/.*\/board, window 16777216 bytes, depth 1$/m,
    ],
  ])("with %j", async (options, terms) => {
    const path = sandbox.path("a file.bin");
    writeFileSync(path, randomBytes(20_000));
    const { code, stdout, stderr } = await demo("--file", path, ...options);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(terms);
    expect(stdout).toContain(sha256Of(path));
    if (options.includes("0")) expect(stdout).not.toMatch(/Initialise|──▶/);
    expectNothingLeft();
  });

  test("a file of more than 64 MiB is refused before anything is made", async () => {
    const path = sandbox.path("huge");
    writeFileSync(path, "");
    truncateSync(path, 64 * 1024 * 1024 + 1);
    const { code, stdout, stderr } = await runHere(sandbox, "demo", "--file", path);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toBe(`mctp-lpc: ${path} has 67108865 bytes, the demo sends up to 67108864\n`);
    expectNothingLeft();
  });

  test("a file that may not be read is refused before anything is made", () => {
    const folder = mkdtempSync(join(tmpdir(), "mctp-lpc-secret-"));
    try {
      chmodSync(folder, 0o755);
      const path = join(folder, "secret");
      writeFileSync(path, "x", { mode: 0o000 });
      // Root may read everything, so somebody else is asked to.
      const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, "demo", "--file", path], {
        ...(process.getuid?.() === 0 ? { uid: NOBODY } : {}),
        env: {},
        encoding: "utf8",
      });
      expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
      expect(stderr).toBe(`mctp-lpc: ${path} may not be read: run as a user who may, or name another with --file\n`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("whoever reads it may leave: it cleans up and ends", async () => {
    // The ladder has always more to tell.
    const child = await sandbox.launch(["demo", ...endlessOptions(), "--ladder", "1000000"]);
    const [first] = (await once(child.stdout!, "data")) as [Buffer];
    rememberBoard(first.toString("utf8"));
    expect(boards.size).toBe(1);
    child.stdout?.destroy();
    const { overdue } = await finish(child, END_LIMIT_MILLISECONDS);
    expect(overdue).toBe(false);
    expectNothingLeft();
  });
});

describe("the demo on a terminal", () => {
  const testWithScript = needsTool("script");

  testWithScript("in colours, as wide as the terminal is", async () => {
    const command = `stty cols 80; '${process.execPath}' '${MAIN}' demo`;
    const child = sandbox.start("script", ["-qec", command, "/dev/null"], { TERM: "xterm-256color" });
    const { code, stdout } = await finish(child, DEMO_LIMIT_MILLISECONDS);
    expect({ code, summary: /incidents +none/.test(stdout) }).toEqual({ code: 0, summary: true });
    expect(stdout).not.toMatch(/NaN|undefined/);
    expect(stdout).toMatch(new RegExp(`${ESCAPE}\\[\\d+(;\\d+)*m`));
    const lines = stdout.replaceAll(new RegExp(`${ESCAPE}\\[[\\d;]*[mK]`, "g"), "").split(/\r?\n|\r/);
    const ladder = lines.filter((line) => /^(?:host [─◀]| {2}[│├])/.test(line));
    expect(ladder.length).toBeGreaterThan(10);
    expect(Math.max(...ladder.map((line) => line.length))).toBe(80);
  });
});

describe("the demo interrupted", () => {
  const seed = Number(process.env["MCTP_LPC_SEED"] ?? randomInt(2 ** 31));
  const random = new SeededRandom(seed);
  // From before it has made anything to the middle of the transfer.
  const moments = (["SIGINT", "SIGTERM"] as const).flatMap((signal) =>
    [100, 600].map((latest) => [signal, latest - random.below(Math.min(latest, 250))] as const),
  );

  test.each(moments)(`%s after %d ms (seed ${String(seed)}): agents and folders gone`, async (signal, delay) => {
    const child = await sandbox.launch(["demo", ...endlessOptions()]);
    const agents = new Set<number>();
    const ended = finish(child, delay + END_LIMIT_MILLISECONDS);
    const moment = performance.now() + delay;
    while (performance.now() < moment) {
      for (const pid of childrenOf(child)) agents.add(pid);
      await pause(5);
    }
    for (const pid of childrenOf(child)) agents.add(pid);
    child.kill(signal);
    const { code, signal: endedBy, stdout, stderr, overdue } = await ended;
    expect({ overdue, stderr }).toMatchObject({ overdue: false });
    // Before the program runs there is nobody to handle a signal, and nothing to clean up.
    const early = stdout === "" && agents.size === 0;
    if (early && endedBy === signal) return;
    rememberBoard(stdout);
    // The first line says what happened; with it a wrong status is understood.
    const [said] = stderr.split("\n");
    expect({ code, endedBy, said }).toEqual({
      code: signal === "SIGINT" ? 130 : 143,
      endedBy: null,
      said: `mctp-lpc: interrupted (${signal})`,
    });
    expect([...agents].filter(isAlive)).toEqual([]);
    expectNothingLeft();
  });

  test("an agent of it killed: it says so, fails and cleans up", async () => {
    const child = await sandbox.launch(["demo", ...endlessOptions()]);
    const ended = finish(child, DEMO_LIMIT_MILLISECONDS);
    let text = "";
    child.stdout?.on("data", (part: string) => (text += part));
    while (!text.includes("discovered EID 9")) {
      expect(child.exitCode).toBeNull();
      await pause(10);
    }
    const agents = childrenOf(child);
    expect(agents).toHaveLength(2);
    rememberBoard(text);
    expect(boards.size).toBe(1);
    process.kill(agents[random.below(2)]!, "SIGKILL");
    const { code, signal, stderr } = await ended;
    expect({ code, signal }).toEqual({ code: 1, signal: null });
    expect(stderr).toMatch(/^mctp-lpc: the (host|bmc) agent ended early \(SIGKILL\)\n$/);
    expect(agents.filter(isAlive)).toEqual([]);
    expectNothingLeft();
  });
});
