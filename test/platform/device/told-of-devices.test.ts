/** What users of devices are told, on a FUSE board, which answers system calls as the real drivers do. */
import { afterEach, beforeEach, expect } from "@jest/globals";
import { closeSync, openSync, symlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import { openBmcPlatform, openHostPlatform, parsePlatform } from "../../../src/platform/kinds.ts";
import { FuseBoard, needsFuse, needsFuseMapping } from "../../support/fuse-board.ts";
import { NOBODY, folderOf } from "../../support/other-users.ts";
import { AgentProcess, Sandbox, finish } from "../../support/processes.ts";

const IBF = 0x02;

let sandbox: Sandbox;
let board: FuseBoard | undefined;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(async () => {
  await sandbox.dispose();
  await board?.end();
  board = undefined;
});

async function start(side: "host" | "bmc", place: string): Promise<AgentProcess> {
  const control = sandbox.path(`${side}.sock`);
  const child = await sandbox.launch([side, "run", "--until-eof", "-p", place, "--control", control]);
  return new AgentProcess(side, child, control, "");
}

const rawKcs = ({ folder }: FuseBoard, settings = ""): string =>
  `raw-kcs:${folder}/dev/raw-kcs3,lpc=${folder}/dev/aspeed-lpc-ctrl${settings}`;

needsFuseMapping("a channel that another program has: one line that names the program's finder, status 1", async () => {
  board = await FuseBoard.start();
  const other = openSync(board.path("raw-kcs3"), "r+");
  try {
    const child = await sandbox.launch(["bmc", "run", "-p", rawKcs(board)]);
    const { code, stderr } = await finish(child);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^[^\n]*another program has it[^\n]*fuser -v [^\n]*raw-kcs3[^\n]*\n$/) as unknown,
    });
  } finally {
    closeSync(other);
  }
});

needsFuse("a BMC whose device tree names no memory is told so", async () => {
  board = await FuseBoard.start({ regionBytes: 0 });
  const spec = parsePlatform(rawKcs(board), "bmc");
  expect(() => openBmcPlatform(spec, { doorbell: true, log: () => undefined })).toThrow(
    expect.objectContaining({ name: "Failure", code: "region-missing" }),
  );
});

needsFuseMapping("a byte that the host wrote before the node was opened is read first", async () => {
  board = await FuseBoard.start();
  const host = openSync(board.path("port"), "r+");
  writeSync(host, Uint8Array.of(0x5a), 0, 1, 0xca2);
  closeSync(host);
  const bmc = openBmcPlatform(parsePlatform(rawKcs(board), "bmc"), { doorbell: true, log: () => undefined });
  try {
    expect([bmc.port.readStatus() & IBF, bmc.port.readData(), bmc.port.readStatus() & IBF]).toEqual([IBF, 0x5a, 0]);
  } finally {
    bmc.close();
  }
});

needsFuseMapping(
  "a size and an address that the driver refuses leave nothing open: the next opening succeeds",
  async () => {
    board = await FuseBoard.start();
    const open = (settings: string): (() => void) => {
      const spec = parsePlatform(rawKcs(board!, settings), "bmc");
      return () => {
        openBmcPlatform(spec, { doorbell: true, log: () => undefined }).close();
      };
    };
    expect(open(",at=64M")).toThrow(expect.objectContaining({ code: "region-small" }));
    expect(open(",map=0x1000")).toThrow(expect.objectContaining({ code: "map-address" }));
    open(",map=0x0ff00000")();
    open(",map=none")();
  },
);

needsFuseMapping(
  "LPC-HOST-14: a host that starts before the window is mapped says so once, and finds the BMC later",
  async () => {
    board = await FuseBoard.start();
    const host = await start("host", `powernv:${board.folder}/dev`);
    await host.line(/control socket/);
    // Registers alone: no mapping yet, but a BMC that shows itself.
    const bmc = openBmcPlatform(parsePlatform(rawKcs(board, ",map=none"), "bmc"), {
      doorbell: true,
      log: () => undefined,
    });
    bmc.port.writeStatus(0x80);
    await host.line(/no hardware answers through .*fw.*\(LPC-HOST-14\)/);
    await host.until(({ counters }) => "drive" in counters && counters.drive.busUnanswered > 1);
    bmc.close();
    const agent = await start("bmc", rawKcs(board, ",map=0x0ff00000"));
    await Promise.all([host.line(/^channel up/), agent.line(/^channel up/)]);
    expect(host.matching(/no hardware answers/)).toHaveLength(1);
  },
);

needsFuse(
  "a host's window of one page, at a place that nothing decodes: reads give 0xff, nothing is thrown",
  async () => {
    board = await FuseBoard.start();
    const spec = parsePlatform(`powernv:${board.folder}/dev,window=0x01000000,size=4K`);
    const host = openHostPlatform(spec, { doorbell: true, log: () => undefined });
    try {
      const into = new Uint8Array(4);
      host.window.read(0, into, 0, 4);
      expect([...into]).toEqual([0xff, 0xff, 0xff, 0xff]);
      expect(host.unanswered?.()).toBe(1);
    } finally {
      host.close();
    }
  },
);

needsFuseMapping("devices that go away while agents run: each says so and ends with status 1", async () => {
  board = await FuseBoard.start();
  const bmc = await start("bmc", rawKcs(board, ",map=0x0ff00000"));
  const host = await start("host", `powernv:${board.folder}/dev`);
  await Promise.all([host.line(/^channel up/), bmc.line(/^channel up/)]);
  await board.end();
  board = undefined;
  for (const agent of [bmc, host]) {
    expect(await agent.exited).toEqual({ code: 1, signal: null });
    expect(agent.transcript).toMatch(/lost the device .*\/dev\/(raw-kcs3|io|fw): .*start the agent again/);
    // What the registers read as then was not the peer's doing.
    expect(agent.transcript).not.toMatch(/channel lost|keeps the channel busy/);
  }
});

needsFuseMapping("with --user root opens the devices, but not what a link of that user leads to", async () => {
  board = await FuseBoard.start();
  const folder = folderOf(sandbox, "nobody", NOBODY.uid);
  const run = (side: string, place: string): readonly string[] => [
    ...[side, "run", "--until-eof", "--user", NOBODY.name],
    ...["--control", join(folder, `${side}.sock`), "-p", place],
  ];
  const child = await sandbox.launch(run("bmc", rawKcs(board, ",map=0x0ff00000")));
  const bmc = new AgentProcess("bmc", child, "", "");
  await bmc.line(/control socket/);
  expect(bmc.matching(/^(mapped 1048576 bytes|runs as user nobody)/)).toHaveLength(2);

  const [io, fw] = [join(folder, "io"), join(folder, "fw")];
  symlinkSync(board.path("io"), io);
  symlinkSync(board.path("fw"), fw);
  const { code, stderr } = await finish(await sandbox.launch(run("host", `powernv:${folder}`)));
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: expect.stringMatching(
      / is refused \(LPC-SEC-8\): of its folder .*belongs to user 65534, not to root/,
    ) as unknown,
  });
});
