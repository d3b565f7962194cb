import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RoleName } from "../../src/core/binding/side.ts";
import { encodeTrace, type TraceEntry } from "../../src/core/trace/format.ts";
import { traceHead } from "../../src/core/trace/head.ts";
import { specification } from "../project/requirements.ts";
import { recording } from "../interop/recorded-traces.ts";
import { PROJECT, Sandbox, pause } from "../support/processes.ts";
import { runHere, runIn } from "./run-here.ts";

const ESCAPE = "\u001b";

let sandbox: Sandbox;
beforeAll(() => {
  sandbox = new Sandbox();
});
afterAll(() => sandbox.dispose());

function vector(name: string): string {
  return join(PROJECT, "test", "vectors", "bus", `${name}.jsonl`);
}

/** The trace of a host whose first packet has its trailer in the wrong byte order; everything else is in order. */
let crcWrong = "";
let crcWrongRows: readonly TraceEntry[] = [];
beforeAll(() => {
  const { rows } = recording("09a-crc-corrupt-host-to-bmc");
  const spoilt = rows.map((row) =>
    "len" in row && row.len === 72 && row.value.startsWith("010809c9")
      ? { ...row, value: row.value.replace(/.{8}$/, "2f91593c") }
      : row,
  );
  expect(spoilt.filter((row, index) => row !== rows[index])).toHaveLength(2);
  crcWrongRows = spoilt.filter(({ side }) => side !== "lab").map((row, n) => ({ ...row, n }));
  crcWrong = sandbox.path("crc-wrong.jsonl");
  writeFileSync(crcWrong, encodeTrace(crcWrongRows));
});

async function judged(code: number, ...args: readonly string[]): Promise<string> {
  const finished = await runHere(sandbox, "trace", "judge", ...args);
  expect(finished).toMatchObject({ code, stderr: "" });
  return finished.stdout;
}

type Line = Readonly<Record<string, unknown>>;

async function jsonOf(code: number, ...args: readonly string[]): Promise<readonly Line[]> {
  const text = await judged(code, ...args, "--json");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
}

/** Text as it is read: line breaks and indents as single spaces. */
function running(text: string): string {
  return text.replace(/\s+/g, " ");
}

