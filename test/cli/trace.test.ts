import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, closeSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { decodeTrace, encodeTrace, isLifeRow, type TraceRow } from "../../src/core/trace/format.ts";
import { traceHead } from "../../src/core/trace/head.ts";
import { Ladder } from "../../src/core/trace/ladder.ts";
import { svgLadder } from "../../src/core/trace/svg-ladder.ts";
import { recording } from "../interop/recorded-traces.ts";
import { MAIN, PROJECT, Sandbox, finish, pause, type Finished } from "../support/processes.ts";
import { runHere, runIn } from "./run-here.ts";

const NAME = "04a-msg64-host-to-bmc-v3";
const RECORDED = join(PROJECT, "test", "vectors", "bus", `${NAME}.jsonl`);
const { rows } = recording(NAME);
const COLOUR = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, "g");

const MEBIBYTE = 1024 * 1024;

let sandbox: Sandbox;
beforeAll(() => {
  sandbox = new Sandbox();
});
afterAll(() => sandbox.dispose());

async function shown(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runHere(sandbox, "trace", ...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
}

function withInput(input: string, ...args: readonly string[]): Promise<Finished> {
  return runIn(sandbox, { input }, "trace", ...args);
}

function ladderOf(part: readonly TraceRow[]): string {
  const ladder = new Ladder({ since: part[0]?.t });
  const lines = [...part.flatMap((row) => ladder.push(row)), ...ladder.end()].map(({ text }) => text);
  return [ladder.header, ...lines, ""].join("\n");
}

/** The recorded rows, one every millisecond. */
const timedRows = rows.map((row, index) => ({ ...row, t: 1_000_000 * index }));

function timed(side: "host" | "bmc"): string {
  return encodeTrace(timedRows.filter((row) => row.side === side));
}

describe("mctp-lpc trace", () => {
  test("prints the ladder, without colours where no terminal is", async () => {
    expect(await shown(RECORDED)).toBe(ladderOf(rows));
  });

  test("reads standard input", async () => {
    const { code, stdout } = await withInput(readFileSync(RECORDED, "utf8"), "-");
    expect({ code, stdout }).toEqual({ code: 0, stdout: ladderOf(rows) });
  });

  test("merges the traces of both sides by time", async () => {
    writeFileSync(sandbox.path("host.jsonl"), timed("host"));
    writeFileSync(sandbox.path("bmc.jsonl"), timed("bmc"));
    expect(await shown(sandbox.path("host.jsonl"), sandbox.path("bmc.jsonl"))).toBe(ladderOf(timedRows));
    expect(await shown(sandbox.path("bmc.jsonl"), sandbox.path("host.jsonl"))).toBe(ladderOf(timedRows));
  });

  test("--from and --to bound what is shown, and what came before is known", async () => {
    const part = await shown(RECORDED, "--from", "22", "--to", "27");
    expect(
      part
        .split("\n")
        .slice(1)
        .map((line) => line.replace(/[─▶│├┤ ]+/g, " ").trim()),
    ).toEqual(["packet of 68 bytes · 9 -> 8 SOM EOM seq 0 TO tag 1 · type 0x7d", "host IDR = 01 Tx Begin BMC", ""]);
  });

  test("--svg writes the drawing that the library gives, to a file or to standard output", async () => {
    const drawing = svgLadder(rows, { title: `${NAME}.jsonl` });
    expect(await shown(RECORDED, "--svg", sandbox.path("ladder.svg"))).toBe("");
    expect(readFileSync(sandbox.path("ladder.svg"), "utf8")).toBe(drawing);
    expect(await shown(RECORDED, "--svg", "-")).toBe(drawing);
    expect(await shown(RECORDED, "--svg", "-", "--from", "22")).toContain("rows 0 to 21 left out");
  });

  test("--json prints events, one object a line, in words too", async () => {
    const lines = (await shown(RECORDED, "--json", "--from", "22")).trimEnd().split("\n");
    const events = lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
    expect(events[0]).toEqual({
      kind: "window",
      side: "host",
      first: 22,
      last: 23,
      steps: ["host.tx"],
      verb: "writes",
      area: "hostToBmc",
      items: ["packet of 68 bytes", "9 -> 8 SOM EOM seq 0 TO tag 1", "type 0x7d"],
      text: "writes packet of 68 bytes · 9 -> 8 SOM EOM seq 0 TO tag 1 · type 0x7d",
    });
    expect(events.filter(({ kind }) => kind === "byte").map(({ text }) => text)).toEqual([
      "IDR = 01 Tx Begin",
      "ODR = 02 Rx Complete",
    ]);
  });

  test("an idle trace is one line with its polls, however many there are", async () => {
    const idle = Array.from({ length: 4000 }, (_, index): TraceRow => {
      return { n: index, t: 251_000_000 * index, side: "host", op: "kcs_read", reg: "STR", value: "80" };
    });
    writeFileSync(sandbox.path("idle.jsonl"), encodeTrace(idle));
    const lines = (await shown(sandbox.path("idle.jsonl"))).trimEnd().split("\n").slice(1);
    expect(lines).toEqual([
      expect.stringMatching(/^ {2}0\.000000 {3}├── sees STR = 80/u),
      expect.stringMatching(/┄ 1003\.75 s pass, STR read 3999 times ┄/u),
    ]);
  });

  test.each([
    [["trace", "-"], 1],
    [["trace", "judge", "-"], 2],
    [["decode"], 1],
  ] as const)(
    "input of one line without end is refused by %j once it is longer than a line may be",
    async (words, status) => {
      const child = await sandbox.launch(words);
      let given = 0;
      const piece = Buffer.alloc(MEBIBYTE, "7");
      const endless = new Readable({
        read() {
          given += piece.length;
          this.push(piece);
        },
      });
      endless.pipe(child.stdin!);
      let stderr = "";
      child.stderr?.on("data", (text: Buffer) => (stderr += text.toString()));
      const [code] = (await once(child, "close")) as [number | null];
      endless.destroy();
      expect({ code, stderr }).toEqual({
        code: status,
        stderr: expect.stringMatching(/^mctp-lpc: .*line 1.* more than/),
      });
      expect(given).toBeLessThan(64 * MEBIBYTE);
    },
  );

  test("a FIFO that nothing is written to is told of; then it is drawn as its writer writes, slowly, too", async () => {
    const fifo = sandbox.path("trace.fifo");
    expect(spawnSync("mkfifo", [fifo]).status).toBe(0);
    const writer = openSync(fifo, "r+");
    const tool = await sandbox.launch(["trace", fifo]);
    const told = once(tool.stderr!, "data");
    const drawing = finish(tool);
    await told;
    const text = readFileSync(RECORDED);
    const half = Math.floor(text.length / 2);
    // More than a pipe holds would keep this process waiting: the parts are smaller.
    for (const part of [text.subarray(0, half), text.subarray(half)]) {
      for (let done = 0; done < part.length; done += 16 * 1024) {
        writeSync(writer, part.subarray(done, done + 16 * 1024));
        await pause(20);
      }
      await pause(200);
    }
    closeSync(writer);
    const { code, stdout, stderr } = await drawing;
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: `mctp-lpc: nothing has been written to ${fifo} yet; waiting for it\n`,
    });
    expect(stdout).toBe(await shown(RECORDED));
  });

  test("draws lines as rows come: from a pipe, and from a file that still grows, until Ctrl-C", async () => {
    const [first, rest] = [timedRows.slice(0, 12), timedRows.slice(12)];
    const path = sandbox.path("growing.jsonl");
    writeFileSync(path, encodeTrace(first));
    const piped = await sandbox.launch(["trace", "-"]);
    const following = await sandbox.launch(["trace", "--follow", path]);
    piped.stdin?.write(encodeTrace(first));
    const texts = [piped, following].map((child) => {
      const text = { shown: "" };
      child.stdout?.setEncoding("utf8").on("data", (part: string) => (text.shown += part));
      return text;
    });
    const have = async (words: string): Promise<void> => {
      while (!texts.every(({ shown: text }) => text.includes(words))) await pause(10);
    };
    await have("Initialise");
    piped.stdin?.write(encodeTrace(rest));
    appendFileSync(path, encodeTrace(rest));
    await have("Rx Complete");
    following.kill("SIGINT");
    const ended = await Promise.all([finish(piped), finish(following)]);
    expect(ended.map(({ code, stderr }) => [code, stderr])).toEqual([
      [0, ""],
      [0, ""],
    ]);
    expect(texts.map(({ shown: text }) => text)).toEqual([ladderOf(timedRows), ladderOf(timedRows)]);
  });

  test("is as wide as its terminal, in colours there, not under NO_COLOR nor on a dumb one", async () => {
    const onTerminal = async (environment: Readonly<Record<string, string>>): Promise<readonly string[]> => {
      const surroundings = { columns: 72, environment: { TERM: "xterm", ...environment } };
      return (await runIn(sandbox, surroundings, "trace", RECORDED)).stdout.trimEnd().split("\n");
    };
    const [header, ...lines] = await onTerminal({ NO_COLOR: "1" });
    expect(header).toHaveLength(72);
    expect(Math.max(...lines.map((line) => line.length))).toBe(72);
    expect(await onTerminal({ TERM: "dumb" })).toEqual([header, ...lines]);
    const coloured = await onTerminal({});
    expect(coloured.map((line) => line.replace(COLOUR, ""))).toEqual([header, ...lines]);
    expect(coloured.filter((line) => line.search(COLOUR) >= 0)).toHaveLength(coloured.length);
  });

  test("a last line that is cut is left out, and that is said", async () => {
    const text = readFileSync(RECORDED, "utf8").trimEnd();
    const [whole, cut] = [sandbox.path("whole.jsonl"), sandbox.path("cut.jsonl")];
    writeFileSync(whole, `${text.split("\n").slice(0, -1).join("\n")}\n`);
    writeFileSync(cut, text.slice(0, -9));
    const { code, stdout, stderr } = await runHere(sandbox, "trace", cut);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: `mctp-lpc: ${cut}, line ${String(rows.length)} ends in the middle: it is left out\n`,
    });
    expect(stdout).toBe(await shown(whole));
    // Only that: a line that was ended is wrong, and so is one that only lacks its end but is no row.
    writeFileSync(cut, `${text.slice(0, -9)}\n`);
    expect((await runHere(sandbox, "trace", cut)).stderr).toMatch(/: the line is no JSON\n$/);
    // Nor is anything said of a last line that lacks its end alone.
    writeFileSync(cut, text);
    expect(await runHere(sandbox, "trace", cut)).toMatchObject({ code: 0, stderr: "" });
  });

  test("shows what two agents recorded, whole, in which the judge finds nothing", async () => {
    const agents = new Sandbox();
    try {
      const traces = { host: agents.path("host.jsonl"), bmc: agents.path("bmc.jsonl") };
      const board = ["--window", "64K", "--depth", "1"];
      const bmc = await agents.agent("bmc", "--trace", traces.bmc, ...board, "--announce", "400");
      const host = await agents.agent("host", "--trace", traces.host);
      await bmc.line(/^discovered/);
      expect(await host.call("ping", { count: 3, interval: 0 })).toMatchObject({ answered: 3 });
      await Promise.all([host.end("SIGTERM"), bmc.end("SIGTERM")]);
      const text = await shown(traces.host, traces.bmc);
      expect(text).toMatch(/Get Endpoint UUID response, success/);
      expect(text).not.toMatch(/overwrites|not new|CRC wrong|out of bounds/);
      for (const side of ["host", "bmc"] as const) {
        const decoded = decodeTrace(readFileSync(traces[side], "utf8"));
        if (!decoded.ok) throw new Error("not read");
        const { head, rows: recorded } = decoded.value;
        const times = side === "host" ? { refused: 1000, stop: 500 } : { announce: 400 };
        expect(head).toEqual(traceHead({ sides: [side], depth: 1, windowBytes: 65536, lives: true, times }));
        const lives = recorded.filter(isLifeRow);
        expect(lives.map(({ event }) => event)).toEqual(["started", "stopAsked", "ended"]);
        expect([lives[0], lives.at(-1)]).toEqual([recorded[0], recorded.at(-1)]);
        expect(recorded.map(({ n }) => n)).toEqual(recorded.map((_, index) => index));
      }
      for (const files of [Object.values(traces), [traces.host], [traces.bmc]]) {
        const judged = await runHere(sandbox, "trace", "judge", ...files);
        expect(judged).toMatchObject({
          code: 0,
          stdout: expect.stringMatching(/ in 1 session, protocol version 3\.$/m),
        });
        expect(judged.stdout).not.toMatch(/older|broken by/);
      }
      expect(text).toMatch(/the host starts/);
      expect(text).toMatch(/the BMC is asked to stop/);
      expect(await shown(traces.host, traces.bmc, "--svg", "-")).toMatch(
        /^<svg [^]*Get Endpoint UUID request[^]*<\/svg>\n$/,
      );
    } finally {
      await agents.dispose();
    }
  });
});

