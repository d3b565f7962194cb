/** The host and the BMC in C without a fault: with our agents, with each other, through kills, at depth 0 and 1. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from "@jest/globals";
import type { Depth } from "../../src/core/binding/kcs-word.ts";
import { makeBoard } from "../../src/platform/shared-file/board-file.ts";
import { Sandbox, pause, type AgentProcess } from "../support/processes.ts";
import { needsTool } from "../support/tools.ts";
import { Process, compileFaulty } from "./faulty/process.ts";

const KILLS = 8;
const testWithGcc = needsTool("gcc");

let workshop: Sandbox;
let binary: Promise<string> | undefined;

beforeAll(() => {
  workshop = new Sandbox();
});
afterAll(() => workshop.dispose());

describe.each<Depth>([0, 1])("a host and a BMC in C without a fault, depth %i", (depth) => {
  let sandbox: Sandbox;

  beforeEach(() => {
    sandbox = new Sandbox();
  });
  afterEach(() => sandbox.dispose());

  async function program(side: "host" | "bmc", ...options: readonly string[]): Promise<Process> {
    const path = await (binary ??= compileFaulty(workshop));
    const process = new Process(() => sandbox.start(path, [side, sandbox.path("board"), "none", ...options]));
    process.launch();
    await process.says("attached");
    return process;
  }

  function agent(side: "host" | "bmc", ...options: readonly string[]): Promise<AgentProcess> {
    return sandbox.agent(side, "--depth", String(depth), ...options);
  }

  async function ask(from: AgentProcess, hex: string): Promise<string> {
    return ((await from.call("request", { hex: hex.replaceAll(" ", "") })) as { hex: string }).hex;
  }

  async function echoes(from: AgentProcess): Promise<void> {
    const large = { count: 3, bytes: 5000, interval: 0, timeout: 5000 };
    expect(await from.call("ping", large)).toMatchObject({ sent: 3, answered: 3 });
  }

  /** The agent's judge has found nothing wrong with either side. */
  async function expectNoFinding(from: AgentProcess): Promise<void> {
    const { stdout } = await sandbox.run("status", "--control", from.control);
    expect(stdout).toMatch(/accesses judged, no finding/);
  }

  testWithGcc("C host with the BMC's agent: discovered, answers, echoes, killed and back", async () => {
    const bmc = await agent("bmc");
    const host = await program("host");
    await bmc.line(/^discovered EID 9: MCTP 1\.3\.1, message types: vendor \(IANA\), UUID 3b7011e8-/);
    await echoes(bmc);
    expect(await ask(bmc, "00 80 02")).toBe("00000200090000");
    expect(await ask(bmc, "00 81 0b")).toBe("00010b05");
    expect(await ask(bmc, "00 82 02 00")).toBe("00020203");
    expect(await ask(bmc, "00 83 01 00 07")).toBe("00030102");
    await expectNoFinding(bmc);
    const mark = bmc.lines.length;
    await host.kill();
    host.launch();
    await bmc.line(/^discovered EID 9/, mark);
    await echoes(bmc);
    await host.stop();
    await bmc.line(/^Host closed the channel/, mark);
  });

  testWithGcc("C BMC with the host's agent: assigns the EID, answers, echoes, killed and back", async () => {
    const host = await agent("host");
    const bmc = await program("bmc");
    await host.line(/^EID 9 assigned by the bus owner, EID 8$/);
    await bmc.says("discovered EID 9\n");
    await echoes(host);
    expect(await ask(host, "00 80 02")).toBe("00000200081000");
    expect(await ask(host, "00 81 01 00 20")).toBe("00010100100800");
    expect(await ask(host, "00 82 7f")).toBe("00027f05");
    expect(await ask(host, "00 83 05 00")).toBe("00030503");
    await expectNoFinding(host);
    await bmc.kill();
    bmc.launch();
    await bmc.says("discovered EID 9\n", 2);
    await echoes(host);
    await bmc.stop();
    await host.line(/^channel lost/);
  });

  testWithGcc("C host with C BMC: a session after each kill, and an orderly end of either", async () => {
    makeBoard(sandbox.path("board"), undefined, depth);
    const [bmc, host] = [await program("bmc"), await program("host")];
    await bmc.says("discovered EID 9\n");
    for (let kill = 0; kill < KILLS; kill++) {
      // The moment differs from kill to kill: within a start-up, within a discovery, within a session.
      await pause(3 * kill * kill);
      const side = kill % 2 === 0 ? host : bmc;
      const [sessions, discoveries] = [host, bmc].map(({ said }) => said.split("session: ").length);
      await side.kill();
      side.launch();
      await host.says("session: ", sessions);
      await bmc.says("session: ", discoveries);
    }
    const discovered = bmc.said.split("discovered").length;
    await host.kill();
    host.launch();
    await bmc.says("discovered EID 9\n", discovered);
    await host.stop();
    await bmc.stop();
    expect(host.said).not.toMatch(/_dropped|_ignored|unknown_byte|refused/);
    expect(bmc.said).not.toMatch(/_dropped|unknown_byte|refused/);
  });

  const framings = [
    ["1-1", "64"],
    ["2-2", "100"],
    ["1-3", "2000"],
  ] as const;
  // The framing has nothing to do with the path into the BMC.
  for (const [versions, mtu] of depth === 0 ? framings : []) {
    testWithGcc(`versions ${versions} of either side, MTU ${mtu}`, async () => {
      for (const side of ["host", "bmc"] as const) {
        const other = await agent(side === "host" ? "bmc" : "host");
        const peer = await program(side, versions, mtu);
        const version = versions.slice(-1);
        await other.line(new RegExp(`^channel up: version ${version}, MTU ${mtu} `));
        await peer.says(`session: version ${version}, MTU ${mtu} in, ${mtu} out\n`);
        await (side === "host" ? other.line(/^discovered EID 9/) : peer.says("discovered EID 9"));
        await echoes(other);
        await expectNoFinding(other);
        await peer.stop();
        await other.end("SIGTERM");
      }
    });
  }
});
