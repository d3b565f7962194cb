/** A peer, as a process of its own, that keeps an agent busy as fast as it can: what the agent lets it have. */
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PROJECT, Sandbox, finish, pause, type AgentProcess } from "../support/processes.ts";

const SECONDS = 2.5;
const FLOODER = join(PROJECT, "test", "support", "flooder.mjs");
/** For an answer of the control socket on two cores, of which the flood keeps one. */
const ANSWER_LIMIT_MILLISECONDS = 500;
/** 25 % of a processor, what the start of the flood may take at once, and what answering costs. */
const CPU_SHARE_LIMIT = 0.65;
/** A hundred thousand starts a second leave garbage that V8 collects late: some 65 MiB at most, and then no more. */
const GROWTH_LIMIT_KIB = 112 * 1024;
const LINES_LIMIT = 150;
const CLOCK_TICKS_PER_SECOND = 100;

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.dispose());

function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${String(pid)}/stat`, "latin1")
    .split(") ")[1]!
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_PER_SECOND;
}

function residentKib(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${String(pid)}/status`, "latin1"))?.[1]);
}

interface Endured {
  readonly written: number;
  readonly slowestAnswer: number;
  readonly cpuShare: number;
  readonly growthKib: number;
  readonly lines: number;
}

async function endure(agent: AgentProcess, kind: string): Promise<Endured> {
  const lines = agent.lines.length;
  const flooder = sandbox.start(process.execPath, [FLOODER, sandbox.path("board"), kind, String(SECONDS)]);
  const ended = finish(flooder, 20_000);
  await new Promise((resolve) => flooder.stdout?.once("data", resolve));
  const began = performance.now();
  const cpu = cpuSeconds(agent.pid);
  const resident = residentKib(agent.pid);
  let slowestAnswer = 0;
  let growthKib = 0;
  while (performance.now() < began + SECONDS * 1000 - 100) {
    const asked = performance.now();
    await agent.status();
    slowestAnswer = Math.max(slowestAnswer, performance.now() - asked);
    growthKib = Math.max(growthKib, residentKib(agent.pid) - resident);
    await pause(100);
  }
  const cpuShare = (cpuSeconds(agent.pid) - cpu) / ((performance.now() - began) / 1000);
  const { code, stdout, stderr } = await ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const written = Number(stdout.trim().split("\n").at(-1));
  return { written, slowestAnswer, cpuShare, growthKib, lines: agent.lines.length - lines };
}

function judge(agent: AgentProcess, endured: Endured): void {
  const figures = JSON.stringify(endured);
  expect({ figures, holds: endured.slowestAnswer < ANSWER_LIMIT_MILLISECONDS }).toEqual({ figures, holds: true });
  expect({ figures, holds: endured.cpuShare < CPU_SHARE_LIMIT }).toEqual({ figures, holds: true });
  expect({ figures, holds: endured.growthKib < GROWTH_LIMIT_KIB }).toEqual({ figures, holds: true });
  expect({ figures, holds: endured.lines <= LINES_LIMIT }).toEqual({ figures, holds: true });
  expect(endured.written).toBeGreaterThan(100);
  expect(agent.stderr).toBe("");
}

describe("LPC-SEC-3, LPC-SEC-4 a flood from the host", () => {
  test.each(["initialise", "txBegin", "garbage", "fences", "starts", "lengths", "events", "bell"])(
    "LPC-SEC-3, LPC-SEC-4: %s: the BMC's agent answers its tools, stays small and quiet, and serves the next host at once",
    async (kind) => {
      const bmc = await sandbox.agent("bmc");
      const endured = await endure(bmc, kind);
      judge(bmc, endured);
      const before = performance.now();
      const from = bmc.lines.length;
      const host = await sandbox.agent("host");
      await host.line(/^channel up/);
      expect(await host.call("ping", { count: 5, interval: 0 })).toMatchObject({ answered: 5 });
      await bmc.line(/^discovered/, from);
      expect(await bmc.call("ping", { count: 5, interval: 0 })).toMatchObject({ answered: 5 });
      expect(performance.now() - before).toBeLessThan(10_000);
      const { counters } = await bmc.status();
      // What was left out of the log was counted: two lines a session at least.
      const { sessionsOpened } = counters.binding;
      if (sessionsOpened! > LINES_LIMIT) expect(counters.drive.linesLeftOut).toBeGreaterThan(0);
    },
  );
});

describe("LPC-SEC-3, LPC-SEC-4 a flood from the BMC", () => {
  test.each(["status", "bytes"])(
    "LPC-SEC-3, LPC-SEC-4: %s: the host's agent answers its tools, stays small and quiet, and takes the next BMC",
    async (kind) => {
      const host = await sandbox.agent("host");
      judge(host, await endure(host, kind));
      await sandbox.agent("bmc");
      await host.line(/^channel up/, host.lines.length);
      expect(await host.call("ping", { count: 5, interval: 0 })).toMatchObject({ answered: 5 });
    },
  );
});
