/**
 * A real BMC kernel: the BMC's agent runs inside an emulated BMC with Debian's stock Linux, at the chip's registers and in
 * the memory of the aspeed-lpc-ctrl driver, the host's agent outside at the same chip. See docs/boards.md for what is
 * printed. Packages are downloaded once; the tests begin with the boot.
 */
import { afterAll, describe, expect, jest } from "@jest/globals";
import { randomBytes } from "node:crypto";
import { statSync } from "node:fs";
import { join } from "node:path";
import type { AgentStatus } from "../../../src/agent/status.ts";
import { needsTool } from "../../support/tools.ts";
import { receivedAs, sha256Of } from "../../support/processes.ts";
import { GUEST_FOLDER, GUEST_PROGRAM } from "./image.ts";
import type { Guest } from "./guest.ts";
import { BMC_EID, BMC_INBOX, BMC_LOG, HOST_EID, SMALL_NODE, Stage } from "./stage.ts";

const guestTest = needsTool("qemu-system-arm", "apt-get", "dpkg-deb", "setpriv");

const MIB = 1024 * 1024;
const KILLS = 3;
const RUNS = 3;
/** What a BMC gives an agent: memory, flash, and the time to tell its version as a multiple of what Node alone takes to start. */
const MOST = { residentBytes: 50 * MIB, version: 1.6, installedBytes: 12 * MIB };
/** The same for an agent's start. It is told and not held: the emulation of one processor shares those of the machine. */
const START_GOAL = 3;
const RECOVERY_MILLISECONDS = 120_000;

// The first test waits for downloads, where the cache is empty, and for the boot.
jest.setTimeout(900_000);

let set: Promise<Stage> | undefined;

function stage(): Promise<Stage> {
  set ??= Stage.set(tell);
  return set;
}

afterAll(async () => {
  await (await set?.catch(() => undefined))?.dispose();
});

/** A line of the report, past jest's own output. */
function tell(line: string): void {
  process.stderr.write(`guest: ${line}\n`);
}

/** What this proof reads of `bmc isolation --json`. */
interface Isolation {
  readonly doors: readonly { readonly id: string; readonly state: string }[];
}

function packetsSent({ counters }: AgentStatus): number {
  return counters.binding["packetsSent"] ?? 0;
}