describe("traces that cannot be shown are named, with what is wrong", () => {
  async function refused(args: readonly string[], ...says: readonly string[]): Promise<void> {
    const { code, stdout, stderr } = await runHere(sandbox, "trace", ...args);
    expect([1, 64]).toContain(code);
    // The rows before the one that is wrong are drawn, with nothing else.
    expect(stdout.replace(/^(?:host| {2}│| {2}├|seconds| {2}\d).*\n/gmu, "")).toBe("");
    for (const part of says) expect(stderr).toContain(part);
    expect(stderr).toMatch(/^(?:mctp-lpc|error): .+\n$/s);
    expect(stderr).not.toMatch(/^ +at |\bE[A-Z]{4,}:/m);
  }

  beforeAll(() => {
    const [first = ""] = readFileSync(RECORDED, "utf8").split("\n");
    writeFileSync(sandbox.path("no-json.jsonl"), `${first}\nhello\n`);
    writeFileSync(sandbox.path("wrong-side.jsonl"), `${first}\n\n${first.replace('"bmc"', '"guest"')}\n`);
    writeFileSync(sandbox.path("empty.jsonl"), "\n");
    writeFileSync(sandbox.path("one.jsonl"), timed("host"));
  });

  test("no file, a folder, a file that is missing", async () => {
    await refused([], "missing required argument 'file'");
    await refused([sandbox.folder], `cannot read ${sandbox.folder}: it is a folder`);
    await refused([sandbox.path("none")], `cannot read ${sandbox.path("none")}: there is no such file`, "--trace");
  });

  test("a device without an end, named or as standard input", async () => {
    await refused(["/dev/zero"], "cannot read /dev/zero: it is a device; give a file, or - for standard input");
    const endless = ["-c", '"$0" "$1" trace - < /dev/zero', process.execPath, MAIN];
    const { code, stderr } = await finish(sandbox.start("sh", endless));
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/^mctp-lpc: standard input, line 1/) });
  });

  test("a line that is no row, with its number", async () => {
    await refused([sandbox.path("no-json.jsonl")], "no-json.jsonl, line 2: the line is no JSON");
    await refused([sandbox.path("wrong-side.jsonl")], "wrong-side.jsonl, line 3: side is none of host, bmc, lab");
    await refused([sandbox.path("empty.jsonl")], "no access in ");
    const { code, stderr } = await withInput("[]\n", "-");
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr:
        "mctp-lpc: standard input, line 1: the line is no JSON object; a trace is a file that an agent wrote with --trace or --pcap\n",
    });
  });

  test("another program's trace, a newer one, two in one file, a head alone", async () => {
    const [first = ""] = readFileSync(RECORDED, "utf8").split("\n");
    const refusedText = async (text: string, ...says: readonly string[]): Promise<void> => {
      writeFileSync(sandbox.path("head.jsonl"), text);
      await refused([sandbox.path("head.jsonl")], ...says);
    };
    const head = '{"trace":"mctp-lpc","version":2,"sides":["host"],"lives":true}';
    await refusedText(`${head.replace("mctp-lpc", "spy")}\n`, "line 1: the head names another program");
    await refusedText(`${head.replace("2", "3")}\n`, "line 1: the trace has version 3", "or a newer one");
    await refusedText(`${head}\n${first}\n${head}\n`, "line 3: a head stands on the first line only");
    await refusedText(`${head}\n`, "no access in ");
    await refusedText('{"lines":[]}\n', "line 1: n is no whole number from 0; a trace is a file that");
    await refusedText("\u007fELF\u0002\n", "line 1: the line is no JSON; a trace is a file that an agent wrote");
  });

  test("two traces that no time brings together, more than two, one twice", async () => {
    await refused([sandbox.path("one.jsonl"), RECORDED], `${RECORDED}, row 0 has no time`);
    await refused([RECORDED, RECORDED], "is given twice");
    await refused([RECORDED, sandbox.path("one.jsonl"), "x"], "a bus has two sides");
  });

  test("a part that the trace has not, numbers that are none", async () => {
    await refused([RECORDED, "--from", "500"], "the trace has rows 0 to 33");
    await refused([RECORDED, "--from", "9", "--to", "8"], "--from 9 is behind --to 8");
    await refused([RECORDED, "--from", "x"], "'--from <row>'", "Give a whole number.");
    await refused([RECORDED, "--svg", "x", "--json"], "cannot be used with option");
  });

  test("a drawing that cannot be written", async () => {
    await refused([RECORDED, "--svg", sandbox.path("no/ladder.svg")], "cannot write", "the folder does not exist");
    await refused([RECORDED, "--svg", sandbox.folder], "it is a folder");
  });
});
