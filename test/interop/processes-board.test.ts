import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import {
  closeSync,
  copyFileSync,
  openSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { runHere } from "../cli/run-here.ts";
import { Sandbox, type AgentProcess } from "../support/processes.ts";

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.dispose());

/** Offsets of the header's words, as the annex "Virtual board" has them. */
const LAYOUT_VERSION = 0x08;
const REGISTERS = 0x40;
const IDR_WRITTEN = 0x80;
const IDR_READ = 0x84;
const HEADER_BYTES = 4096;
const SMALL_WINDOW = 8192;

async function makeBoard(): Promise<string> {
  const path = sandbox.path("board");
  const made = await runHere(sandbox, "board", "create", path, "--window", "8K");
  expect(made).toMatchObject({ code: 0, stdout: `made ${path}, window 8192 bytes\n`, stderr: "" });
  return path;
}

function poke(path: string, offset: number, bytes: Uint8Array): void {
  const fd = openSync(path, "r+");
  writeSync(fd, bytes, 0, bytes.length, offset);
  closeSync(fd);
}

function word(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer);
}

describe("a board that cannot be used", () => {
  // Which headers are refused for what, the tests of the shared file have.
  test.each<readonly [string, (path: string) => void, RegExp]>([
    [
      "another layout version",
      (path) => {
        poke(path, LAYOUT_VERSION, word(3));
      },
      /has layout version 3, this program reads versions 1 to 2: make a new board, or use the program that made/,
    ],
    [
      "a file cut short",
      (path) => {
        truncateSync(path, HEADER_BYTES + SMALL_WINDOW - 1);
      },
      /is damaged: .* remove it and make a new one/,
    ],
    [
      "a text file",
      (path) => {
        writeFileSync(path, "shopping list\n".repeat(1000));
      },
      /is not a virtual board: choose another path/,
    ],
  ])("%s: refused in one line by both sides and by board show, and left as it is", async (_name, spoil, complaint) => {
    const path = await makeBoard();
    spoil(path);
    copyFileSync(path, sandbox.path("before"));
    const runs = await Promise.all([
      ...["host", "bmc"].map((side) =>
        runHere(sandbox, side, "run", "-p", `shm:${path}`, "--control", sandbox.path(`${side}.sock`)),
      ),
      runHere(sandbox, "board", "show", path),
    ]);
    for (const { code, stdout, stderr } of runs) {
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toMatch(complaint);
      expect(stderr).toContain(path);
      expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    }
    expect(readFileSync(path).equals(readFileSync(sandbox.path("before")))).toBe(true);
  });

  test("board create makes nothing where something is", async () => {
    const path = await makeBoard();
    const again = await runHere(sandbox, "board", "create", path);
    expect(again).toMatchObject({ code: 1, stdout: "" });
    expect(again.stderr).toBe(`mctp-lpc: there is a file ${path} already: remove it or choose another path\n`);
    expect(statSync(path).size).toBe(HEADER_BYTES + SMALL_WINDOW);
  });
});

