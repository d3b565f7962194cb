/** The folder of control sockets: agents make it, tools make nothing, and neither uses one that a stranger may use. */
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { spawnSync } from "node:child_process";
import os from "node:os";
import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import {
  checkControlPath,
  checkToolsPath,
  controlPathsOf,
  defaultControlPath,
  listControlPaths,
} from "../../src/agent/control/control-folder.ts";
import { connectControl } from "../../src/agent/control/control-socket.ts";
import { system } from "../../src/platform/system.ts";
import { Sandbox, finish, type Finished } from "../support/processes.ts";

const STRANGER = 4242;

let sandbox: Sandbox;
let folder: string;
const before = process.env["XDG_RUNTIME_DIR"];
beforeEach(() => {
  sandbox = new Sandbox();
  folder = sandbox.path("run/mctp-lpc");
  process.env["XDG_RUNTIME_DIR"] = sandbox.path("run");
  jest.spyOn(os, "tmpdir").mockImplementation(() => sandbox.path("tmp"));
});
afterEach(async () => {
  jest.restoreAllMocks();
  if (before === undefined) delete process.env["XDG_RUNTIME_DIR"];
  else process.env["XDG_RUNTIME_DIR"] = before;
  await sandbox.dispose();
});

const ownPath = (): string => defaultControlPath("host", "shm:/a");
const refusal = (why: string): Error =>
  expect.objectContaining({ code: "control-folder", message: expect.stringContaining(why) }) as unknown as Error;

/** A tool as a process: the temporary folder is the process's. */
async function status(environment: Readonly<Record<string, string>>): Promise<Finished> {
  return finish(await sandbox.launch(["status"], environment));
}

/** Agents and tools alike. */
async function expectRefused(why: string): Promise<void> {
  await expect(checkControlPath(ownPath())).rejects.toEqual(refusal(why));
  await expect(connectControl(ownPath())).rejects.toEqual(refusal(why));
  expect(() => listControlPaths()).toThrow(refusal(why));
}

describe("the default folder", () => {
  test("is refused below a folder that others may write, who could exchange all that is in it", async () => {
    mkdirSync(sandbox.path("open/run"), { recursive: true });
    process.env["XDG_RUNTIME_DIR"] = sandbox.path("open/run");
    chmodSync(sandbox.path("open"), 0o777);
    await expectRefused(`${sandbox.path("open")}: its mode is 0777`);
    chmodSync(sandbox.path("open"), 0o1777);
    await checkControlPath(ownPath());
  });

  test("has one socket for each side and platform; an agent makes it, for its user alone", async () => {
    const paths = (["host", "bmc"] as const).flatMap((side) =>
      ["shm:/a", "shm:/b"].map((name) => defaultControlPath(side, name)),
    );
    expect(new Set(paths).size).toBe(4);
    for (const one of paths) expect(one).toMatch(new RegExp(`^${folder}/(host|bmc)-[0-9a-f]+\\.sock$`));
    expect(ownPath()).toBe(paths[0]);
    await checkControlPath(ownPath());
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  test("tools make nothing, neither there nor in the temporary folder", async () => {
    expect(listControlPaths()).toEqual([]);
    checkToolsPath(ownPath());
    await expect(connectControl(ownPath())).rejects.toMatchObject({ code: "no-agent" });
    expect((await status({ XDG_RUNTIME_DIR: sandbox.path("missing") })).stderr).toContain("no agent of this user");
    expect(readdirSync(sandbox.folder).sort()).toEqual(["run", "tmp"]);
    expect([...readdirSync(sandbox.path("run")), ...readdirSync(sandbox.path("tmp"))]).toEqual([]);
  });

  test("lists sockets by side and passes over whatever else is there", async () => {
    await checkControlPath(ownPath());
    for (const name of ["host-1.sock", "bmc-2.sock", "notes.txt"]) writeFileSync(`${folder}/${name}`, "");
    expect(listControlPaths()).toEqual([`${folder}/bmc-2.sock`, `${folder}/host-1.sock`]);
    expect(listControlPaths("host")).toEqual([`${folder}/host-1.sock`]);
  });

  test.each<readonly [string, string, () => void]>([
    [
      "that others may use",
      "its mode is 0777",
      () => {
        mkdirSync(folder);
        chmodSync(folder, 0o777);
      },
    ],
    [
      "that is a file",
      "it is a file, not a folder",
      () => {
        writeFileSync(folder, "");
      },
    ],
    [
      "that is a FIFO",
      "it is a FIFO, not a folder",
      () => {
        spawnSync("mkfifo", [folder]);
      },
    ],
    [
      "that is a link to nothing",
      "it is a symbolic link",
      () => {
        symlinkSync("/nowhere", folder);
      },
    ],
    [
      "that is a link to a folder",
      "it is a symbolic link",
      () => {
        symlinkSync(sandbox.path("tmp"), folder);
      },
    ],
    [
      "of another user",
      "belongs to user 4242",
      () => {
        mkdirSync(folder, { mode: 0o700 });
        const { lookAt } = system;
        jest.spyOn(system, "lookAt").mockImplementation((path) => ({ ...lookAt(path)!, uid: STRANGER }));
      },
    ],
  ])("%s is refused in words", async (_what, why, plant) => {
    plant();
    await expectRefused(why);
  });

  test.each<readonly [string, string, () => void]>([
    [
      "a file",
      "it is a file, not a folder",
      () => {
        process.env["XDG_RUNTIME_DIR"] = sandbox.path("file");
      },
    ],
    [
      "open to others",
      "others may replace files",
      () => {
        chmodSync(sandbox.path("run"), 0o777);
      },
    ],
    [
      "another user's",
      "belongs to user 4242",
      () => {
        const { lookUp } = system;
        jest.spyOn(system, "lookUp").mockImplementation((path) => ({ ...lookUp(path)!, uid: STRANGER }));
      },
    ],
  ])("in a folder that is %s is refused in words, and not made", async (_what, why, arrange) => {
    writeFileSync(sandbox.path("file"), "");
    arrange();
    await expectRefused(why);
    expect(existsSync(folder)).toBe(false);
  });

  test("without a temporary folder: said in words, and that one is not made", async () => {
    const missing = sandbox.path("missing");
    const { code, stderr } = await status({ XDG_RUNTIME_DIR: "", TMPDIR: missing });
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/^mctp-lpc: .*it does not exist.*\n$/) });
    expect(existsSync(missing)).toBe(false);
  });
});