describe("mctp-lpc trace judge", () => {
  test("a trace that keeps the rules of the wire: exit status 0, what was judged, what was not exercised", async () => {
    const { rows } = recording("12-request-response");
    const text = await judged(0, vector("12-request-response"), "--depth", "0", "--window", "64K");
    expect(running(text)).toContain("trace version 1, recorded by host and BMC, depth 0, window 64.0 KiB");
    expect(text).toContain(`\n${String(rows.length)} accesses in 1 session, protocol version 3.\n`);
    expect(text).toMatch(/\n\d+ of \d+ requirements exercised, none broken\.\n$/);
    const missing = text.slice(text.indexOf("\nNot exercised\n"));
    const sections = specification.sections.map(({ number, title }) => `${number ?? ""} ${title}`);
    const clauses = [...missing.matchAll(/^ {2}(\d[\d.]* .+?) {2,}LPC-/gm)].map(([, clause]) => clause ?? "");
    expect(clauses.length).toBeGreaterThan(2);
    expect(clauses.filter((clause) => !sections.includes(clause))).toEqual([]);
    expect(text).not.toContain(ESCAPE);
  });

  test("older peers are noted, once a side, and are no finding", async () => {
    const lines = await jsonOf(0, vector("01-init-v3"));
    const older = lines.filter(({ kind }) => kind === "olderPeer").map(({ side }) => side);
    expect([...older].sort()).toEqual(["bmc", "host"]);
    expect(await judged(0, vector("01-init-v3"))).toMatch(/^note, access \d+: an older host: \S/m);
  });

  test("a finding: the requirement with its text, the access, seen and expected, the ladder with a mark", async () => {
    const text = await judged(1, crcWrong);
    expect(text).toMatch(/^LPC-BUF-3 broken by the host: access \d+, step \S+, binds every peer of versions 1 to 3$/m);
    expect(text).toMatch(/^ {2}seen {6}\S.*$/m);
    expect(text).toMatch(/^ {2}expected {2}\S.*$/m);
    const rule = specification.requirements.find(({ id }) => id === "LPC-BUF-3");
    expect(running(text)).toContain(`rule ${running((rule?.text ?? "").replaceAll("`", ""))} (clause 7.3 Ownership)`);
    const lines = text.split("\n");
    const marked = lines.filter((line) => line.startsWith("▸ "));
    expect(marked).toEqual([expect.stringContaining("host ── IDR = 01 Tx Begin")]);
    const at = lines.indexOf(marked[0]!);
    expect(lines[at - 1]).toContain("CRC wrong");
    for (const near of [at - 2, at - 1, at + 1, at + 2]) expect(lines[near]).toMatch(/^ {2}(?: {2}│|host| {2}├)/u);
    expect(text).toMatch(/\n\d+ of \d+ requirements exercised, 1 broken by the host\.\n$/);
  });

  test("--json: head, findings with bytes as hexadecimal, the standing of each requirement and side", async () => {
    const rows = crcWrongRows;
    const lines = await jsonOf(1, crcWrong, "--window", "64K");
    expect(lines[0]).toEqual({
      kind: "head",
      files: [crcWrong],
      version: 1,
      sides: ["host", "bmc"],
      windowBytes: 65536,
      lives: false,
    });
    const [finding, ...more] = lines.filter(({ kind }) => kind === "finding");
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ requirement: "LPC-BUF-3", side: "host", rule: "wire" });
    expect(finding?.["bytes"]).toMatch(/^(?:[0-9a-f]{2}){1,32}$/);
    const row = rows.find(({ n }) => n === finding?.["row"]);
    expect(row).toMatchObject({ side: "host" });
    const verdict = lines.at(-1);
    expect(verdict).toMatchObject({ kind: "verdict", sessions: 1, breaks: 1, brokenBy: { host: 1, bmc: 0 } });
    expect(verdict?.["standings"]).toContainEqual(
      expect.objectContaining({ requirement: "LPC-BUF-3", side: "host", state: "broken", breaks: 1 }),
    );
  });

  test("standard input, and the traces of both sides merged by time, in either order", async () => {
    const whole = await judged(1, crcWrong);
    const piped = await runIn(sandbox, { input: readFileSync(crcWrong, "utf8") }, "trace", "judge", "-");
    expect(piped).toMatchObject({ code: 1, stderr: "" });
    const body = (text: string): string => text.slice(text.indexOf("\n\n"));
    expect(body(piped.stdout)).toBe(body(whole));

    const stamped = crcWrongRows.map((row, index) => ({ ...row, t: 1000 * index }));
    const [host, bmc] = [sandbox.path("host.jsonl"), sandbox.path("bmc.jsonl")];
    writeFileSync(host, encodeTrace(stamped.filter(({ side }) => side === "host")));
    writeFileSync(bmc, encodeTrace(stamped.filter(({ side }) => side !== "host")));
    const both = sandbox.path("both.jsonl");
    writeFileSync(both, encodeTrace(stamped));
    const judgedWhole = body(await judged(1, both));
    expect(body(await judged(1, host, bmc))).toBe(judgedWhole);
    expect(body(await judged(1, bmc, host))).toBe(judgedWhole);
  });

  test("the trace of a side that was killed lacks its last accesses: the other trace is judged up to there", async () => {
    const { rows } = recording("12-request-response");
    const cut = rows.findLastIndex((row) => row.side === "bmc" && row.op === "kcs_write" && row.value === "01");
    const write = (side: RoleName): string => {
      const started: TraceEntry = { n: 0, t: 0, side, op: "life", event: "started" };
      const own = rows.flatMap((row, index) =>
        row.side === side && (side === "host" || index < cut) ? [{ ...row, t: 1000 * (index + 1) }] : [],
      );
      const path = sandbox.path(`killed-${side}.jsonl`);
      const head = traceHead({ sides: [side], depth: 0, windowBytes: 65_536, lives: true });
      writeFileSync(path, encodeTrace([started, ...own], head));
      return path;
    };
    const lastOfBmc = rows.findLastIndex(({ side }, index) => side === "bmc" && index < cut);
    const { code, stdout, stderr } = await runHere(sandbox, "trace", "judge", write("host"), write("bmc"));
    expect([code, stdout]).toEqual([0, expect.stringMatching(/exercised, none broken\.\n$/)]);
    expect(stdout).toContain(`\n${String(lastOfBmc + 1)} accesses in 1 session`);
    expect(stderr).toMatch(/^mctp-lpc: \S+killed-bmc\.jsonl ends before its side did: what the other trace has behind/);
  });

  test("one side alone: the head says whose accesses there are", async () => {
    const rows = recording("12-request-response").rows.filter(({ side }) => side === "host");
    writeFileSync(sandbox.path("alone.jsonl"), encodeTrace(rows));
    expect(running(await judged(0, sandbox.path("alone.jsonl")))).toContain("recorded by host, depth unknown");
  });

  test("findings of a trace that grows are told before it ends, the verdict when it is stopped", async () => {
    const child = await sandbox.launch(["trace", "judge", "-"]);
    let text = "";
    child.stdout?.setEncoding("utf8").on("data", (part: string) => (text += part));
    child.stdin?.write(readFileSync(crcWrong, "utf8"));
    const end = performance.now() + 20_000;
    while (!text.includes("LPC-BUF-3 broken") && performance.now() < end) await pause(20);
    expect(text).toMatch(/^LPC-BUF-3 broken by the host/m);
    expect(text).not.toMatch(/requirements exercised/);
    const closed = new Promise<number | null>((resolve) => child.once("close", resolve));
    child.kill("SIGINT");
    expect(await closed).toBe(1);
    expect(text).toMatch(/requirements exercised, 1 broken by the host\.\n$/);
  });

  test("what a trace's steps hold reaches no terminal as it is", async () => {
    const evil = crcWrongRows.map((row): TraceEntry => ({
      ...row,
      step: `${ESCAPE}]0;x\u0007${ESCAPE}[2J`,
    }));
    writeFileSync(sandbox.path("evil.jsonl"), encodeTrace(evil));
    const text = await judged(1, sandbox.path("evil.jsonl"));
    expect(text).toContain("step <1b>]0;x<07><1b>[2J");
    expect(text).not.toMatch(/[^\n\P{Cc}]/u);
    const json = await judged(1, sandbox.path("evil.jsonl"), "--json");
    expect(json).not.toMatch(/[^\n\P{Cc}]/u);
    expect(json).toContain('"step":"\\u001b]0;x\\u0007\\u001b[2J"');
  });

  test.each([80, 120])("fits a terminal of %d columns, in colours there", async (columns) => {
    const { stdout } = await runIn(sandbox, { columns, environment: { TERM: "xterm" } }, "trace", "judge", crcWrong);
    expect(stdout).toContain(`${ESCAPE}[1mLPC-BUF-3 broken by the host`);
    const plain = stdout.replaceAll(new RegExp(`${ESCAPE}\\[[\\d;]*m`, "g"), "").split("\n");
    expect(Math.max(...plain.map((line) => line.length))).toBe(columns);
  });
});

