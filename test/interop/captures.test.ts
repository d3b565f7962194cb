/** Live captures of agents as processes: to a file, to standard output, with readers and disks that fail. */
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { STOP_LIMIT } from "../../src/agent/outputs/stop-limits.ts";
import { CapturedTrace, type CapturedItem } from "../../src/core/capture/captured-trace.ts";
import { compile } from "../support/c-program.ts";
import { AgentProcess, MAIN, PROJECT, Sandbox, within } from "../support/processes.ts";
import { needsTool } from "../support/tools.ts";
import { unreadPipe, type Unread } from "../support/unread.ts";

const PING_LIMIT_MILLISECONDS = 2000;
const FAULTY_HOST = join(PROJECT, "test", "interop", "faulty-host", "faulty_host.c");

let sandbox: Sandbox;
let unread: Unread | undefined;
beforeEach(() => {
  sandbox = new Sandbox();
  unread = undefined;
});
afterEach(async () => {
  await sandbox.dispose();
  unread?.close();
});

/** The BMC's agent as a shell's user starts it; `outputs` is what stands behind its command. */
function bmcWith(outputs: string, before: string, ...options: readonly string[]): AgentProcess {
  const control = sandbox.path("bmc.sock");
  const run = ["bmc", "run", "--platform", `shm:${sandbox.path("board")}`, "--control", control, "--until-eof"];
  const args = ["-c", `${before} exec "$0" "$@" ${outputs}`, process.execPath, MAIN, ...run, ...options];
  return new AgentProcess("bmc", sandbox.start("bash", args), control, "");
}

async function expectChannel(bmc: AgentProcess, host: AgentProcess): Promise<void> {
  await host.until(({ channel }) => channel.up);
  await bmc.until(({ endpoints }) => endpoints.length > 0);
  const pinged = host.call("ping", { count: 3, timeout: PING_LIMIT_MILLISECONDS, interval: 0 });
  expect(await within(3 * PING_LIMIT_MILLISECONDS, pinged)).toMatchObject({ answered: 3 });
}

interface Read {
  readonly items: readonly CapturedItem[];
  /** Whether the last record is there in part only. */
  readonly isCut: boolean;
}

/** A capture file as it is now; it may end in a part of a record, and in nothing else. */
function read(path: string): Read {
  const capture = new CapturedTrace();
  const items = capture.push(readFileSync(path));
  const end = capture.end();
  if (!items.ok || (!end.ok && !end.reject.isCut)) throw new Error(items.ok ? "damaged" : items.reject);
  return { items: items.value, isCut: !end.ok };
}

const rowsIn = ({ items }: Read): number => items.filter(({ kind }) => kind === "row").length;
const lastRow = ({ items }: Read): unknown => items.findLast(({ kind }) => kind === "row");

describe("--pcap FILE", () => {
  test("can be read while it is written, and after kill -9", async () => {
    const path = sandbox.path("bus.pcapng");
    const bmc = bmcWith("", "", "--pcap", path);
    const host = await sandbox.agent("host");
    await host.until(({ channel }) => channel.up);
    let seen = 0;
    for (let look = 0; look < 5; look++) {
      await host.call("ping", { count: 3, timeout: PING_LIMIT_MILLISECONDS, interval: 0 });
      await bmc.until(() => rowsIn(read(path)) > seen);
      seen = rowsIn(read(path));
    }
    await bmc.end("SIGKILL");
    expect(rowsIn(read(path))).toBeGreaterThanOrEqual(seen);
  });

  test("is whole when its agent has ended, and is the trace that the agent wrote beside it", async () => {
    const [path, trace] = [sandbox.path("bus.pcapng"), sandbox.path("trace")];
    const bmc = bmcWith("", "", "--pcap", path, "--trace", trace);
    await expectChannel(bmc, await sandbox.agent("host"));
    await bmc.end("SIGTERM");
    expect(read(path).isCut).toBe(false);
    expect(lastRow(read(path))).toMatchObject({ row: { op: "life", event: "ended" } });
    const [drawn, captured] = [await sandbox.run("trace", trace), await sandbox.run("trace", path)];
    expect([captured.code, captured.stdout]).toEqual([0, drawn.stdout]);
    const judged = await sandbox.run("trace", "judge", path);
    expect(judged).toMatchObject({ code: 0, stderr: "" });
    expect(judged.stdout).toMatch(/trace version 2, recorded by BMC, depth 0/);
  });

  test("that cannot grow any more ends, told and counted; the channel goes on, and what there is can be read", async () => {
    const [board, path] = [sandbox.path("board"), sandbox.path("bus.pcapng")];
    await sandbox.run("board", "create", board);
    const bmc = bmcWith("", "ulimit -f 4;", "--pcap", path);
    const host = await sandbox.agent("host");
    await expectChannel(bmc, host);
    await bmc.line(/^the capture \S+ has ended: it has grown too large/);
    await expectChannel(bmc, host);
    const { counters, notes } = await bmc.status();
    expect([counters.outputs.capturesEnded, notes]).toEqual([1, [expect.stringMatching(/^the capture /)]]);
    await bmc.end("SIGTERM");
    expect(read(path).isCut).toBe(false);
    expect(statSync(path).size).toBeGreaterThan(3000);
  });
});