describe("the folder in the temporary one, where agents listen that root started for this user", () => {
  const second = (): string => sandbox.path(`tmp/mctp-lpc-${String(process.getuid?.())}`);

  test("is looked into by tools behind that in the runtime folder", async () => {
    await checkControlPath(ownPath());
    mkdirSync(second(), { mode: 0o700 });
    writeFileSync(`${folder}/host-1.sock`, "");
    writeFileSync(`${second()}/bmc-2.sock`, "");
    expect(listControlPaths()).toEqual([`${folder}/host-1.sock`, `${second()}/bmc-2.sock`]);
    expect(controlPathsOf("host", "shm:/a").map(dirname)).toEqual([folder, second()]);
    expect(dirname(ownPath())).toBe(folder);
  });

  test.each<readonly [string, () => void]>([
    [
      "that others may use",
      () => {
        mkdirSync(second());
        chmodSync(second(), 0o777);
      },
    ],
    [
      "that is a link",
      () => {
        symlinkSync(sandbox.path("run"), second());
      },
    ],
  ])(
    "%s is passed over: a stranger keeps no tool from the user's agents; a socket in it is refused",
    async (_what, plant) => {
      plant();
      await checkControlPath(ownPath());
      writeFileSync(`${folder}/host-1.sock`, "");
      writeFileSync(`${second()}/bmc-2.sock`, "");
      expect(listControlPaths()).toEqual([`${folder}/host-1.sock`]);
      expect(() => {
        checkToolsPath(`${second()}/bmc-2.sock`);
      }).toThrow(refusal("remove it"));
    },
  );
});

describe("a socket that the user named", () => {
  test("in a folder that others may write is refused for an agent; a sticky one is no matter", async () => {
    const path = sandbox.path("open/s");
    mkdirSync(dirname(path));
    chmodSync(dirname(path), 0o777);
    await expect(checkControlPath(path)).rejects.toMatchObject({ code: "control-path" });
    chmodSync(dirname(path), 0o1777);
    await checkControlPath(path);
  });
});