describe("input that is no trace: exit status 2, a sentence with the line", () => {
  async function refused(args: readonly string[], ...says: readonly string[]): Promise<void> {
    const { code, stdout, stderr } = await runHere(sandbox, "trace", "judge", ...args);
    expect({ code, stdout: stdout.replace(/^.*: trace version[^]*$/, "") }).toEqual({ code: 2, stdout: "" });
    for (const part of says) expect(stderr).toContain(part);
    expect(stderr).toMatch(/^mctp-lpc: .+\n$/s);
    expect(stderr).not.toMatch(/^ +at |\bE[A-Z]{4,}:/m);
  }

  function written(name: string, text: string): string {
    writeFileSync(sandbox.path(name), text);
    return sandbox.path(name);
  }

  let good = "";
  let lines: readonly string[] = [];
  beforeAll(() => {
    good = readFileSync(crcWrong, "utf8");
    lines = good.trimEnd().split("\n");
  });

  // What else may be wrong with a trace, its reader's tests have.
  test("a folder, text, damage in the middle, a side that the head does not announce", async () => {
    await refused([sandbox.folder], "it is a folder");
    await refused([written("text.jsonl", "hello\n")], "line 1: the line is no JSON; a trace is a file");
    const damaged = [...lines.slice(0, 4), "{", ...lines.slice(4)].join("\n");
    await refused([written("cut.jsonl", damaged)], "cut.jsonl, line 5: ");
    const head = '{"trace":"mctp-lpc","version":2,"sides":["host"],"lives":false}';
    await refused([written("unnamed.jsonl", `${head}\n${good}`)], "is the first of the BMC");
  });

  test("cut at the end: judged without the last line, which is told", async () => {
    const { code, stderr } = await runHere(
      sandbox,
      "trace",
      "judge",
      written("end.jsonl", good.trimEnd().slice(0, -9)),
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(/^mctp-lpc: .*end\.jsonl, line \d+ ends in the middle: it is left out\n$/);
  });

  test("two files without times", async () => {
    const of = (side: string): string => `${lines.filter((line) => line.includes(`"side":"${side}"`)).join("\n")}\n`;
    await refused([written("h.jsonl", of("host")), written("b.jsonl", of("bmc"))], "row 3 has no time");
  });
});

describe("mistakes in the command line: exit status 64, which no finding has", () => {
  beforeAll(() => {
    const { rows } = recording("12-request-response");
    const ofHost = encodeTrace(rows.filter(({ side }) => side === "host"));
    for (const name of ["one.jsonl", "two.jsonl"]) writeFileSync(sandbox.path(name), ofHost);
    const head = '{"trace":"mctp-lpc","version":2,"sides":["host","bmc"],"depth":0,"lives":false}';
    writeFileSync(sandbox.path("deep.jsonl"), `${head}\n${readFileSync(vector("01-init-v3"), "utf8")}`);
  });

  test.each([
    [[], "missing required argument 'file'"],
    [["x", "x"], "x is given twice"],
    [["a", "b", "c"], "a bus has two sides"],
    [["x", "--depth", "2"], "A depth is 0"],
    [["x", "--from", "3"], "unknown option '--from'"],
    [["@/one.jsonl", "@/two.jsonl"], "give one trace of each side"],
    [["@/deep.jsonl", "--depth", "1"], "contradicts the head"],
  ])("%j", async (args, says) => {
    const words = args.map((arg) => arg.replace("@", sandbox.folder));
    const { code, stderr } = await runHere(sandbox, "trace", "judge", ...words);
    expect({ code, stderr }).toEqual({ code: 64, stderr: expect.stringContaining(says) });
  });
});
