/** What an agent writes for people fails, stalls or is full: the channel goes on, and a stop takes 2 s at most. */
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { readFileSync, rmSync } from "node:fs";
import { STOP_LIMIT } from "../../src/agent/outputs/stop-limits.ts";
import { decodeTrace } from "../../src/core/trace/format.ts";
import { AgentProcess, MAIN, Sandbox, within, type Exit } from "../support/processes.ts";
import { SmallFileSystem, needsMount } from "../support/tmpfs.ts";
import { stoppedTerminal, unreadPipe, type Unread } from "../support/unread.ts";

const PING_LIMIT_MILLISECONDS = 2000;

let sandbox: Sandbox;
let unread: Unread[];
beforeEach(() => {
  sandbox = new Sandbox();
  unread = [];
});
afterEach(async () => {
  await sandbox.dispose();
  for (const one of unread) one.close();
});

/** The BMC's agent with outputs as a shell's user gives them. */
function bmcWith(
  outputs: string,
  { before = "", ...environment }: Readonly<Record<string, string>>,
  ...options: string[]
): AgentProcess {
  const control = sandbox.path("bmc.sock");
  const run = ["bmc", "run", "--platform", `shm:${sandbox.path("board")}`, "--control", control, "--until-eof"];
  const args = ["-c", `${before} exec "$0" "$@" ${outputs}`, process.execPath, MAIN, ...run, ...options];
  return new AgentProcess("bmc", sandbox.start("bash", args, environment), control, "");
}

/** The last row of a trace, every line of which can be read. */
function lastRow(path: string): unknown {
  const trace = decodeTrace(readFileSync(path, "utf8"));
  return trace.ok ? trace.value.rows.at(-1) : trace;
}

/** The channel carries messages: the BMC's agent answers the host's echoes in time. */
async function expectChannel(bmc: AgentProcess, host: AgentProcess): Promise<void> {
  await host.until(({ channel }) => channel.up);
  await bmc.until(({ endpoints }) => endpoints.length > 0);
  const pinged = host.call("ping", { count: 3, timeout: PING_LIMIT_MILLISECONDS, interval: 0 });
  expect(await within(3 * PING_LIMIT_MILLISECONDS, pinged)).toMatchObject({ answered: 3 });
}

/** The agent has ended in time, and has left the board: no process, neither BMC Active nor Channel Active in STR. */
async function expectLeft(end: Promise<Exit>, code: number): Promise<void> {
  const began = performance.now();
  expect(await end).toEqual({ code, signal: null });
  expect(performance.now() - began).toBeLessThan(STOP_LIMIT);
  const { stdout } = await sandbox.run("board", "show", sandbox.path("board"));
  expect(stdout).toMatch(/BMC +no process/);
  expect(stdout).toMatch(/STR +0x0[0-3] /);
}

const OUTPUTS: readonly (readonly [what: string, outputs: () => string])[] = [
  [
    "pipes that nobody reads",
    () => {
      unread = [unreadPipe(sandbox.path("out")), unreadPipe(sandbox.path("err"))];
      return unread.map(({ path }, index) => `${String(index + 1)}>${path}`).join(" ");
    },
  ],
  [
    "a terminal that was stopped",
    () => {
      unread = [stoppedTerminal()];
      return `>${unread[0]!.path} 2>&1`;
    },
  ],
  ["a full disk", () => ">/dev/full 2>&1"],
];

describe.each(OUTPUTS)("log and DEBUG output on %s", (what, outputs) => {
  test("the channel goes on, the losses are counted, and SIGTERM ends the agent in order and in time", async () => {
    const bmc = bmcWith(outputs(), { DEBUG: "mctp-lpc:*" });
    const host = await sandbox.agent("host");
    await expectChannel(bmc, host);
    const { counters } = await bmc.status();
    // What waits in memory is not lost yet.
    if (what === "a full disk") expect(counters.outputs.logLinesLost).toBeGreaterThan(0);
    await expectLeft(bmc.end("SIGTERM"), 0);
  });
});

