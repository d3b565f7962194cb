/**
 * Both agents as processes on machines that QEMU emulates: the BMC at the chip's registers by qtest, the host at the other
 * side of them by QMP, the window in the machine's memory. Prints what a round trip and a file take.
 */
import { afterAll, beforeAll, describe, expect } from "@jest/globals";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { ChildProcess } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { decodeMachine } from "../../../src/platform/qemu/machine-file.ts";
import { checkLpcModel, checkRegisters } from "../../support/lpc-model-tests.ts";
import { AgentProcess, Sandbox, isAlive, pause, receivedAs, sha256Of, within } from "../../support/processes.ts";
import { needsTool } from "../../support/tools.ts";

type Side = "host" | "bmc";

const needsQemu = needsTool("qemu-system-arm");

/** How often agents are killed and hosts started: most on the machine that is deployed. */
const MACHINES = [
  { machine: "rainier-bmc", killsAfterMilliseconds: [20, 60, 150], hostStarts: 10 },
  { machine: "ast2600-evb", killsAfterMilliseconds: [40], hostStarts: 3 },
  { machine: "ast2500-evb", killsAfterMilliseconds: [40], hostStarts: 3 },
] as const;
const FILE_BYTES = 1024 * 1024;
const PINGS = 50;
const START_MILLISECONDS = 60_000;
const ROUND_LIMIT_MILLISECONDS = 60_000;
/** QEMU that stands still is given up after 5 s. */
const SILENCE_MILLISECONDS = 15_000;

