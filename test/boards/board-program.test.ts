/** What a FUSE board does for tests alone: it makes its programs slow, and keeps a record of accesses. */
import { describe, expect } from "@jest/globals";
import { writeLater } from "../support/device-calls.ts";
import { boardOfFile, needsFuse } from "../support/fuse-board.ts";
import { DATA, STATUS, STATUS_PORT, nodeOf, readAt, writeAt } from "../support/node-calls.ts";
import { pause } from "../support/processes.ts";

const A_WHILE_MILLISECONDS = 100;

const board = boardOfFile();
const { openNode, host } = nodeOf(board);

describe("a program that is slow to handle a byte", () => {
  needsFuse("its next call takes effect late, a read of STR too; the host sees IDR empty meanwhile", async () => {
    board().control("handlingMilliseconds=200");
    const fd = openNode();
    host.write(0x11);
    expect(readAt(fd, 1, DATA)).toEqual([0x11]);
    const began = performance.now();
    const writing = writeLater(fd, [0x80], STATUS);
    await pause(A_WHILE_MILLISECONDS);
    expect(host.read(STATUS_PORT)).toBe(0);
    expect(await writing).toBe(1);
    expect(performance.now() - began).toBeGreaterThan(150);
    expect(host.read(STATUS_PORT)).toBe(0x80);
  });
});

describe("the board's record", () => {
  needsFuse("reads of STR are counted, for each side", () => {
    const fd = openNode();
    const { looks } = board().state();
    readAt(fd, 1, STATUS);
    readAt(fd, 1, STATUS);
    host.read(STATUS_PORT);
    expect(board().state().looks).toEqual({ host: looks.host + 1, bmc: looks.bmc + 2 });
  });

  needsFuse("tells each access that has an effect, whose it was and in which order", () => {
    const fd = openNode();
    host.write(0x13);
    readAt(fd, 1, STATUS);
    readAt(fd, 1, DATA);
    writeAt(fd, [0x14, 0x81], DATA);
    host.read();
    expect(
      board()
        .accesses()
        .map(({ side, access, register, value }) => `${side} ${access} ${register} ${String(value)}`),
    ).toEqual([
      "host writes IDR 19",
      "bmc reads IDR 19",
      "bmc writes STR 129",
      "bmc writes ODR 20",
      "host reads ODR 20",
    ]);
    board().control("forget");
    expect(board().accesses()).toEqual([]);
  });
});
