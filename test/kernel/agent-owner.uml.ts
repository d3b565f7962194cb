/**
 * A kernel behind an agent that owns the bus: `bmc run --link tun:NAME`. Sockets of the kernel reach the host's agent over
 * the channel, and the BMC's own. Needs a kernel with MCTP: npm run test:kernel.
 */
import { afterAll, beforeAll, describe, expect } from "@jest/globals";
import { MessageType } from "../../src/core/mctp/message.ts";
import { LARGEST_TUN_UNIT, WAITING_PACKETS } from "../../src/platform/tun/tun-device.ts";
import { Sandbox, finish, type AgentProcess, MAIN, type Finished } from "../support/processes.ts";
import { testUnless } from "../support/tools.ts";
import { droppedBy, indexOf, isThere, isUp, mtuOf, removeInterface, setDown } from "./support/interfaces.ts";
import { MctpSocket, whyNoMctp } from "./support/mctp-socket.ts";
import { LONGEST_ECHO, askPldm, controlRequest, echo, echoSoon, soon, withSocket } from "./support/questions.ts";

const missing = whyNoMctp();
const kernelTest = testUnless(missing);

const NAME = "mctptest0";
const BMC = 8;
const HOST = 9;
const KERNEL = 10;
const BROADCAST = 255;
const HEADER = 4;

let sandbox: Sandbox;
let bmc: AgentProcess;
let host: AgentProcess;

async function agents(bmcOptions: readonly string[] = [], hostOptions: readonly string[] = []): Promise<void> {
  sandbox = new Sandbox();
  bmc = await sandbox.agent("bmc", "--link", `tun:${NAME},eid=${String(KERNEL)}`, ...bmcOptions);
  host = await sandbox.agent("host", ...hostOptions);
  await bmc.line(/^discovered EID 9/);
  await soon("the interface is up", () => isUp(NAME));
}

/** Runs a tool of an agent to its end. */
async function tool(agent: AgentProcess, name: string, ...words: readonly string[]): Promise<Finished> {
  return finish(sandbox.start(process.execPath, [MAIN, name, "--control", agent.control, ...words]));
}

async function counter(name: string): Promise<number> {
  const { counters } = await bmc.status();
  return counters.tun?.[name] ?? 0;
}

/** `longest`: data of the longest echo of the host. The kernel gives an answer up that takes longer than 6 s. */
function suite(title: string, options: readonly string[], unit: number, longest: number, tests: () => void): void {
  describe(title, () => {
    beforeAll(async () => {
      if (missing === undefined) await agents(options, options);
    });
    afterAll(async () => {
      if (missing === undefined) await sandbox.dispose();
    });
    kernelTest("the interface has the channel's packets as its MTU, and room for two of the longest messages", () => {
      expect(mtuOf(NAME)).toBe(Math.min(unit, LARGEST_TUN_UNIT) + HEADER);
    });
    kernelTest(`echoes of the host, of 0 to ${String(longest)} bytes, come back as they went`, async () => {
      for (const bytes of [0, 1, 50, 57, 58, 64, 1000, 4096, longest]) await echo(HOST, bytes);
    });
    kernelTest("the BMC's own endpoint answers, too", async () => {
      for (const bytes of [1, LONGEST_ECHO]) await echo(BMC, bytes);
    });
    tests();
  });
}

