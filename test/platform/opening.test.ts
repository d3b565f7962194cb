/**
 * Every system call of opening and releasing a platform or a whole agent fails once. Each time it comes back as a Failure
 * with a code, nothing is left behind, and the next attempt in the same process succeeds.
 */
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createBmcAgent } from "../../bmc/agent.ts";
import { secondBoard as boardLink } from "../../bmc/board-link.ts";
import { bmcLink } from "../../bmc/link.ts";
import { createHostAgent } from "../../host/agent.ts";
import { hostLink } from "../../host/link.ts";
import { defaultControlPath } from "../../src/agent/control/control-folder.ts";
import { createLineAgent } from "../../src/agent/line-agent.ts";
import type { RunOptions } from "../../src/agent/start-options.ts";
import { eid, millis } from "../../src/core/wire/units.ts";
import { StateFile } from "../../src/node/state-file.ts";
import { type Failure } from "../../src/platform/failure.ts";
import { openBmcPlatform, openHostPlatform, parseLine, parseLink, parsePlatform } from "../../src/platform/kinds.ts";
import { ERRNOS, FailingCalls, holdings } from "../support/failing-calls.ts";
import { FakeKernel } from "../support/fake-kernel.ts";

// An agent is opened once for each call that it makes, which takes a few seconds on a busy machine.
jest.setTimeout(60_000);

const WINDOW = ",window=8K";
const OPEN = { doorbell: true, log: () => undefined };

const runtimeFolder = process.env["XDG_RUNTIME_DIR"];

let folder: string;
let calls: FailingCalls;
let kernel: FakeKernel;
beforeEach(() => {
  folder = mkdtempSync("/dev/shm/mctp-lpc-opening-");
  mkdirSync(join(folder, "inbox"));
  mkdirSync(join(folder, "run"), { mode: 0o700 });
  process.env["XDG_RUNTIME_DIR"] = join(folder, "run");
  kernel = new FakeKernel();
  calls = new FailingCalls(folder);
});
afterEach(() => {
  calls.restore();
  kernel.restore();
  rmSync(folder, { recursive: true, force: true });
  if (runtimeFolder === undefined) delete process.env["XDG_RUNTIME_DIR"];
  else process.env["XDG_RUNTIME_DIR"] = runtimeFolder;
});

interface Opened {
  close(): unknown;
}
type Open = () => Opened | Promise<Opened>;

function runOptions(side: "host" | "bmc", links: readonly string[]): RunOptions {
  return {
    platform: parsePlatform(`shm:${join(folder, "board")}${WINDOW}`, side),
    poll: "adaptive",
    eid: eid(side === "host" ? 9 : 8),
    mtu: undefined,
    versions: { min: 1, cur: 3 },
    uuid: new Uint8Array(16),
    stallDelay: millis(1000),
    untilEof: false,
    trace: { path: join(folder, "trace"), limit: 1000 },
    links: links.map(parseLink),
    poolSize: 4,
    agent: {
      controlPath: join(folder, "control"),
      inbox: join(folder, "inbox"),
      largestFileBytes: 1024,
    },
  };
}

const secondBoard = (): string => `shm:${join(folder, "second")}${WINDOW}`;

async function started(agent: { start(): Promise<void>; stop(): Promise<void> }): Promise<Opened> {
  await agent.start();
  return { close: () => agent.stop() };
}

async function hostAgent(...links: readonly string[]): Promise<Opened> {
  return started(createHostAgent(runOptions("host", links), () => undefined, boardLink));
}

async function bmcAgent(...links: readonly string[]): Promise<Opened> {
  return bmcAgentWith(runOptions("bmc", links));
}

/** As users start it who name no socket: the folder for it is made. */
async function bmcAgentInDefaultFolder(): Promise<Opened> {
  const options = runOptions("bmc", []);
  const controlPath = defaultControlPath("bmc", options.platform.name);
  return bmcAgentWith({ ...options, agent: { ...options.agent, controlPath } });
}

async function bmcAgentWith(run: RunOptions): Promise<Opened> {
  const store = await StateFile.open(join(folder, "state"));
  await store.write("[]");
  const options = { ...run, assign: undefined, announceLimit: millis(0), busOwner: { store } };
  return started(createBmcAgent(options, () => undefined));
}

const platform = (): ReturnType<typeof parsePlatform> => parsePlatform(`shm:${join(folder, "board")}${WINDOW}`);

