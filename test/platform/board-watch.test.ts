/** A board that is made shorter, removed or replaced under a side is told of, once, and the side lets go of it. */
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { existsSync, mkdtempSync, renameSync, rmSync, truncateSync } from "node:fs";
import { join } from "node:path";
import type { Failure } from "../../src/platform/failure.ts";
import { makeBoard } from "../../src/platform/shared-file/board-file.ts";
import { attachHost } from "../../src/platform/shared-file/shared-file.ts";

const HEADER_BYTES = 4096;
const WINDOW_BYTES = 8192;
const LIMIT_MILLISECONDS = 4000;

let folder: string;
let board: string;
beforeEach(() => {
  folder = mkdtempSync("/dev/shm/mctp-lpc-watch-");
  board = join(folder, "board");
  makeBoard(board, WINDOW_BYTES);
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const replace = (): void => {
  rmSync(board);
  makeBoard(board, WINDOW_BYTES);
};

test.each<readonly [string, string, () => void]>([
  [
    "made shorter, to nothing",
    "board-shortened",
    () => {
      truncateSync(board, 0);
    },
  ],
  [
    "made shorter, to its header",
    "board-shortened",
    () => {
      truncateSync(board, HEADER_BYTES);
    },
  ],
  [
    "made shorter, by half of its window",
    "board-shortened",
    () => {
      truncateSync(board, HEADER_BYTES + 4096);
    },
  ],
  [
    "removed",
    "board-removed",
    () => {
      rmSync(board);
    },
  ],
  [
    "given another name",
    "board-removed",
    () => {
      renameSync(board, join(folder, "other"));
    },
  ],
  ["replaced by another", "board-removed", replace],
])("%s: %s", async (_how, code, harm) => {
  const side = attachHost(board, { doorbell: true });
  const told: string[] = [];
  try {
    const first = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(reject, LIMIT_MILLISECONDS);
      side.whenLost?.((why: Failure) => {
        told.push(why.code);
        clearTimeout(timer);
        resolve();
      });
    });
    harm();
    await first;
    // Longer than from one look to the next.
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(told).toEqual([code]);
  } finally {
    side.close();
  }
  expect(existsSync(`${board}.host-bell`)).toBe(false);
});

test("a side that leaves a board that was replaced leaves the doorbell of the next one alone", () => {
  const first = attachHost(board, { doorbell: true });
  replace();
  const second = attachHost(board, { doorbell: true });
  first.close();
  expect(existsSync(`${board}.host-bell`)).toBe(true);
  second.close();
  expect(existsSync(`${board}.host-bell`)).toBe(false);
});
