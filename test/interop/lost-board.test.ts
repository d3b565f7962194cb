/** Boards that are taken away from under running agents, and boards for which there is no room. */
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { closeSync, existsSync, ftruncateSync, openSync, readdirSync, rmSync, truncateSync, writeSync } from "node:fs";
import { runHere } from "../cli/run-here.ts";
import { Sandbox, pause, within, type AgentProcess } from "../support/processes.ts";
import { SmallFileSystem, needsMount } from "../support/tmpfs.ts";

const END_LIMIT_MILLISECONDS = 15_000;
const HEADER_BYTES = 4096;
const LOST = /^mctp-lpc: the board \S+\/board was (made shorter|removed or replaced) while it was in use: start both/m;

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.dispose());

async function expectOrderlyEnd(agent: AgentProcess): Promise<void> {
  const exit = await within(END_LIMIT_MILLISECONDS, agent.exited);
  expect({ side: agent.side, ...exit }).toEqual({ side: agent.side, code: 1, signal: null });
  expect(agent.stderr).toMatch(LOST);
  // One line, no stack.
  expect(agent.stderr.trim().split("\n")).toHaveLength(1);
  expect(existsSync(agent.control)).toBe(false);
}

describe("a board that is taken from under sleeping agents", () => {
  test.each<readonly [string, (board: string) => void]>([
    [
      "made shorter",
      (board) => {
        truncateSync(board, HEADER_BYTES);
      },
    ],
    [
      "removed",
      (board) => {
        rmSync(board);
      },
    ],
  ])("%s: each says so and ends with status 1", async (_how, harm) => {
    const { host, bmc } = await sandbox.pair();
    await pause(100);
    harm(sandbox.path("board"));
    await Promise.all([expectOrderlyEnd(host), expectOrderlyEnd(bmc)]);
    expect(readdirSync(sandbox.folder).filter((name) => name.endsWith("-bell"))).toEqual([]);
  });
});

describe("a file system without room", () => {
  let small: SmallFileSystem;
  afterEach(() => {
    small.dispose();
  });

  needsMount("a board is made whole or not at all: the window's memory is taken when it is made", async () => {
    small = new SmallFileSystem(2048);
    small.fill(512);
    const made = await runHere(sandbox, "board", "create", small.path("board"));
    expect(made).toMatchObject({ code: 1, signal: null });
    expect(made.stderr).toMatch(/cannot make the board .*: no space left/);
    expect(readdirSync(small.folder)).toEqual(["filler"]);
    const agent = await runHere(sandbox, "bmc", "run", "--platform", `shm:${small.path("board")}`);
    expect(agent).toMatchObject({ code: 1, signal: null });
    expect(agent.stderr).toMatch(/cannot make the board .*: no space left/);
  });

  needsMount(
    "a board with holes, as another program may make it, is filled before it is used, or refused",
    async () => {
      small = new SmallFileSystem(2048);
      const header = Buffer.alloc(HEADER_BYTES);
      header.write("MCTPLPCB", 0, "latin1");
      new Uint32Array(header.buffer, header.byteOffset, 6).set([1, 0x01020304, HEADER_BYTES, 1024 * 1024], 2);
      const fd = openSync(small.path("board"), "wx", 0o600);
      writeSync(fd, header);
      ftruncateSync(fd, HEADER_BYTES + 1024 * 1024);
      closeSync(fd);
      small.fill(512);
      const agent = await runHere(sandbox, "bmc", "run", "--platform", `shm:${small.path("board")}`);
      expect(agent).toMatchObject({ code: 1, signal: null });
      expect(agent.stderr).toMatch(/cannot fill the holes of the board .*: no space left/);
    },
  );

  needsMount("running agents do not mind a file system that fills up under them", async () => {
    small = new SmallFileSystem(4096);
    const { host, bmc } = await sandbox.pair("--platform", `shm:${small.path("board")}`);
    small.fill();
    const ping = { count: 50, interval: 0, bytes: 60_000 };
    expect(await host.call("ping", ping)).toMatchObject({ answered: 50 });
    expect(await bmc.call("ping", ping)).toMatchObject({ answered: 50 });
    await Promise.all([host.end("SIGTERM"), bmc.end("SIGTERM")]);
  });
});
