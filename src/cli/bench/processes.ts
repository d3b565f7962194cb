/** Agents as processes on virtual boards in memory, and the echo between one of them and an agent in this process. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { createHostAgent } from "../../../host/agent.ts";
import type { JudgeMode } from "../../agent/bus/bus-watch.ts";
import { ECHO_OVERHEAD, Operation, encodeVendorRequest } from "../../agent/files/vendor-messages.ts";
import { millis } from "../../core/wire/units.ts";
import { monotonicClock } from "../../node/clock.ts";
import type { PollMode } from "../../node/runner.ts";
import { parsePlatform } from "../../platform/kinds.ts";
import { makeBoard } from "../../platform/shared-file/board-file.ts";
import { PROGRAM } from "../package.ts";
import { HOST_EID, WINDOW_BYTES } from "./pair.ts";
import { median } from "./statistics.ts";

const HOST_UUID = new Uint8Array(16).fill(0x10);
const ROUND_TRIP_BYTES = 64;
const LINK_LIMIT_MILLISECONDS = 10_000;

const IN_MEMORY = process.platform === "linux" ? "/dev/shm" : tmpdir();

/** A folder that is gone when `work` ends, in memory unless another place is given. */
export async function withFolder<Result>(
  work: (folder: string) => Promise<Result>,
  parent: string = IN_MEMORY,
): Promise<Result> {
  const folder = mkdtempSync(join(parent, "mctp-lpc-bench-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A folder with a board that is gone when `work` ends. */
export async function withBoard<Result>(work: (board: string, folder: string) => Promise<Result>): Promise<Result> {
  return await withFolder(async (folder) => {
    const board = join(folder, "board");
    makeBoard(board, WINDOW_BYTES);
    return await work(board, folder);
  });
}

/** `program`: the entry of this build or of another. */
export function startAgent(
  side: "host" | "bmc",
  board: string,
  folder: string,
  more: readonly string[],
  program: string = PROGRAM,
): ChildProcess {
  const place = ["--platform", `shm:${board}`, "--control", join(folder, `${side}.sock`)];
  const words = [program, side, "run", ...place, "--until-eof", ...more];
  return spawn(process.execPath, words, { stdio: ["pipe", "pipe", "inherit"] });
}

export async function stopAgent(agent: ChildProcess): Promise<void> {
  if (agent.exitCode !== null || agent.signalCode !== null) return;
  const ended = new Promise((resolve) => agent.once("close", resolve));
  agent.kill("SIGTERM");
  await ended;
}

/** Resolves when an agent says what is waited for. Its first line says that it is on the bus. */
export async function lineOf(agent: ChildProcess, pattern: RegExp = /^/): Promise<void> {
  if (agent.stdout === null) throw new Error("the agent has no output");
  for await (const line of createInterface({ input: agent.stdout })) if (pattern.test(line)) return;
  throw new Error(`the agent ended before it said ${String(pattern)}`);
}

/** Processor time of a process that runs, of all its threads. */
export function cpuMillisecondsOf(processId: number | undefined): number {
  const tasks = `/proc/${String(processId)}/task`;
  const nanoseconds = readdirSync(tasks).map((thread) =>
    Number(readFileSync(join(tasks, thread, "schedstat"), "latin1").split(" ")[0]),
  );
  return nanoseconds.reduce((sum, one) => sum + one, 0) / 1e6;
}

/* ---- The echo ---- */

export interface EchoEffort {
  readonly samples: number;
  /** Of each sample. */
  readonly roundTrips: number;
}

/** The BMC's agent in a process of its own, the host's in this one, both in the same modes; 64 B messages. */
export async function measureProcesses(
  mode: PollMode,
  version: number,
  { samples, roundTrips }: EchoEffort,
  judge: JudgeMode,
): Promise<{ readonly medianMicroseconds: number }> {
  return await withBoard(async (board, folder) => {
    const bmc = startAgent("bmc", board, folder, ["--poll", mode, "--judge", judge]);
    const agent = createHostAgent(
      {
        platform: parsePlatform(`shm:${board}`),
        poll: mode,
        eid: HOST_EID,
        mtu: undefined,
        versions: { min: version, cur: version },
        uuid: HOST_UUID,
        window: WINDOW_BYTES,
        stallDelay: millis(1000),
        untilEof: false,
        trace: undefined,
        judge,
        agent: { controlPath: join(folder, "host.sock"), inbox: undefined, largestFileBytes: 0 },
      },
      () => undefined,
    );
    try {
      await Promise.all([lineOf(bmc), agent.start()]);
      if (!(await agent.messenger.waitForLink(LINK_LIMIT_MILLISECONDS))) throw new Error("the channel did not come up");
      await pause(200);
      await runEchoes(agent.node, roundTrips / 4);
      const trips: number[] = [];
      for (let sample = 0; sample < samples; sample++) trips.push(...(await runEchoes(agent.node, roundTrips)));
      return { medianMicroseconds: median(trips) };
    } finally {
      await agent.stop();
      await stopAgent(bmc);
    }
  });
}

/** The microseconds of so many echo requests; the next goes out from the answer's callback. */
function runEchoes(
  { endpoint, peerEid }: ReturnType<typeof createHostAgent>["node"],
  count: number,
): Promise<readonly number[]> {
  const data = new Uint8Array(ROUND_TRIP_BYTES - ECHO_OVERHEAD);
  const message = encodeVendorRequest({ operation: Operation.ECHO, data });
  const timing = { attemptTimeout: millis(2000), retries: 0 };
  const microseconds: number[] = [];
  return new Promise((resolve, reject) => {
    const ask = (): void => {
      const sent = process.hrtime.bigint();
      endpoint.request(
        peerEid,
        message,
        monotonicClock.now(),
        (outcome) => {
          if (!outcome.ok) {
            reject(new Error(`an echo was lost: ${outcome.reject}`));
            return;
          }
          microseconds.push(Number(process.hrtime.bigint() - sent) / 1000);
          if (microseconds.length >= count) resolve(microseconds);
          else ask();
        },
        timing,
      );
    };
    ask();
  });
}