suite("a kernel behind the BMC's agent", [], 524_144, LONGEST_ECHO, () => {
  kernelTest("is an endpoint with the EID of the link", async () => {
    await bmc.line(/^EID 10 is this machine's kernel, on tun:mctptest0$/);
    const listed = await tool(bmc, "endpoints");
    expect(listed.stdout).toMatch(/^EID 10 +present/m);
  });

  kernelTest("speaks PLDM with the host's agent and the BMC's", async () => {
    await askPldm(HOST);
    await askPldm(BMC);
  });

  kernelTest("answers requests of the host to a program that serves a type there, 64 KiB of it", async () => {
    await withSocket(MessageType.SPDM, async (socket) => {
      const asked = tool(
        host,
        "request",
        "--eid",
        String(KERNEL),
        "--type",
        "5",
        "--hex",
        "10840000",
        "--json",
        "--timeout",
        "20000",
      );
      const request = await socket.receive(20_000);
      expect(request).toMatchObject({ eid: HOST, type: MessageType.SPDM });
      expect([...request.bytes]).toEqual([0x10, 0x84, 0, 0]);
      socket.answer(request, Buffer.alloc(64 * 1024 - 1, 0x5a));
      const { code, stdout } = await asked;
      expect({ code, length: stdout.length > 128 * 1024 }).toEqual({ code: 0, length: true });
    });
  });

  kernelTest(
    "has eight requests to an EID under way with tags of their own; a ninth is the kernel's EBUSY",
    async () => {
      const sockets = Array.from({ length: 8 }, () => new MctpSocket());
      try {
        // Nothing answers type 0x05 at the host: the tags stay taken.
        for (const socket of sockets) socket.send(HOST, MessageType.SPDM, Buffer.from([1]));
        expect(() => {
          sockets[0]!.send(HOST, MessageType.SPDM, Buffer.from([1]));
        }).toThrow("EBUSY");
      } finally {
        for (const socket of sockets) socket.close();
      }
      const answers = await Promise.all(Array.from({ length: 8 }, () => echo(HOST, 5000)));
      expect(answers).toHaveLength(8);
    },
  );

  kernelTest("asks all endpoints on its bus: the BMC answers, and nothing is forwarded", async () => {
    await withSocket(undefined, async (socket) => {
      socket.sendOut(indexOf(NAME), BROADCAST, MessageType.CONTROL, controlRequest(0x02));
      const answer = await socket.receive();
      expect(answer.eid).toBe(BMC);
      expect([...answer.bytes.subarray(0, 4)]).toEqual([0x03, 0x02, 0x00, BMC]);
    });
  });

  kernelTest("keeps its EID, and loses nothing, while another program sets the interface down", async () => {
    const before = await counter("kernelRefused");
    setDown(NAME);
    expect((await tool(host, "ping", "--eid", String(KERNEL), "--count", "1", "--timeout", "300")).code).not.toBe(0);
    expect(await counter("kernelRefused")).toBeGreaterThan(before);
    expect(bmc.running).toBe(true);
  });

  kernelTest("goes down with the channel, and comes back with it and with its EID", async () => {
    await bmc.line(/^tun:mctptest0 is open/);
    await host.end("SIGTERM");
    await soon("the interface is down", () => !isUp(NAME));
    await withSocket(undefined, async (socket) => {
      try {
        socket.send(HOST, MessageType.PLDM, Buffer.from([0x81, 0, 2]));
      } catch {
        // The kernel may say so at once.
      }
      await expect(socket.receive(300)).rejects.toThrow("no message");
    });
    host = await sandbox.agent("host");
    await soon("the interface is up", () => isUp(NAME));
    await echoSoon(HOST);
    await echoSoon(BMC);
  });

  kernelTest("is made again when another program has removed the interface, and the log says so once", async () => {
    const from = bmc.lines.length;
    removeInterface(NAME);
    await bmc.line(/^lost tun:mctptest0: the interface was removed; making it again$/, from);
    await soon("the interface is up", () => isUp(NAME));
    await echoSoon(HOST, LONGEST_ECHO);
    expect(bmc.matching(/^lost tun/, from)).toHaveLength(1);
    expect(await counter("interfaceLost")).toBe(1);
  });

  kernelTest("cannot stop an agent by a flood of requests", async () => {
    await withSocket(undefined, (socket) => {
      for (let count = 0; count < 3000; count++) {
        // Without a tag of its own: answers to requests that no one has sent.
        socket.send(count % 2 === 0 ? HOST : BMC, MessageType.VENDOR_IANA, Buffer.alloc(200), count % 8);
      }
      return Promise.resolve();
    });
    await echoSoon(HOST);
    expect((await bmc.status()).channel.up).toBe(true);
  });

  kernelTest("ends with the agent: SIGTERM within 2 s, and the interface is gone", async () => {
    const began = performance.now();
    expect(await bmc.end("SIGTERM")).toEqual({ code: 0, signal: null });
    expect(performance.now() - began).toBeLessThan(5000);
    expect(isThere(NAME)).toBe(false);
  });
});

suite("a channel of 64-byte packets", ["--mtu", "64"], 64, 8192, () => {
  kernelTest("its queue holds the packets of two of the longest messages", async () => {
    const before = await counter("packetsFromKernel");
    // Answers may be late on a busy machine; no packet is lost on the way.
    await Promise.allSettled([echo(BMC, LONGEST_ECHO), echo(BMC, LONGEST_ECHO)]);
    expect(droppedBy(NAME)).toBe(0);
    expect((await counter("packetsFromKernel")) - before).toBe(2 * 1024);
    expect(WAITING_PACKETS).toBeGreaterThanOrEqual(2 * 1024);
  });
});
