/** A live capture whose disk hangs, is full or fails, or that ends: the accesses go on, and what is there can be read. */
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { linkSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { CAPTURED_PACKET_BYTES, CaptureOutput } from "../../../src/agent/outputs/capture-output.ts";
import { traceBmcPlatform, traceHostPlatform } from "../../../src/agent/traced-platform.ts";
import { capturedLinks } from "../../../src/agent/links.ts";
import { CapturedTrace, type CapturedItem } from "../../../src/core/capture/captured-trace.ts";
import { CaptureReader } from "../../../src/core/capture/capture-reader.ts";
import type { Finding } from "../../../src/core/judge/finding.ts";
import type { TraceEntry } from "../../../src/core/trace/format.ts";
import { traceHead } from "../../../src/core/trace/head.ts";
import { toHex, writeU32be } from "../../../src/core/wire/bytes.ts";
import { millis } from "../../../src/core/wire/units.ts";
import { SERIAL_KIND, type LinkPlan, type LinkPort } from "../../../src/node/link.ts";
import { LoopbackBoard } from "../../../src/platform/loopback.ts";
import { system } from "../../../src/platform/system.ts";
import { Sandbox } from "../../support/processes.ts";

const HEAD = traceHead({ sides: ["host"], lives: true });
const SOURCE = { side: "host", name: "shm:board", head: HEAD, links: [] } as const;
const row = (n: number): TraceEntry => ({ n, side: "host", op: "kcs_read", reg: "STR", value: "00" });
const FINDING: Finding = {
  requirement: "LPC-KCS-2",
  side: "bmc",
  kind: "wire",
  access: 0,
  step: undefined,
  seen: "this",
  expected: "that",
  bytes: undefined,
  offset: undefined,
  cause: undefined,
};

let sandbox: Sandbox;
let path: string;
let told: string[];
const tell = (line: string): unknown => told.push(line);
beforeEach(() => {
  sandbox = new Sandbox();
  path = sandbox.path("bus.pcapng");
  told = [];
});
afterEach(async () => {
  jest.restoreAllMocks();
  await sandbox.dispose();
});

/** What the file holds, which is a whole capture. */
function items(): readonly CapturedItem[] {
  const capture = new CapturedTrace();
  const read = capture.push(readFileSync(path));
  if (!read.ok || !capture.end().ok) throw new Error("no whole capture");
  return read.value;
}

const numbers = (): readonly number[] => items().flatMap((item) => (item.kind === "row" ? [item.row.n] : []));
const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n);
const open = (limit?: number): CaptureOutput => new CaptureOutput({ path, limit }, SOURCE, tell);

describe("a capture that is closed", () => {
  test("is whole on the disk, its owner's alone, and takes the place of an older one, not of a trace", async () => {
    for (let run = 0; run < 2; run++) {
      const capture = open();
      for (let n = 0; n < 20_000; n++) expect(capture.row(row(n))).toBe(true);
      capture.close();
      await capture.written();
    }
    expect([numbers(), told, statSync(path).mode & 0o777]).toEqual([upTo(20_000), [], 0o600]);
    writeFileSync(path, '{"trace":"mctp-lpc"}\n');
    expect(() => open()).toThrow(/a file of another kind is there/);
    linkSync(path, sandbox.path("other"));
    expect(() => open()).toThrow(/cannot write the capture/);
  });

  test("of nothing leaves no file", () => {
    open().abandon();
    expect(() => statSync(path)).toThrow(/ENOENT/);
  });
});

describe("a disk that hangs", () => {
  test("a capture of it ends when 8 MiB wait, says so once, and what waited is written", async () => {
    const { writeLater } = system;
    let resume = (): void => undefined;
    const resumed = new Promise<void>((resolve) => {
      resume = resolve;
    });
    jest.spyOn(system, "writeLater").mockImplementation(async (fd, bytes) => {
      await resumed;
      return writeLater(fd, bytes);
    });
    const capture = open();
    let rows = 0;
    while (capture.row(row(rows))) rows++;
    expect(rows).toBeGreaterThan(50_000);
    expect([capture.row(row(rows)), capture.counts]).toEqual([false, { capturesEnded: 1, captureRecordsLost: 0 }]);
    expect(told).toEqual([`the capture ${path} has ended: its disk or reader did not take 8 MiB of records in time`]);
    expect(capture.note).toBe(told[0]);
    resume();
    await capture.written(5000);
    expect(numbers()).toEqual(upTo(rows));
  });
});

