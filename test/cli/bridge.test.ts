/** A BMC, a host that is a bridge, and an endpoint on a serial cable, each a process. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { writeFileSync } from "node:fs";
import type { AgentStatus } from "../../src/agent/status.ts";
import type { PingSummary } from "../../src/agent/echo.ts";
import type { EndpointAgentStatus } from "../../src/agent/status.ts";
import { TRANSIT_LIMITS } from "../../src/core/mctp/bridge/router.ts";
import { BASELINE_UNIT } from "../../src/core/mctp/packet.ts";
import { AgentProcess, Sandbox, sha256Of, receivedAs, receivedIn } from "../support/processes.ts";
import { SerialCable } from "../support/pty.ts";
import { runHere } from "./run-here.ts";

const LIMIT = 30_000;
const FIRST_POOL_EID = 10;
const FAR_UUID = "01234567-89ab-cdef-0123-456789abcdef";

let sandbox: Sandbox;
let cables: SerialCable[];

function begin(): void {
  sandbox = new Sandbox();
  cables = [];
}

async function end(): Promise<void> {
  await sandbox.dispose();
  for (const cable of cables) cable.close();
}

function newCable(): SerialCable {
  const cable = new SerialCable();
  cables.push(cable);
  return cable;
}

interface Network {
  readonly cable: SerialCable;
  readonly bmc: AgentProcess;
  readonly host: AgentProcess;
  readonly far: AgentProcess;
}

async function network(settings = ""): Promise<Network> {
  const cable = newCable();
  const [bmc, host, far] = await Promise.all([
    sandbox.bridge("bmc"),
    sandbox.bridge("host", "--link", `serial:${cable.onePath}${settings}`),
    sandbox.lineEndpoint("far", `serial:${cable.otherPath}${settings}`, "--uuid", FAR_UUID),
  ]);
  await host.line(/^EID 10 is on serial:/, 0, LIMIT);
  return { cable, bmc, host, far };
}

function ping(agent: AgentProcess, eid: number, bytes = 56, count = 3, timeout = 10_000): Promise<PingSummary> {
  return agent.call("ping", { eid, bytes, count, interval: 0, timeout });
}

describe("a host that bridges to a serial line", () => {
  let net: Network;
  beforeAll(async () => {
    begin();
    net = await network();
  });
  afterAll(end);

  test("BMC and far endpoint reach each other through it, packet by packet, with messages of any size", async () => {
    const { bmc, host, far } = net;
    expect(await far.line(/^EID 10 assigned/, 0, LIMIT)).toBe("EID 10 assigned by the bus owner, EID 9");
    expect(await bmc.line(/is a bridge/, 0, LIMIT)).toBe("EID 9 is a bridge and has EIDs 10 to 25 to give on");

    const tool = await runHere(
      sandbox,
      "ping",
      "--eid",
      String(FIRST_POOL_EID),
      "--control",
      bmc.control,
      "-t",
      "10000",
      "-c",
      "2",
    );
    expect([tool.code, tool.stderr]).toEqual([0, ""]);
    expect(tool.stdout).toContain("2 of 2 answered");

    for (const [asker, eid] of [
      [bmc, FIRST_POOL_EID],
      [far, 8],
      [far, 9],
      [host, FIRST_POOL_EID],
    ] as const) {
      expect(await ping(asker, eid, 2000)).toMatchObject({ sent: 3, answered: 3 });
    }

    const status = await host.status();
    const { bridge } = status;
    expect(bridge?.counters.packetsForwarded).toBeGreaterThan(4 * 3 * Math.floor(2000 / 64));
    expect(bridge?.routes).toMatchObject([
      { first: 8, count: 1, port: 0 },
      { first: FIRST_POOL_EID, count: 1, port: 1 },
    ]);
    expect(bridge?.inTransit).toEqual({ packets: 0, bytes: 0 });
    // Nothing was too large for the line: the BMC had asked for the way before it sent more than the baseline.
    expect(bridge?.counters.unitTooLarge).toBe(0);
    expect((await bmc.status()).paths).toEqual([{ eid: FIRST_POOL_EID, unit: 64, bridges: [9] }]);
  });

  test("a file of more packets than a bridge keeps goes from the far endpoint to the BMC and back", async () => {
    const { bmc, far } = net;
    const path = sandbox.path("data.bin");
    const bytes = (TRANSIT_LIMITS.packets + 500) * BASELINE_UNIT;
    writeFileSync(
      path,
      Uint8Array.from({ length: bytes }, (_, index) => (index * 7) >> 3),
    );
    for (const [sender, receiver, to] of [
      [far, bmc, "8"],
      [bmc, far, String(FIRST_POOL_EID)],
    ] as const) {
      const sent = await runHere(sandbox, "send-file", path, "--control", sender.control, "--eid", to);
      expect([sent.code, sent.stdout]).toEqual([0, expect.stringContaining("the same at both sides")]);
      expect(receivedIn(receiver.inbox)).toEqual(["data.bin"]);
      expect(sha256Of(receivedAs(receiver.inbox, "data.bin"))).toBe(sha256Of(path));
    }
  });

  test("a file from behind the line is in a folder of its own at the bridge, by port and EID", async () => {
    const { host, far } = net;
    const path = sandbox.path("own.bin");
    writeFileSync(path, new Uint8Array(500));
    const sent = await runHere(sandbox, "send-file", path, "--control", far.control, "--eid", "9");
    expect([sent.code, sent.stderr]).toEqual([0, ""]);
    const folder = `port-1-eid-${String(FIRST_POOL_EID)}`;
    expect(receivedAs(host.inbox, "own.bin")).toBe(`${host.inbox}/${folder}/own.bin`);
  });

  test("what has no route, loops or lies about where it comes from is dropped and counted", async () => {
    const { host, cable } = net;
    const before = (await host.status()).bridge?.counters;
    expect(before).toMatchObject({ unroutable: 0, loops: 0, sourceElsewhere: 0 });
    // From the line: a packet for somebody on the line, and one that says it is from the BMC.
    cable.sayToOne(frame([1, FIRST_POOL_EID, 77, 0xc8, 0x7f, 1]));
    cable.sayToOne(frame([1, 8, 8, 0xc8, 0x7f, 1]));
    cable.sayToOne(frame([1, 200, FIRST_POOL_EID, 0xc8, 0x7f, 1]));
    const { bridge } = await host.until(
      (status) => status.bridge?.counters.loops === 1 && status.bridge.counters.sourceElsewhere === 1,
      LIMIT,
    );
    expect(bridge?.counters.unroutable).toBeGreaterThanOrEqual(1);
    const shown = await runHere(sandbox, "status", "--control", host.control);
    expect(shown.stdout).toMatch(/loops +1 +packets dropped: the route leads back to where they came from/);
    expect(shown.stdout).toMatch(/sourceElsewhere +1 /);
    expect(shown.stdout).toMatch(/port 1 +serial:.* up, 64 bytes a packet/);
  });

  test("far endpoint and bridge start anew: their EIDs are the same again; a lost line ends what was on it alone", async () => {
    const { bmc, host, far, cable } = net;
    let mark = host.lines.length;
    await far.end("SIGKILL");
    await sandbox.lineEndpoint("again", `serial:${cable.otherPath}`, "--uuid", FAR_UUID);
    await host.line(new RegExp(`^EID 10 is on serial:.* UUID ${FAR_UUID}`), mark, LIMIT);
    expect(await ping(bmc, FIRST_POOL_EID)).toMatchObject({ answered: 3 });

    mark = bmc.lines.length;
    await host.end("SIGTERM");
    const bridge = await sandbox.bridge("host", "--link", `serial:${cable.onePath}`);
    await bmc.line(/is a bridge and has EIDs 10 to 25/, mark, LIMIT);
    await bridge.line(/^EID 10 is on serial:/, 0, LIMIT);
    expect(await ping(bmc, FIRST_POOL_EID)).toMatchObject({ answered: 3 });

    cable.removeOne();
    expect(await bridge.line(/^lost \/dev\/pts/, 0, LIMIT)).toMatch(/waiting for it to come back$/);
    const status = await bridge.until((now) => now.bridge?.routes.length === 1, LIMIT);
    expect(status.bridge?.links.map(({ up }) => up)).toEqual([true, false]);
    expect(await ping(bmc, 9)).toMatchObject({ answered: 3 });
    const lost = ping(bmc, FIRST_POOL_EID, 10, 1, 200).catch(() => ({ answered: 0 }));
    expect(await lost).toMatchObject({ answered: 0 });
  });
});

/** A frame by the rule; the packets of these tests need no escapes, nor do their check sequences. */
function frame(packet: readonly number[]): Uint8Array {
  const bytes = [1, packet.length, ...packet];
  let fcs = 0xffff;
  for (const byte of bytes) {
    fcs ^= byte;
    for (let bit = 0; bit < 8; bit++) fcs = (fcs & 1) === 1 ? (fcs >> 1) ^ 0x8408 : fcs >> 1;
  }
  return Uint8Array.of(0x7e, ...bytes, fcs >> 8, fcs & 0xff, 0x7e);
}

