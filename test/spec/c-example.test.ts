/** The smallest example in C against the BMC's agent: what it says, and that the agent finds nothing wrong with it. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from "@jest/globals";
import { chmodSync, closeSync, openSync, readSync, symlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { AgentStatus } from "../../src/agent/status.ts";
import { BoardField } from "../../src/platform/shared-file/layout.ts";
import { C11, compile } from "../support/c-program.ts";
import { PROJECT, Sandbox, finish, pause, type AgentProcess, type Finished } from "../support/processes.ts";
import { needsTool } from "../support/tools.ts";

const testWithGcc = needsTool("gcc");
const SOURCE = join(PROJECT, "spec", "examples", "attach.c");
const WARNINGS = ["-Wconversion", "-Wshadow"];

/** What the agent may count: everything else is a fault of its peer, or of its own. */
const ORDINARY: ReadonlySet<string> = new Set([
  ...["packetsSent", "packetsReceived", "sessionsOpened", "sessionsLost", "fencesReceived"],
  ...["closingInitialises", "reinitialised"],
  // Nobody was there when the agent started; the example leaves while it is being discovered.
  ...["announceTimeout", "packetsGivenUp"],
  // A host that is killed behind its Tx Begin and started again: its Initialise ends the session of that packet.
  "receivedAtSessionEnd",
]);

function violations({ counters }: AgentStatus): readonly (readonly [string, number])[] {
  return Object.entries(counters.binding).filter(([name, count]) => count > 0 && !ORDINARY.has(name));
}

