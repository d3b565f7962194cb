/** Agents on a board of depth 1: the raw KCS driver's byte stands between the host's IDR and the BMC's agent. */
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { Status } from "../../src/core/binding/registers.ts";
import { attachBmc, attachHost } from "../../src/platform/shared-file/shared-file.ts";
import { runHere } from "../cli/run-here.ts";
import { Sandbox, pause, sha256Of, type AgentProcess } from "../support/processes.ts";

/** Long enough for a few start-ups. */
const CHANNEL_LIMIT_MILLISECONDS = 20_000;
const DEPTH_1 = ["--depth", "1"];

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.dispose());

async function pair(...options: readonly string[]): Promise<{ host: AgentProcess; bmc: AgentProcess }> {
  const all = [...DEPTH_1, ...options];
  const [bmc, host] = await Promise.all([sandbox.agent("bmc", ...all), sandbox.agent("host", ...all)]);
  await channelUp(host, bmc);
  return { host, bmc };
}

async function channelUp(host: AgentProcess, bmc: AgentProcess, hostFrom = 0, bmcFrom = 0): Promise<void> {
  await Promise.all([
    host.line(/^channel up/, hostFrom, CHANNEL_LIMIT_MILLISECONDS),
    bmc.line(/^discovered/, bmcFrom, CHANNEL_LIMIT_MILLISECONDS),
  ]);
}

async function echo(agent: AgentProcess): Promise<void> {
  expect(await agent.call("ping", { count: 20, interval: 0 })).toMatchObject({ sent: 20, answered: 20 });
}

describe("a pair of agents on a board of depth 1", () => {
  test("channel up, echoes and a file each way; either side killed, the channel comes back", async () => {
    const { host, bmc } = await pair("--poll", "busy");
    expect(host.lines.concat(bmc.lines).join("\n")).toMatch(/made the board .*, window 1048576 bytes, depth 1/);
    for (const agent of [host, bmc]) await echo(agent);
    const path = sandbox.path("file.bin");
    writeFileSync(path, randomBytes(300_000));
    for (const [sender, receiver] of [
      [host, bmc],
      [bmc, host],
    ] as const) {
      const sent = await runHere(sandbox, "send-file", "--control", sender.control, path);
      expect({ code: sent.code, said: sent.stdout }).toMatchObject({ code: 0 });
      expect(sha256Of(`${receiver.inbox}/file.bin`)).toBe(sha256Of(path));
    }

    const mark = host.lines.length;
    await bmc.end("SIGKILL");
    const nextBmc = await sandbox.agent("bmc", ...DEPTH_1);
    await channelUp(host, nextBmc, mark);
    await echo(host);
    const bmcMark = nextBmc.lines.length;
    await host.end("SIGKILL");
    const nextHost = await sandbox.agent("host", ...DEPTH_1);
    await channelUp(nextHost, nextBmc, 0, bmcMark);
    await echo(nextBmc);
  });
});

describe("the byte that the driver holds", () => {
  test("survives the kill of the BMC's agent; a host that writes meanwhile leaves its last byte in IDR", async () => {
    const bmc = await sandbox.agent("bmc", ...DEPTH_1);
    const path = sandbox.path("board");
    const host = attachHost(path, { doorbell: false });
    expect(host.depth).toBe(1);
    process.kill(bmc.pid, "SIGSTOP");
    await pause(30);
    host.port.writeData(0x11);
    expect(host.port.readStatus() & Status.IBF).toBe(0);
    host.port.writeData(0x22);
    await bmc.end("SIGKILL");
    host.port.writeData(0x33);
    host.close();
    const shown = await runHere(sandbox, "board", "show", path);
    expect(shown.stdout).toMatch(
      /^ +shadow +0x11 {2}unknown 0x11 \(taken from IDR by the driver, not read by the BMC\)$/m,
    );
    const next = attachBmc(path, { doorbell: false });
    expect([next.port.readData(), next.port.readData(), next.port.readStatus() & Status.IBF]).toEqual([0x11, 0x33, 0]);
    next.close();
  });
});
