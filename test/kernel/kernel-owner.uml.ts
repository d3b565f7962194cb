/**
 * A kernel that owns the channel's bus: `bmc run --link tun:NAME,owner=kernel`. Here the tests are what mctpd is on a BMC:
 * they send its control messages. Needs a kernel with MCTP: npm run test:kernel.
 */
import { afterAll, beforeAll, describe, expect } from "@jest/globals";
import { MessageType } from "../../src/core/mctp/message.ts";
import { LARGEST_TUN_UNIT } from "../../src/platform/tun/tun-device.ts";
import { MAIN, Sandbox, finish, type AgentProcess, type Finished } from "../support/processes.ts";
import { testUnless } from "../support/tools.ts";
import { addAddress, addRoute, indexOf, isUp, mtuOf } from "./support/interfaces.ts";
import { MctpSocket, whyNoMctp, type Received } from "./support/mctp-socket.ts";
import { LONGEST_ECHO, askPldm, controlRequest, echo, echoSoon, soon, withSocket } from "./support/questions.ts";

const missing = whyNoMctp();
const kernelTest = testUnless(missing);

const NAME = "mctptest1";
const KERNEL = 8;
const AGENT = 30;
const GIVEN = 20;
const BROADCAST = 255;
const HEADER = 4;
/** Commands of the control protocol, and what mctpd sends with them. */
const SET_EID = 0x01;
const GET_EID = 0x02;
const GET_UUID = 0x03;
const GET_VERSION = 0x04;
const GET_TYPES = 0x05;
const DISCOVERY_NOTIFY = 0x0d;
const SUCCESS = 0;

let sandbox: Sandbox;
let bmc: AgentProcess;
let host: AgentProcess;
/** The socket of control messages, which one program of the kernel has. */
let control: MctpSocket;

async function tool(agent: AgentProcess, name: string, ...words: readonly string[]): Promise<Finished> {
  return finish(sandbox.start(process.execPath, [MAIN, name, "--control", agent.control, ...words]));
}

/** Sends a control request to an EID, or out of the interface to the null EID, and takes its response. */
async function ask(to: number, command: number, ...data: readonly number[]): Promise<Received> {
  return withSocket(undefined, async (socket) => {
    const request = controlRequest(command, ...data);
    if (to === 0 || to === BROADCAST) socket.sendOut(indexOf(NAME), to, MessageType.CONTROL, request);
    else socket.send(to, MessageType.CONTROL, request);
    const answer = await socket.receive();
    expect([...answer.bytes.subarray(0, 2)]).toEqual([0x03, command]);
    return answer;
  });
}

/** Takes the host's Discovery Notify, which may have come again meanwhile, and answers it. */
async function hearAnnouncement(): Promise<void> {
  const announced = await control.receive(20_000);
  expect(announced).toMatchObject({ type: MessageType.CONTROL });
  expect([...announced.bytes.subarray(1)]).toEqual([DISCOVERY_NOTIFY]);
  const answer = Buffer.from([announced.bytes[0]! & 0x1f, DISCOVERY_NOTIFY, SUCCESS]);
  control.answerOut(indexOf(NAME), announced, answer);
}

