/** A stop while everything that an agent writes hangs: the board is left first, and the rest has a limit. */
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { createBmcAgent, type BmcAgent } from "../../../bmc/agent.ts";
import { StateFile } from "../../../src/node/state-file.ts";
import { LAST_LINE_LIMIT, LAST_RESORT, STOP_LIMIT, TRACE_FLUSH_LIMIT } from "../../../src/agent/outputs/stop-limits.ts";
import { serve } from "../../../src/agent/serve.ts";
import { eid, millis } from "../../../src/core/wire/units.ts";
import { LAST_SAVE_LIMIT } from "../../../src/node/last-save.ts";
import { Failure } from "../../../src/platform/failure.ts";
import { openHostPlatform, parsePlatform } from "../../../src/platform/kinds.ts";
import { system } from "../../../src/platform/system.ts";
import { Sandbox, pause } from "../../support/processes.ts";

let sandbox: Sandbox;
let told: string[];
beforeEach(() => {
  sandbox = new Sandbox();
  told = [];
});
afterEach(async () => {
  jest.restoreAllMocks();
  await sandbox.dispose();
});

const board = (): ReturnType<typeof parsePlatform> => parsePlatform(`shm:${sandbox.path("board")},window=8K`, "bmc");

async function bmcAgent(): Promise<BmcAgent> {
  const store = await StateFile.open(sandbox.path("state"));
  const options = {
    platform: board(),
    poll: "adaptive",
    eid: eid(8),
    mtu: undefined,
    versions: { min: 1, cur: 3 },
    uuid: new Uint8Array(16),
    stallDelay: millis(1000),
    untilEof: false,
    trace: { path: sandbox.path("trace"), limit: undefined },
    agent: { controlPath: sandbox.path("run/control"), inbox: undefined, largestFileBytes: 0 },
    assign: undefined,
    announceLimit: millis(0),
    busOwner: { store },
  } as const;
  return createBmcAgent(options, (line) => told.push(line));
}

describe("trace and state on a disk that hangs", () => {
  test("the board is left first; the stop gives the disk its time and says what is lost", async () => {
    const agent = await bmcAgent();
    await agent.start();
    const { writeLater, openLater } = system;
    let resume = (): void => undefined;
    const resumed = new Promise<void>((resolve) => {
      resume = resolve;
    });
    jest.spyOn(system, "writeLater").mockImplementation(async (fd, bytes) => {
      await resumed;
      return writeLater(fd, bytes);
    });
    jest.spyOn(system, "openLater").mockImplementation(async (path, how) => {
      await resumed;
      return openLater(path, how);
    });
    const began = performance.now();
    const stopped = agent.stop();
    const host = openHostPlatform(board(), { doorbell: false, log: () => undefined });
    while (host.peerAttached?.() === true && performance.now() - began < STOP_LIMIT) await pause(5);
    host.close();
    // Before what hangs has had its time.
    expect(performance.now() - began).toBeLessThan(LAST_SAVE_LIMIT);
    await stopped;
    expect(performance.now() - began).toBeLessThan(LAST_RESORT);
    expect(told).toContain("the state was not written within 1000 ms; the last assignments may not be remembered");
    expect(told).toContainEqual(
      expect.stringMatching(`^the trace \\S+ was not written within ${String(TRACE_FLUSH_LIMIT)} ms: its last `),
    );
    resume();
    await pause(100);
  });
});

describe("a stop that hangs", () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const REASONS: readonly (readonly [string, (lose: (why: Failure) => void) => void])[] = [
    ["SIGTERM", () => process.emit("SIGTERM")],
    [
      "the loss of the board",
      (lose) => {
        lose(new Failure("board", "made to fail"));
      },
    ],
  ];
  test.each(REASONS)("is ended within 2 s of %s, with status 1", async (_what, give) => {
    const exitCode = process.exitCode;
    let lose: (why: Failure) => void = () => undefined;
    const ended: number[] = [];
    const agent = {
      failed: new Promise<Failure>((resolve) => {
        lose = resolve;
      }),
      start: () => Promise.resolve(),
      stop: () => new Promise<void>(() => undefined),
      log: () => undefined,
    };
    void serve(
      () => agent,
      [],
      false,
      (status) => ended.push(status),
    );
    await jest.advanceTimersByTimeAsync(10);
    give(lose);
    await jest.advanceTimersByTimeAsync(LAST_RESORT - 1);
    expect(ended).toEqual([]);
    await jest.advanceTimersByTimeAsync(LAST_LINE_LIMIT + 1);
    expect(ended).toEqual([1]);
    expect(LAST_RESORT + LAST_LINE_LIMIT).toBeLessThan(STOP_LIMIT);
    process.exitCode = exitCode;
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.removeAllListeners(name);
  });
});
