import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { type TraceTarget } from "../../src/agent/outputs/trace-file.ts";
import { traceBmcPlatform, traceHostPlatform, type TracedPlatform } from "../../src/agent/traced-platform.ts";
import { decodeTrace, traceRejectText, type Trace } from "../../src/core/trace/format.ts";
import { traceHead } from "../../src/core/trace/head.ts";
import { LoopbackBoard } from "../../src/platform/loopback.ts";
import { makeBoard } from "../../src/platform/shared-file/board-file.ts";
import type { HostPort } from "../../src/platform/port.ts";
import { Sandbox } from "../support/processes.ts";

const WINDOW_BYTES = 8192;
const TIMES = { refused: 1000, stop: 500 };

let sandbox: Sandbox;
let target: TraceTarget;
beforeEach(() => {
  sandbox = new Sandbox();
  target = { path: sandbox.path("trace.jsonl"), limit: undefined };
});
afterEach(() => sandbox.dispose());

/** Closes it and waits until its trace is on the disk. */
async function end(platform: TracedPlatform<HostPort>): Promise<void> {
  platform.close();
  await platform.trace?.written();
}

function written(): Trace {
  const trace = decodeTrace(readFileSync(target.path, "utf8"));
  if (!trace.ok) throw new Error(traceRejectText(trace.reject));
  return trace.value;
}

describe("the trace file of an agent", () => {
  test("begins with a head that has the board's depth and window and the side's times", async () => {
    for (const depth of [0, 1] as const) {
      const { host, bmc } = new LoopbackBoard(WINDOW_BYTES, { depth });
      const content = { depth, windowBytes: WINDOW_BYTES, lives: true };
      await end(traceHostPlatform(host, { trace: target }, TIMES));
      expect(written()).toEqual({ head: traceHead({ sides: ["host"], ...content, times: TIMES }), rows: [] });
      await end(traceBmcPlatform(bmc, { trace: target }, { announce: 400 }));
      expect(written().head).toEqual(traceHead({ sides: ["bmc"], ...content, times: { announce: 400 } }));
    }
  });

  test("tells of the life of the side between the accesses", async () => {
    const platform = traceHostPlatform(new LoopbackBoard(WINDOW_BYTES).host, { trace: target }, TIMES);
    platform.tellLife?.("started");
    platform.port.readStatus();
    platform.tellLife?.("stopAsked");
    platform.tellLife?.("ended");
    await end(platform);
    expect(written().rows.map((row) => (row.op === "life" ? row.event : row.op))).toEqual([
      "started",
      "kcs_read",
      "stopAsked",
      "ended",
    ]);
  });

  test("a limit counts accesses alone, and nothing is written behind it", async () => {
    const { host } = new LoopbackBoard(WINDOW_BYTES);
    const platform = traceHostPlatform(host, { trace: { ...target, limit: 2 } }, TIMES);
    platform.tellLife?.("started");
    for (let count = 0; count < 4; count++) platform.port.readStatus();
    platform.tellLife?.("ended");
    await end(platform);
    expect(written().rows.map(({ op }) => op)).toEqual(["life", "kcs_read", "kcs_read"]);
  });

  const open = (): Promise<void> =>
    end(traceHostPlatform(new LoopbackBoard(WINDOW_BYTES).host, { trace: target }, TIMES));
  const refusal = expect.objectContaining({ name: "Failure", code: "trace" }) as unknown as Error;

  test("is its owner's alone, and takes the place of an older trace", async () => {
    await open();
    const first = written();
    expect(statSync(target.path).mode & 0o777).toBe(0o600);
    await open();
    expect(written().head).toEqual(first.head);
  });

  test.each<readonly [string, (path: string) => unknown]>([
    ["a FIFO", (path) => spawnSync("mkfifo", [path])],
    ["a folder", (path) => mkdirSync(path, { recursive: true })],
    [
      "a symbolic link to a file of the user",
      (path) => {
        writeFileSync(sandbox.path("mine"), '{"mine":1}');
        symlinkSync(sandbox.path("mine"), path);
      },
    ],
    [
      "a hard link to a file of the user",
      (path) => {
        writeFileSync(sandbox.path("mine"), '{"mine":1}');
        linkSync(sandbox.path("mine"), path);
      },
    ],
    [
      "a file that others may write",
      (path) => {
        writeFileSync(path, "");
        chmodSync(path, 0o666);
      },
    ],
    ["a board", (path) => makeBoard(path, WINDOW_BYTES)],
  ])("does not go into %s, which stays as it is", (_what, plant) => {
    plant(target.path);
    const before = lstatSync(target.path);
    expect(open).toThrow(refusal);
    const after = lstatSync(target.path);
    expect([after.ino, after.size, after.mode]).toEqual([before.ino, before.size, before.mode]);
    if (existsSync(sandbox.path("mine"))) expect(readFileSync(sandbox.path("mine"), "utf8")).toBe('{"mine":1}');
  });

  test("without a file the platform is as it was", () => {
    const { host } = new LoopbackBoard(WINDOW_BYTES);
    expect(traceHostPlatform(host, {}, TIMES)).toBe(host);
  });
});