const WAYS: readonly (readonly [string, Open])[] = [
  ["the host's end of a board", () => openHostPlatform(platform(), OPEN)],
  ["the BMC's end of a board", () => openBmcPlatform(platform(), OPEN)],
  ["the host's agent, with a trace, an inbox and a second board", () => hostAgent(secondBoard())],
  ["the BMC's agent, with a trace, a state, an inbox and a second board", () => bmcAgent(secondBoard())],
  ["the BMC's agent, with an interface of the kernel", () => bmcAgent("tun:lpc0,eid=20")],
  ["the BMC's agent with its socket in the default folder", bmcAgentInDefaultFolder],
];

/** A state file that was written is whole and stays, and the folder for sockets is the user's for all agents. */
const STAYS = ["state", "run/mctp-lpc"];

function clear(): void {
  const names = ["board", "second", "trace", ...STAYS];
  for (const name of names) rmSync(join(folder, name), { recursive: true, force: true });
}

function held(): readonly string[] {
  const ofKernel = [...kernel.open].map(() => "open interface of the kernel");
  return [...holdings(folder), ...ofKernel].filter((name) => !STAYS.some((one) => name === `file ${one}`));
}

/** Descriptors are let go a turn of the event loop later. */
async function expectHeld(before: readonly string[], when: string): Promise<void> {
  const end = performance.now() + 10_000;
  while (performance.now() < end && held().join() !== before.join()) await new Promise((go) => setTimeout(go, 1));
  expect({ when, held: held() }).toEqual({ when, held: before });
}

async function failureOf(action: () => unknown): Promise<unknown> {
  try {
    await action();
    return undefined;
  } catch (error) {
    return error;
  }
}

/** Opens and closes once, so that what stays for the life of the process is there. */
async function warmUp(open: Open): Promise<readonly string[]> {
  await (await open()).close();
  await new Promise((go) => setTimeout(go, 20));
  clear();
  return held();
}

describe.each(WAYS)("%s", (_name, open) => {
  test.each(ERRNOS)(
    "opening, each call failing with %s: a Failure, nothing is left, the next attempt succeeds",
    async (code) => {
      const before = await warmUp(open);
      for (let n = 1; ; n++) {
        calls.failAt(n, code);
        const opened: Opened[] = [];
        const error = await failureOf(async () => opened.push(await open()));
        const [isOver, when] = [!calls.hasFailed, `call ${String(n)}: ${String(error)}`];
        calls.failAt(0, "");
        // A call whose failure does not matter.
        for (const one of opened) await one.close();
        if (opened.length > 0) clear();
        else
          expect([when, (error as Failure).name, (error as Failure).code]).toEqual([
            when,
            "Failure",
            expect.anything(),
          ]);
        await expectHeld(before, when);
        if (isOver) {
          expect(n).toBeGreaterThan(10);
          return;
        }
      }
    },
  );

  test("releasing, each call failing: everything else is released all the same", async () => {
    const before = await warmUp(open);
    for (let n = 1; ; n++) {
      const opened = await open();
      calls.failAt(n, "EIO");
      const error = await failureOf(() => opened.close());
      const isOver = !calls.hasFailed;
      calls.failAt(0, "");
      clear();
      await expectHeld(before, `call ${String(n)}: ${String(error)}`);
      if (isOver) return;
    }
  });
});

describe("what cannot be opened for another reason", () => {
  test.each<readonly [string, string, () => Promise<unknown>]>([
    ["a doorbell that is a folder", "doorbell", () => hostAgent()],
    [
      "a serial line that is not there, on a host's agent",
      "serial-open",
      () => hostAgent(secondBoard(), "serial:/missing"),
    ],
    ["the same on a BMC's agent", "serial-open", () => bmcAgent(secondBoard(), "serial:/missing")],
    ["an endpoint's line that is not there", "serial-open", () => endpointAgent()],
    ["an MTU that no link has", "misuse", () => Promise.resolve(hostLink(`shm:${join(folder, "board")}`, { mtu: 1 }))],
    ["the same on the BMC's end", "misuse", () => Promise.resolve(bmcLink(`shm:${join(folder, "board")}`, { mtu: 1 }))],
  ])("%s: %s, and nothing is left", async (what, code, open) => {
    if (what.startsWith("a doorbell")) mkdirSync(join(folder, "board.host-bell"));
    // The package serialport keeps what it loads.
    await failureOf(open);
    clear();
    const before = held();
    expect(await failureOf(async () => open())).toMatchObject({ code });
    await expectHeld(before, what);
  });

  async function endpointAgent(): Promise<Opened> {
    const [inbox, controlPath] = [undefined, join(folder, "control")];
    const common = { eid: undefined, uuid: new Uint8Array(16), largestFileBytes: 0, log: () => undefined };
    return started(createLineAgent({ link: parseLine("serial:/missing"), controlPath, inbox, ...common }));
  }
});