describe("--pcap -", () => {
  test("is the capture alone on standard output; the log is on standard error", async () => {
    const path = sandbox.path("bus.pcapng");
    const bmc = bmcWith(`2>&1 >${path}.pipe`, `mkfifo ${path}.pipe; cat ${path}.pipe >${path} &`, "--pcap", "-");
    await bmc.line(/^on shm:/);
    await expectChannel(bmc, await sandbox.agent("host"));
    const ended = await bmc.end("SIGTERM");
    expect(ended).toEqual({ code: 0, signal: null });
    await within(
      2000,
      (async () => {
        while (read(path).isCut) await new Promise((resolve) => setTimeout(resolve, 20));
      })(),
    );
    expect(lastRow(read(path))).toMatchObject({ row: { op: "life", event: "ended" } });
  });

  test("ends the agent in order when its reader goes, as | head does", async () => {
    const bmc = bmcWith("2>&1 | head -c 100 >/dev/null", "set -o pipefail;", "--pcap", "-");
    expect((await within(20_000, bmc.exited)).code).toBe(0);
    const { stdout } = await sandbox.run("board", "show", sandbox.path("board"));
    expect(stdout).toMatch(/BMC +no process/);
    expect(stdout).toMatch(/STR +0x0[0-3] /);
  });

  test("to a pipe that is not read holds up neither the channel nor the stop", async () => {
    unread = unreadPipe(sandbox.path("out"));
    const bmc = bmcWith(`2>&1 >${unread.path}`, "", "--pcap", "-");
    await expectChannel(bmc, await sandbox.agent("host"));
    const began = performance.now();
    expect((await bmc.end("SIGTERM")).code).toBe(0);
    expect(performance.now() - began).toBeLessThan(STOP_LIMIT);
    expect(bmc.lines.join("\n")).toMatch(/the capture on standard output was not written within 400 ms/);
  });

  test("to a full disk ends the capture and nothing else", async () => {
    const bmc = bmcWith("2>&1 >/dev/full", "", "--pcap", "-");
    await bmc.line(/^the capture on standard output has ended: no space left/);
    await expectChannel(bmc, await sandbox.agent("host"));
    expect((await bmc.end("SIGTERM")).code).toBe(0);
  });
});

describe("a capture that would be another output, too, is refused in words", () => {
  test.each([
    [
      "the trace",
      (file: string) => ["--trace", file, "--pcap", file],
      "",
      /the trace \S+ and the capture \S+ are one file/,
    ],
    [
      "the trace on standard output",
      (file: string) => ["--trace", file, "--pcap", "-"],
      ">$FILE",
      /are one file: name another/,
    ],
  ] as const)("%s", async (_what, options, outputs, why) => {
    const file = sandbox.path("file");
    const bmc = bmcWith(`2>&1 ${outputs.replace("$FILE", file)}`, "", ...options(file));
    expect((await within(20_000, bmc.exited)).code).not.toBe(0);
    expect(bmc.lines.join("\n")).toMatch(why);
  });
});

describe("findings of the agent's judge", () => {
  needsTool("gcc")("are in the capture, with the row that they are about", async () => {
    const path = sandbox.path("bus.pcapng");
    const bmc = bmcWith("", "", "--pcap", path, "--judge", "live");
    await bmc.line(/^on shm:/);
    const program = await compile(sandbox, "faulty-host", [FAULTY_HOST]);
    const host = sandbox.start(program, [sandbox.path("board"), "crc-little-endian"]);
    await bmc.line(/LPC-BUF-3/);
    const found = (): readonly CapturedItem[] => read(path).items.filter(({ kind }) => kind === "finding");
    await bmc.until(() => found().length > 0);
    host.kill("SIGKILL");
    await bmc.end("SIGTERM");
    const { items } = read(path);
    const [finding] = items.flatMap((item) => (item.kind === "finding" ? [item.finding] : []));
    expect(finding).toMatchObject({ requirement: "LPC-BUF-3", side: "host", kind: "wire" });
    expect(finding?.guess).toBe("the trailer is little-endian");
    // The row that the judge of the whole capture names.
    const { stdout } = await sandbox.run("trace", "judge", "--json", path);
    const judged = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(judged.find(({ requirement }) => requirement === "LPC-BUF-3")).toMatchObject({ row: finding?.row });
  });
});
