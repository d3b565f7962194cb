/** Agents that a service manager started: what it hears of them, and when. */
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { chmodSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatagramReceiver } from "../support/datagram-receiver.ts";
import { NOBODY, folderOf, needsRoot } from "../support/other-users.ts";
import { AgentProcess, Sandbox, pause } from "../support/processes.ts";
import { SerialCable } from "../support/pty.ts";

let sandbox: Sandbox;
let manager: DatagramReceiver;
let cable: SerialCable | undefined;
beforeEach(() => {
  sandbox = new Sandbox();
  mkdirSync(sandbox.path("manager"), { mode: 0o700 });
  manager = new DatagramReceiver(sandbox.path("manager/notify"));
});
afterEach(async () => {
  cable?.close();
  cable = undefined;
  manager.close();
  await sandbox.dispose();
});

/** As units start agents: no input, and the variables of the manager. */
async function unit(
  side: "host" | "bmc" | "endpoint",
  options: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<AgentProcess> {
  const control = sandbox.path(`${side}.sock`);
  const place = side === "endpoint" ? [] : ["-p", `shm:${sandbox.path("board")}`];
  const child = await sandbox.launch([side, "run", ...place, "--control", control, ...options], {
    NOTIFY_SOCKET: manager.address,
    ...more,
  });
  return new AgentProcess(side, child, control, "");
}

describe("a service manager", () => {
  test("hears that an agent is ready when its tools work, of its channel in words, and of its stop", async () => {
    const bmc = await unit("bmc", []);
    expect(await manager.message(/^READY=1/)).toMatch(/\nSTATUS=no channel: no host on shm:.*; waiting for one$/);
    expect(await bmc.status()).toMatchObject({ role: "bmc", channel: { up: false } });
    const host = await sandbox.agent("host");
    expect(await manager.message(/STATUS=channel up/)).toBe("STATUS=channel up: version 3, MTU 524144");
    await host.end("SIGTERM");
    await manager.message(/^STATUS=no channel: no host on shm:.*; waiting for one$/);
    expect(await bmc.end("SIGTERM")).toEqual({ code: 0, signal: null });
    expect(manager.take().at(-1)).toBe("STOPPING=1\nSTATUS=stopping (SIGTERM)");
  });

  test("hears why an agent that has lost its board ends", async () => {
    const bmc = await unit("bmc", []);
    await manager.message(/^READY=1/);
    rmSync(sandbox.path("board"));
    expect(await manager.message(/^STOPPING=1/)).toMatch(/^STOPPING=1\nSTATUS=the board .* was removed/);
    expect(await bmc.exited).toEqual({ code: 1, signal: null });
  });

  test("hears of no start that fails", async () => {
    const bmc = await unit("bmc", ["--control", sandbox.path("none/bmc.sock")]);
    expect(await bmc.exited).toEqual({ code: 1, signal: null });
    expect(manager.take()).toEqual([]);
  });

  test.each(["adaptive", "doorbell"])("has signs of life in time from an idle agent that polls %s", async (mode) => {
    const bmc = await unit("bmc", ["--poll", mode], { WATCHDOG_USEC: "2000000" });
    await manager.message(/^READY=1/);
    for (let count = 0; count < 3; count++) {
      const began = performance.now();
      await manager.message(/^WATCHDOG=1$/);
      expect(performance.now() - began).toBeLessThan(2000);
    }
    // Stopped, as a hung agent is: its timers and sockets alone bring no sign.
    process.kill(bmc.pid, "SIGSTOP");
    manager.take();
    await pause(2000);
    expect(manager.take()).toEqual([]);
    process.kill(bmc.pid, "SIGCONT");
    await manager.message(/^WATCHDOG=1$/);
  });

  test("hears of an endpoint's line, and has signs of life of it", async () => {
    cable = new SerialCable();
    const endpoint = await unit("endpoint", ["--link", `serial:${cable.onePath}`, "--eid", "30"], {
      WATCHDOG_USEC: "2000000",
    });
    expect(await manager.message(/^READY=1/)).toBe(`READY=1\nSTATUS=serial:${cable.onePath} is open, EID 30`);
    await manager.message(/^WATCHDOG=1$/);
    expect(await endpoint.end("SIGTERM")).toEqual({ code: 0, signal: null });
  });

  test("that is none keeps no agent from its work, and is named once", async () => {
    manager.close();
    const bmc = await unit("bmc", []);
    await bmc.line(/control socket/);
    expect(bmc.matching(/service manager/)).toEqual([
      `the service manager cannot be told of this agent: NOTIFY_SOCKET is ${manager.address}, there is no such file`,
    ]);
    await (await sandbox.agent("host")).line(/^channel up/);
    expect(await bmc.end("SIGTERM")).toEqual({ code: 0, signal: null });
  });

  needsRoot("that only root can reach hears of an agent that has given root up", async () => {
    const folder = folderOf(sandbox, "nobody", NOBODY.uid);
    chmodSync(sandbox.path("manager"), 0o700);
    const place = ["-p", `shm:${join(folder, "board")}`, "--control", join(folder, "bmc.sock")];
    const bmc = await unit("bmc", ["--user", NOBODY.name, ...place], { WATCHDOG_USEC: "2000000" });
    await manager.message(/^READY=1/);
    expect(bmc.matching(/^runs as user nobody/)).toHaveLength(1);
    await manager.message(/^WATCHDOG=1$/);
    expect(await bmc.end("SIGTERM")).toEqual({ code: 0, signal: null });
    expect(manager.take().at(-1)).toBe("STOPPING=1\nSTATUS=stopping (SIGTERM)");
  });
});
