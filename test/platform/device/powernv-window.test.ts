/** PowerNV's window on a FUSE board: any range, in the accesses that the kernel makes of it, and a mapping that comes and goes. */
import { afterAll, afterEach, beforeAll, describe, expect } from "@jest/globals";
import { readFileSync } from "node:fs";
import { openHostPlatform, parsePlatform } from "../../../src/platform/kinds.ts";
import type { HostPlatform } from "../../../src/platform/port.ts";
import { BOARD_HOSTS, BoardAgents, TRANSFER_LIMIT_MILLISECONDS } from "../../support/board-agents.ts";
import { boardOfFile, needsFuse, needsFuseMapping } from "../../support/fuse-board.ts";
import { pause, within } from "../../support/processes.ts";

const MAP = "map 0x0ff00000 0x03f00000 0x00100000";
const WINDOW_OFFSET = 0x03f0_0000;
/** How long the host's window is gone, from the first access that meets it so. */
const UNMAPPED_MILLISECONDS = 200;

const board = boardOfFile();

describe("the window of powernv:", () => {
  const opened: HostPlatform[] = [];
  afterEach(() => {
    for (const host of opened.splice(0)) host.close();
  });

  function openHost(): HostPlatform {
    const spec = parsePlatform(`powernv:${board().folder}/dev`, "host");
    const host = openHostPlatform(spec, { doorbell: true, log: () => undefined });
    opened.push(host);
    return host;
  }

  // What an access takes follows from where it begins: 4 bytes at multiples of 4, 2 at multiples of 2, else 1.
  for (const [offset, length, sizes] of [
    [0, 4, { 1: 0, 2: 0, 4: 1 }],
    [1, 8, { 1: 2, 2: 1, 4: 1 }],
    [2, 3, { 1: 1, 2: 1, 4: 0 }],
    [3, 1, { 1: 1, 2: 0, 4: 0 }],
    [3, 70, { 1: 2, 2: 0, 4: 17 }],
  ] as const) {
    needsFuse(`${String(length)} bytes at ${String(offset)} are written and read, and nothing beside them`, () => {
      board().control(MAP);
      const { window } = openHost();
      const clean = new Uint8Array(80);
      window.write(0, clean, 0, clean.length);
      const bytes = Uint8Array.from({ length }, (_, index) => index + 1);
      const before = board().state().fwAccesses;
      window.write(offset, bytes, 0, length);
      const after = board().state().fwAccesses;
      expect({ 1: after[1] - before[1], 2: after[2] - before[2], 4: after[4] - before[4] }).toEqual(sizes);
      const expected = Uint8Array.from(clean);
      expected.set(bytes, offset);
      const memory = readFileSync(board().memoryPath).subarray(WINDOW_OFFSET, WINDOW_OFFSET + clean.length);
      expect([...memory]).toEqual([...expected]);
      const into = new Uint8Array(length);
      window.read(offset, into, 0, length);
      expect([...into]).toEqual([...bytes]);
    });
  }
});

describe("LPC-HOST-14: a window that is gone while a file is sent", () => {
  let agents: BoardAgents;
  beforeAll(() => {
    const [, powernv] = BOARD_HOSTS;
    agents = new BoardAgents(board, powernv.placeOn);
  });
  afterEach(() => agents.end());
  afterAll(() => agents.dispose());

  for (const from of ["host", "bmc"] as const) {
    needsFuseMapping(
      `the file of the ${from} is whole when it arrives, and the host's log tells of it once`,
      async () => {
        const bmc = await agents.start("bmc");
        const host = await agents.start("host");
        await Promise.all([host.line(/^channel up/), bmc.line(/^discovered EID 9/)]);
        board().control("unmap");
        const disturbed = agents.send(from, `of-${from}.bin`);
        disturbed.catch(() => undefined);
        await host.line(/no hardware answers through .*fw/);
        await pause(UNMAPPED_MILLISECONDS);
        board().control(MAP);
        await within(TRANSFER_LIMIT_MILLISECONDS, disturbed);
        await agents.send(from, `again-of-${from}.bin`);
        expect(host.matching(/no hardware answers/)).toHaveLength(1);
      },
    );
  }
});