const inMilliseconds = (microseconds = 0): string => `${(microseconds / 1000).toFixed(1)} ms`;
const inMegabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB/s`;

describe.each(MACHINES)("$machine", ({ machine, killsAfterMilliseconds, hostStarts }) => {
  let sandbox: Sandbox;
  let folder: string;
  let emulator: ChildProcess | undefined;
  const agents = new Map<Side, AgentProcess>();
  beforeAll(() => {
    sandbox = new Sandbox();
    folder = sandbox.path("machine");
  });
  afterAll(async () => {
    emulator?.kill("SIGTERM");
    if (emulator?.exitCode === null) await once(emulator, "close");
    await sandbox.dispose();
  });

  async function startMachine(): Promise<void> {
    const child = await sandbox.launch(["qemu", "start", folder, "--machine", machine, "--until-eof"]);
    emulator = child;
    let said = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => (said += text));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (said += text));
    const end = performance.now() + START_MILLISECONDS;
    while (!said.includes("Ctrl-C ends")) {
      if (performance.now() > end || child.exitCode !== null) throw new Error(`no machine: ${said}`);
      await pause(20);
    }
  }

  function emulatorId(): number {
    const decoded = decodeMachine(readFileSync(`${folder}/machine.json`, "utf8"));
    if (typeof decoded === "string") throw new Error(decoded);
    return decoded.processId!;
  }

  async function start(side: Side): Promise<AgentProcess> {
    const control = sandbox.path(`${side}.sock`);
    const inbox = sandbox.folderAt(`${side}-inbox`);
    const place = ["--platform", `qemu:${folder}`, "--control", control, "--inbox", inbox];
    const agent = new AgentProcess(side, await sandbox.launch([side, "run", "--until-eof", ...place]), control, inbox);
    agents.set(side, agent);
    await agent.line(/control socket/);
    return agent;
  }

  async function startBoth(): Promise<void> {
    const [bmc, host] = await Promise.all([start("bmc"), start("host")]);
    await Promise.all([host.line(/^channel up/), bmc.line(/^discovered EID 9/)]);
  }

  async function endAgents(): Promise<void> {
    await Promise.all([...agents.values()].map((agent) => agent.end("SIGTERM")));
    agents.clear();
  }

  /** Sends a file and checks what arrived; gives its bytes a second. */
  async function send(from: Side, name: string): Promise<number> {
    const path = sandbox.path(name);
    writeFileSync(path, randomBytes(FILE_BYTES));
    const began = performance.now();
    const sent = await agents.get(from)!.call("sendFile", { path, patience: ROUND_LIMIT_MILLISECONDS });
    const seconds = (performance.now() - began) / 1000;
    const digest = sha256Of(path);
    expect(sent).toMatchObject({ name, bytes: FILE_BYTES, sha256: digest });
    expect(sha256Of(receivedAs(agents.get(from === "host" ? "bmc" : "host")!.inbox, name))).toBe(digest);
    return FILE_BYTES / seconds;
  }

  async function expectSound(): Promise<void> {
    for (const agent of agents.values()) {
      const { counters } = await agent.status();
      const clean = { crcMismatch: 0, lengthOutOfBounds: 0, layoutInvalid: 0, versionRefused: 0 };
      expect(counters.binding).toMatchObject(clean);
      expect(counters).toMatchObject({ drive: { busUnanswered: 0 } });
    }
  }

  needsQemu("the registers behave as the platform counts on", async () => {
    await startMachine();
    checkRegisters(folder);
    for (const settings of ["", ",kcs=4", ",kcs=1,at=0,size=64K"]) checkLpcModel(folder, settings);
  });

  needsQemu("discovery, echoes, files both ways with equal SHA-256", async () => {
    await startBoth();
    const pinged = await agents.get("host")!.call("ping", { count: PINGS, interval: 0 });
    expect(pinged).toMatchObject({ sent: PINGS, answered: PINGS });
    const toBmc = await send("host", "to-bmc.bin");
    const toHost = await send("bmc", "to-host.bin");
    await expectSound();
    // A lost byte would be seen as a requirement that the peer broke, or as a packet without an answer.
    for (const agent of agents.values()) expect(agent.matching(/broke LPC|stays pending/)).toEqual([]);
    const { minimumMicroseconds: least, medianMicroseconds: median } = pinged;
    const [trip, rates] = [
      [inMilliseconds(least), inMilliseconds(median)],
      [inMegabytes(toBmc), inMegabytes(toHost)],
    ];
    process.stdout.write(
      `qemu: ${machine}: round trip ${trip.join(", median ")}; file of 1 MiB ${rates.join(" to the BMC, ")} to the host\n`,
    );
    await endAgents();
  });

  needsQemu("LPC-HOST-7, LPC-BMC-1: either agent is killed under traffic and started again", async () => {
    await startBoth();
    for (const after of killsAfterMilliseconds) {
      for (const victim of ["host", "bmc"] as const) {
        const from = victim === "host" ? "bmc" : "host";
        const disturbed = send(from, `killed-${victim}-${String(after)}.bin`);
        // Looked at below.
        disturbed.catch(() => undefined);
        await pause(after);
        expect(await agents.get(victim)!.end("SIGKILL")).toEqual({ code: null, signal: "SIGKILL" });
        await start(victim);
        await within(ROUND_LIMIT_MILLISECONDS, disturbed);
      }
    }
    await send("host", "afterwards.bin");
    await expectSound();
    await endAgents();
  });

  needsQemu("LPC-KCS-13: starts of the host open one session each, without a false refusal", async () => {
    const bmc = await start("bmc");
    for (let count = 0; count < hostStarts; count++) {
      const from = bmc.lines.length;
      const host = await start("host");
      await host.line(/^channel up/);
      await bmc.line(/^channel up/, from);
      const { counters } = await host.status();
      expect(counters.binding).toMatchObject({ sessionsOpened: 1, versionRefused: 0, startupRestarted: 0 });
      await host.end("SIGKILL");
      agents.delete("host");
    }
    await endAgents();
  });

  needsQemu("QEMU that stands still ends both agents with a sentence; it goes on with new ones", async () => {
    await startBoth();
    const processId = emulatorId();
    process.kill(processId, "SIGSTOP");
    const ends = [...agents.values()].map((agent) => within(SILENCE_MILLISECONDS, agent.exited));
    expect(await Promise.all(ends)).toEqual([
      { code: 1, signal: null },
      { code: 1, signal: null },
    ]);
    for (const { transcript } of agents.values()) expect(transcript).toMatch(/QEMU does not answer within 5 s/);
    process.kill(processId, "SIGCONT");
    await startBoth();
    await endAgents();
  });

  needsQemu("Ctrl-C of the start ends QEMU and leaves nothing", async () => {
    const processId = emulatorId();
    const closed = once(emulator!, "close");
    emulator!.kill("SIGINT");
    expect(await within(START_MILLISECONDS, closed)).toEqual([0, null]);
    expect([existsSync(folder), isAlive(processId)]).toEqual([false, false]);
  });
});
