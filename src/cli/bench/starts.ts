/**
 * How long the program takes to start, and what an agent costs that has nothing to do, each beside Node alone: `node -e 0`,
 * and a `node` that waits. Ratios of processes in turn say more than the milliseconds of a shared machine.
 */
import koffi from "koffi";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { PROGRAM } from "../package.ts";
import { cpuMillisecondsOf, lineOf, startAgent, stopAgent, withBoard } from "./processes.ts";
import { median } from "./statistics.ts";

/** `node`: nothing but Node. `agent`: from its start to an open channel, the other side waiting. */
export const STARTS = ["node", "version", "status", "agent"] as const;
export type Start = (typeof STARTS)[number];

/** Of one start, of all threads. */
export interface Cost {
  readonly milliseconds: number;
  readonly cpuMilliseconds: number;
}

/** Medians. */
export interface StartFigures {
  readonly own: Cost;
  readonly node: Cost;
  /** Medians of the ratios to Node's start in the same round. */
  readonly timesNode: number;
  readonly timesNodeCpu: number;
}

/** Each start in turn, `rounds` times. */
export async function measureStarts(rounds: number): Promise<Readonly<Record<Start, StartFigures>>> {
  return await besideWaitingAgent(PROGRAM, async (board, folder) => {
    const costs = { node: [] as Cost[], version: [] as Cost[], status: [] as Cost[], agent: [] as Cost[] };
    for (let round = 0; round < rounds; round++) {
      for (const start of STARTS) costs[start].push(await startOnce(PROGRAM, start, board, folder));
    }
    const ratios = (own: readonly Cost[], figure: keyof Cost): number =>
      median(own.map((cost, round) => cost[figure] / (costs.node[round]?.[figure] ?? Number.NaN)));
    const figures = (own: readonly Cost[]): StartFigures => ({
      own: medianCost(own),
      node: medianCost(costs.node),
      timesNode: ratios(own, "milliseconds"),
      timesNodeCpu: ratios(own, "cpuMilliseconds"),
    });
    const { node, version, status, agent } = costs;
    return { node: figures(node), version: figures(version), status: figures(status), agent: figures(agent) };
  });
}

function medianCost(costs: readonly Cost[]): Cost {
  return {
    milliseconds: median(costs.map((cost) => cost.milliseconds)),
    cpuMilliseconds: median(costs.map((cost) => cost.cpuMilliseconds)),
  };
}

export interface IdleFigures {
  readonly cpuPercent: number;
  readonly residentBytes: number;
  /** Of a Node that waits. */
  readonly nodeBytes: number;
}

/** One start of a program: the entry of this build, or of another. */
export async function measureStart(program: string, start: Start): Promise<Cost> {
  return await besideWaitingAgent(program, (board, folder) => startOnce(program, start, board, folder));
}

/** A host's agent with a doorbell whose channel is open and silent. */
export async function measureIdle(seconds: number): Promise<IdleFigures> {
  return await besideWaitingAgent(PROGRAM, async (board, folder) => {
    const host = startAgent("host", board, folder, ["--poll", "doorbell"]);
    const node = spawn(process.execPath, ["-e", "setInterval(() => {}, 1e9)"], { stdio: "ignore" });
    try {
      await lineOf(host, /channel up/);
      await pause(2000);
      const before = cpuMillisecondsOf(host.pid);
      await pause(seconds * 1000);
      const cpuPercent = (cpuMillisecondsOf(host.pid) - before) / seconds / 10;
      return { cpuPercent, residentBytes: residentBytesOf(host.pid), nodeBytes: residentBytesOf(node.pid) };
    } finally {
      await Promise.all([stopAgent(host), stopAgent(node)]);
    }
  });
}

/** With a BMC's agent on a board, its control socket at bmc.sock of the folder. */
async function besideWaitingAgent<Result>(
  program: string,
  work: (board: string, folder: string) => Promise<Result>,
): Promise<Result> {
  return await withBoard(async (_board, folder) => {
    // Made by the program itself: another build may have another layout.
    const board = join(folder, "own");
    const bmc = startAgent("bmc", board, folder, [], program);
    try {
      await lineOf(bmc);
      return await work(board, folder);
    } finally {
      await stopAgent(bmc);
    }
  });
}

async function startOnce(program: string, start: Start, board: string, folder: string): Promise<Cost> {
  switch (start) {
    case "node":
      return await runToEnd(["-e", "0"]);
    case "version":
      return await runToEnd([program, "--version"]);
    case "status":
      return await runToEnd([program, "status", "--control", join(folder, "bmc.sock")]);
    case "agent": {
      const began = performance.now();
      const agent = startAgent("host", board, folder, [], program);
      try {
        await lineOf(agent, /channel up/);
        return { milliseconds: performance.now() - began, cpuMilliseconds: cpuMillisecondsOf(agent.pid) };
      } finally {
        await stopAgent(agent);
      }
    }
  }
}

async function runToEnd(words: readonly string[]): Promise<Cost> {
  const began = performance.now();
  const cpuBefore = endedChildrenMilliseconds();
  const [status] = (await once(spawn(process.execPath, words, { stdio: "ignore" }), "exit")) as [number | null];
  if (status !== 0) throw new Error(`node ${words.join(" ")} ended with status ${String(status)}`);
  return { milliseconds: performance.now() - began, cpuMilliseconds: endedChildrenMilliseconds() - cpuBefore };
}

const getrusage = koffi.load(null).func("int getrusage(int who, _Out_ int64_t *usage)");

/** Processor time of the children that have ended. Node has it only of its own process. */
export function endedChildrenMilliseconds(): number {
  const RUSAGE_CHILDREN = -1;
  const usage = new BigInt64Array(32);
  getrusage(RUSAGE_CHILDREN, usage);
  // Seconds and microseconds in user code, then in the kernel.
  const [user = 0n, userMicroseconds = 0n, system = 0n, systemMicroseconds = 0n] = usage;
  return 1000 * Number(user + system) + Number(userMicroseconds + systemMicroseconds) / 1000;
}

function residentBytesOf(pid: number | undefined): number {
  const [, kibibytes] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${String(pid)}/status`, "latin1")) ?? [];
  return Number(kibibytes) * 1024;
}
