import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from "@jest/globals";
import type { ChildProcess } from "node:child_process";
import { chmodSync, closeSync, copyFileSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { endianness } from "node:os";
import { join } from "node:path";
import type { AgentStatus } from "../../src/agent/status.ts";
import type { Depth } from "../../src/core/binding/kcs-word.ts";
import { Status } from "../../src/core/binding/registers.ts";
import { makeBoard } from "../../src/platform/shared-file/board-file.ts";
import { attachBmc, attachHost } from "../../src/platform/shared-file/shared-file.ts";
import { SANITIZED, buildExamples, type CExamples } from "../support/c-examples.ts";
import { PROJECT, Sandbox, finish, pause, type AgentProcess } from "../support/processes.ts";
import { needsTool } from "../support/tools.ts";

const LINE_LIMIT_MILLISECONDS = 30_000;
const C_UUID = "43206578-616d-406c-8065-000000000001";

const testWithC = needsTool("gcc", "make");

function registerWord(board: string): number {
  const bytes = readFileSync(board).subarray(0x40, 0x44);
  return endianness() === "LE" ? bytes.readUInt32LE() : bytes.readUInt32BE();
}

/** The C program at one side of the board. */
class CPeer {
  readonly #child: ChildProcess;
  #said = "";

  constructor(child: ChildProcess) {
    this.#child = child;
    child.stdout?.setEncoding("utf8").on("data", (text: string) => (this.#said += text));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.#said += text));
  }

  /** Waits until it has said something for the n-th time. */
  async says(text: string, times = 1): Promise<void> {
    const end = performance.now() + LINE_LIMIT_MILLISECONDS;
    while (this.#said.split(text).length <= times) {
      if (performance.now() > end) throw new Error(`the C peer did not say "${text}"; it said:\n${this.#said}`);
      await pause(5);
    }
  }

  get said(): string {
    return this.#said;
  }

  /** Ends it in order. */
  async stop(): Promise<unknown> {
    const { code, signal } = await finish(this.#child);
    return { code, signal };
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  /** From now on it makes no access. */
  async freeze(): Promise<void> {
    this.#child.kill("SIGSTOP");
    await pause(30);
  }
}

describe.each<Depth>([0, 1])("the examples in C, with sanitizers, depth %i", (depth) => {
  let workshop: Sandbox;
  let built: Promise<CExamples> | undefined;
  let sandbox: Sandbox;

  beforeAll(() => {
    workshop = new Sandbox();
  });
  afterAll(() => workshop.dispose());
  beforeEach(() => {
    sandbox = new Sandbox();
  });
  afterEach(() => sandbox.dispose());

  /** The programs, built when the first test asks for them: where there is no compiler, the tests say so instead. */
  function programs(): Promise<CExamples> {
    return (built ??= buildExamples(workshop, SANITIZED));
  }

  function argumentsOf(...options: readonly string[]): readonly string[] {
    return [`shm:${sandbox.path("board")}`, "--until-eof", ...options];
  }

  /** An agent that makes the board where there is none. */
  function startAgent(side: "host" | "bmc", ...options: readonly string[]): Promise<AgentProcess> {
    return sandbox.agent(side, "--depth", String(depth), ...options);
  }

  async function startPeer(side: "host" | "bmc", ...options: readonly string[]): Promise<CPeer> {
    const peer = new CPeer(sandbox.start((await programs())[side], argumentsOf(...options)));
    await peer.says(" on shm:");
    return peer;
  }

  /** Echoes from the agent, through the tool, small and large. */
  async function ping(agent: AgentProcess): Promise<void> {
    const small = await sandbox.run("ping", "--control", agent.control, "--count", "5", "--interval", "5");
    expect(small).toMatchObject({ code: 0, stderr: "" });
    expect(small.stdout).toMatch(/5 of 5 answered/);
    // With a peer that sleeps a millisecond for each small packet this takes its time.
    const large = { count: 2, bytes: 5000, interval: 0, timeout: 5000 };
    expect(await agent.call("ping", large)).toMatchObject({ sent: 2, answered: 2 });
  }

  async function ask(agent: AgentProcess, hex: string): Promise<string> {
    return ((await agent.call("request", { hex: hex.replaceAll(" ", "") })) as { hex: string }).hex;
  }

  const NOTHING_WRONG = {
    crcMismatch: 0,
    lengthOutOfBounds: 0,
    txBeginUnexpected: 0,
    rxCompleteUnexpected: 0,
    unknownCommand: 0,
    versionRefused: 0,
    magicMismatch: 0,
    layoutInvalid: 0,
    startupRestarted: 0,
  };

  function expectSound({ counters }: AgentStatus): void {
    expect(counters.binding).toMatchObject(NOTHING_WRONG);
    expect(counters.mctp).toMatchObject({ requestsRetried: 0, requestsTimedOut: 0, controlDiscarded: 0 });
  }

  testWithC("C host with the BMC agent: version 3, discovered, asked, echoes", async () => {
    const bmc = await startAgent("bmc");
    const host = await startPeer("host");
    await host.says("channel up: version 3, MTU 524144 in, 524144 out\n");
    await bmc.line(/^channel up: version 3, MTU 524144 \(session 1\)$/);
    await bmc.line(new RegExp(`^discovered EID 9: MCTP 1\\.3\\.1, message types: vendor \\(IANA\\), UUID ${C_UUID}$`));
    expect(host.said).toContain("EID 9 assigned by EID 8\n");
    await ping(bmc);
    expect(await ask(bmc, "00 80 02")).toBe("00000200090000");
    expect(await ask(bmc, "00 81 04 ff")).toBe("0001040002f1f3f000f1f3f100");
    expect(await ask(bmc, "00 82 0b")).toBe("00020b05");
    expectSound(await bmc.status());

    writeFileSync(sandbox.path("file"), "x");
    const refused = await sandbox.run("send-file", "--control", bmc.control, sandbox.path("file"));
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toMatch(/the peer does not accept files/);
  });

  testWithC("C BMC with the host agent: version 3, EID assigned, asked, echoes", async () => {
    const host = await startAgent("host");
    const bmc = await startPeer("bmc");
    await bmc.says("channel up: version 3, MTU 524144 in, 524144 out\n");
    await host.line(/^channel up: version 3, MTU 524144 \(session 1\)$/);
    await host.line(/^EID 9 assigned by the bus owner, EID 8$/);
    await bmc.says("discovered EID 9\n");
    await ping(host);
    expect(await ask(host, "00 80 02")).toBe("00000200081000");
    expect(await ask(host, "00 81 01 00 20")).toBe("00010100100800");
    expectSound(await host.status());
  });

  for (const [versions, mtu, version, agreed] of [
    ["1-1", "4096", 1, 64],
    ["2-2", "1000", 2, 1000],
    ["1-3", "4096", 3, 4096],
  ] as const) {
    testWithC(
      `versions ${versions} and MTU ${mtu} of either C side: version ${String(version)}, MTU ${String(agreed)}`,
      async () => {
        for (const side of ["host", "bmc"] as const) {
          const agent = await startAgent(side === "host" ? "bmc" : "host");
          const peer = await startPeer(side, "--versions", versions, "--mtu", mtu);
          await agent.line(new RegExp(`^channel up: version ${String(version)}, MTU ${String(agreed)} `));
          await peer.says(`channel up: version ${String(version)}, MTU ${String(agreed)} in, ${String(agreed)} out\n`);
          await (side === "host" ? agent.line(/^discovered EID 9/) : peer.says("discovered EID 9"));
          await ping(agent);
          expect(await peer.stop()).toEqual({ code: 0, signal: null });
          await agent.line(/^(?:channel lost|Host closed)/);
          expect(await agent.end("SIGTERM")).toEqual({ code: 0, signal: null });
        }
      },
    );
  }

  testWithC(
    "LPC-VER-2: a C host of version 1 is refused by a BMC agent of 2-3, and taken when it comes as 1-2",
    async () => {
      const bmc = await startAgent("bmc", "--versions", "2-3");
      const refused = await startPeer("host", "--versions", "1-1");
      await refused.says("refused by the BMC (LPC-VER-2)", 2);
      expect(await refused.stop()).toEqual({ code: 0, signal: null });
      const taken = await startPeer("host", "--versions", "1-2");
      await taken.says("channel up: version 2");
      await bmc.line(/^discovered EID 9/);
    },
  );

  for (const [how, side] of [
    ["stopped", "host"],
    ["killed", "host"],
    ["stopped", "bmc"],
    ["killed", "bmc"],
  ] as const) {
    testWithC(`the C ${side}, then the agent, ${how} and started again: the channel comes back`, async () => {
      const agentSide = side === "host" ? "bmc" : "host";
      let agent = await startAgent(agentSide);
      let peer = await startPeer(side);
      const used = async (mark: number, session: number): Promise<void> => {
        await agent.line(/^channel up:/, mark);
        await peer.says("channel up", session);
        await (side === "host" ? agent.line(/^discovered EID 9/, mark) : peer.says("discovered EID 9", session));
        await ping(agent);
      };
      await used(0, 1);
      const mark = agent.lines.length;
      if (how === "killed") peer.kill();
      await peer.stop();
      if (how === "stopped") await agent.line(/^channel lost|^Host closed the channel/, mark);
      peer = await startPeer(side);
      await used(mark, 1);
      await agent.end(how === "killed" ? "SIGKILL" : "SIGTERM");
      if (how === "stopped") await peer.says(side === "host" ? "channel lost" : "closed by the host");
      agent = await startAgent(agentSide);
      await used(0, 2);
      expect(await peer.stop()).toEqual({ code: 0, signal: null });
    });
  }

  testWithC(
    "the C host's close and fences: IBF falls when the driver takes a byte, the bytes come in order",
    async () => {
      makeBoard(sandbox.path("board"), 4096, depth);
      const bmc = attachBmc(sandbox.path("board"), { doorbell: false });
      try {
        bmc.window.write(0, Buffer.from("MCTP"), 0, 4);
        bmc.port.writeStatus(Status.BMC_ACTIVE);
        await startPeer("host");
        const read: number[] = [];
        const seen: number[] = [];
        for (let byte = 0; byte < 3; byte++) {
          // The host writes as long as it sees IBF = 0. With both fences out of IDR it opens: at depth 1 the second lies
          // in the shadow then, and the first was read.
          await pause(50);
          seen.push(registerWord(sandbox.path("board")));
          read.push(bmc.port.readData());
        }
        expect(read).toEqual([0x00, 0xff, 0xff]);
        expect(seen).toEqual(depth === 0 ? [0x00000082, 0x0000ff82, 0x0000ff82] : [0x0000ff8a, 0xff00ff8a, 0xff00008a]);
      } finally {
        bmc.close();
      }
    },
  );

  testWithC("a killed C BMC: the next one reads what the driver holds, then what is left in IDR", async () => {
    makeBoard(sandbox.path("board"), 4096, depth);
    const peer = await startPeer("bmc");
    await pause(30);
    await peer.freeze();
    const host = attachHost(sandbox.path("board"), { doorbell: false });
    host.port.writeData(0x11);
    expect(host.port.readStatus() & Status.IBF).toBe(depth === 0 ? Status.IBF : 0);
    host.port.writeData(0x22);
    expect(host.port.readStatus() & Status.IBF).toBe(Status.IBF);
    peer.kill();
    await peer.stop();
    host.close();
    const bmc = attachBmc(sandbox.path("board"), { doorbell: false });
    const read: number[] = [];
    while ((bmc.port.readStatus() & Status.IBF) !== 0) read.push(bmc.port.readData());
    bmc.close();
    expect(read).toEqual(depth === 0 ? [0x22] : [0x11, 0x22]);
  });

  testWithC("a board of layout version 1 is a C peer's too, one of an unknown version or depth is not", async () => {
    const path = sandbox.path("board");
    copyFileSync(join(PROJECT, "test", "platform", "fixtures", "board-layout-1"), path);
    chmodSync(path, 0o600);
    const bmc = await sandbox.agent("bmc");
    const host = await startPeer("host");
    await host.says("channel up: version 3");
    await bmc.line(/^discovered EID 9/);
    await host.stop();
    await bmc.end("SIGTERM");
    for (const [offset, value, says] of [
      [0x08, 3, "has another layout version"],
      [0x18, 2, "has a depth that is not 0 or 1"],
    ] as const) {
      rmSync(path);
      makeBoard(path, 4096, depth);
      const fd = openSync(path, "r+");
      writeSync(fd, new Uint8Array(Uint32Array.of(value).buffer), 0, 4, offset);
      closeSync(fd);
      const { host: program } = await programs();
      const refused = await finish(sandbox.start(program, argumentsOf()));
      expect(refused).toMatchObject({ code: 1, stdout: "", stderr: `${program}: shm:${path}: ${says}\n` });
    }
  });

  testWithC("a second C side is refused by the lock that the agent holds, and the agent by the C side's", async () => {
    await startAgent("bmc");
    const { bmc: program } = await programs();
    const second = await finish(sandbox.start(program, argumentsOf()));
    expect(second).toMatchObject({
      code: 1,
      stdout: "",
      stderr: `${program}: shm:${sandbox.path("board")}: has such a side already\n`,
    });
    await startPeer("host");
    const agent = await sandbox.run(
      "host",
      "run",
      "-p",
      `shm:${sandbox.path("board")}`,
      "--control",
      sandbox.path("s"),
    );
    expect(agent.code).toBe(1);
    expect(agent.stderr).toMatch(/has a host already/);
  });
});
