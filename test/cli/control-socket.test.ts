import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { Sandbox, filesIn, pause, sha256Of, type AgentProcess } from "../support/processes.ts";
import { runHere } from "./run-here.ts";

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.dispose());

async function rawConnection(agent: AgentProcess): Promise<Socket> {
  const socket = connect(agent.control);
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return socket;
}

/** What the agent says on a raw connection until it ends it, or after a call that it answers. */
async function answerTo(agent: AgentProcess, bytes: string | Uint8Array, until: "line" | "end"): Promise<string> {
  const socket = await rawConnection(agent);
  let text = "";
  socket.on("data", (part: Buffer) => (text += part.toString("utf8")));
  socket.write(bytes);
  const end = performance.now() + 5000;
  while (!(until === "line" ? text.includes("\n") : socket.readableEnded || socket.destroyed)) {
    if (performance.now() > end) throw new Error(`no answer; so far: ${text.slice(0, 200)}`);
    await pause(5);
  }
  socket.destroy();
  return text;
}

describe("the control socket's file", () => {
  test("only its owner may use it, from the start; it goes with the agent", async () => {
    const bmc = await sandbox.agent("bmc");
    const stats = statSync(bmc.control);
    expect(stats.isSocket()).toBe(true);
    expect(stats.mode & 0o777).toBe(0o600);
    await bmc.end("SIGTERM");
    expect(existsSync(bmc.control)).toBe(false);
  });

  test("in the default place: a folder of the user's alone, where the tools find all agents, or one by its side", async () => {
    const place = ["--platform", `shm:${sandbox.path("board")}`];
    const start = async (side: "host" | "bmc") => {
      const child = await sandbox.launch([side, "run", ...place, "--until-eof"]);
      await once(child.stdout!, "data");
      return child;
    };
    const [bmc, host] = [await start("bmc"), await start("host")];
    const folder = sandbox.path("run/mctp-lpc");
    const deadline = performance.now() + 5000;
    while (!existsSync(folder) || readdirSync(folder).length < 2) {
      expect(performance.now()).toBeLessThan(deadline);
      await pause(10);
    }
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(folder)) expect(statSync(`${folder}/${name}`).mode & 0o777).toBe(0o600);

    const all = JSON.parse((await runHere(sandbox, "status", "--json")).stdout) as { role: string }[];
    expect(all.map(({ role }) => role).sort()).toEqual(["bmc", "host"]);
    expect((await runHere(sandbox, "status", "--agent", "host")).stdout).toMatch(/^host on /);
    expect((await runHere(sandbox, "status", "--agent", "bmc", ...place)).stdout).toMatch(/^BMC on /);
    const unclear = await runHere(sandbox, "ping");
    expect(unclear).toMatchObject({ code: 1, stdout: "" });
    expect(unclear.stderr).toMatch(/^mctp-lpc: 2 agents are running: say which with --agent, .* \((bmc|host) on shm:/);

    for (const child of [bmc, host]) {
      child.stdin?.end();
      await once(child, "close");
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  test("one that a live agent listens on is refused; that agent does not notice", async () => {
    const bmc = await sandbox.agent("bmc");
    const other = ["-p", `shm:${sandbox.path("other")}`, "--control", bmc.control];
    const second = await runHere(sandbox, "host", "run", ...other);
    expect(second).toMatchObject({ code: 1, overdue: false });
    expect(second.stderr).toBe(
      `mctp-lpc: another agent listens on ${bmc.control}: stop it, or name another path with --control\n`,
    );
    expect(await bmc.status()).toMatchObject({ role: "bmc" });
    const asBmc = await runHere(sandbox, "bmc", "run", ...other);
    expect(asBmc.stderr).toBe(second.stderr);
    // Neither has made the board, to which nobody would come.
    expect(readdirSync(sandbox.folder).filter((name) => name.startsWith("other"))).toEqual([]);
  });

  test("one that a killed agent left is taken over", async () => {
    const killed = await sandbox.agent("bmc");
    await killed.end("SIGKILL");
    expect(existsSync(killed.control)).toBe(true);
    const stale = await runHere(sandbox, "status", "--control", killed.control);
    expect(stale).toMatchObject({ code: 1, stdout: "" });
    expect(stale.stderr).toMatch(/no agent listens on .*bmc\.sock: start one/);

    const next = await sandbox.agent("bmc");
    expect(await next.status()).toMatchObject({ role: "bmc", processId: next.pid });
    expect(statSync(next.control).mode & 0o777).toBe(0o600);
  });
});

describe("whatever comes over the control socket", () => {
  let bmc: AgentProcess;
  let host: AgentProcess;
  beforeEach(async () => {
    ({ bmc, host } = await sandbox.pair());
  });
  afterEach(async () => {
    // The channel never noticed, the agent has nothing to say of it, and ends in order.
    expect(host.matching(/^channel lost/)).toHaveLength(0);
    expect(await host.call("ping", { count: 2, interval: 0 })).toMatchObject({ answered: 2 });
    expect(host.stderr).toBe("");
    expect(await host.end("SIGTERM")).toEqual({ code: 0, signal: null });
  });

  test("garbage: answered with an error and hung up, or passed over; others are served meanwhile", async () => {
    const listener = await rawConnection(host);
    expect(await answerTo(host, "hello?\n", "end")).toMatch(/^\{"jsonrpc":"2\.0","id":null,"error":\{"code":-32700/);
    await answerTo(host, Buffer.concat([randomBytes(2000), Buffer.from("\n")]), "end");
    await answerTo(host, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "end");
    for (const line of ["null", "true", "17", '"text"', "[]", "{}", "[[]]", '{"jsonrpc":"2.0"}', '{"id":1}', "[1,2]"]) {
      const socket = await rawConnection(host);
      socket.write(`${line}\n`);
      socket.destroy();
    }
    for (const half of ['{"jsonrpc":"2.0","id":1,"method":"sta', "\n\n\n", ""]) {
      const socket = await rawConnection(host);
      socket.end(half);
    }
    listener.write('{"jsonrpc":"2.0","id":7,"method":"status"}\n');
    const [answer] = (await once(listener, "data")) as [Buffer];
    expect(JSON.parse(answer.toString("utf8"))).toMatchObject({ id: 7, result: { role: "host" } });
    listener.destroy();
  });

  test("a line without end: hung up before it eats the memory", async () => {
    const before = residentBytes(host.pid);
    const socket = await rawConnection(host);
    // Being hung up may show as an error of the last write first.
    const closed = new Promise((resolve) => socket.on("close", resolve));
    const part = Buffer.alloc(1024 * 1024, "x");
    for (let sent = 0; sent < 64 && !socket.destroyed; sent++) {
      if (!socket.write(part)) await Promise.race([new Promise((resolve) => socket.once("drain", resolve)), closed]);
    }
    await closed;
    expect(residentBytes(host.pid) - before).toBeLessThan(64 * 1024 * 1024);
    expect(await host.status()).toMatchObject({ role: "host" });
  });

  test("calls that cannot be: unknown methods and parameters of the wrong kind are answered with what is wrong", async () => {
    const call = async (method: string, params: unknown): Promise<string> => {
      const line = `${JSON.stringify({ jsonrpc: "2.0", id: 1, method, params })}\n`;
      const { error } = JSON.parse(await answerTo(host, line, "line")) as { error: { message: string } };
      return error.message;
    };
    expect(await call("reboot", {})).toMatch(/Method not found/);
    expect(await call("ping", { count: 0 })).toBe("ping: count must be a whole number from 1 to 1000000");
    expect(await call("sendFile", { path: sandbox.path("missing") })).toMatch(/there is no such file/);
    expect(await call("sendFile", { path: sandbox.path("missing"), name: "a/b" })).toMatch(/no file name/);
  });

  test("twenty clients at once get an answer each", async () => {
    const statuses = await Promise.all(Array.from({ length: 20 }, () => host.status()));
    expect(statuses.map(({ processId }) => processId)).toEqual(Array.from({ length: 20 }, () => host.pid));
  });

  test("a client that leaves in the middle of a ping ends it", async () => {
    const socket = await rawConnection(host);
    const call = { jsonrpc: "2.0", id: 1, method: "ping", params: { count: 1_000_000, interval: 1 } };
    socket.write(`${JSON.stringify(call)}\n`);
    await once(socket, "data");
    socket.destroy();
    const sent = async () => (await host.status()).counters.mctp["messagesSent"];
    await pause(200);
    const after = await sent();
    await pause(200);
    expect(await sent()).toBe(after);
  });

  test("a client that leaves in the middle of a file ends the transfer; the next one goes on with it", async () => {
    const path = sandbox.path("large.bin");
    writeFileSync(path, randomBytes(32 * 1024 * 1024));
    const child = await sandbox.launch(["send-file", "--control", host.control, path]);
    const progress = () => host.status().then(({ counters }) => counters.mctp["bytesSent"] ?? 0);
    while ((await progress()) < 1_000_000) await pause(1);
    child.kill("SIGINT");
    const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
    expect(signal === "SIGINT" || code === 130).toBe(true);
    await pause(200);
    const after = await progress();
    await pause(200);
    expect(await progress()).toBe(after);
    expect(filesIn(bmc.inbox)).toEqual([]);

    await host.call("sendFile", { path });
    expect(bmc.matching(/^file "large.bin": goes on at byte \d+/).length).toBeGreaterThan(0);
    expect(sha256Of(`${bmc.inbox}/large.bin`)).toBe(sha256Of(path));
  });
});

test("a FIFO is no file to send: refused at once, and the agent still ends in order", async () => {
  const { bmc } = await sandbox.pair();
  const fifo = sandbox.path("fifo");
  expect(spawnSync("mkfifo", [fifo]).status).toBe(0);
  const { code, stderr, overdue } = await runHere(sandbox, "send-file", "--control", bmc.control, fifo);
  expect({ code, overdue, stderr }).toEqual({
    code: 1,
    overdue: false,
    stderr: `mctp-lpc: cannot send ${fifo}: it is no regular file\n`,
  });
  const overdueEnd = pause(5000).then(() => "still running");
  expect(await Promise.race([bmc.end("SIGTERM"), overdueEnd])).toEqual({ code: 0, signal: null });
});

/** Resident memory of a process, from the second field of statm in pages. */
function residentBytes(pid: number): number {
  return Number(readFileSync(`/proc/${String(pid)}/statm`, "utf8").split(" ")[1]) * 4096;
}