describe("a disk that fails in the middle", () => {
  test.each([
    ["ENOSPC", "no space left"],
    ["EIO", "the device or file system reports an error (EIO)"],
  ])("%s ends the capture behind its last whole record; the accesses and the trace go on", async (code, why) => {
    const { host } = new LoopbackBoard(8192);
    const trace = sandbox.path("trace");
    const targets = { capture: { path, limit: undefined }, trace: { path: trace, limit: undefined } };
    const platform = traceHostPlatform(host, targets, {}, tell);
    for (let count = 0; count < 10; count++) platform.port.readStatus();
    while (statSync(path).size < 500) await new Promise((resolve) => setTimeout(resolve, 5));
    const { writeLater } = system;
    let left = 30;
    const first = statSync(path);
    jest.spyOn(system, "writeLater").mockImplementation(async (fd, bytes) => {
      if (system.stat(fd).ino !== first.ino) return writeLater(fd, bytes);
      if (left === 0) throw Object.assign(new Error("made to fail"), { code });
      const count = Math.min(left, bytes.length);
      left -= count;
      return writeLater(fd, bytes.subarray(0, count));
    });
    for (let count = 0; count < 10; count++) platform.port.readStatus();
    while (told.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    platform.port.readStatus();
    platform.close();
    await platform.capture?.written();
    await platform.trace?.written();
    expect(numbers()).toEqual(upTo(10));
    expect(told).toEqual([expect.stringContaining(`the capture ${path} has ended: ${why}`)]);
    expect(told[0]).toMatch(/; its last 10 records are lost$/);
    expect(platform.capture?.counts).toEqual({ capturesEnded: 1, captureRecordsLost: 10 });
    expect(readFileSync(trace, "utf8").trim().split("\n")).toHaveLength(1 + 21);
  });
});

test("a capture ends at its largest size, 1 GiB or --pcap-limit, which is no loss", async () => {
  const capture = open(3000);
  let rows = 1;
  while (capture.row(row(rows - 1))) rows++;
  await capture.written();
  expect(numbers()).toEqual(upTo(rows));
  expect(statSync(path).size).toBeLessThan(3100);
  expect(told).toEqual([
    `the capture ${path} has ended: it has reached its largest size; --pcap-limit sets another limit`,
  ]);
  expect(capture.counts).toEqual({ capturesEnded: 0, captureRecordsLost: 0 });
});

test("a finding names the row of its access, also behind rows that the judge was not told", async () => {
  const capture = open();
  let access = 0;
  capture.accessNumber = () => access;
  // Rows 2 and 5 are of accesses that the judge does not know.
  for (let n = 0; n < 8; n++) {
    capture.row(row(n));
    if (n !== 2 && n !== 5) access++;
  }
  for (const about of [0, 1, 2, 3, 4, 5]) capture.finding(FINDING, about);
  capture.close();
  await capture.written();
  const found = items().flatMap((item) => (item.kind === "finding" ? [item.finding.row] : []));
  expect(found).toEqual([0, 1, 3, 4, 6, 7]);
});

test("packets of the bus are whole where rows of a trace are not, and of long ones the capture has 64 KiB", async () => {
  const { bmc } = new LoopbackBoard(1 << 20);
  const platform = traceBmcPlatform(bmc, { capture: { path, limit: undefined } }, {}, tell);
  const [region, packet] = [new Uint8Array(28), new Uint8Array(100_004).fill(7)];
  // rx buffer at 0x100, 200000 bytes; tx buffer behind it.
  region.set([0x4d, 0x43, 0x54, 0x50, 0, 1, 0, 3, 0, 1, 0, 3, 0, 3, 0, 0]);
  [0x100, 200_000, 0x40000, 200_000].forEach((value, index) => {
    if (16 + 4 * index < 28) writeU32be(region, 16 + 4 * index, value);
  });
  const sizes = new Uint8Array(4);
  writeU32be(sizes, 0, 200_000);
  platform.window.write(0, region, 0, region.length);
  platform.window.write(28, sizes, 0, 4);
  writeU32be(packet, 0, packet.length - 4);
  for (const length of [1004, 100_004]) {
    writeU32be(packet, 0, length - 4);
    platform.window.write(0x100, packet, 0, length);
    platform.port.writeData(0x01);
  }
  platform.close();
  await platform.capture?.written();
  const reader = new CaptureReader(1 << 20);
  const read = reader.push(readFileSync(path));
  const frames = read.ok ? read.value.filter(({ linkType }) => linkType === 276) : [];
  expect(frames.map(({ bytes, originalBytes }) => [bytes.length - 20, originalBytes - 20])).toEqual([
    [1000, 1000],
    [CAPTURED_PACKET_BYTES, 100_000],
  ]);
  expect(items().every((item) => item.kind !== "row" || !("len" in item.row) || item.row.value.length <= 512)).toBe(
    true,
  );
});

test("packets of a further link go to an interface of its name, and to their port as before", async () => {
  const capture = new CaptureOutput({ path, limit: undefined }, { ...SOURCE, links: ["serial:/dev/ttyS9"] }, tell);
  const received: string[] = [];
  const port = {
    isUp: true,
    nextPacket: () => ({ header: 0x010908c8, message: Uint8Array.of(9, 0, 0x80, 2, 9), start: 1, end: 4 }),
    receivePacket: (bytes: Uint8Array, start: number, end: number) => received.push(toHex(bytes.slice(start, end))) > 0,
  } as unknown as LinkPort;
  let opened: LinkPort | undefined;
  const plan: LinkPlan = {
    name: "serial:/dev/ttyS9",
    kind: SERIAL_KIND,
    showsPresence: false,
    open: (given) => {
      opened = given;
      return { unit: 64, kick: () => undefined, start: () => Promise.resolve(), stop: () => Promise.resolve() };
    },
  };
  expect(capturedLinks([plan], undefined)).toEqual([plan]);
  capturedLinks([plan], capture)[0]!.open(port, () => undefined, undefined as never);
  expect(opened?.nextPacket(64, millis(0))?.header).toBe(0x010908c8);
  expect(opened?.receivePacket(Uint8Array.of(0xff, 1, 8, 9, 0xc0, 0, 0), 1, 7, millis(0))).toBe(true);
  capture.close();
  await capture.written();
  const read = new CaptureReader(1000).push(readFileSync(path));
  const frames = read.ok ? read.value : [];
  expect(frames.map(({ interfaceName, bytes }) => [interfaceName, bytes[10], toHex(bytes.slice(20))])).toEqual([
    ["serial:/dev/ttyS9", 4, "010908c8008002"],
    ["serial:/dev/ttyS9", 0, "010809c00000"],
  ]);
  expect(received).toEqual(["010809c00000"]);
});
