/** Agents that root starts, with --user: what they may do afterwards, whose files they make, and what they refuse. */
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { makeBoard } from "../../src/platform/shared-file/board-file.ts";
import { NOBODY, STRANGER, folderOf, needsRoot, nodeAs, openProgram, threadsOf } from "../support/other-users.ts";
import { AgentProcess, Sandbox, finish, type Finished } from "../support/processes.ts";
import { SerialCable } from "../support/pty.ts";

let sandbox: Sandbox;
/** Of the user that agents become. */
let folder: string;
const cables: SerialCable[] = [];
let devices: string | undefined;
beforeEach(() => {
  sandbox = new Sandbox();
  folder = folderOf(sandbox, "nobody", NOBODY.uid);
});
afterEach(async () => {
  await sandbox.dispose();
  for (const cable of cables.splice(0)) cable.close();
  if (devices !== undefined) rmSync(devices, { recursive: true });
  devices = undefined;
});

const USER = ["--user", NOBODY.name];

/** With every file that an agent may have, in the user's folder. */
async function agent(side: "host" | "bmc", ...options: readonly string[]): Promise<AgentProcess> {
  const inbox = join(folder, `${side}-inbox`);
  if (!existsSync(inbox)) folderOf(sandbox, `nobody/${side}-inbox`, NOBODY.uid);
  const control = join(folder, `${side}.sock`);
  const files = ["--inbox", inbox, "--trace", join(folder, `${side}.jsonl`), "--control", control];
  const child = await sandbox.launch([side, "run", "-p", `shm:${join(folder, "board")}`, ...files, ...options]);
  const started = new AgentProcess(side, child, control, inbox);
  await started.line(/control socket/);
  return started;
}

const bmcAgent = (): Promise<AgentProcess> =>
  agent("bmc", ...USER, "--state", join(folder, "state"), "--eid-pool", "20-30");

async function refused(...words: readonly string[]): Promise<Finished> {
  return finish(await sandbox.launch(words));
}