describe("the example in C, attached to the BMC's agent", () => {
  let workshop: Sandbox;
  let compiled: Promise<string> | undefined;
  let sandbox: Sandbox;

  beforeAll(() => {
    workshop = new Sandbox();
  });
  afterAll(() => workshop.dispose());
  beforeEach(() => {
    sandbox = new Sandbox();
  });
  afterEach(() => sandbox.dispose());

  function program(): Promise<string> {
    return (compiled ??= compile(workshop, "attach", [SOURCE], C11, ...WARNINGS));
  }

  function platform(path: string = sandbox.path("board")): string {
    return `shm:${path}`;
  }

  async function attach(...board: readonly string[]): Promise<Finished> {
    return finish(sandbox.start(await program(), board));
  }

  async function expectSession(bmc: AgentProcess, version: number, mtu: number, eid = 8): Promise<void> {
    const mark = bmc.lines.length;
    expect(await attach(platform())).toMatchObject({
      code: 0,
      stdout: `session: version ${version}, MTU ${mtu}\nthe BMC has EID ${eid}\n`,
      stderr: "",
      overdue: false,
    });
    await bmc.line(new RegExp(`^channel up: version ${version}, MTU ${mtu} `), mark);
    await bmc.line(/^Host closed the channel/, mark);
    expect(violations(await bmc.status())).toEqual([]);
  }

  for (const depth of ["0", "1"]) {
    testWithGcc(`LPC-HOST-4, LPC-HOST-5, LPC-HOST-6, LPC-HOST-12: depth ${depth}: session, EID, stop`, async () => {
      await expectTwoSessions(await sandbox.agent("bmc", "--eid", "20", "--depth", depth));
    });

    testWithGcc(`LPC-HOST-4: depth ${depth}: killed at any moment and run again, it gets its session`, async () => {
      const bmc = await sandbox.agent("bmc", "--depth", depth);
      for (let milliseconds = 0; milliseconds < 40; milliseconds += 5) {
        const child = sandbox.start(await program(), [platform()]);
        const ended = finish(child);
        await pause(milliseconds);
        child.kill("SIGKILL");
        await ended;
      }
      await expectSession(bmc, 3, 4096);
    });
  }

  async function expectTwoSessions(bmc: AgentProcess): Promise<void> {
    await expectSession(bmc, 3, 4096, 20);
    const { counters } = await bmc.status();
    // The close that begins a start-up, and the one that ends the session.
    expect(counters.binding).toMatchObject({ sessionsOpened: 1, closingInitialises: 2, fencesReceived: 4 });
    await expectSession(bmc, 3, 4096, 20);
  }

  testWithGcc("LPC-HOST-14: takes no byte and writes none before the magic is there", async () => {
    await sandbox.run("board", "create", sandbox.path("board"));
    const file = openSync(sandbox.path("board"), "r+");
    const wordAt = (offset: number): number => {
      const bytes = Buffer.alloc(4);
      readSync(file, bytes, 0, 4, offset);
      return bytes.readUInt32LE();
    };
    // Another service's byte stands in ODR, and its status looks like that of a BMC.
    const word = Buffer.alloc(4);
    word.writeUInt32LE(0x002a_0081);
    writeSync(file, word, 0, 4, BoardField.registers);
    const child = sandbox.start(await program(), [platform()]);
    const ended = finish(child);
    await pause(150);
    expect([wordAt(BoardField.registers), wordAt(BoardField.odrRead)]).toEqual([0x002a_0081, 0]);
    child.kill("SIGKILL");
    await ended;
    closeSync(file);
  });

  for (const [versions, version, mtu] of [
    ["1-1", 1, 64],
    ["1-2", 2, 4096],
    ["3-3", 3, 4096],
  ] as const) {
    testWithGcc(`LPC-VER-1, LPC-MTU-3: a BMC of versions ${versions}: version ${version}, MTU ${mtu}`, async () => {
      await expectSession(await sandbox.agent("bmc", "--versions", versions), version, mtu);
    });
  }

  testWithGcc("LPC-MTU-4: a BMC that wants less", async () => {
    await expectSession(await sandbox.agent("bmc", "--mtu", "1000", "--window", "16K"), 3, 1000);
  });

  testWithGcc("waits for a BMC that comes later, and finds the next one after a kill", async () => {
    await sandbox.run("board", "create", sandbox.path("board"));
    const early = attach(platform());
    await pause(100);
    const first = await sandbox.agent("bmc");
    expect(await early).toMatchObject({ code: 0, stdout: "session: version 3, MTU 4096\nthe BMC has EID 8\n" });
    await first.end("SIGKILL");
    await expectSession(await sandbox.agent("bmc"), 3, 4096);
  });

  testWithGcc("says what is wrong where it cannot attach", async () => {
    const name = await program();
    for (const wrong of [[], ["/dev/shm/board"], ["raw-kcs:/dev/raw-kcs3"], ["shm:"], [platform(), platform()]])
      expect(await attach(...wrong)).toMatchObject({ code: 2, stdout: "", stderr: `usage: ${name} shm:PATH\n` });
    const expectRefused = async (path: string, why: string): Promise<void> => {
      const said = { code: 1, stdout: "", stderr: `${name}: ${platform(path)}: ${why}\n` };
      expect(await attach(platform(path))).toMatchObject(said);
    };
    await expectRefused(sandbox.path("none"), "there is no such board");
    await expectRefused(SOURCE, "is no board of this machine");
    await sandbox.agent("host");
    await expectRefused(sandbox.path("board"), "has such a side already");
  });

  testWithGcc("LPC-SEC-8: a board that others may write, or a link to one, is refused", async () => {
    const name = await program();
    await sandbox.run("board", "create", sandbox.path("board"));
    symlinkSync(sandbox.path("board"), sandbox.path("link"));
    const link = await attach(platform(sandbox.path("link")));
    expect(link).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("symbolic links") });
    const why = "can be written or replaced by other users (LPC-SEC-8)";
    const expectForeign = async (path: string): Promise<void> => {
      const said = { code: 1, stdout: "", stderr: `${name}: ${platform(path)}: ${why}\n` };
      expect(await attach(platform(path))).toMatchObject(said);
    };
    const shared = join(sandbox.folderAt("shared"), "board");
    await sandbox.run("board", "create", shared);
    chmodSync(sandbox.path("shared"), 0o770);
    await expectForeign(shared);
    chmodSync(sandbox.path("board"), 0o620);
    await expectForeign(sandbox.path("board"));
  });
});