describe("board show", () => {
  async function show(): Promise<string> {
    const { code, stdout, stderr } = await runHere(sandbox, "board", "show", sandbox.path("board"));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    return stdout;
  }

  async function showJson(): Promise<Record<string, unknown>> {
    const { code, stdout, stderr } = await runHere(sandbox, "board", "show", `shm:${sandbox.path("board")}`, "--json");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  test("a new board: registers zero, no process there, no magic; the file is not touched", async () => {
    const path = await makeBoard();
    const before = readFileSync(path);
    const { mtimeMs } = statSync(path);
    const text = await show();
    expect(text).toMatch(/^board .*, window 8192 bytes, depth 0$/m);
    expect(text).toMatch(/^ +host +no process$/m);
    expect(text).toMatch(/^ +BMC +no process$/m);
    expect(text).toMatch(/^ +STR +0x00/m);
    expect(text).toMatch(/^ +IDR +never written \(host to BMC\)$/m);
    expect(text).toMatch(/^ +ODR +never written \(BMC to host\)$/m);
    expect(text).not.toMatch(/shadow|Initialise/);
    expect(text).toMatch(/no magic: no BMC has written it yet/);
    expect(await showJson()).toMatchObject({
      windowBytes: SMALL_WINDOW,
      depth: 0,
      registers: { status: 0, idr: 0, odr: 0, shadow: null },
      events: { idrWritten: 0, idrRead: 0, odrWritten: 0, odrRead: 0 },
      host: { attached: false, processId: 0, doorbell: false },
      bmc: { attached: false, processId: 0, doorbell: false },
    });
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(statSync(path).mtimeMs).toBe(mtimeMs);
  });

  /** Header page without the words in which a side asks for its bell, which come and go while it sleeps and wakes. */
  function quietHeader(): Buffer {
    const header = readFileSync(sandbox.path("board")).subarray(0, HEADER_BYTES);
    header.fill(0, 0x104, 0x108).fill(0, 0x144, 0x148);
    return header;
  }

  test("with both agents there: who they are and what they agreed on, neither registers nor counters change; who was killed is named", async () => {
    const { host, bmc } = await sandbox.pair();
    const statusOf = async (agent: AgentProcess) => (await agent.status()).counters.binding;
    const counters = [await statusOf(host), await statusOf(bmc)];
    const before = quietHeader();
    const text = await show();
    expect(text).toMatch(new RegExp(`^ +host +process ${String(host.pid)}, with a doorbell$`, "m"));
    expect(text).toMatch(new RegExp(`^ +BMC +process ${String(bmc.pid)}, with a doorbell$`, "m"));
    expect(text).toMatch(/^ +STR +0xc[0-3] +BMC Active, Channel Active/m);
    expect(text).toMatch(/BMC versions 1-3, host versions 1-3, negotiated 3/);
    expect(text).toMatch(/BMC to host +524156 bytes at 0x100 \(MTU 524144\)/);
    expect(text).toMatch(/host to BMC +524156 bytes at 0x8007c \(MTU 524144\)/);
    expect(await showJson()).toMatchObject({
      host: { attached: true, processId: host.pid, doorbell: true },
      bmc: { attached: true, processId: bmc.pid, doorbell: true },
      controlRegion: "4d43545000010003000100030003000000000100" + "0007ff7c0008007c0007ff7c",
    });
    expect(quietHeader().equals(before)).toBe(true);
    expect([await statusOf(host), await statusOf(bmc)]).toEqual(counters);
    expect(await host.call("ping", { count: 2, interval: 0 })).toMatchObject({ answered: 2 });

    await host.end("SIGKILL");
    expect(await show()).toMatch(new RegExp(`^ +host +no process \\(process ${String(host.pid)} was killed\\)$`, "m"));
    expect(bmc.running).toBe(true);
  });

  test("a byte 0x00 that was written is Initialise, though it is what a new board holds", async () => {
    const path = await makeBoard();
    poke(path, IDR_WRITTEN, word(1));
    poke(path, IDR_READ, word(1));
    expect(await show()).toMatch(/^ +IDR +0x00 {2}Initialise \(host to BMC; written 1 time, read 1\)$/m);
    poke(path, IDR_WRITTEN, word(0));
    poke(path, REGISTERS, word(0x02));
    expect(await show()).toMatch(/^ +IDR +0x00 {2}Initialise \(host to BMC; written 0 times, read 1\)$/m);
    // BMC Active, IBF and OBF; IDR holds Tx Begin, ODR the dummy: looked at in the file, both stay unread.
    poke(path, REGISTERS, word(0x00ff0183));
    const unread = { registers: { status: 0x83, idr: 0x01, odr: 0xff } };
    expect([await showJson(), await showJson()]).toMatchObject([unread, unread]);
  });

  test("depth 1: what the driver holds, and that a byte taken out of IDR is not one that the BMC has read", async () => {
    const path = sandbox.path("board");
    const made = await runHere(sandbox, "board", "create", path, "--window", "8K", "--depth", "1");
    expect(made).toMatchObject({ code: 0, stdout: `made ${path}, window 8192 bytes, depth 1\n`, stderr: "" });
    expect(await show()).toMatch(/^board .*, window 8192 bytes, depth 1$/m);
    expect(await show()).toMatch(/^ +IDR +never written \(host to BMC\)\n +shadow +empty$/m);
    // Two bytes written: Initialise lies in the shadow, the fence in IDR.
    poke(path, REGISTERS, word(0x0000ff8a));
    poke(path, IDR_WRITTEN, word(2));
    poke(path, IDR_READ, word(1));
    const text = await show();
    expect(text).toMatch(/^ +STR +0x82 {2}BMC Active, IBF$/m);
    expect(text).toMatch(/^ +IDR +0xff {2}Dummy \(host to BMC; written 2 times, taken or read 1\)$/m);
    expect(text).toMatch(/^ +shadow +0x00 {2}Initialise \(taken from IDR by the driver, not read by the BMC\)$/m);
    expect(await showJson()).toMatchObject({ depth: 1, registers: { status: 0x82, idr: 0xff, odr: 0, shadow: 0 } });
    const before = readFileSync(path);
    await show();
    expect(readFileSync(path).equals(before)).toBe(true);
  });
});