describe("a kernel that owns the bus", () => {
  beforeAll(async () => {
    if (missing !== undefined) return;
    sandbox = new Sandbox();
    bmc = await sandbox.agent("bmc", "--link", `tun:${NAME},owner=kernel`, "--eid", String(AGENT));
    // As the scripts do that start mctpd.
    addAddress(NAME, KERNEL);
    control = new MctpSocket(MessageType.CONTROL);
    host = await sandbox.agent("host");
    await host.line(/^channel up/);
    await soon("the interface is up", () => isUp(NAME));
  });
  afterAll(async () => {
    if (missing !== undefined) return;
    control.close();
    await sandbox.dispose();
  });

  kernelTest("the channel carries no larger packets than the interface does", async () => {
    const { channel } = await host.status();
    expect(channel).toMatchObject({ mtu: { hostToBmc: LARGEST_TUN_UNIT, bmcToHost: LARGEST_TUN_UNIT } });
    expect(mtuOf(NAME)).toBe(LARGEST_TUN_UNIT + HEADER);
  });

  kernelTest("hears the host's announcement, and answers it", async () => {
    await hearAnnouncement();
  });

  kernelTest("learns the EID that the host has without setting one (Get Endpoint ID to the null EID)", async () => {
    const answer = await ask(0, GET_EID);
    expect(answer.eid).toBe(9);
    expect([...answer.bytes.subarray(2, 4)]).toEqual([SUCCESS, 9]);
  });

  kernelTest("sets the host up: EID, versions, UUID, message types, then a route", async () => {
    const set = await ask(0, SET_EID, 0, GIVEN);
    expect([...set.bytes.subarray(2, 5)]).toEqual([SUCCESS, 0, GIVEN]);
    await host.line(new RegExp(`^EID ${String(GIVEN)} assigned by the bus owner, EID ${String(KERNEL)}`));
    addRoute(NAME, GIVEN);
    expect([...(await ask(GIVEN, GET_EID)).bytes.subarray(2, 4)]).toEqual([SUCCESS, GIVEN]);
    expect((await ask(GIVEN, GET_UUID)).bytes).toHaveLength(3 + 16);
    expect([...(await ask(GIVEN, GET_VERSION, 0)).bytes.subarray(2, 3)]).toEqual([SUCCESS]);
    const types = (await ask(GIVEN, GET_TYPES)).bytes;
    expect([...types.subarray(4)]).toEqual([MessageType.PLDM, MessageType.VENDOR_IANA]);
  });

  kernelTest("reaches the host's echo, up to 64 KiB, and its PLDM", async () => {
    for (const bytes of [0, 57, 1000, LONGEST_ECHO]) await echo(GIVEN, bytes);
    await askPldm(GIVEN);
  });

  kernelTest("is asked by the host: a program there answers PLDM", async () => {
    await withSocket(MessageType.PLDM, async (socket) => {
      const asked = tool(host, "request", "--eid", "8", "--type", "1", "--hex", "810002", "--timeout", "10000");
      const request = await socket.receive(20_000);
      expect(request.eid).toBe(GIVEN);
      socket.answer(request, Buffer.from([0x01, 0x00, 0x02, SUCCESS, 0x2a]));
      const { code, stdout } = await asked;
      expect({ code, hasTid: stdout.includes("2a") }).toEqual({ code: 0, hasTid: true });
    });
  });

  kernelTest("asks all endpoints at the other end of the channel (the broadcast EID)", async () => {
    const answer = await ask(BROADCAST, GET_EID);
    expect(answer.eid).toBe(GIVEN);
  });

  kernelTest("finds the host again after its restart: it is asked, announces itself, and is set up anew", async () => {
    await host.end("SIGTERM");
    await soon("the interface is down", () => !isUp(NAME));
    // The kernel keeps what it knows; nothing reaches it, and nothing waits for later.
    expect(bmc.running).toBe(true);
    host = await sandbox.agent("host");
    await host.line(/^channel up/);
    await soon("the interface is up", () => isUp(NAME));
    await hearAnnouncement();
    const found = (await ask(0, GET_EID)).bytes[3];
    if (found !== GIVEN) {
      // Reset by its restart: mctpd gives the EID that it knows the endpoint's UUID by.
      expect([...(await ask(0, SET_EID, 1, GIVEN)).bytes.subarray(2, 5)]).toEqual([SUCCESS, 0, GIVEN]);
    }
    await echoSoon(GIVEN);
  });

  kernelTest("goes on when the host was killed and starts again", async () => {
    const from = bmc.lines.length;
    await host.end("SIGKILL");
    host = await sandbox.agent("host");
    await host.line(/^channel up/);
    await bmc.line(/^channel up/, from);
    await soon("the interface is up", () => isUp(NAME));
    await ask(0, SET_EID, 1, GIVEN);
    await echoSoon(GIVEN, LONGEST_ECHO);
  });

  kernelTest("has the agent beside it, where that was given an EID", async () => {
    addRoute(NAME, AGENT);
    await echo(AGENT, 100);
    await askPldm(AGENT);
    const pinged = await tool(bmc, "ping", "--eid", String(GIVEN), "--count", "2", "--interval", "0");
    expect({ code: pinged.code, text: pinged.stdout }).toMatchObject({ code: 0 });
    const reached = await tool(host, "ping", "--eid", String(AGENT), "--count", "2", "--interval", "0");
    expect({ code: reached.code, text: reached.stdout }).toMatchObject({ code: 0 });
  });

  kernelTest("decides on EIDs alone: the agent gives none", async () => {
    expect((await tool(bmc, "endpoints")).stdout).not.toMatch(/^EID 20 /m);
    expect(bmc.matching(/discovered|no endpoint/i)).toEqual([]);
  });
});
