/** A trace whose disk hangs, is full or fails: the accesses go on, and what is in the file can be read. */
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { readFileSync, statSync } from "node:fs";
import { WAITING_RECORDING_BYTES } from "../../../src/agent/outputs/recording.ts";
import { DEFAULT_TRACE_BYTES, TraceFile } from "../../../src/agent/outputs/trace-file.ts";
import { traceHostPlatform } from "../../../src/agent/traced-platform.ts";
import { decodeTrace, type TraceEntry } from "../../../src/core/trace/format.ts";
import { traceHead } from "../../../src/core/trace/head.ts";
import { LoopbackBoard } from "../../../src/platform/loopback.ts";
import { system } from "../../../src/platform/system.ts";
import { Sandbox } from "../../support/processes.ts";

const HEAD = traceHead({ sides: ["host"], lives: true });
const row = (n: number): TraceEntry => ({ n, side: "host", op: "kcs_read", reg: "STR", value: "00" });

let sandbox: Sandbox;
let path: string;
let told: string[];
const tell = (line: string): unknown => told.push(line);
beforeEach(() => {
  sandbox = new Sandbox();
  path = sandbox.path("trace.jsonl");
  told = [];
});
afterEach(async () => {
  jest.restoreAllMocks();
  await sandbox.dispose();
});

/** The numbers of the rows in the file, every one of which can be read. */
function numbers(): readonly number[] {
  const trace = decodeTrace(readFileSync(path, "utf8"));
  if (!trace.ok) throw new Error(`line ${String(trace.reject.line)}: ${trace.reject.reason}`);
  return trace.value.rows.map(({ n }) => n);
}

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n);

/** The disk answers no write until `resume` is called. */
function hangingDisk(): { resume(): void } {
  const { writeLater } = system;
  let resume = (): void => undefined;
  const resumed = new Promise<void>((resolve) => {
    resume = resolve;
  });
  jest.spyOn(system, "writeLater").mockImplementation(async (fd, bytes) => {
    await resumed;
    return writeLater(fd, bytes);
  });
  return { resume };
}

/** The disk has room for so many bytes, and fails behind them. */
function diskOf(room: number, code: string): void {
  const { writeLater } = system;
  let left = room;
  jest.spyOn(system, "writeLater").mockImplementation(async (fd, bytes) => {
    if (left === 0) throw Object.assign(new Error("made to fail"), { code });
    const count = Math.min(left, bytes.length);
    left -= count;
    return writeLater(fd, bytes.subarray(0, count));
  });
}

test("a trace that is closed is whole on the disk, however many rows came at once", async () => {
  const trace = new TraceFile({ path, limit: undefined }, tell);
  trace.write(HEAD);
  for (let n = 0; n < 20_000; n++) expect(trace.write(row(n))).toBe(true);
  trace.close();
  await trace.written();
  expect([numbers(), told, trace.note]).toEqual([upTo(20_000), [], undefined]);
});

describe("a disk that hangs", () => {
  test("holds up no access; the trace ends when 8 MiB wait, says so once, and what waited is written", async () => {
    const disk = hangingDisk();
    const trace = new TraceFile({ path, limit: undefined }, tell);
    trace.write(HEAD);
    let rows = 0;
    while (trace.write(row(rows))) rows++;
    expect(rows * 64).toBeGreaterThan(WAITING_RECORDING_BYTES / 2);
    expect([trace.write(row(rows)), trace.counts]).toEqual([false, { tracesEnded: 1, traceRowsLost: 0 }]);
    expect(told).toEqual([`the trace ${path} has ended: its disk or reader did not take 8 MiB of rows in time`]);
    expect(trace.note).toBe(told[0]);
    disk.resume();
    await trace.written(5000);
    expect(numbers()).toEqual(upTo(rows));
  });

  test("holds the stop up no longer than the limit, and the log says what is lost", async () => {
    const disk = hangingDisk();
    const trace = new TraceFile({ path, limit: undefined }, tell);
    for (let n = 0; n < 5; n++) trace.write(row(n));
    trace.close();
    await trace.written(20);
    expect(told).toEqual([`the trace ${path} was not written within 20 ms: its last 5 rows are lost`]);
    expect(trace.counts).toEqual({ tracesEnded: 0, traceRowsLost: 5 });
    disk.resume();
    await trace.written(1000);
  });
});

describe("a disk that fails in the middle", () => {
  test.each([
    ["ENOSPC", "no space left"],
    ["EIO", "the device or file system reports an error (EIO)"],
  ])("%s ends the trace behind its last whole row, told and counted; the accesses go on", async (code, why) => {
    const { host } = new LoopbackBoard(8192);
    const target = { path, limit: undefined };
    const platform = traceHostPlatform(host, { trace: target }, { refused: 1000, stop: 500 }, tell);
    for (let count = 0; count < 10; count++) platform.port.readStatus();
    while (numbers().length < 10) await new Promise((resolve) => setTimeout(resolve, 5));
    const before = readFileSync(path).length;
    diskOf(30, code);
    for (let count = 0; count < 10; count++) platform.port.readStatus();
    while (told.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(readFileSync(path).length).toBe(before);
    expect(platform.port.readStatus()).toBe(0);
    platform.close();
    await platform.trace?.written();
    expect(numbers()).toEqual(upTo(10));
    expect(told).toEqual([expect.stringContaining(`the trace ${path} has ended: ${why}`)]);
    expect(told[0]).toMatch(/; its last 10 rows are lost$/);
    expect(platform.trace?.counts).toEqual({ tracesEnded: 1, traceRowsLost: 10 });
  });
});

test("a limit ends the trace, which is no loss, and the log says so", async () => {
  const trace = new TraceFile({ path, limit: 2 }, tell);
  trace.write(HEAD);
  expect([trace.write(row(0)), trace.write(row(1)), trace.write(row(2))]).toEqual([true, false, false]);
  await trace.written();
  expect(numbers()).toEqual([0, 1]);
  expect(told).toEqual([`the trace ${path} has ended: it has as many accesses as --trace-limit says`]);
  expect(trace.counts).toEqual({ tracesEnded: 0, traceRowsLost: 0 });
});

test("a trace without a limit of its own ends by its size, 1 GiB by default", async () => {
  expect(DEFAULT_TRACE_BYTES).toBe(1024 ** 3);
  const trace = new TraceFile({ path, limit: undefined }, tell, 1000);
  let rows = 1;
  while (trace.write(row(rows - 1))) rows++;
  await trace.written();
  expect(numbers()).toEqual(upTo(rows));
  const { size } = statSync(path);
  expect([size >= 1000, size < 1100]).toEqual([true, true]);
  expect(told).toEqual([
    `the trace ${path} has ended: it has reached its largest size; --trace-limit sets another limit`,
  ]);
});
