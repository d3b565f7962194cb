import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { Sandbox, pause, sha256Of, within, type AgentProcess, receivedAs, receivedIn } from "../support/processes.ts";
import { runHere } from "./run-here.ts";

const END_LIMIT_MILLISECONDS = 15_000;

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.dispose());

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
    const deadline = performance.now() + 20_000;
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

// What comes over the socket otherwise, the tests of the socket and of its methods have.
describe("files over the control socket", () => {
  let bmc: AgentProcess;
  let host: AgentProcess;
  beforeEach(async () => {
    ({ bmc, host } = await sandbox.pair());
  });
  afterEach(async () => {
    // The channel never noticed, the agent has nothing to say of it, and ends in order.
    expect(host.matching(/^channel lost/)).toHaveLength(0);
    expect(host.stderr).toBe("");
    expect(await within(END_LIMIT_MILLISECONDS, host.end("SIGTERM"))).toEqual({ code: 0, signal: null });
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
    expect(receivedIn(bmc.inbox)).toEqual([]);

    await host.call("sendFile", { path });
    expect(bmc.matching(/^file "large.bin": goes on at byte \d+/).length).toBeGreaterThan(0);
    expect(sha256Of(receivedAs(bmc.inbox, "large.bin"))).toBe(sha256Of(path));
  });

  test("a FIFO is no file to send: refused at once", async () => {
    const fifo = sandbox.path("fifo");
    expect(spawnSync("mkfifo", [fifo]).status).toBe(0);
    const { code, stderr } = await runHere(sandbox, "send-file", "--control", host.control, fifo);
    expect({ code, stderr }).toEqual({ code: 1, stderr: `mctp-lpc: cannot send ${fifo}: it is no regular file\n` });
  });
});