describe("an agent that root starts with --user", () => {
  needsRoot("is that user in every thread, without capabilities, root in reserve or ways to new rights", async () => {
    const bmc = await bmcAgent();
    expect(bmc.lines[1]).toMatch(/^runs as user nobody \(65534\) from now on, groups 65534; none of its \d+ threads /);
    const threads = threadsOf(bmc.pid);
    // Those of the engine, of the pool and of the debugger's signal.
    expect(threads.length).toBeGreaterThan(5);
    for (const thread of threads) {
      expect(Object.fromEntries(thread)).toMatchObject({
        Uid: "65534\t65534\t65534\t65534",
        Gid: "65534\t65534\t65534\t65534",
        Groups: "65534",
        CapPrm: "0000000000000000",
        CapEff: "0000000000000000",
        CapAmb: "0000000000000000",
        NoNewPrivs: "1",
      });
    }
  });

  needsRoot("makes its files as the user, serves, and takes away at its end what goes then", async () => {
    const [bmc, host] = await Promise.all([bmcAgent(), agent("host", ...USER)]);
    await bmc.line(/^discovered EID 20/);
    const names = ["board", "board.bmc-bell", "board.host-bell", "bmc.sock", "host.sock", "bmc.jsonl", "state"];
    for (const name of names) expect([name, statSync(join(folder, name)).uid]).toEqual([name, NOBODY.uid]);
    await host.call("sendFile", { path: join(folder, "bmc.jsonl"), name: "sent" });
    expect(statSync(join(bmc.inbox, "port-0-eid-20", "sent")).uid).toBe(NOBODY.uid);
    expect(await Promise.all([bmc.end("SIGTERM"), host.end("SIGTERM")])).toEqual(
      Array(2).fill({ code: 0, signal: null }),
    );
    expect(readdirSync(folder).filter((name) => /bell|sock/.test(name))).toEqual([]);
  });

  needsRoot("uses files in a folder that only root may enter, as debugfs is, beside an inbox of its own", async () => {
    const lpc = folderOf(sandbox, "lpc", 0);
    for (const [name, bytes] of [
      ["io", 0x1_0000],
      ["fw", 0x1000_0000],
    ] as const) {
      writeFileSync(join(lpc, name), "", { mode: 0o600 });
      truncateSync(join(lpc, name), bytes);
    }
    const inbox = folderOf(sandbox, "nobody/inbox", NOBODY.uid);
    const control = join(folder, "host.sock");
    const options = ["--inbox", inbox, "--control", control, ...USER];
    const child = await sandbox.launch(["host", "run", "-p", `powernv:${lpc}`, ...options]);
    const host = new AgentProcess("host", child, control, inbox);
    await host.line(/control socket/);
    expect(await host.end("SIGTERM")).toEqual({ code: 0, signal: null });
  });

  needsRoot("reads with the user's rights what a tool of root names", async () => {
    const [bmc, host] = await Promise.all([bmcAgent(), agent("host", ...USER)]);
    await bmc.line(/^discovered/);
    await expect(host.call("sendFile", { path: "/etc/shadow" })).rejects.toThrow(/permission denied/i);
  });

  needsRoot("started again in the same way after a kill, takes its own leftovers", async () => {
    const first = await bmcAgent();
    await first.end("SIGKILL");
    expect(readdirSync(folder).filter((name) => /bell|sock/.test(name))).toEqual(["bmc.sock", "board.bmc-bell"]);
    const second = await bmcAgent();
    expect(await second.end("SIGTERM")).toEqual({ code: 0, signal: null });
    expect(readdirSync(folder).filter((name) => /bell|sock/.test(name))).toEqual([]);
  });

  needsRoot("uses a board that root's agents made, and refuses that of a third user", async () => {
    const board = join(folder, "board");
    makeBoard(board, 8192);
    expect(statSync(board).uid).toBe(0);
    expect(await (await bmcAgent()).end("SIGTERM")).toMatchObject({ code: 0 });
    linkSync(board, join(folder, "second"));
    const second = ["-p", `shm:${join(folder, "second")}`, "--control", join(folder, "s")];
    expect((await refused("bmc", "run", ...USER, ...second)).stderr).toMatch(/is refused .*: it has 2 names/);
    rmSync(join(folder, "second"));
    chownSync(board, STRANGER, STRANGER);
    const place = ["-p", `shm:${board}`, "--control", join(folder, "s")];
    const { code, stderr } = await refused("bmc", "run", ...USER, ...place);
    expect([code, stderr]).toEqual([1, expect.stringContaining("is refused (LPC-SEC-8): it belongs to user 4242")]);
  });

  needsRoot(
    "on the board of an agent that stayed root: the channel works without bells, and both say what to do",
    async () => {
      // As /dev/shm is.
      chmodSync(sandbox.folder, 0o1777);
      const bmc = await sandbox.bareAgent("bmc");
      await bmc.line(/control socket/);
      const host = await sandbox.bareAgent("host", ...USER);
      await host.line(/^channel up/);
      await host.line(/bmc-bell is not rung .*: permission denied; run both agents as one user/);
      await bmc.line(/host-bell is not rung .*: it belongs to user 65534; run both agents as one user/);
      expect(await Promise.all([bmc.end("SIGTERM"), host.end("SIGTERM")])).toMatchObject([{ code: 0 }, { code: 0 }]);
    },
  );

  needsRoot("has its default socket where the user's own tools find it, not in root's runtime folder", async () => {
    chmodSync(sandbox.path("tmp"), 0o1777);
    const child = await sandbox.launch(["bmc", "run", ...USER, "-p", `shm:${join(folder, "board")}`]);
    const bmc = new AgentProcess("bmc", child, "", "");
    await bmc.line(new RegExp(`control socket ${sandbox.path("tmp/mctp-lpc-65534/bmc-")}[0-9a-f]+\\.sock$`));
    const runtime = folderOf(sandbox, "runtime", NOBODY.uid);
    const tool = nodeAs(sandbox, NOBODY, [openProgram(sandbox), "status"], { XDG_RUNTIME_DIR: runtime });
    expect((await finish(tool)).stdout).toMatch(/^BMC on shm:/);
  });
});

test("an agent of root without --user says what follows, and how to run it as another user", async () => {
  const bmc = await sandbox.agent("bmc");
  const told = bmc.matching(/^runs as root; with --user NAME it gives root up/);
  expect(told).toHaveLength(process.getuid?.() === 0 ? 1 : 0);
});

