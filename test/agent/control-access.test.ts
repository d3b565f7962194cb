/** Who is served by a control socket, by the kernel's word of who has connected, whatever its mode says. */
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { once } from "node:events";
import { chmodSync, chownSync, existsSync, statSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { REFUSALS_HELD, REFUSAL_MILLISECONDS, isServed } from "../../src/agent/control/control-access.ts";
import { checkControlPath } from "../../src/agent/control/control-folder.ts";
import { ControlServer, connectControl, type ControlOptions } from "../../src/agent/control/control-socket.ts";
import { findGroup } from "../../src/platform/accounts.ts";
import { peerCredentials } from "../../src/platform/peer-credentials.ts";
import { STRANGER, folderOf, needsRoot, nodeAs, openProgram, type Identity } from "../support/other-users.ts";
import { Sandbox, finish, pause } from "../support/processes.ts";

const GROUP = { name: "operators", gid: 77 };
const OWN = 1000;

let sandbox: Sandbox;
let path: string;
const servers: ControlServer[] = [];
beforeEach(() => {
  sandbox = new Sandbox();
  path = sandbox.path("control.sock");
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
  await sandbox.dispose();
});

async function listen(options: ControlOptions = {}): Promise<ControlServer> {
  const server = await ControlServer.listen(path, { who: () => "served" }, options);
  servers.push(server);
  return server;
}

describe("served", () => {
  test.each<readonly [string, { uid: number; gid: number; groups: number[] }, boolean]>([
    ["the agent's user", { uid: OWN, gid: 5, groups: [] }, true],
    ["root", { uid: 0, gid: 0, groups: [] }, true],
    ["a member by primary group", { uid: 7, gid: 77, groups: [] }, true],
    ["a member by a supplementary group", { uid: 7, gid: 7, groups: [3, 77] }, true],
    ["another user", { uid: 7, gid: 7, groups: [3] }, false],
    ["another user in root's group", { uid: 7, gid: 0, groups: [0] }, false],
    ["a user without a name", { uid: 0xffff_fffe, gid: 0xffff_fffe, groups: [] }, false],
  ])("%s: %j %s", (_who, peer, isThere) => {
    expect(isServed(peer, OWN, GROUP)).toBe(isThere);
    expect(isServed(peer, OWN, undefined)).toBe(peer.uid === OWN || peer.uid === 0);
  });
});

test("the kernel says who is at the other end", async () => {
  const server = createServer().listen(path);
  await once(server, "listening");
  const client = connect(path);
  const [accepted] = (await once(server, "connection")) as [Socket];
  const credentials = peerCredentials(accepted);
  expect(credentials).toMatchObject({ pid: process.pid, uid: process.geteuid?.(), gid: process.getegid?.() });
  expect(process.getgroups?.()).toEqual(expect.arrayContaining([...credentials!.groups]));
  client.destroy();
  accepted.destroy();
  await once(accepted, "close");
  expect(peerCredentials(accepted)).toBeUndefined();
  server.close();
});

/** What a process of this identity gets for a call of `who`, as the raw lines. */
async function rawCall(who: Identity): Promise<string> {
  const script = `
    const socket = require("node:net").connect(${JSON.stringify(path)});
    socket.on("error", (error) => console.log(error.code));
    socket.on("data", (part) => { process.stdout.write(part); socket.destroy(); });
    socket.on("connect", () => socket.write('{"jsonrpc":"2.0","id":1,"method":"who"}\\n'));`;
  return (await finish(nodeAs(sandbox, who, ["--eval", script]))).stdout.trim();
}

const SERVED = '{"jsonrpc":"2.0","id":1,"result":"served"}';
const refused = (others: string): unknown => ({
  jsonrpc: "2.0",
  id: null,
  error: {
    code: 1,
    message: `user ${String(STRANGER)} may not use this agent; user ${String(process.getuid?.())}${others} may`,
    data: { code: "no-permission" },
  },
});

describe("a socket that somebody has opened to all (chmod 0666)", () => {
  let told: string[];
  let server: ControlServer;
  const openToAll = async (options: ControlOptions = {}): Promise<void> => {
    told = [];
    chmodSync(sandbox.folder, 0o711);
    server = await listen({ tell: (line) => told.push(line), ...options });
    chmodSync(path, 0o666);
  };

  needsRoot("does not serve another user, who is told why, counted, and told of once", async () => {
    await openToAll();
    for (let tries = 0; tries < 2; tries++) {
      expect(JSON.parse(await rawCall({ uid: STRANGER }))).toEqual(refused(" and root"));
    }
    expect(server.counters.clientsRefused).toBe(2);
    expect(told).toEqual([expect.stringMatching(/other users.*hung up on \(user 4242 may not use this agent; .*\)/)]);
    const client = await connectControl(path);
    expect(await client.call("who", {})).toBe("served");
    client.close();
  });

  needsRoot("serves members of the group, by their primary or a supplementary group, and no others", async () => {
    const group = findGroup("1", "a test");
    await openToAll({ group });
    expect(await rawCall({ uid: STRANGER, gid: 1 })).toBe(SERVED);
    expect(await rawCall({ uid: STRANGER, groups: [3, 1] })).toBe(SERVED);
    expect(JSON.parse(await rawCall({ uid: STRANGER, groups: [3, 0] }))).toEqual(
      refused(`, root and members of group ${group.name}`),
    );
  });

  needsRoot("a flood of refused connections keeps the agent's user from nothing", async () => {
    await openToAll();
    const script = `
      const net = require("node:net");
      for (let n = 0; n < 300; n++) net.connect(${JSON.stringify(path)}).on("error", () => undefined);
      setTimeout(() => process.exit(), 300);`;
    const flood = finish(nodeAs(sandbox, { uid: STRANGER }, ["--eval", script]));
    while (server.counters.clientsRefused < REFUSALS_HELD) await pause(5);
    const client = await connectControl(path);
    expect(await client.call("who", {})).toBe("served");
    client.close();
    await flood;
  });

  needsRoot("a refused client that does not go is hung up on", async () => {
    await openToAll();
    const script = `
      const socket = require("node:net").connect({ path: ${JSON.stringify(path)}, allowHalfOpen: true });
      const began = performance.now();
      socket.resume().on("error", () => undefined);
      socket.on("close", () => undefined);
      const look = setInterval(() => {
        socket.write("\\n", (error) => {
          if (!error) return;
          clearInterval(look);
          console.log(performance.now() - began);
        });
      }, 20);`;
    const { stdout } = await finish(nodeAs(sandbox, { uid: STRANGER }, ["--eval", script]));
    expect(Number(stdout)).toBeGreaterThan(0);
    expect(Number(stdout)).toBeLessThan(10 * REFUSAL_MILLISECONDS);
  });
});

describe("the tool of a user", () => {
  async function status(who: Identity): Promise<string> {
    const { stdout, stderr } = await finish(nodeAs(sandbox, who, [openProgram(sandbox), "status", "--control", path]));
    return (stdout + stderr).trim();
  }

  needsRoot("that is not served says who is", async () => {
    await listen();
    chmodSync(path, 0o666);
    expect(await status({ uid: STRANGER })).toBe("mctp-lpc: user 4242 may not use this agent; user 0 and root may");
  });

  needsRoot("that the socket's mode keeps out says who is let in", async () => {
    await listen();
    expect(await status({ uid: STRANGER })).toContain("be the agent's user, root or a member of its --control-group");
  });

  needsRoot("that is a member of the group is served, by the socket's mode as well", async () => {
    path = `${folderOf(sandbox, "shared", 0)}/s`;
    chownSync(sandbox.path("shared"), 0, 1);
    chmodSync(sandbox.path("shared"), 0o710);
    await listen({ group: findGroup("1", "a test") });
    expect(statSync(path)).toMatchObject({ uid: 0, gid: 1, mode: 0o140660 });
    // The agent of this test knows no status; that it says so is its service.
    expect(await status({ uid: STRANGER, groups: [1] })).toContain('does not know "status"');
  });
});

describe("a folder", () => {
  needsRoot("that the group may not enter is refused, with what to do", async () => {
    path = `${folderOf(sandbox, "shut", 0)}/s`;
    const group = findGroup("1", "a test");
    const folder = sandbox.path("shut");
    await expect(checkControlPath(path, group)).rejects.toThrow(
      `group ${group.name} may not enter it: run "chgrp ${group.name} ${folder}" and "chmod g+x ${folder}"`,
    );
    chmodSync(folder, 0o711);
    await checkControlPath(path, group);
  });

  needsRoot(
    "with the live socket of another user's agent: the name stays, and is not taken for a dead one",
    async () => {
      path = `${folderOf(sandbox, "theirs", 0)}/s`;
      await listen();
      chownSync(sandbox.path("theirs"), STRANGER, STRANGER);
      const program = openProgram(sandbox);
      const board = `shm:${sandbox.path("theirs/board")}`;
      const { code, stderr } = await finish(
        nodeAs(sandbox, { uid: STRANGER }, [program, "bmc", "run", "-p", board, "--control", path]),
      );
      expect([code, stderr]).toEqual([1, expect.stringContaining(`cannot listen on ${path}: permission denied`)]);
      expect(existsSync(path)).toBe(true);
      expect(existsSync(sandbox.path("theirs/board"))).toBe(false);
    },
  );
});
