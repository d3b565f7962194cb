/** Texts of strangers on their ways to a terminal: the command line, files, environment, standard input, a false agent. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { mkdirSync, writeFileSync } from "node:fs";
import { encodeTrace, type TraceEntry } from "../../src/core/trace/format.ts";
import { FalseAgent } from "../support/false-agent.ts";
import { Sandbox, type Finished } from "../support/processes.ts";
import { runIn, type Surroundings } from "./run-here.ts";

const HOSTILE = "x\u001b]0;mine\u0007\r\nmctp-lpc FORGED\u202e\u2028\u200b\u{e0041}\ue000z";
const SHOWN = "x<1b>]0;mine<07><0d><0a>mctp-lpc FORGED<202e><2028><200b><e0041><e000>z";
const IN_JSON = "x\\u001b]0;mine\\u0007\\r\\nmctp-lpc FORGED\\u202e\\u2028\\u200b\\udb40\\udc41\\ue000z";
const HALF = "\ud800";

/** Escape sequences of this program: colours, a line drawn over. */
const ESC = String.fromCharCode(27);
const OURS = new RegExp(String.raw`${ESC}\[(?:\d+m|2K|J|\d+A|\?7[hl])|\r(?=${ESC}\[2K)`, "g");

let sandbox: Sandbox;
let agent: FalseAgent;

beforeAll(async () => {
  sandbox = new Sandbox();
  const { bmc } = await sandbox.pair();
  agent = await FalseAgent.listen(sandbox.path("false.sock"), bmc.control, HOSTILE);
  const row = (n: number, value: string): TraceEntry => ({
    n,
    t: n,
    side: "host",
    op: "kcs_read",
    reg: "STR",
    value,
    step: HOSTILE,
  });
  writeFileSync(sandbox.path("steps.jsonl"), encodeTrace([row(0, "00"), row(1, "80"), row(2, "00")]));
  writeFileSync(sandbox.path("broken.jsonl"), `{"n":0,"side":${JSON.stringify(HOSTILE)}}\n`);
  writeFileSync(sandbox.path("other.jsonl"), `${HOSTILE}\n`);
  writeFileSync(sandbox.path("run.json"), JSON.stringify({ configuration: HOSTILE, moves: [], cycle: [] }));
  writeFileSync(sandbox.path("state.json"), JSON.stringify({ [HOSTILE]: HOSTILE }), { mode: 0o600 });
  mkdirSync(sandbox.path(HOSTILE), { mode: 0o700 });
});

afterAll(async () => {
  await agent.close();
  await sandbox.dispose();
});

/** Runs a command; "@" in its words stands for the sandbox, "!" for the hostile text. */
async function ran(words: readonly string[], surroundings: Surroundings = {}): Promise<Finished> {
  const placed = words.map((word) => word.replaceAll("!", HOSTILE).replaceAll("@", sandbox.folder));
  const finished = await runIn(sandbox, surroundings, ...placed);
  for (const text of [finished.stdout, finished.stderr]) {
    const shown = surroundings.columns === undefined ? text : text.replace(OURS, "");
    expect(shown).not.toMatch(/[^\n\P{C}]|\p{Zl}|\p{Zp}|\p{M}{5}/u);
    expect(shown).not.toMatch(/^mctp-lpc FORGED/m);
  }
  return finished;
}

function titled(rows: readonly (readonly string[])[]): readonly (readonly [string, readonly string[]])[] {
  return rows.map((words) => [words.join(" "), words]);
}

describe("on the command line", () => {
  test.each(
    titled([
      ["!"],
      ["--!"],
      ["help", "!"],
      ["bmc", "!"],
      ["ping", "--!"],
      ["ping", "--count", "!"],
      ["status", "--agent", "!"],
      ["status", "--control", "@/!"],
      ["status", "--platform", "!"],
      ["endpoints", "--control", "@/!"],
      ["send-file", "x", "--name", "!/"],
      ["assign", "20", "!"],
      ["forget", "!"],
      ["request", "--type", "0", "--hex", "!"],
      ["control", "!"],
      ["control", "routing-update", "!:1:1"],
      ["pldm", "versions", "!"],
      ["board", "show", "@/!"],
      ["board", "show", "@/no/!"],
      ["board", "create", "@/no/!"],
      ["board", "create", "@/!,window=!"],
      ["decode", "--as", "!", "00"],
      ["explore", "!"],
      ["explore", "--replay", "@/no!"],
      ["trace", "@/no!"],
      ["trace", "@/!"],
      ["trace", "judge", "@/no!"],
      ["trace", "@/steps.jsonl", "--svg", "@/no/!"],
      ["spec", "!"],
      ["spec", "--requirement", "!"],
      ["bmc", "run", "-p", "!"],
      ["bmc", "run", "-p", "shm:@/no/!"],
      ["bmc", "run", "-p", "shm:@/b,!=1"],
      ["bmc", "run", "-p", "shm:@/b", "--uuid", "!"],
      ["bmc", "run", "-p", "shm:@/b", "--static", "!=20"],
      ["bmc", "run", "-p", "shm:@/b", "--static-pool", "!=20-29"],
      ["bmc", "run", "-p", "shm:@/b", "--state", "@/no/!"],
      ["bmc", "run", "-p", "shm:@/b", "--trace", "@/no/!"],
      ["bmc", "run", "-p", "shm:@/b", "--inbox", "@/no/!"],
      ["bmc", "run", "-p", "shm:@/b", "--control", "@/no/!"],
      ["host", "run", "-p", "shm:@/b", "--link", "!"],
      ["host", "run", "-p", "shm:@/b", "--link", "serial:/dev/!"],
      ["endpoint", "run", "--link", "!"],
      ["endpoint", "run", "--link", "serial:/dev/!"],
      ["demo", "--file", "@/no!"],
    ]),
  )("%s: refused with the text in it", async (_title, words) => {
    const { code, stderr } = await ran(words);
    expect(code).not.toBe(0);
    expect(stderr).toContain(SHOWN);
    // No stack of a defect.
    expect(stderr).not.toMatch(/^ +at /m);
  });

  test.each(
    titled([
      ["ping", "!"],
      ["status", "--platform", "shm:@/!"],
      ["send-file", "@/!"],
      ["decode", "!"],
      ["explore", "--replay", "@/run.json"],
    ]),
  )("%s: refused without it", async (_title, words) => {
    const { code, stderr } = await ran(words);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/^(mctp-lpc|error): .+\n/);
  });

  test("half a character, marks without end, a word without end", async () => {
    for (const word of [HALF, `a${"\u0301".repeat(500)}`]) await ran([word]);
    const { stderr } = await ran(["x".repeat(100_000)]);
    expect(stderr.length).toBeLessThan(5000);
    expect(stderr).toContain("…\n");
  });
});

