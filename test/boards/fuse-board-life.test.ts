/** Whatever ends a FUSE board, or the program that started it, no mount and no file is left, and no program hangs in it. */
import { afterEach, expect } from "@jest/globals";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, readSync, readdirSync, writeSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { errnoOf } from "../../src/platform/failure.ts";
import { CallingProcess, ioctl, map } from "../support/device-calls.ts";
import { BOARD_PROGRAM, FuseBoard, needsFuse, needsFuseMapping } from "../support/fuse-board.ts";
import { isAlive, pause } from "../support/processes.ts";
import { sharedMemory } from "../support/shared-memory.ts";

const GET_SIZE = 0xc010_b200;
const MIB = 1024 * 1024;
const LIMIT_MILLISECONDS = 10_000;
const LOOK_MILLISECONDS = 10;

let boards: FuseBoard[] = [];
let opened: number[] = [];
afterEach(async () => {
  for (const fd of opened) closeSync(fd);
  opened = [];
  await Promise.all(boards.map((one) => one.end()));
  boards = [];
});

async function start(...settings: Parameters<typeof FuseBoard.start>): Promise<FuseBoard> {
  const board = await FuseBoard.start(...settings);
  boards.push(board);
  return board;
}

function open(path: string): number {
  const fd = openSync(path, "r+");
  opened.push(fd);
  return fd;
}

function isMounted(folder: string): boolean {
  return readFileSync("/proc/mounts", "utf8").includes(folder);
}

async function until(holds: () => boolean): Promise<void> {
  const end = performance.now() + LIMIT_MILLISECONDS;
  while (!holds()) {
    if (performance.now() > end) throw new Error("in vain");
    await pause(LOOK_MILLISECONDS);
  }
}

const ENDS: readonly (readonly [string, (board: FuseBoard) => Promise<void>])[] = [
  ["its input ends", (board) => board.end()],
  ["it gets SIGTERM", (board) => board.kill("SIGTERM")],
  ["it is killed", (board) => board.kill("SIGKILL")],
];
for (const [what, end] of ENDS) {
  needsFuse(
    `when ${what}, mount and folder are gone, and a program that was blocked in a read gets an error`,
    async () => {
      const board = await start();
      expect(isMounted(board.folder)).toBe(true);
      const node = open(board.path("port"));
      const reader = await CallingProcess.read(board.path("raw-kcs3"), 2, 1, 0);
      await board.until(({ blockedReads }) => blockedReads === 1);
      await end(board);
      expect(isMounted(board.folder)).toBe(false);
      expect(existsSync(board.folder)).toBe(false);
      expect(await reader.outcome()).toMatchObject({ errno: expect.stringMatching(/^(ECONNABORTED|ENOTCONN)$/) });
      await reader.end();
      let errno: string | undefined;
      try {
        readSync(node, Buffer.alloc(1), 0, 1, 0xca3);
      } catch (error) {
        errno = errnoOf(error);
      }
      expect(errno).toMatch(/^(ECONNABORTED|ENOTCONN|EIO)$/);
    },
  );
}

needsFuse("when the program that started it is killed, the board ends and leaves nothing", async () => {
  const folder = mkdtempSync(join(sharedMemory(), "mctp-lpc-fuse-"));
  const program = `
    const { spawn } = require("node:child_process");
    const board = spawn(process.execPath, ${JSON.stringify([BOARD_PROGRAM, folder])}, { stdio: ["pipe", "pipe", "inherit"] });
    board.stdout.once("data", () => console.log(board.pid));`;
  const starter = spawn(process.execPath, ["--eval", program], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(createInterface({ input: starter.stdout }), "line")) as [string];
  expect(isMounted(folder)).toBe(true);
  starter.kill("SIGKILL");
  await until(() => !existsSync(folder) && !isAlive(Number(line)));
  expect(isMounted(folder)).toBe(false);
});

needsFuseMapping("a program that has the memory mapped keeps it when the board is killed", async () => {
  const board = await start();
  const mapped = map(open(board.path("aspeed-lpc-ctrl")), 0, MIB);
  mapped.bytes[7] = 0x77;
  await board.kill("SIGKILL");
  expect(mapped.bytes[7]).toBe(0x77);
  mapped.unmap();
});

needsFuse("two boards at once have nothing in common", async () => {
  const [one, other] = await Promise.all([start(), start()]);
  writeSync(open(one.path("port")), Uint8Array.of(0x42), 0, 1, 0xca2);
  expect(one.state().idr).toBe(0x42);
  expect(other.state().idr).toBe(0);
});

needsFuse("a board with settings of its own: ports, memory, what the driver holds", async () => {
  const board = await start({ dataPort: 0xca8, regionBytes: 2 * MIB, depth: 0 });
  writeSync(open(board.path("io")), Uint8Array.of(0x43), 0, 1, 0xca8);
  open(board.path("raw-kcs3"));
  expect(board.state()).toMatchObject({ idr: 0x43, shadow: null });
  const argument = Buffer.alloc(16, 0);
  argument[0] = 2;
  expect(ioctl(open(board.path("aspeed-lpc-ctrl")), GET_SIZE, argument)).toBe("ok");
  expect(argument.readUInt32LE(12)).toBe(2 * MIB);
});

needsFuse("without reserved memory GET_SIZE fails with ENXIO", async () => {
  const board = await start({ regionBytes: 0 });
  const argument = Buffer.alloc(16, 0);
  argument[0] = 2;
  expect(ioctl(open(board.path("aspeed-lpc-ctrl")), GET_SIZE, argument)).toBe("ENXIO");
});

needsFuse("without passthrough the memory's plain file stands for mappings, which the device refuses", async () => {
  const board = await start({ passthrough: false });
  expect(board.hasPassthrough).toBe(false);
  expect(() => map(open(board.path("aspeed-lpc-ctrl")), 0, MIB)).toThrow(/ENODEV/);
  const mapped = map(open(board.memoryPath), 0, MIB);
  writeSync(open(board.path("mem")), Uint8Array.of(0x5b), 0, 1, 3);
  expect(mapped.bytes[3]).toBe(0x5b);
  mapped.unmap();
});

needsFuse("its folder lists its files, and stat tells of regular files for root alone", async () => {
  const board = await start();
  const names = readdirSync(join(board.folder, "dev"), { withFileTypes: true });
  expect(names.map((entry) => entry.name).sort()).toEqual([
    "accesses",
    "aspeed-lpc-ctrl",
    "control",
    "fw",
    "io",
    "mem",
    "port",
    "raw-kcs3",
    "state",
  ]);
  expect(names.every((entry) => entry.isFile())).toBe(true);
});

needsFuse("a setting that means nothing keeps a board from starting, and is refused by a running one", async () => {
  const left = readdirSync(sharedMemory()).filter((name) => name.startsWith("mctp-lpc-fuse-"));
  await expect(FuseBoard.start({ depth: "deep" as unknown as 0 })).rejects.toThrow('depth takes a number, not "deep"');
  expect(readdirSync(sharedMemory()).filter((name) => name.startsWith("mctp-lpc-fuse-"))).toEqual(left);
  const board = await start();
  expect(() => {
    board.control("regionBytes=0");
  }).toThrow(/EINVAL/);
});