describe("other networks", () => {
  beforeEach(begin);
  afterEach(end);

  test("a line with larger packets carries them: the way is asked for", async () => {
    const { bmc, far } = await network("?unit=200&fcs=escaped");
    await ping(bmc, FIRST_POOL_EID, 10, 2);
    // Query Hop counts in steps of 16 bytes.
    expect((await bmc.status()).paths).toEqual([{ eid: FIRST_POOL_EID, unit: 192, bridges: [9] }]);
    const frames = async (): Promise<number> =>
      ((await far.call("status", {})) as EndpointAgentStatus).counters.serial.framesReceived;
    const before = await frames();
    expect(await ping(bmc, FIRST_POOL_EID, 1900, 1)).toMatchObject({ answered: 1 });
    expect((await frames()) - before).toBeLessThan(1900 / 64);
  });

  test("a BMC with a line of its own is bus owner of both, and its endpoints reach those behind the host through two bridges", async () => {
    const [ofHost, ofBmc] = [newCable(), newCable()];
    const [bmc, host, far, near] = await Promise.all([
      sandbox.bridge("bmc", "--link", `serial:${ofBmc.onePath}`),
      sandbox.bridge("host", "--link", `serial:${ofHost.onePath}`),
      sandbox.lineEndpoint("far", `serial:${ofHost.otherPath}`),
      sandbox.lineEndpoint("near", `serial:${ofBmc.otherPath}`),
    ]);
    await host.line(/^EID \d+ is on serial:/, 0, LIMIT);
    await bmc.line(/^EID \d+ is on serial:/, 0, LIMIT);
    // The host hears of the BMC's line when it has joined, in whichever order they come.
    const { bridge } = await host.until(
      (status) => status.bridge?.routes.some((route) => route.bridge === 8) === true,
      LIMIT,
    );
    const [farEid, nearEid] = await Promise.all(
      [far, near].map(async (agent) => ((await agent.call("status", {})) as EndpointAgentStatus).eid),
    );
    expect(farEid).not.toBe(nearEid);
    expect(bridge?.pool.first).toBeLessThanOrEqual(farEid!);
    expect(await ping(near, farEid!, 500)).toMatchObject({ answered: 3 });
    expect(await ping(far, nearEid!, 500)).toMatchObject({ answered: 3 });
    const { paths } = (await far.call("status", {})) as EndpointAgentStatus;
    expect(paths).toContainEqual({ eid: nearEid, unit: 64, bridges: [9, 8] });
    const routes = await runHere(sandbox, "routes", "--control", bmc.control);
    expect(routes.stdout).toContain("port 1, binding 0x05");
  });

  test("a host with a second board is the BMC there: BMC and the second board's host reach each other through it", async () => {
    const second = `shm:${sandbox.path("second")}`;
    const [bmc, host] = await Promise.all([sandbox.bridge("bmc"), sandbox.bridge("host", "--link", second)]);
    const child = await sandbox.launch([
      ...["host", "run", "--platform", second, "--control", sandbox.path("other.sock"), "--until-eof"],
    ]);
    const other = new AgentProcess("host", child, sandbox.path("other.sock"), "");
    await host.line(/^EID 10 is on shm:/, 0, LIMIT);
    expect(await other.line(/^EID 10 assigned/, 0, LIMIT)).toBe("EID 10 assigned by the bus owner, EID 9");
    expect(await ping(bmc, FIRST_POOL_EID, 5000)).toMatchObject({ answered: 3 });
    expect(await ping(other, 8, 5000)).toMatchObject({ answered: 3 });
    // Both channels carry much more than the baseline; Query Hop tells of it.
    const path = (await bmc.status()).paths.find(({ eid }) => eid === FIRST_POOL_EID);
    expect(path?.unit).toBeGreaterThan(64);
    expect((await host.status()).bridge?.links).toMatchObject([{ up: true }, { up: true, name: second }]);
    await other.end("SIGTERM");
    await host.until((status) => status.bridge?.links[1]?.up === false, LIMIT);
  });
});

