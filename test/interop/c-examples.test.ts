/** The examples in C, built as README says: each side with the agent of the other, and with each other. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from "@jest/globals";
import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { buildExamples, copySpec, readmeCommand, shell, type CExamples } from "../support/c-examples.ts";
import { Sandbox, finish, pause, type AgentProcess } from "../support/processes.ts";
import { needsTool } from "../support/tools.ts";

const testWithC = needsTool("gcc", "make");
const LINE_LIMIT_MILLISECONDS = 30_000;

/** What an agent counts beside a peer that keeps every rule. */
const ORDINARY: ReadonlySet<string> = new Set([
  ...["packetsSent", "packetsReceived", "sessionsOpened", "sessionsLost", "fencesReceived", "closingInitialises"],
  ...["announceTimeout", "reinitialised"],
]);

/** A program in C: its lines, and its end. */
class Program {
  readonly lines: string[] = [];
  readonly #child: ChildProcess;

  constructor(child: ChildProcess) {
    this.#child = child;
    createInterface({ input: child.stdout! }).on("line", (line) => this.lines.push(line));
  }

  async line(text: string): Promise<void> {
    const end = performance.now() + LINE_LIMIT_MILLISECONDS;
    while (!this.lines.includes(text)) {
      if (performance.now() > end) throw new Error(`no line "${text}" in:\n${this.lines.join("\n")}`);
      await pause(5);
    }
  }

  /** Ends it by SIGTERM, which makes it stop in order. */
  async stop(): Promise<void> {
    const ended = finish(this.#child);
    this.#child.kill("SIGTERM");
    expect(await ended).toMatchObject({ code: 0, signal: null, stderr: "", overdue: false });
  }
}

describe("the examples in C", () => {
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

  async function start(side: "host" | "bmc", ...more: readonly string[]): Promise<Program> {
    const programs = await (built ??= buildExamples(workshop));
    return new Program(sandbox.start(programs[side], [`shm:${sandbox.path("board")}`, ...more]));
  }

  async function expectEchoes(agent: AgentProcess): Promise<void> {
    const ping = await sandbox.run("ping", "--control", agent.control, "--count", "3", "--interval", "5");
    expect(ping).toMatchObject({ code: 0, stderr: "" });
    expect(await agent.call("ping", { count: 1, bytes: 60_000, interval: 0, timeout: 20_000 })).toMatchObject({
      sent: 1,
      answered: 1,
    });
    const { counters } = await agent.status();
    expect(Object.entries(counters.binding).filter(([name, count]) => count > 0 && !ORDINARY.has(name))).toEqual([]);
    expect(counters.mctp).toMatchObject({ requestsRetried: 0, requestsTimedOut: 0 });
  }

  testWithC("the host with the BMC's agent: discovered, echoes, a long message in packets of 1000 bytes", async () => {
    const bmc = await sandbox.agent("bmc");
    const host = await start("host", "--mtu", "1000", "--eid", "30");
    await bmc.line(/^channel up: version 3, MTU 1000 /);
    await bmc.line(/^discovered EID 9: MCTP 1\.3\.1, message types: vendor \(IANA\), UUID 43206578-/);
    await host.line("EID 9 assigned by EID 8");
    await expectEchoes(bmc);
    const { hex } = (await bmc.call("request", { hex: "008002" })) as { hex: string };
    expect(hex).toBe("00000200090300"); // static EIDs are supported, and it has another
    await host.stop();
    await bmc.line(/^Host closed the channel/);
  });

  testWithC("the BMC with the host's agent: discovers, echoes, a long message in packets of 1000 bytes", async () => {
    const host = await sandbox.agent("host");
    const bmc = await start("bmc", "--mtu", "1000");
    await host.line(/^channel up: version 3, MTU 1000 /);
    await host.line(/^EID 9 assigned by the bus owner, EID 8$/);
    await bmc.line("discovered EID 9");
    await expectEchoes(host);
    await bmc.stop();
    await host.line(/^channel lost/);
  });

  for (const depth of ["0", "1"]) {
    testWithC(`host and BMC with each other, on a board of depth ${depth} that the first of them makes`, async () => {
      const keys = `,window=64K,depth=${depth}`;
      const programs = await (built ??= buildExamples(workshop));
      const platform = `shm:${sandbox.path("board")}${keys}`;
      const host = new Program(sandbox.start(programs.host, [platform]));
      await host.line(`host on ${platform}, window of 65536 bytes`);
      const bmc = new Program(sandbox.start(programs.bmc, [platform, "--versions", "1-2"]));
      await bmc.line("channel up: version 2, MTU 32624 in, 32624 out");
      await bmc.line("discovered EID 9");
      await host.line("EID 9 assigned by EID 8");
      await bmc.stop();
      await host.line("channel lost: the BMC cleared BMC Active or Channel Active (LPC-HOST-9); starting again");
      await host.stop();
      expect([...bmc.lines, ...host.lines].filter((line) => /wrong|ignored|stalled|not_completed/.test(line))).toEqual(
        [],
      );
    });
  }

  testWithC("refuse what they cannot do, and say what they can", async () => {
    const { host: program } = await (built ??= buildExamples(workshop));
    const board = `shm:${sandbox.path("board")}`;
    for (const [args, says] of [
      [[], "usage: "],
      [[board, "--eid", "7"], '--eid wants a number from 8 to 254, not "7"'],
      [[board, "--mtu", "63"], '--mtu wants a number of bytes from 64 to 16777216, not "63"'],
      [[board, "--versions", "3-2"], '--versions wants a range within 1-3, like 1-2, not "3-2"'],
      [[board, "--uuid", "12"], '--uuid wants 32 hexadecimal digits, not "12"'],
      [[board, "--nonsense"], "--nonsense"],
    ] as const) {
      const { code, stdout, stderr } = await finish(sandbox.start(program, args));
      expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: "", stderr: expect.stringContaining(says) });
    }
    for (const platform of ["/dev/shm/board", `${board},depth=2`, `${board},window=5000`, `${board},size=64K`]) {
      const { code, stderr } = await finish(sandbox.start(program, [platform]));
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(`${platform}: is no platform`) });
    }
    expect(existsSync(sandbox.path("board"))).toBe(false);
  });

  testWithC("a board that is removed ends the programs, which say so", async () => {
    const host = sandbox.start((await (built ??= buildExamples(workshop))).host, [`shm:${sandbox.path("board")}`]);
    const ended = finish(host);
    while (!existsSync(sandbox.path("board"))) await pause(5);
    await shell(sandbox, sandbox.folder, "rm board");
    expect(await ended).toMatchObject({ code: 1, stderr: expect.stringMatching(/the board was removed/) });
  });

  testWithC("build by README's plain commands, too", async () => {
    const folder = copySpec(sandbox);
    await shell(sandbox, folder, readmeCommand("cc -std=c11 -o attach"));
    await shell(sandbox, folder, readmeCommand("(cd spec/examples && cc"));
    expect([existsSync(`${folder}/attach`), existsSync(`${folder}/spec/examples/host`)]).toEqual([true, true]);
  });
});
