/**
 * Both agents as processes on a FUSE board, which answers system calls as the real drivers do: the BMC on the raw KCS driver
 * and the reserved memory, the host on I/O ports and physical memory, or on PowerNV's debugfs.
 */
import { afterAll, beforeAll, describe, expect } from "@jest/globals";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { boardOfFile, needsFuseMapping, type FuseBoard } from "../../support/fuse-board.ts";
import { AgentProcess, Sandbox, pause, receivedAs, sha256Of, within } from "../../support/processes.ts";

type Side = "host" | "bmc";

const FILE_BYTES = 1024 * 1024;
/** Settings of the board: as measured; as in QEMU, where an STR write stores IBF; with a handler that is late. */
const BOARDS = [
  ["qemu=false", "interruptMilliseconds=0"],
  ["qemu=true", "interruptMilliseconds=0"],
  ["qemu=false", "interruptMilliseconds=5"],
] as const;
const ROUND_LIMIT_MILLISECONDS = 20_000;
/** Within the transfer of a file. */
const KILL_AFTER_MILLISECONDS = 40;

/** Where the host is; on how many of the boards agents are killed, and how often the host is started. */
const HOSTS = [
  {
    kind: "x86:",
    placeOn: (board: FuseBoard) =>
      `x86:0xca2,window=0x3f00000,size=1M,port=${board.path("port")},mem=${board.path("mem")}`,
    boards: BOARDS,
    starts: 10,
  },
  {
    kind: "powernv:",
    placeOn: (board: FuseBoard) => `powernv:${board.folder}/dev`,
    boards: BOARDS.slice(0, 1),
    starts: 3,
  },
] as const;

const board = boardOfFile();

describe.each(HOSTS)("BMC on raw-kcs:, host on $kind", ({ placeOn, boards, starts }) => {
  let sandbox: Sandbox;
  const agents = new Map<Side, AgentProcess>();
  beforeAll(() => {
    sandbox = new Sandbox();
  });
  afterAll(() => sandbox.dispose());

  async function start(side: Side): Promise<AgentProcess> {
    const [node, lpc] = [board().path("raw-kcs3"), board().path("aspeed-lpc-ctrl")];
    const place = side === "host" ? placeOn(board()) : `raw-kcs:${node},lpc=${lpc},map=0x0ff00000`;
    const control = sandbox.path(`${side}.sock`);
    const inbox = sandbox.folderAt(`${side}-inbox`);
    const child = await sandbox.launch([
      side,
      "run",
      "--until-eof",
      ...["--platform", place],
      ...["--control", control],
      ...["--inbox", inbox],
    ]);
    const agent = new AgentProcess(side, child, control, inbox);
    agents.set(side, agent);
    await agent.line(/control socket/);
    return agent;
  }

  async function end(): Promise<void> {
    await Promise.all([...agents.values()].map((agent) => agent.end("SIGKILL")));
    agents.clear();
  }

  /** Sends a file and checks what arrived. */
  async function send(from: Side, name: string): Promise<void> {
    writeFileSync(sandbox.path(name), randomBytes(FILE_BYTES));
    await transfer(from, name);
  }

  async function transfer(from: Side, name: string): Promise<void> {
    const path = sandbox.path(name);
    const sent = await agents.get(from)!.call("sendFile", { path, patience: ROUND_LIMIT_MILLISECONDS });
    const digest = sha256Of(path);
    expect(sent).toMatchObject({ name, bytes: FILE_BYTES, sha256: digest });
    const { inbox } = agents.get(from === "host" ? "bmc" : "host")!;
    expect(sha256Of(receivedAs(inbox, name))).toBe(digest);
  }

  async function expectSound(): Promise<void> {
    for (const agent of agents.values()) {
      const { counters } = await agent.status();
      expect(counters.binding).toMatchObject({
        crcMismatch: 0,
        lengthOutOfBounds: 0,
        layoutInvalid: 0,
        versionRefused: 0,
        unknownCommand: 0,
      });
      expect(counters).toMatchObject({ drive: { busUnanswered: 0 } });
    }
  }

  needsFuseMapping("discovery, and files both ways with equal SHA-256", async () => {
    const bmc = await start("bmc");
    const host = await start("host");
    await Promise.all([host.line(/^channel up/), bmc.line(/^discovered EID 9/)]);
    expect(bmc.matching(/^mapped 1048576 bytes at 0x3f00000 of the region to 0xff00000/)).toHaveLength(1);
    await send("host", "to-bmc.bin");
    await send("bmc", "to-host.bin");
    await expectSound();
    await end();
  });

  needsFuseMapping("LPC-HOST-7, LPC-BMC-1: either agent is killed under traffic and started again", async () => {
    await start("bmc");
    await start("host");
    for (const [index, settings] of [...boards, BOARDS[0]].entries()) {
      for (const setting of settings) board().control(setting);
      // The last ones only set the board back.
      if (index === boards.length) break;
      for (const victim of ["host", "bmc"] as const) {
        const name = `board-${String(index)}-${victim}.bin`;
        writeFileSync(sandbox.path(name), randomBytes(FILE_BYTES));
        const disturbed = transfer(victim === "host" ? "bmc" : "host", name);
        // Looked at below.
        disturbed.catch(() => undefined);
        await pause(KILL_AFTER_MILLISECONDS);
        expect(await agents.get(victim)!.end("SIGKILL")).toEqual({ code: null, signal: "SIGKILL" });
        await start(victim);
        await within(ROUND_LIMIT_MILLISECONDS, disturbed);
      }
    }
    await send("host", "afterwards.bin");
    await expectSound();
    await end();
  });

  needsFuseMapping("LPC-KCS-13: starts of the host open one session each, without a false refusal", async () => {
    const bmc = await start("bmc");
    for (let count = 0; count < starts; count++) {
      const from = bmc.lines.length;
      const host = await start("host");
      await host.line(/^channel up/);
      await bmc.line(/^channel up/, from);
      const { counters } = await host.status();
      expect(counters.binding).toMatchObject({
        sessionsOpened: 1,
        versionRefused: 0,
        startupRestarted: 0,
        bmcRestartSeen: 0,
        closeLost: 0,
      });
      await host.end("SIGKILL");
      agents.delete("host");
    }
    const { counters } = await bmc.status();
    expect(counters.binding).toMatchObject({ sessionsOpened: starts, versionRefused: 0, unknownCommand: 0 });
    await end();
  });
});