/** The line of `send-file` that tells size, time and rate. */
function sentLine(text: string): string {
  return text.split("\n").find((line) => line.endsWith("MB/s") || line.includes("MB/s, ")) ?? text;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Seconds by the guest's clock, and of the processor by the machine that emulates it. */
interface Taken {
  readonly clock: number;
  readonly processor: number;
}

async function taken(guest: Guest, command: string): Promise<Taken> {
  const before = guest.processorSeconds();
  const text = await guest.succeed(`cat /proc/uptime; ${command} >/dev/null; cat /proc/uptime`);
  const [began = 0, ended = 0] = text.split("\n").map(Number.parseFloat);
  return { clock: ended - began, processor: guest.processorSeconds() - before };
}

function median(all: readonly Taken[]): Taken {
  return { clock: middle(all.map(({ clock }) => clock)), processor: middle(all.map(({ processor }) => processor)) };
}

function middle(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;
}

describe("the BMC's agent in Linux on an emulated AST2600", () => {
  guestTest("lies beside the stock kernel and its aspeed-lpc-ctrl driver, in a few MiB", async () => {
    const { guest } = await stage();
    const [kernel, driver, packageKilobytes, agentKilobytes, nodeKilobytes] = (
      await guest.succeed(
        [
          "uname -r",
          "ls /dev/aspeed-lpc-ctrl",
          `du -sk ${GUEST_FOLDER} | cut -f1`,
          `du -sk ${join(GUEST_PROGRAM, "..")} | cut -f1`,
          "du -skc /usr/bin/node /usr/lib/arm-linux-gnueabihf /usr/share/nodejs | tail -1 | cut -f1",
        ].join("; "),
      )
    ).split("\n");
    tell(`Linux ${String(kernel)}, ${String(driver)}`);
    tell(
      `flash: package ${String(packageKilobytes)} KiB, of it the program ${String(agentKilobytes)} KiB; Node.js with its libraries ${String(nodeKilobytes)} KiB`,
    );
    expect(driver).toBe("/dev/aspeed-lpc-ctrl");
    expect(Number(packageKilobytes) * 1024).toBeLessThanOrEqual(MOST.installedBytes);
  });

  guestTest("tells its version and starts in a small multiple of the time that Node alone takes", async () => {
    const board = await stage();
    const { guest } = board;
    const alone: Taken[] = [];
    const version: Taken[] = [];
    for (let run = 0; run < RUNS; run++) {
      alone.push(await taken(guest, "node -e 0"));
      version.push(await taken(guest, `node ${GUEST_PROGRAM} --version`));
    }
    const [node, told] = [median(alone), median(version)];
    const versionRatio = told.processor / node.processor;
    tell(
      `node -e 0 ${node.clock.toFixed(1)} s, --version ${told.clock.toFixed(1)} s (${versionRatio.toFixed(2)} times)`,
    );
    expect(versionRatio).toBeLessThanOrEqual(MOST.version);
    try {
      for (const command of ["node", SMALL_NODE]) {
        await board.killBmc();
        const { firstLine, served, processorSeconds } = await board.startBmc(command);
        const ratio = processorSeconds / node.processor;
        tell(
          `agent by ${command}: first line after ${firstLine.toFixed(1)} s, serves the bus after ${served.toFixed(1)} s (${ratio.toFixed(2)} times, wanted ${String(START_GOAL)}), then resident ${megabytes(await board.residentBytes())}`,
        );
      }
    } finally {
      // Others start the agent as they need it.
      await board.killBmc();
    }
  });

  guestTest("is discovered by the host, and knows it", async () => {
    const board = await stage();
    const host = await board.channel();
    await host.line(/^EID 9 assigned by the bus owner, EID 8/);
    const answered = await board.hostTool("ping", "--eid", String(BMC_EID), "--count", "10");
    tell(`ping: ${answered.trim().split("\n").at(-1) ?? ""}`);
    expect(answered).toContain("10 of 10 answered");
    expect(await board.guest.succeed(`cat ${BMC_LOG}`)).toContain("discovered EID 9");
  });

  guestTest("takes and sends a file of 1 MiB, whole, in the memory that a BMC has", async () => {
    const board = await stage();
    const host = await board.channel();
    const path = board.file("to-bmc", randomBytes(MIB));
    const down = await board.hostTool("send-file", "--eid", String(BMC_EID), path);
    tell(`host to BMC: ${sentLine(down)}`);
    const stored = await board.guest.succeed(`sha256sum $(find ${BMC_INBOX} -name to-bmc)`);
    expect(stored.split(" ")[0]).toBe(sha256Of(path));

    const sum = await board.guest.succeed("head -c 1048576 /dev/urandom >/tmp/to-host; sha256sum /tmp/to-host");
    tell(`BMC to host: ${sentLine(await board.tool("send-file", "/tmp/to-host", "--eid", String(HOST_EID)))}`);
    const received = receivedAs(host.inbox, "to-host");
    expect(sha256Of(received)).toBe(sum.split(" ")[0]);
    expect(statSync(received).size).toBe(MIB);

    const resident = await board.residentBytes();
    tell(`agent resident after the files: ${megabytes(resident)}`);
    expect(resident).toBeLessThanOrEqual(MOST.residentBytes);
  });

  guestTest(`is killed ${String(KILLS)} times while a file comes, and each time the file arrives whole`, async () => {
    const board = await stage();
    const host = await board.channel();
    for (let kill = 1; kill <= KILLS; kill++) {
      const name = `over-kill-${String(kill)}`;
      const path = board.file(name, randomBytes(4 * MIB));
      const from = host.lines.length;
      const before = packetsSent(await host.status());
      const timeout = String(RECOVERY_MILLISECONDS);
      const sending = board.hostTool("send-file", "--eid", String(BMC_EID), "--timeout", timeout, path);
      // The first are the file's Open and its first parts.
      await Promise.race([host.until((status) => packetsSent(status) > before + 3), sending]);
      await board.killBmc();
      const began = performance.now();
      await board.startBmc();
      await host.line(/^channel up/, from, RECOVERY_MILLISECONDS);
      const seconds = (performance.now() - began) / 1000;
      tell(`kill ${String(kill)}: channel up after ${seconds.toFixed(1)} s; ${sentLine(await sending)}`);
      const stored = await board.guest.succeed(`sha256sum $(find ${BMC_INBOX} -name ${name})`);
      expect(stored.split(" ")[0]).toBe(sha256Of(path));
    }
  });

  guestTest("has shown the host the window and no more of its memory, by the chip's registers", async () => {
    const board = await stage();
    await board.channel();
    const { status, output } = await board.guest.run(`node ${GUEST_PROGRAM} bmc isolation --json`);
    const isolation = JSON.parse(output) as Isolation;
    const doors = isolation.doors.map(({ id, state }) => `${id} ${state}`).join(", ");
    tell(`isolation: status ${String(status)}, ${doors}`);
    expect(isolation).toMatchObject({
      soc: "ast2600",
      window: {
        state: "open",
        bmcAddress: "0xb7f00000",
        hostAddress: "0xff00000",
        bytes: MIB,
        region: { address: "0xb4000000", bytes: 64 * MIB },
        isInRegion: true,
      },
      notRead: [],
    });
    // QEMU's chip comes up with the other ways shut.
    expect(status).toBe(0);
  });
});