describe("a line", () => {
  beforeEach(begin);
  afterEach(end);

  test.each<readonly [said: string, ...command: readonly string[]]>([
    ['the kind "i2c:" is not known: there is serial:PATH', "--link", "i2c:3"],
    ['there is no setting "speed", there are baud, unit, fcs', "--link", "serial:/dev/x?speed=9"],
    ["cannot open /dev/no-such-line: there is no such device", "--link", "serial:/dev/no-such-line"],
  ])("%s, says an endpoint of one that is none", async (said, ...link) => {
    const finished = await runHere(sandbox, "endpoint", "run", ...link);
    expect(finished).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining(said) });
  });

  test.each([
    ["cannot open /dev/no-such-line: there is no such device", ["serial:/dev/no-such-line"]],
    ["is the agent's own board", ["shm:@/board"]],
    ["is named twice", ["serial:/dev/ttyS0", "serial:/dev/ttyS0?baud=9600"]],
  ])("%s, says an agent of a link", async (said, links) => {
    const words = ["shm:@/board", ...links].map((spec) => spec.replace("@", sandbox.folder));
    const [board = "", ...others] = words;
    const options = others.flatMap((link) => ["--link", link]);
    const finished = await runHere(sandbox, "host", "run", "-p", board, ...options);
    expect(finished).toMatchObject({ code: 1, stderr: expect.stringContaining(said) });
  });

  test("an endpoint's status in words, and as JSON", async () => {
    const cable = newCable();
    const far = await sandbox.lineEndpoint("far", `serial:${cable.onePath}`);
    const words = await runHere(sandbox, "status", "--control", far.control);
    expect(words.stdout).toMatch(/^endpoint on serial:\/dev\/pts/);
    expect(words.stdout).toContain("no EID yet");
    const json = await runHere(sandbox, "status", "--control", far.control, "--json");
    const [status] = JSON.parse(json.stdout) as (AgentStatus | EndpointAgentStatus)[];
    expect(status).toMatchObject({ role: "endpoint", eid: 0, link: { up: true, unit: 64 } });
  });
});