describe("with log and DEBUG output on a terminal that was stopped", () => {
  const ENDS: readonly (readonly [string, (bmc: AgentProcess) => Promise<Exit>])[] = [
    ["SIGINT", (bmc) => bmc.end("SIGINT")],
    ["SIGHUP", (bmc) => bmc.end("SIGHUP")],
    ["the end of its input", (bmc) => bmc.endInput()],
  ];
  test.each(ENDS)("%s ends an agent in order and in time", async (_what, end) => {
    unread = [stoppedTerminal()];
    const files = ["--trace", sandbox.path("trace"), "--eid-pool", "20-40", "--state", sandbox.path("state")];
    const bmc = bmcWith(`>${unread[0]!.path} 2>&1`, { DEBUG: "mctp-lpc:*" }, ...files);
    await expectChannel(bmc, await sandbox.agent("host"));
    await expectLeft(end(bmc), 0);
    // The log hangs; what has a disk that works is there all the same.
    expect(lastRow(sandbox.path("trace"))).toMatchObject({ op: "life", event: "ended" });
    expect(readFileSync(sandbox.path("state"), "utf8")).toContain("20");
  });

  test("the loss of its board ends an agent in time, with status 1", async () => {
    unread = [stoppedTerminal()];
    const bmc = bmcWith(`>${unread[0]!.path} 2>&1`, {});
    await expectChannel(bmc, await sandbox.agent("host"));
    rmSync(sandbox.path("board"));
    expect(await within(STOP_LIMIT + 1000, bmc.exited)).toEqual({ code: 1, signal: null });
  });
});

describe("a trace", () => {
  test("that cannot grow any more ends, told and counted; the channel goes on, and what there is can be read", async () => {
    const [board, path] = [sandbox.path("board"), sandbox.path("trace")];
    await sandbox.run("board", "create", board);
    const bmc = bmcWith("", { before: "ulimit -f 4;" }, "--trace", path);
    const host = await sandbox.agent("host");
    await expectChannel(bmc, host);
    await bmc.line(/^the trace \S+ has ended: it has grown too large/);
    await expectChannel(bmc, host);
    const { counters, notes } = await bmc.status();
    expect([counters.outputs.tracesEnded, notes]).toEqual([1, [expect.stringMatching(/^the trace \S+ has ended: /)]]);
    await expectLeft(bmc.end("SIGTERM"), 0);
    expect(decodeTrace(readFileSync(path, "utf8"))).toMatchObject({ ok: true });
  });

  test("is whole when its agent has ended: its last row is the end of the side", async () => {
    const path = sandbox.path("trace");
    const bmc = bmcWith("", {}, "--trace", path);
    await expectChannel(bmc, await sandbox.agent("host"));
    await expectLeft(bmc.end("SIGTERM"), 0);
    expect(lastRow(path)).toMatchObject({ op: "life", event: "ended" });
  });
});

describe("a log on a disk that is full for a while", () => {
  let small: SmallFileSystem;
  afterEach(async () => {
    await sandbox.dispose();
    small.dispose();
  });

  needsMount("says how many lines were lost, as soon as there is room", async () => {
    small = new SmallFileSystem(64);
    small.fill();
    const log = small.path("log");
    const bmc = bmcWith(`>${log}`, {});
    const host = await sandbox.agent("host");
    await expectChannel(bmc, host);
    await bmc.until(({ counters }) => counters.outputs.logLinesLost > 1);
    rmSync(small.path("filler"));
    await host.end("SIGTERM");
    await bmc.until(() => readFileSync(log, "utf8").includes("closed the channel"));
    const [told] = readFileSync(log, "utf8").split("\n");
    expect(told).toMatch(/^\S+ log {2}\d+ lines of the log were lost: no space left/);
    await expectLeft(bmc.end("SIGTERM"), 0);
  });
});

test("a log whose reader goes ends the agent in order, as it ends a command before | head", async () => {
  const bmc = bmcWith("| head -n 1", {});
  await within(10_000, bmc.exited);
  expect(bmc.lines).toHaveLength(1);
  await expectLeft(bmc.exited, 0);
});
