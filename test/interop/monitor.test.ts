/** `mctp-lpc monitor`, `trace start` and `trace stop` against running agents, as their users run them. */
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync, readdirSync } from "node:fs";
import { ControlServer } from "../../src/agent/control/control-socket.ts";
import { decodeTrace, isLifeRow, type TraceEntry } from "../../src/core/trace/format.ts";
import { FalseAgent } from "../support/false-agent.ts";
import { MAIN, Sandbox, finish, pause, within, type AgentProcess, type Finished } from "../support/processes.ts";
import { needsTool } from "../support/tools.ts";

const LIMIT = 30_000;
const ECHO = { count: 3, interval: 0, timeout: 5000 };
const STOPPED = "mctp-lpc: the agent has stopped: no more accesses come\n";

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.dispose());

interface Running {
  readonly child: ChildProcess;
  /** What it has printed so far. */
  readonly text: () => string;
  readonly finished: Promise<Finished>;
}

/** A monitor of an agent that is known to follow it. */
async function monitor(agent: AgentProcess, ...options: readonly string[]): Promise<Running> {
  const { bus } = await agent.status();
  const child = await sandbox.launch(["monitor", "--control", agent.control, ...options]);
  let text = "";
  child.stdout!.setEncoding("utf8").on("data", (part: string) => (text += part));
  const finished = finish(child, 2 * LIMIT);
  await agent.until((status) => status.bus.monitors > bus.monitors);
  return { child, text: () => text, finished };
}

/** Ends a monitor as Ctrl-C does, once it has printed something that matches. */
async function endOf({ child, text, finished }: Running, wanted: RegExp): Promise<Finished> {
  const end = performance.now() + LIMIT;
  while (!wanted.test(text()) && performance.now() < end) await pause(10);
  child.kill("SIGINT");
  return finished;
}

function rowsOf(text: string): readonly TraceEntry[] {
  const trace = decodeTrace(text);
  if (!trace.ok) throw new Error(JSON.stringify(trace.reject));
  return trace.value.rows;
}