test.each(["XDG_RUNTIME_DIR", "TMPDIR"])("in the environment: %s", async (name) => {
  const { stderr } = await ran(["status"], { environment: { [name]: sandbox.path(`no${HOSTILE}`) } });
  expect(stderr).toMatch(/^mctp-lpc: /);
});

describe("in a trace", () => {
  test("as the name of a step: the ladder, a drawing, and programs' output", async () => {
    const ladder = await ran(["trace", "@/steps.jsonl"], { columns: 120 });
    expect(ladder.code).toBe(0);
    const svg = await ran(["trace", "@/steps.jsonl", "--svg", "-"]);
    expect(svg.stdout).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
    expect(svg.stdout).toContain("x&lt;1b&gt;");
    expect((await ran(["trace", "@/steps.jsonl", "--json"])).stdout).toContain(IN_JSON);
    await ran(["trace", "judge", "@/steps.jsonl"], { columns: 80 });
    await ran(["trace", "judge", "@/steps.jsonl", "--json"]);
  });

  test("in place of a row", async () => {
    for (const file of ["@/broken.jsonl", "@/other.jsonl"]) {
      for (const words of [["trace"], ["trace", "judge"], ["trace", "judge", "--json"]]) {
        expect((await ran([...words, file])).code).not.toBe(0);
      }
    }
  });
});

test("in a file of assignments", async () => {
  const { code, stderr } = await ran(["bmc", "run", "-p", "shm:@/b", "--state", "@/state.json"]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^mctp-lpc: .*state\.json/);
});

test("in what decode reads", async () => {
  for (const input of [
    HOSTILE,
    `00 01\n${HOSTILE}`,
    `00000000: ${HOSTILE}`,
    `{"n":${HOSTILE}`,
    "unsigned char a[] = {\u001b",
  ]) {
    const { code, stderr } = await ran(["decode"], { input });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^mctp-lpc: line \d/);
  }
});

describe("of a false agent", () => {
  test.each(
    titled([
      ["status"],
      ["status", "--counters"],
      ["endpoints"],
      ["routes"],
      ["ping", "--count", "1"],
      ["ping", "--count", "1", "--eid", "77"],
      ["send-file", "@/steps.jsonl", "--name", "a"],
      ["send-file", "@/steps.jsonl", "--name", "a", "--eid", "77", "--timeout", "100"],
      ["request", "--type", "0", "--hex", "80 02"],
      ["request", "--type", "0", "--hex", "80 02", "--eid", "77", "--timeout", "50", "--retries", "0"],
      ["control", "get-endpoint-uuid"],
      ["pldm", "types"],
      ["assign", "300", "01234567-89ab-cdef-0123-456789abcdef"],
      ["assign", "30", "01234567-89ab-cdef-0123-456789abcdef"],
      ["trace", "dump"],
    ]),
  )("%s", async (_title, words) => {
    const at = ["--control", "@/false.sock"];
    for (const columns of [undefined, 100]) {
      const { stderr } = await ran([...words, ...at], columns === undefined ? {} : { columns });
      expect(stderr).not.toMatch(/^ +at /m);
    }
    if (words[0] !== "trace") await ran([...words, ...at, "--json"]);
  });

  test("its texts are shown, not left out", async () => {
    const at = ["--control", "@/false.sock"];
    expect((await ran(["status", ...at])).stdout).toContain(SHOWN);
    expect((await ran(["status", "--json", ...at])).stdout).toContain(IN_JSON);
    expect((await ran(["send-file", "@/none", ...at])).stderr).toContain(SHOWN);
  });
});
