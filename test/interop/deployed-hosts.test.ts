/** The BMC's agent with hosts that do not announce themselves, or want more than it allows. */
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { hostLink } from "../../host/link.ts";
import { openHostPlatform, parsePlatform } from "../../src/platform/kinds.ts";
import { Endpoint } from "../../src/api/endpoint.ts";
import { Field } from "../../src/core/binding/control-region.ts";
import { Status } from "../../src/core/binding/registers.ts";
import { fromHex } from "../../src/core/wire/bytes.ts";
import { bmcLink } from "../../bmc/link.ts";
import { runHere } from "../cli/run-here.ts";
import { Sandbox, pause, type AgentProcess } from "../support/processes.ts";

const WAITING =
  "Waiting for a control message on the channel before discovery (LPC-MCTP-19); --discover always asks at once.";
const GET_EID = fromHex("008002")!;

let sandbox: Sandbox;
let endpoint: Endpoint | undefined;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(async () => {
  await endpoint?.close();
  endpoint = undefined;
  await sandbox.dispose();
});

const board = (): string => `shm:${sandbox.path("board")}`;

/** A host that sends nothing by itself. */
async function quietHost(): Promise<Endpoint> {
  endpoint = new Endpoint(hostLink(board()), { eid: 9 });
  await endpoint.up();
  return endpoint;
}

async function endpointsText(bmc: AgentProcess): Promise<string> {
  return (await runHere(sandbox, "endpoints", "--control", bmc.control)).stdout;
}

describe("LPC-MCTP-19 a host that does not announce itself", () => {
  test("LPC-MCTP-19: is asked nothing before it sends a control message, which log and tools say", async () => {
    const bmc = await sandbox.agent("bmc", "--check-every", "50");
    const host = await quietHost();
    expect(await bmc.line(/^Waiting/)).toBe(WAITING);
    expect(await endpointsText(bmc)).toBe(`no endpoint has been discovered yet\n${WAITING}\n`);
    expect((await bmc.status()).notes).toEqual([WAITING]);
    expect((await runHere(sandbox, "status", "--control", bmc.control)).stdout).toContain(`  note       ${WAITING}\n`);
    // SPDM, which the BMC does not take: no control message.
    await host.send(8, fromHex("0510")!);
    await bmc.until(({ notes }) => notes[0] === "Packets arrive from EID 9, which was not asked who it is.");
    expect([host.counters.messagesReceived, (await bmc.status()).counters.mctp["messagesSent"]]).toEqual([0, 0]);

    await host.request(8, GET_EID);
    await bmc.line(/^discovered EID 9/);
    expect((await bmc.status()).notes).toEqual([]);
    expect(await endpointsText(bmc)).toMatch(/^EID 9 +present/);
  });

  test("LPC-MCTP-19: a request that the user orders is sent, and its response is a control message", async () => {
    const bmc = await sandbox.agent("bmc");
    await quietHost();
    await bmc.line(/^channel up/);
    expect((await runHere(sandbox, "control", "get-eid", "--control", bmc.control)).code).toBe(0);
    await bmc.line(/^discovered EID 9/);
  });

  test("LPC-MCTP-3: --discover always asks at once", async () => {
    const bmc = await sandbox.agent("bmc", "--discover", "always");
    await quietHost();
    await bmc.line(/^discovered EID 9/);
  });

  // Which options and profiles ask, the tests of the profiles have; who is asked when, those of the port's owner.
  test("LPC-MCTP-3: a profile may ask never", async () => {
    const bmc = await sandbox.agent("bmc", "--host-profile", "hostboot");
    const host = await quietHost();
    await host.request(8, GET_EID);
    expect(await endpointsText(bmc)).toContain("Discovery is off (--discover never)");
    expect([host.counters.messagesReceived, bmc.matching(/^discovered|^Waiting/)]).toEqual([1, []]);
  });
});

describe("LPC-MCTP-19 a second board as a further link", () => {
  async function quietHostBehind(bmc: AgentProcess): Promise<Endpoint> {
    endpoint = new Endpoint(hostLink(`shm:${sandbox.path("second")}`), { eid: 9 });
    await endpoint.up();
    await bmc.line(/second is open$/);
    return endpoint;
  }

  test("LPC-MCTP-19: the endpoint there is asked after its first control message", async () => {
    const bmc = await sandbox.bridge("bmc", "--eid-pool", "20-30", "--link", `shm:${sandbox.path("second")}`);
    const host = await quietHostBehind(bmc);
    const waiting = await bmc.line(/^Waiting/);
    expect(waiting).toMatch(
      /^Waiting for a control message on shm:.*second before discovery \(LPC-MCTP-19\); --discover always asks at once\.$/,
    );
    expect([host.counters.messagesReceived, (await bmc.status()).notes]).toEqual([0, [waiting]]);
    await host.request(8, GET_EID);
    await bmc.line(/^EID 20 is on shm:/);
    expect((await bmc.status()).notes).toEqual([]);
  });
});

describe("LPC-MCTP-20 a bus owner that does not know Discovery Notify", () => {
  test("LPC-MCTP-20: the host's agent says so once and works on with EID 9", async () => {
    endpoint = new Endpoint(bmcLink(board()), { eid: 8, kind: "busOwner" });
    const host = await sandbox.agent("host");
    await endpoint.up();
    await host.line(/did not accept the announcement \(Discovery Notify: unsupported command; LPC-MCTP-20\)/);
    const { bytes } = await endpoint.request(9, GET_EID);
    expect(Buffer.from(bytes).toString("hex")).toBe("00000200090100");
    expect(host.matching(/announcement/)).toHaveLength(1);
  });
});

describe("LPC-MTU-4 a host that asks for more than the BMC allows", () => {
  const SAYS =
    "Host asked for MTU 32768, this BMC allows 4096 (--mtu): a host that needs 32768 closes the channel (LPC-MTU-4).";

  test("LPC-MTU-4: log and status say so while the session is open", async () => {
    const bmc = await sandbox.agent("bmc", "--mtu", "4096");
    const host = openHostPlatform(parsePlatform(board()), {
      windowBytes: 1024 * 1024,
      doorbell: true,
      log: () => undefined,
    });
    try {
      const { port, window } = host;
      const rounds = async (isDone: () => boolean): Promise<void> => {
        for (const end = performance.now() + 30_000; !isDone() && performance.now() < end;) {
          if ((port.readStatus() & Status.OBF) !== 0) port.readData();
          host.interrupts.peerRings();
          await pause(2);
        }
      };
      await rounds(() => (port.readStatus() & Status.BMC_ACTIVE) !== 0);
      const write = (offset: number, bytes: Uint8Array): void => {
        window.write(offset, bytes, 0, bytes.length);
      };
      write(Field.hostVersionMin, Uint8Array.of(0, 1));
      write(Field.hostVersionCur, Uint8Array.of(0, 2));
      // rx_size 32776: length and header, then the payload; version 2 has no trailer.
      write(Field.rxSize, Uint8Array.of(0, 0, 0x80, 8));
      port.writeData(0x00);
      await rounds(() => bmc.matching(/^channel up/).length > 0);
      expect(await bmc.line(/^Host asked/)).toBe(SAYS);
      expect((await bmc.status()).notes).toEqual([SAYS, expect.stringMatching(/^Waiting/)]);
    } finally {
      host.close();
    }
  });
});
