/** Two processes over a virtual board: round trips and throughput in each polling mode. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createHostAgent } from "../../../host/agent.ts";
import { DEFAULT_JUDGE_MODE, type JudgeMode } from "../../agent/bus/bus-watch.ts";
import { parsePlatform } from "../../platform/kinds.ts";
import { ECHO_OVERHEAD, Operation, encodeVendorRequest } from "../../agent/files/vendor-messages.ts";
import { monotonicClock } from "../../node/clock.ts";
import { POLL_MODES, type PollMode } from "../../node/runner.ts";
import { makeBoard } from "../../platform/shared-file/board-file.ts";
import { millis } from "../../core/wire/units.ts";
import { PROGRAM } from "../package.ts";
import { HOST_EID } from "./pair.ts";
import { median, percentile } from "./statistics.ts";

export interface ProcessFigures {
  readonly mode: PollMode;
  /** Which accesses both agents judge; all are recorded. */
  readonly judge: JudgeMode;
  readonly version: number;
  readonly messageBytes: number;
  readonly medianMicroseconds: number;
  readonly p99Microseconds: number;
  readonly bytesPerSecond: number;
}

const HOST_UUID = new Uint8Array(16).fill(0x10);
const WINDOW_BYTES = 1024 * 1024;
const ROUND_TRIP_BYTES = 64;
const BULK_BYTES = 64 * 1024;
const BULK_UNDER_WAY = 4;
const LINK_LIMIT_MILLISECONDS = 10_000;

export interface ProcessEffort {
  readonly samples: number;
  readonly roundTrips: number;
  readonly bulkMessages: number;
  readonly idleSeconds: number;
}

/** A folder in memory that is gone when `work` ends. */
export async function withFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const parent = process.platform === "linux" ? "/dev/shm" : tmpdir();
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

/** The BMC's agent in a process of its own, the host's in this one, both in the same modes. */
export async function measureProcesses(
  mode: PollMode,
  version: number,
  effort: ProcessEffort,
  judge: JudgeMode = DEFAULT_JUDGE_MODE,
): Promise<ProcessFigures> {
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
      const echo = (bytes: number, count: number, underWay: number): Promise<EchoRun> =>
        runEchoes(agent.node, bytes, count, underWay);
      await echo(ROUND_TRIP_BYTES, effort.roundTrips / 4, 1);
      const trips: number[] = [];
      const rates: number[] = [];
      for (let sample = 0; sample < effort.samples; sample++) {
        trips.push(...(await echo(ROUND_TRIP_BYTES, effort.roundTrips, 1)).microseconds);
        const bulk = await echo(BULK_BYTES, effort.bulkMessages, BULK_UNDER_WAY);
        // Every byte goes there and back.
        rates.push((2 * BULK_BYTES * effort.bulkMessages) / bulk.seconds);
      }
      return {
        mode,
        judge,
        version,
        messageBytes: ROUND_TRIP_BYTES,
        medianMicroseconds: median(trips),
        p99Microseconds: percentile(trips, 0.99),
        bytesPerSecond: median(rates),
      };
    } finally {
      await agent.stop();
      await stopAgent(bmc);
    }
  });
}

interface EchoRun {
  readonly microseconds: readonly number[];
  readonly seconds: number;
}

/** Echo requests of so many message bytes, some under way at once; the next goes out from the answer's callback. */
function runEchoes(
  { endpoint, peerEid }: ReturnType<typeof createHostAgent>["node"],
  bytes: number,
  count: number,
  underWay: number,
): Promise<EchoRun> {
  const message = encodeVendorRequest({ operation: Operation.ECHO, data: new Uint8Array(bytes - ECHO_OVERHEAD) });
  const timing = { attemptTimeout: millis(2000), retries: 0 };
  const microseconds: number[] = [];
  return new Promise((resolve, reject) => {
    const started = process.hrtime.bigint();
    let asked = 0;
    const ask = (): void => {
      if (asked >= count) return;
      asked++;
      const sent = process.hrtime.bigint();
      endpoint.request(
        peerEid,
        message,
        monotonicClock.now(),
        (outcome) => {
          const now = process.hrtime.bigint();
          if (!outcome.ok) {
            reject(new Error(`an echo was lost: ${outcome.reject}`));
            return;
          }
          microseconds.push(Number(now - sent) / 1000);
          if (microseconds.length >= count) resolve({ microseconds, seconds: Number(now - started) / 1e9 });
          else ask();
        },
        timing,
      );
    };
    for (let first = 0; first < underWay; first++) ask();
  });
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

export const PROCESS_MODES: readonly PollMode[] = POLL_MODES;
