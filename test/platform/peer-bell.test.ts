/** The peer's doorbell is rung only where it is a FIFO of this user: a ring is a byte written to what lies there. */
import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import type { BmcPlatform, HostPlatform } from "../../src/platform/port.ts";
import { makeBoard } from "../../src/platform/shared-file/board-file.ts";
import { attachBmc, attachHost } from "../../src/platform/shared-file/shared-file.ts";
import { system } from "../../src/platform/system.ts";
import { Sandbox } from "../support/processes.ts";

let sandbox: Sandbox;
let bell: string;
let host: HostPlatform;
let bmc: BmcPlatform;
let log: string[];
beforeEach(() => {
  sandbox = new Sandbox();
  const path = sandbox.path("board");
  bell = `${path}.bmc-bell`;
  makeBoard(path, 8192);
  log = [];
  host = attachHost(path, { doorbell: true, log: (line) => log.push(line) });
  bmc = attachBmc(path, { doorbell: true });
});
afterEach(async () => {
  jest.restoreAllMocks();
  host.close();
  bmc.close();
  await sandbox.dispose();
});

/** The BMC sleeps, and the host writes a command. */
function ring(): void {
  bmc.interrupts.arm();
  host.port.writeData(1);
}

test.each<readonly [string, string, () => void]>([
  [
    "a symbolic link to a file of the user",
    "symbolic link",
    () => {
      symlinkSync(sandbox.path("mine"), bell);
    },
  ],
  [
    "a file",
    "it is a file, not a FIFO",
    () => {
      writeFileSync(bell, "", { mode: 0o600 });
    },
  ],
  [
    "a folder",
    "folder",
    () => {
      mkdirSync(bell);
    },
  ],
  [
    "a FIFO that others may write",
    "its mode is 0622",
    () => {
      spawnSync("mkfifo", [bell]);
      chmodSync(bell, 0o622);
    },
  ],
  [
    "a FIFO of another user",
    "it belongs to user 4242; run both agents as one user",
    () => {
      spawnSync("mkfifo", ["-m", "600", bell]);
      const { stat } = system;
      jest.spyOn(system, "stat").mockImplementation((fd) => ({ ...stat(fd), uid: 4242 }));
    },
  ],
])("%s in its place is not rung, is counted, and told of once", (_what, why, plant) => {
  writeFileSync(sandbox.path("mine"), "mine");
  rmSync(bell);
  plant();
  // A FIFO without a reader could not be opened for writing at all.
  const reader = why.includes("belongs") || why.includes("mode") ? system.open(bell, "ownFifo") : undefined;
  for (let rings = 0; rings < 3; rings++) ring();
  expect(readFileSync(sandbox.path("mine"), "utf8")).toBe("mine");
  if (why.includes("not a FIFO")) expect(readFileSync(bell, "utf8")).toBe("");
  if (reader !== undefined) {
    expect(() => system.read(reader, new Uint8Array(1), null)).toThrow(/EAGAIN/);
    system.close(reader);
  }
  expect(host.bellsRefused?.()).toBe(3);
  expect(log).toEqual([expect.stringMatching(new RegExp(`${bell} is not rung .*${why}`))]);
  rmSync(bell, { recursive: true });
});

test("a peer that was killed, or has made its bell anew, is no refusal", () => {
  rmSync(bell);
  ring();
  expect(spawnSync("mkfifo", ["-m", "600", bell]).status).toBe(0);
  ring();
  expect([host.bellsRefused?.(), log]).toEqual([0, []]);
});
