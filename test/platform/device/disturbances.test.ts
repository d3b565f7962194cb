/** What befalls agents on devices while packets go both ways, on a FUSE board, which answers system calls as the real drivers do. */
import { afterAll, afterEach, beforeAll, describe, expect } from "@jest/globals";
import { openSync } from "node:fs";
import {
  BOARD_HOSTS,
  BoardAgents,
  TRANSFER_LIMIT_MILLISECONDS as LIMIT_MILLISECONDS,
} from "../../support/board-agents.ts";
import { FuseBoard, boardOfFile, needsFuseMapping } from "../../support/fuse-board.ts";
import { pause, within } from "../../support/processes.ts";

const IBF = 0x02;
/** Within the transfer of a file. */
const INTO_TRANSFER_MILLISECONDS = 40;
/** Longer than any test takes. */
const HELD_MILLISECONDS = 60_000;

const board = boardOfFile();

describe.each(BOARD_HOSTS)("BMC on raw-kcs:, host on $kind", ({ placeOn }) => {
  let agents: BoardAgents;
  beforeAll(() => {
    agents = new BoardAgents(board, placeOn);
  });
  afterEach(() => agents.end());
  afterAll(() => agents.dispose());

  async function startBoth(): Promise<void> {
    const bmc = await agents.start("bmc");
    const host = await agents.start("host");
    await Promise.all([host.line(/^channel up/), bmc.line(/^discovered EID 9/)]);
  }

  needsFuseMapping(
    "with files under way in both directions, an agent is killed: the other's file arrives",
    async () => {
      await startBoth();
      for (const victim of ["host", "bmc"] as const) {
        const survivor = victim === "host" ? "bmc" : "host";
        const lost = agents.send(victim, `of-killed-${victim}.bin`);
        const kept = agents.send(survivor, `of-living-${survivor}.bin`);
        for (const transfer of [lost, kept]) transfer.catch(() => undefined);
        await pause(INTO_TRANSFER_MILLISECONDS);
        await agents.agent(victim).end("SIGKILL");
        // A file that was over before the kill is none that was lost.
        await lost.catch(() => undefined);
        await agents.start(victim);
        await within(LIMIT_MILLISECONDS, kept);
        await agents.send(victim, `again-of-${victim}.bin`);
      }
      await agents.expectSound();
    },
  );

  needsFuseMapping(
    "another program tries to open the channel again and again: files arrive in both directions",
    async () => {
      board().control("deafAfterBusyOpen=true");
      await startBoth();
      const transfers = Promise.all([
        agents.send("host", "beside-opens.bin"),
        agents.send("bmc", "beside-opens-too.bin"),
      ]);
      const transferring = { isOver: false };
      const over = (): void => {
        transferring.isOver = true;
      };
      transfers.then(over, over);
      do {
        expect(() => openSync(board().path("raw-kcs3"), "r+")).toThrow(expect.objectContaining({ code: "EBUSY" }));
        await pause(1);
      } while (!transferring.isOver);
      await transfers;
      await agents.expectSound();
    },
  );

  needsFuseMapping(
    "LPC-BMC-1: a BMC is killed in a call of its driver, which then loses Initialise at the open",
    async () => {
      await startBoth();
      board().control(`handlingMilliseconds=${String(HELD_MILLISECONDS)}`);
      await untilHeld();
      await agents.agent("host").end("SIGKILL");
      const host = await agents.start("host");
      await board().until(({ shadow, idr, hostStatus }) => shadow === 0x00 && idr === 0xff && (hostStatus & IBF) !== 0);
      expect(await within(LIMIT_MILLISECONDS, agents.agent("bmc").end("SIGKILL"))).toMatchObject({ signal: "SIGKILL" });
      board().control("handlingMilliseconds=0");
      board().control("forget");
      const bmc = await agents.start("bmc");
      await Promise.all([host.line(/^channel up/), bmc.line(/^channel up/)]);
      const [first] = board()
        .accesses()
        .filter(({ side, register }) => side === "bmc" && register === "IDR");
      expect(first).toMatchObject({ access: "reads", value: 0xff });
      expect(host.matching(/no common protocol version/)).toEqual([]);
      await agents.send("host", "after-the-loss.bin");
      await agents.expectSound();
    },
  );

  needsFuseMapping(
    "a signal in a call of the driver: the call is made again, and the agent stops in order",
    async () => {
      await startBoth();
      board().control("handlingMilliseconds=300");
      await untilHeld();
      const [bmc, host] = [agents.agent("bmc"), agents.agent("host")];
      expect(await within(LIMIT_MILLISECONDS, bmc.end("SIGTERM"))).toEqual({ code: 0, signal: null });
      expect(bmc.transcript).not.toMatch(/lost the device/);
      await host.line(/^channel lost: the BMC cleared/);
    },
  );

  needsFuseMapping(
    "devices go away while the BMC is in a call of its driver: both agents say so, status 1",
    async () => {
      const ending = await FuseBoard.start();
      const own = new BoardAgents(() => ending, placeOn);
      try {
        const bmc = await own.start("bmc");
        const host = await own.start("host");
        await Promise.all([host.line(/^channel up/), bmc.line(/^discovered EID 9/)]);
        ending.control(`handlingMilliseconds=${String(HELD_MILLISECONDS)}`);
        const ping = host.call("ping", { count: 1, timeout: LIMIT_MILLISECONDS });
        ping.catch(() => undefined);
        await ending.until(({ heldCalls }) => heldCalls === 1);
        await ending.end();
        for (const agent of [bmc, host]) {
          expect(await within(LIMIT_MILLISECONDS, agent.exited)).toEqual({ code: 1, signal: null });
          expect(agent.transcript).toMatch(/lost the device .*start the agent again/);
        }
      } finally {
        await own.dispose();
        await ending.end();
      }
    },
  );

  /** Waits until the BMC's agent is in a call that its driver holds. */
  async function untilHeld(): Promise<void> {
    const ping = agents.agent("host").call("ping", { count: 1, timeout: LIMIT_MILLISECONDS });
    // Whoever is ended next, it may never be answered.
    ping.catch(() => undefined);
    await board().until(({ heldCalls }) => heldCalls === 1);
  }
});