describe("a serial line that only root may open", () => {
  needsRoot("is opened, and once it was lost and stays shut, the user is told once what to do", async () => {
    const [first, second] = [new SerialCable(), new SerialCable()];
    cables.push(first, second);
    // On the way to it, and as in /dev, there is no folder that others may write.
    devices = mkdtempSync("/run/mctp-lpc-test-");
    chmodSync(devices, 0o755);
    const line = join(devices, "line");
    for (const { onePath } of cables) chmodSync(onePath, 0o600);
    symlinkSync(first.onePath, line);
    const child = await sandbox.launch([
      "endpoint",
      "run",
      ...USER,
      "--link",
      `serial:${line}`,
      "--control",
      join(folder, "s"),
    ]);
    const endpoint = new AgentProcess("endpoint", child, join(folder, "s"), "");
    await endpoint.line(/control socket/);
    expect(endpoint.matching(/^runs as user nobody/)).toHaveLength(1);
    rmSync(line);
    await endpoint.line(/^lost /);
    symlinkSync(second.onePath, line);
    await endpoint.line(new RegExp(`^cannot open ${line}: permission denied; add this user to the group .* udev rule`));
    chmodSync(second.onePath, 0o666);
    await endpoint.line(
      / is open$/,
      endpoint.lines.findIndex((one) => one.startsWith("cannot open")),
    );
    expect(endpoint.matching(/^cannot open/)).toHaveLength(1);
    expect(await endpoint.end("SIGTERM")).toEqual({ code: 0, signal: null });
  });
});

needsRoot("a line that the user put into a folder of its own is not opened as root", async () => {
  const cable = new SerialCable();
  cables.push(cable);
  chmodSync(cable.onePath, 0o600);
  symlinkSync(cable.onePath, join(folder, "line"));
  const place = ["--link", `serial:${join(folder, "line")}`, "--control", join(folder, "s")];
  const { code, stderr } = await refused("endpoint", "run", ...USER, ...place);
  expect([code, stderr]).toEqual([
    1,
    expect.stringMatching(/cannot open .*line: permission denied; add this user to the/),
  ]);
});

describe("--user is refused in words, before anything is made", () => {
  const words = (user: string): readonly string[] => [
    "bmc",
    "run",
    "-p",
    `shm:${join(folder, "board")}`,
    "--user",
    user,
  ];

  async function expectRefused(finished: Promise<Finished>, why: RegExp): Promise<void> {
    const { code, stdout, stderr } = await finished;
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(why);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(readdirSync(folder)).toEqual([]);
  }

  needsRoot("for an unknown user, and for root", async () => {
    await expectRefused(refused(...words("no-such-user")), /there is no user no-such-user on this machine/);
    await expectRefused(refused(...words("root")), /--user root is root: name another user/);
    await expectRefused(refused(...words("0")), /--user 0 is root/);
  });

  needsRoot("for an agent that another user starts", async () => {
    const started = nodeAs(sandbox, { uid: STRANGER }, [openProgram(sandbox), ...words("nobody")]);
    await expectRefused(finish(started), /only root can become user nobody: this process is user 4242's/);
  });

  needsRoot("where koffi is missing", async () => {
    const started = sandbox.start(process.execPath, [openProgram(sandbox), ...words("nobody")]);
    await expectRefused(finish(started), /agents with --user need the package koffi/);
  });

  needsRoot("where files would be opened through io_uring, which keeps root's rights", async () => {
    const started = await sandbox.launch(words("nobody"), { UV_USE_IO_URING: "1" });
    await expectRefused(finish(started), /take UV_USE_IO_URING out of the environment/);
  });
});

needsRoot("--control-group: a member's tool is served by an agent of another user, a stranger's is not", async () => {
  const shared = folderOf(sandbox, "shared", 0);
  chownSync(shared, 0, 1);
  chmodSync(shared, 0o710);
  const control = join(shared, "s");
  const place = ["-p", `shm:${sandbox.path("board")}`, "--control", control];
  const child = await sandbox.launch(["bmc", "run", ...place, "--control-group", "1"]);
  await new AgentProcess("bmc", child, control, "").line(/control socket/);
  const program = openProgram(sandbox);
  const status = (groups: readonly number[]): Promise<Finished> =>
    finish(nodeAs(sandbox, { uid: STRANGER, groups }, [program, "status", "--control", control]));
  expect((await status([1])).stdout).toMatch(/^BMC on shm:/);
  expect(await status([3])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("or a member of its --control-group"),
  });
});

describe("--control-group is refused in words", () => {
  test("without --control: the default folder is for one user", async () => {
    const { code, stderr } = await refused("bmc", "run", "-p", `shm:${sandbox.path("board")}`, "--control-group", "1");
    expect([code, stderr]).toEqual([64, expect.stringContaining("--control-group needs --control PATH")]);
  });

  needsRoot("for a group that the agent's user is not in", async () => {
    chmodSync(folder, 0o711);
    const place = ["-p", `shm:${join(folder, "board")}`, "--control", join(folder, "s")];
    const { code, stderr } = await refused("bmc", "run", ...USER, ...place, "--control-group", "1");
    expect([code, stderr]).toEqual([1, expect.stringMatching(/the agent's user is not in group \w+ and cannot give/)]);
    expect(readdirSync(folder)).toEqual([]);
  });
});
