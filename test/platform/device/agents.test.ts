/**
 * Both agents as processes on a FUSE board, which answers system calls as the real drivers do: the BMC on the raw KCS driver
 * and the reserved memory, the host on I/O ports and physical memory, or on PowerNV's debugfs.
 */
import { afterAll, afterEach, beforeAll, describe, expect } from "@jest/globals";
import { BOARD_HOSTS, BoardAgents, TRANSFER_LIMIT_MILLISECONDS } from "../../support/board-agents.ts";
import { boardOfFile, needsFuseMapping } from "../../support/fuse-board.ts";
import { pause, within } from "../../support/processes.ts";

/** Settings of the board: as measured; as in QEMU, where an STR write stores IBF; with a handler that is late. */
const BOARDS = [
  ["qemu=false", "interruptMilliseconds=0"],
  ["qemu=true", "interruptMilliseconds=0"],
  ["qemu=false", "interruptMilliseconds=5"],
] as const;
/** Within the transfer of a file. */
const KILL_AFTER_MILLISECONDS = 40;

const board = boardOfFile();

describe.each(BOARD_HOSTS)("BMC on raw-kcs:, host on $kind", ({ kind, placeOn }) => {
  /** Agents are killed on each of them; the boards behind the BMC are the same for both kinds of host. */
  const boards = kind === "x86:" ? BOARDS : BOARDS.slice(0, 1);
  let agents: BoardAgents;
  beforeAll(() => {
    agents = new BoardAgents(board, placeOn);
  });
  afterEach(() => agents.end());
  afterAll(() => agents.dispose());

  needsFuseMapping("discovery, and files both ways with equal SHA-256", async () => {
    const bmc = await agents.start("bmc");
    const host = await agents.start("host");
    await Promise.all([host.line(/^channel up/), bmc.line(/^discovered EID 9/)]);
    expect(bmc.matching(/^mapped 1048576 bytes at 0x3f00000 of the region to 0xff00000/)).toHaveLength(1);
    await agents.send("host", "to-bmc.bin");
    await agents.send("bmc", "to-host.bin");
    await agents.expectSound();
  });

  needsFuseMapping("LPC-HOST-7, LPC-BMC-1: either agent is killed under traffic and started again", async () => {
    await agents.start("bmc");
    await agents.start("host");
    for (const [index, settings] of boards.entries()) {
      for (const setting of settings) board().control(setting);
      for (const victim of ["host", "bmc"] as const) {
        const disturbed = agents.send(victim === "host" ? "bmc" : "host", `board-${String(index)}-${victim}.bin`);
        // Looked at below.
        disturbed.catch(() => undefined);
        await pause(KILL_AFTER_MILLISECONDS);
        expect(await agents.agent(victim).end("SIGKILL")).toEqual({ code: null, signal: "SIGKILL" });
        await agents.start(victim);
        await within(TRANSFER_LIMIT_MILLISECONDS, disturbed);
      }
    }
    for (const setting of BOARDS[0]) board().control(setting);
    await agents.send("host", "afterwards.bin");
    await agents.expectSound();
  });
});