describe("a monitor", () => {
  test("draws accesses as they happen, and ends with Ctrl-C: status 0", async () => {
    const { host, bmc } = await sandbox.pair();
    const shown = await monitor(bmc);
    await host.call("ping", ECHO);
    const { code, stdout, stderr } = await endOf(
      shown,
      /(?:reads (?:the )?packet of 67 bytes[^]*){3}IDR = 02 Rx Complete/,
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const [header, ...lines] = stdout.trimEnd().split("\n");
    expect(header).toMatch(/^seconds +host +KCS registers and window +BMC$/);
    expect(lines.filter((line) => /host ── IDR = 01 Tx Begin/.test(line)).length).toBeGreaterThanOrEqual(3);
    expect(lines.filter((line) => /reads (?:the )?packet of 67 bytes/.test(line)).length).toBeGreaterThanOrEqual(3);
    // Not what was before.
    expect(stdout).not.toMatch(/Initialise/);
    expect((await bmc.status()).bus.monitors).toBe(0);
  });

  test("shows what its options choose", async () => {
    const { host, bmc } = await sandbox.pair();
    const choices = [["--packets"], ["--type", "control"], ["--eid", "42"], ["--kcs"], ["--findings"]];
    const all = [];
    for (const options of choices) all.push(await monitor(bmc, ...options));
    await host.call("ping", ECHO);
    // Get Endpoint ID.
    await host.call("request", { hex: "008002" });
    await endOf(all[1]!, /Get Endpoint ID response/);
    for (const { child } of all) child.kill("SIGINT");
    const [packets, control, eid, kcs, findings] = await Promise.all(
      all.map(async ({ finished }) => (await finished).stdout),
    );
    expect(packets!.match(/packet of \d+ bytes · .* vendor \(IANA\)/g)).toHaveLength(6);
    expect(packets).not.toMatch(/IDR|ODR|STR/);
    expect(control!.match(/packet of/g)).toHaveLength(2);
    expect(control).toMatch(/Get Endpoint ID request[^]*Get Endpoint ID response/);
    expect(kcs).toMatch(/IDR = 01 Tx Begin/);
    expect(kcs).not.toMatch(/packet of/);
    expect([eid, findings]).toEqual(["", ""]);
  });

  test("two at once: each sees every access, as a trace that judge and ladder read", async () => {
    const { host, bmc } = await sandbox.pair();
    const both = [await monitor(host, "--json"), await monitor(host, "--json")];
    await host.call("ping", ECHO);
    await host.end("SIGTERM");
    const ends = await Promise.all(both.map(({ finished }) => finished));
    for (const { code, stderr } of ends) expect({ code, stderr }).toEqual({ code: 0, stderr: STOPPED });
    const [one, other] = ends.map(({ stdout }) => rowsOf(stdout));
    const last = one!.filter(isLifeRow).map(({ event }) => event);
    expect(last.slice(-2)).toEqual(["stopAsked", "ended"]);
    const news = (rows: readonly TraceEntry[]): readonly number[] =>
      rows.filter(({ again }) => again !== true).map(({ n }) => n);
    // They did not begin with the same access.
    const since = Math.max(news(one!)[0]!, news(other!)[0]!);
    expect(news(one!).filter((n) => n >= since)).toEqual(news(other!).filter((n) => n >= since));
    const path = sandbox.path("bus.jsonl");
    const child = sandbox.start("tee", [path]);
    child.stdin!.end(ends[0]!.stdout);
    await once(child, "close");
    const verdict = await sandbox.run("trace", "judge", path);
    expect(verdict).toMatchObject({ code: 0, stderr: "" });
    expect(verdict.stdout).toMatch(/protocol version 3\.\n[3-9]\d of \d+ requirements exercised, none broken/);
    expect((await sandbox.run("trace", path)).stdout).toMatch(/packet of \d+ bytes · 9 -> 8/);
    expect(bmc.running).toBe(true);
  });

  test("says in words that its agent was killed: status 1", async () => {
    const { host } = await sandbox.pair();
    const shown = await monitor(host, "--packets");
    const pinging = host.call("ping", { count: 100_000, interval: 0 }).catch(() => undefined);
    while (shown.text().length < 10_000) await pause(5);
    await host.end("SIGKILL");
    const { code, stderr, stdout } = await within(LIMIT, shown.finished);
    expect(code).toBe(1);
    expect(stderr).toMatch(/the agent has gone without a word: it was killed, or has failed; no more accesses come\n$/);
    expect(stdout).toMatch(/\n$/);
    await pinging;
  });

  test("that is not read holds up no agent, costs it little, and says what it has lost", async () => {
    const { host, bmc } = await sandbox.pair();
    const shown = await monitor(bmc, "--json");
    shown.child.kill("SIGSTOP");
    const before = residentKib(bmc.pid);
    const pinged = await within(4 * LIMIT, host.call("ping", { count: 4000, interval: 0, timeout: 5000 }));
    expect(pinged.answered).toBe(4000);
    // What was not read yet, the recorder, and what V8 has not collected.
    expect(residentKib(bmc.pid) - before).toBeLessThan(48 * 1024);
    shown.child.kill("SIGCONT");
    await host.call("ping", ECHO);
    const { stdout, stderr } = await endOf(shown, /"gap":/);
    const lost = Number(/^mctp-lpc: (\d+) accesses not shown: the bus was faster/m.exec(stderr)?.[1]);
    const gaps = rowsOf(stdout).flatMap(({ gap, again }) => (gap === undefined || again === true ? [] : [gap]));
    expect(lost).toBeGreaterThan(10_000);
    expect(gaps.reduce((sum, gap) => sum + gap, 0)).toBe(lost);
  });

  test("ends when the reader of its output does", async () => {
    const { host, bmc } = await sandbox.pair();
    const shell = `"$0" "$1" monitor --control "$2" | head -n 1; echo "\${PIPESTATUS[0]}"`;
    const ended = finish(sandbox.start("bash", ["-c", shell, process.execPath, MAIN, bmc.control]), LIMIT);
    await bmc.until((status) => status.bus.monitors > 0);
    await host.call("ping", ECHO);
    await bmc.until((status) => status.bus.monitors === 0);
    const { stdout, stderr } = await ended;
    expect(stdout).toMatch(/^seconds .*\n0\n$/);
    expect(stderr).toBe("");
  });
});

function residentKib(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${String(pid)}/status`, "utf8"))?.[1]);
}

describe("hostile bytes", () => {
  const ESCAPES = "1b5d303b6d696e65071b5b324a0a0d9b33316d";

  test("of a peer reach no terminal, neither in the ladder nor as JSON", async () => {
    const { host, bmc } = await sandbox.pair();
    const shown = [await monitor(bmc), await monitor(bmc, "--packets", "--json")];
    await host.call("send", { hex: `05${ESCAPES}` });
    const [ladder, json] = [await endOf(shown[0]!, /SPDM/), await endOf(shown[1]!, /"type":5/)];
    // eslint-disable-next-line no-control-regex -- what must not be there
    for (const { stdout } of [ladder, json]) expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    expect(json.stdout).toContain(ESCAPES);
  });

  test("of a false agent end a monitor with a sentence", async () => {
    const { bmc } = await sandbox.pair();
    const path = sandbox.path("run/false.sock");
    const agent = await FalseAgent.listen(path, bmc.control, "\u001b[2J\n");
    try {
      const { code, stdout, stderr } = await sandbox.run("monitor", "--control", path);
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toMatch(/^mctp-lpc: what the agent sends is no bus: .*; restart it with this mctp-lpc\n$/);
    } finally {
      await agent.close();
    }
  });
});

describe("a capture", () => {
  needsTool("tshark")("of a running agent is read by tshark: packets and accesses, each on its interface", async () => {
    const { host, bmc } = await sandbox.pair();
    const file = sandbox.path("bus.pcapng");
    const toFile = await monitor(bmc, "--pcap", file);
    const fields = ["-T", "fields", "-e", "frame.interface_name", "-e", "sll.ltype"];
    const shell = `"$0" "$1" monitor --control "$2" --pcap - | tshark -r - ${fields.join(" ")} 2>/dev/null`;
    const piped = finish(sandbox.start("bash", ["-c", shell, process.execPath, MAIN, bmc.control]), LIMIT);
    await bmc.until((status) => status.bus.monitors === 2);
    await host.call("ping", ECHO);
    await bmc.end("SIGTERM");
    expect(await toFile.finished).toMatchObject({ code: 0, stdout: "", stderr: STOPPED });
    const read = spawnSync("tshark", ["-r", file, ...fields], { encoding: "utf8" });
    const { code, stdout, stderr } = await piped;
    expect([read.status, code, stderr]).toEqual([0, 0, STOPPED]);
    for (const text of [read.stdout, stdout]) {
      const lines = text.trimEnd().split("\n");
      expect(lines.filter((line) => line === "mctp\t0x00fa")).toHaveLength(6);
      expect(lines.filter((line) => line.startsWith("lpc")).length).toBeGreaterThan(20);
    }
  });
});

describe("what cannot be", () => {
  test.each([
    ["an EID that is none", ["--eid", "3"], /An EID is a number from 8 to 254/],
    ["a type that is none", ["--type", "spmd"], /A message type is a number from 0 to 0x7f, or one of control, pldm/],
    ["a capture of a choice", ["--pcap", "x", "--kcs"], /cannot be used with option/],
    ["a capture as JSON", ["--pcap", "x", "--json"], /cannot be used with option/],
    ["a capture without a name", ["--pcap", ""], /A capture cannot be empty/],
  ])("%s: a mistake in the command line", async (_what, options, why) => {
    const { code, stdout, stderr } = await sandbox.run("monitor", "--control", sandbox.path("no.sock"), ...options);
    expect({ code, stdout }).toEqual({ code: 64, stdout: "" });
    expect(stderr).toMatch(why);
  });

  test("an agent of an older release says what to do", async () => {
    const path = sandbox.path("run/old.sock");
    const server = await ControlServer.listen(path, { status: () => ({}) });
    try {
      const { code, stderr } = await sandbox.run("monitor", "--control", path);
      expect(code).toBe(1);
      expect(stderr).toMatch(/does not know "monitor": it runs an older mctp-lpc; restart it with this one\n$/);
    } finally {
      await server.close();
    }
  });
});

describe("the trace of a running agent", () => {
  test("is switched on and off, shown by status, and judged with the session that was open", async () => {
    const { host, bmc } = await sandbox.pair();
    const path = sandbox.path("host.jsonl");
    const tool = (...words: readonly string[]): Promise<Finished> =>
      sandbox.run("trace", ...words, "--control", host.control);
    expect(await tool("start", path)).toMatchObject({ code: 0, stderr: "" });
    await host.call("ping", ECHO);
    const { stdout } = await sandbox.run("status", "--control", host.control);
    expect(stdout).toMatch(new RegExp(`^  trace      ${path}: \\d+ accesses, .* so far$`, "m"));
    const again = await tool("start", sandbox.path("other.jsonl"));
    expect(again).toMatchObject({ code: 1, stderr: expect.stringMatching(/writes the trace .*host\.jsonl already/) });
    const stopped = await tool("stop");
    expect(stopped).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\/.*host\.jsonl: \d+ accesses, /) });
    expect((await host.status()).trace).toBeUndefined();
    expect(await tool("stop")).toMatchObject({ code: 1, stderr: "mctp-lpc: the agent writes no trace\n" });
    const rows = rowsOf(readFileSync(path, "utf8"));
    const first = rows.findIndex(({ again: isAgain }) => isAgain !== true);
    expect(first).toBeGreaterThan(10);
    // Its numbers and lines go on from what was told again.
    expect(rows.slice(first).every(({ n }, index) => n === rows[first - 1]!.n + 1 + index)).toBe(true);
    expect(rows.filter(({ op }) => op === "lpc_write").length).toBeGreaterThanOrEqual(3);
    const verdict = await sandbox.run("trace", "judge", path);
    expect(verdict.stdout).toMatch(/protocol version 3\.\n[3-9]\d of \d+ requirements exercised, none broken/);
    // The accesses take the direct way again.
    const size = readFileSync(path).length;
    await host.call("ping", ECHO);
    expect(readFileSync(path)).toHaveLength(size);
    // And may be traced again.
    expect(await tool("start", path, "--limit", "10")).toMatchObject({ code: 0 });
    await host.call("ping", ECHO);
    await host.until(({ trace }) => trace === undefined);
    expect((await host.status()).notes.join()).toMatch(/has ended: it has as many accesses as --trace-limit says/);
    expect(bmc.running).toBe(true);
  });

  test("that --trace began is ended by trace stop", async () => {
    const path = sandbox.path("bmc.jsonl");
    const bmc = await sandbox.agent("bmc", "--trace", path);
    expect((await bmc.status()).trace?.path).toBe(path);
    const { code } = await sandbox.run("trace", "stop", "--control", bmc.control);
    expect(code).toBe(0);
    const size = readFileSync(path).length;
    await (await sandbox.agent("host")).line(/^channel up/);
    expect(readFileSync(path)).toHaveLength(size);
  });

  test.each([
    ["the board", "board", /the board .* and the trace .* are one file/],
    ["the control socket", "bmc.sock", /are one file/],
    ["a place in the inbox", "bmc-inbox/trace", /holds the trace/],
    ["a file of another kind", "other", /a file of another kind is there, which would be lost/],
    ["a folder that is missing", "missing/trace", /cannot write the trace/],
  ])("is not written over %s", async (_what, name, why) => {
    const bmc = await sandbox.agent("bmc");
    const other = sandbox.start("tee", [sandbox.path("other")]);
    other.stdin!.end("firmware");
    await once(other, "close");
    const { code, stderr } = await sandbox.run("trace", "start", sandbox.path(name), "--control", bmc.control);
    expect(code).toBe(1);
    expect(stderr).toMatch(why);
    expect(readFileSync(sandbox.path("other"), "utf8")).toBe("firmware");
    expect((await bmc.status()).trace).toBeUndefined();
  });

  test("is dumped to a file or to a pipe", async () => {
    const { host } = await sandbox.pair();
    const path = sandbox.path("dump.jsonl");
    expect(await sandbox.run("trace", "dump", path, "--control", host.control)).toMatchObject({ code: 0, stdout: "" });
    const { stdout } = await sandbox.run("trace", "dump", "-", "--control", host.control);
    const count = rowsOf(readFileSync(path, "utf8")).length;
    expect(rowsOf(stdout).length).toBeGreaterThanOrEqual(count);
    const twice = await sandbox.run("trace", "dump", path, "--output", path, "--control", host.control);
    expect(twice).toMatchObject({ code: 64, stderr: expect.stringMatching(/named twice/) });
  });
});

describe("incidents of a running agent", () => {
  test("a host that is killed and comes back leaves a file with the accesses, an orderly stop none", async () => {
    const folder = sandbox.folderAt("incidents");
    const bmc = await sandbox.agent("bmc", "--record-incidents", folder);
    const first = await sandbox.agent("host");
    await bmc.line(/^discovered/);
    await first.end("SIGTERM");
    await bmc.line(/^Host closed/);
    // A process takes longer than that to start: it is another one.
    await pause(600);
    const second = await sandbox.agent("host");
    await second.line(/^channel up/);
    expect(readdirSync(folder)).toEqual([]);
    await second.end("SIGKILL");
    await (await sandbox.agent("host")).line(/^channel up/);
    const said = await bmc.line(/session-lost: the accesses that led to it are in /);
    const [name = "", ...others] = readdirSync(folder);
    expect(others).toEqual([]);
    expect(name).toMatch(/^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ-session-lost\.jsonl$/);
    expect(said).toContain(name);
    const verdict = await sandbox.run("trace", "judge", `${folder}/${name}`);
    expect(verdict).toMatchObject({ code: 0, stdout: expect.stringMatching(/in [23] sessions/) });
    expect((await bmc.status()).counters.outputs.incidentsRecorded).toBe(1);
  });

  test("a peer that takes no packet for T_stall is one", async () => {
    const folder = sandbox.folderAt("incidents");
    const bmc = await sandbox.agent("bmc", "--record-incidents", folder, "--stall", "100");
    const host = await sandbox.agent("host");
    await bmc.line(/^discovered/);
    process.kill(host.pid, "SIGSTOP");
    try {
      await bmc.call("ping", { count: 1, timeout: 500 });
      await bmc.line(/^T_stall: the accesses/);
      expect(readdirSync(folder)).toEqual([expect.stringMatching(/Z-T_stall\.jsonl$/)]);
    } finally {
      process.kill(host.pid, "SIGCONT");
    }
  });

  test("a folder that others may write is refused at the start", async () => {
    const folder = sandbox.folderAt("incidents");
    spawnSync("chmod", ["777", folder]);
    const agent = await sandbox.bareAgent("bmc", "--record-incidents", folder);
    expect(await agent.exited).toEqual({ code: 1, signal: null });
    expect(agent.stderr).toMatch(
      /cannot record incidents in .*: other users may write to it; take that away with chmod go-w/,
    );
  });
});
