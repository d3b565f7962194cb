/** The BMC's bus owner as its users know it: two agents, tools, a state file, kills. */
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { randomInt } from "node:crypto";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import type { RouteEntry } from "../../src/agent/control/methods.ts";
import { connectControl } from "../../src/agent/control/control-socket.ts";
import { decodeMemory } from "../../src/core/mctp/bus-owner/memory.ts";
import { SeededRandom } from "../../src/platform/faulty.ts";
import { runHere } from "../cli/run-here.ts";
import { Sandbox, pause, within, type AgentProcess } from "../support/processes.ts";
import { SerialCable } from "../support/pty.ts";

const ONE = "00112233-4455-6677-8899-aabbccddeeff";
const OTHER = "ffeeddcc-bbaa-9988-7766-554433221100";

const ROUNDS = 4;
const LATEST_KILL_MILLISECONDS = 300;

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.dispose());

const state = (): string => sandbox.path("eids.json");
const withState = (): readonly string[] => ["--eid-pool", "20-24", "--state", state()];

async function discovered(bmc: AgentProcess, from = 0): Promise<number> {
  return Number(/^discovered EID (\d+):/.exec(await bmc.line(/^discovered EID/, from))?.[1]);
}

/** A host with this UUID comes, is discovered and goes; gives its EID. */
async function visit(bmc: AgentProcess, uuid: string): Promise<number> {
  const from = bmc.lines.length;
  const host = await sandbox.agent("host", "--uuid", uuid);
  const eid = await discovered(bmc, from);
  await host.end("SIGTERM");
  await bmc.line(/^Host closed/, from);
  return eid;
}

/** Runs a tool for the BMC's agent. */
async function tool(bmc: AgentProcess, name: string, ...args: readonly string[]) {
  return runHere(sandbox, name, ...args, "--control", bmc.control);
}

describe("assignments", () => {
  test("every UUID has an EID of its own, and the same after restarts of either side", async () => {
    const bmc = await sandbox.agent("bmc", ...withState());
    expect([await visit(bmc, ONE), await visit(bmc, OTHER), await visit(bmc, ONE)]).toEqual([20, 21, 20]);
    expect(await bmc.end("SIGTERM")).toEqual({ code: 0, signal: null });
    const again = await sandbox.agent("bmc", ...withState());
    expect([await visit(again, OTHER), await visit(again, ONE)]).toEqual([21, 20]);
    const known = await again.call("endpoints", {});
    expect(known).toMatchObject([
      { eid: 20, uuid: ONE, presence: "gone" },
      { eid: 21, uuid: OTHER, presence: "gone" },
    ]);
    await again.end("SIGTERM");
    const third = await sandbox.agent("bmc", ...withState(), "--static", `${OTHER}=20`);
    const said = `EID 20 of UUID ${ONE} is forgotten: EID 20 is kept for UUID ${OTHER}`;
    expect(third.matching(/is forgotten/).filter((line) => line.endsWith(said))).toHaveLength(1);
  });

  // Who gets which EID, the tests of the bus owner have; without options every host has 9.
  test("--assign is the host's, --eid-pool for what is behind it", async () => {
    const [bmc] = await Promise.all([
      sandbox.agent("bmc", "--eid-pool", "20-40", "--assign", "9"),
      sandbox.bareAgent("host", "--link", `shm:${sandbox.path("second")}`),
    ]);
    expect(await discovered(bmc)).toBe(9);
    expect(await bmc.line(/is a bridge/)).toBe("EID 9 is a bridge and has EIDs 20 to 35 to give on");
  });
});

describe("tools of the bus owner", () => {
  test("endpoints, routes and assign, from nobody there to a host that has gone", async () => {
    const bmc = await sandbox.agent("bmc", "--state", state());
    expect((await tool(bmc, "endpoints")).stdout).toBe("no endpoint has been here yet\n");
    expect((await tool(bmc, "routes")).stdout).toBe("no routes: no endpoint is here\n");
    expect(await tool(bmc, "assign", "30")).toMatchObject({
      code: 1,
      stderr: "mctp-lpc: no endpoint is here: name one that is to come with --uuid\n",
    });

    const host = await sandbox.agent("host", "--uuid", ONE);
    expect(await discovered(bmc)).toBe(9);
    expect((await tool(bmc, "endpoints")).stdout).toBe(
      `EID 9    present  UUID ${ONE}; MCTP 1.3.0, 1.3.1; PLDM, vendor (IANA)\n`,
    );
    expect((await tool(bmc, "assign", "30")).stdout).toBe("the endpoint has EID 30\n");
    await host.line(/^EID 30 assigned by the bus owner, EID 8$/);
    expect(await bmc.status()).toMatchObject({ peerEid: 30, endpoints: [{ eid: 30, uuid: ONE }] });
    expect(await host.status()).toMatchObject({ eid: 30 });
    expect((await runHere(sandbox, "ping", "--control", bmc.control, "--count", "1")).code).toBe(0);

    const routes = JSON.parse((await tool(bmc, "routes", "--json")).stdout) as readonly RouteEntry[];
    expect(routes).toEqual([
      { first: 30, last: 30, kind: "endpoint", port: 0, static: true, binding: 0xff, medium: 0 },
    ]);
    expect((await tool(bmc, "routes")).stdout).toMatch(
      /^EID 30 +endpoint +port 0, binding 0xff, medium 0x00, static\n$/,
    );

    await host.end("SIGTERM");
    await bmc.line(/^Host closed/);
    expect((await tool(bmc, "assign", "31", "--uuid", OTHER)).stdout).toBe(
      "EID 31 is kept for the endpoint; it gets it when it comes\n",
    );
    expect(await visit(bmc, OTHER)).toBe(31);
    expect((await tool(bmc, "endpoints")).stdout).toMatch(
      /^EID 30 +gone .*by the operator\nEID 31 +gone .*operator\n$/,
    );
  });

  test("what cannot be assigned is refused, and says why", async () => {
    const { host, bmc } = await sandbox.pair();
    for (const [args, says, status] of [
      [["8"], "EID 8 is the bus owner's own", 1],
      [["30", "99"], "no endpoint with EID 99 is here", 1],
      [["30", "9", "--uuid", ONE], "not by both", 1],
      [["30", "--uuid", "12"], "assign: uuid must be a UUID of 32 hexadecimal digits", 1],
      [["30", "--uuid", "0".repeat(32)], "tells no endpoint apart", 1],
      [["7"], "An EID is a number from 8 to 254", 64],
    ] as const) {
      const { code, stdout, stderr } = await tool(bmc, "assign", ...args);
      expect({ code, stdout, stderr }).toEqual({ code: status, stdout: "", stderr: expect.stringContaining(says) });
    }
    for (const name of ["endpoints", "routes", "assign", "forget"]) {
      const { code, stderr } = await tool(host, name, ...(name === "assign" || name === "forget" ? ["30"] : []));
      expect([code, stderr]).toEqual([
        1,
        "mctp-lpc: the host's agent is no bus owner: ask the BMC's, with --agent bmc\n",
      ]);
    }
    expect(await host.status()).toMatchObject({ eid: 9 });
  });
});

describe("endpoints behind a bridge", () => {
  test("are listed with UUID and types; forget and assign know them; a fixed pool is less than the host wants", async () => {
    const second = `shm:${sandbox.path("second")}`;
    const bmc = await sandbox.agent("bmc", "--static-pool", `${ONE}=60-63`, "--poll-bridged", "2000");
    await sandbox.agent("host", "--uuid", ONE, "--link", second, "--link-eids", "6");
    expect(await bmc.line(/is a bridge/)).toBe(
      "EID 9 is a bridge and has EIDs 60 to 63 to give on, of the 6 that it wants: --static-pool gives it no more",
    );
    await sandbox.launch(["host", "run", "-p", second, "--uuid", OTHER, "--until-eof"]);
    expect(await bmc.line(/is behind/)).toMatch(
      `EID 60 is behind EID 9 on the channel: MCTP 1.3.1, message types: PLDM`,
    );
    const types = "MCTP 1.3.0, 1.3.1; PLDM, vendor (IANA)";
    expect((await tool(bmc, "endpoints")).stdout).toBe(
      `EID 9    present  UUID ${ONE}; ${types}; bridge with EIDs 60 to 63 by --static-pool; EID by --assign\n` +
        `EID 60   present  UUID ${OTHER}; ${types}; behind EID 9\n`,
    );
    expect(await bmc.status()).toMatchObject({ endpoints: [{ eid: 9 }, { eid: 60, uuid: OTHER, bridge: 9 }] });
    expect((await tool(bmc, "assign", "70", "60")).stderr).toContain(
      "EID 60 is behind EID 9, a bridge, which gives it",
    );
    const from = bmc.lines.length;
    expect((await tool(bmc, "forget", OTHER)).stdout).toBe(
      `EID 60, UUID ${OTHER}, is forgotten; it is listed again when it answers behind EID 9\n`,
    );
    await bmc.line(/^EID 60 is behind EID 9/, from);
  });
});

describe("forget", () => {
  test("a host that is there is discovered anew; one that is not known is a failure", async () => {
    const bmc = await sandbox.agent("bmc", "--eid-pool", "20-24", "--state", state());
    const host = await sandbox.agent("host", "--uuid", ONE);
    expect(await discovered(bmc)).toBe(20);
    expect((await tool(bmc, "assign", "22")).code).toBe(0);
    const from = bmc.lines.length;
    expect(JSON.parse((await tool(bmc, "forget", "22", "--json")).stdout)).toEqual([
      { eid: 22, uuid: ONE, here: true },
    ]);
    expect(await discovered(bmc, from)).toBe(20);
    await host.end("SIGTERM");
    await bmc.line(/^Host closed/, from);
    expect((await tool(bmc, "forget", ONE)).stdout).toBe(`EID 20, UUID ${ONE}, is forgotten\n`);
    expect(JSON.parse(readFileSync(state(), "utf8"))).toEqual({ version: 1, endpoints: [] });
    expect(await tool(bmc, "forget", ONE)).toMatchObject({
      code: 1,
      stderr: `mctp-lpc: no endpoint with UUID ${ONE} is known: see "mctp-lpc endpoints"\n`,
    });
    expect((await tool(bmc, "forget", "nobody")).stderr).toContain("Give an EID, 8 to 254, or a UUID");
  });
});

describe("assign on a BMC with further links", () => {
  const LIMIT = 30_000;
  let cable: SerialCable;
  beforeEach(() => {
    cable = new SerialCable();
  });
  afterEach(() => {
    cable.close();
  });

  const answered = async (agent: AgentProcess, eid: number): Promise<number> =>
    (await agent.call("ping", { eid, bytes: 56, count: 2, interval: 0, timeout: 5000 })).answered;

  test("an endpoint on the line gets the EID, is reached under it, and keeps it; the host stays the host", async () => {
    const [bmc, host, near] = await Promise.all([
      sandbox.bridge("bmc", "--link", `serial:${cable.onePath}`),
      sandbox.agent("host"),
      sandbox.lineEndpoint("near", `serial:${cable.otherPath}`, "--uuid", ONE),
    ]);
    await discovered(bmc);
    await bmc.line(/^EID \d+ is on serial:/, 0, LIMIT);
    const from = bmc.lines.length;
    expect((await tool(bmc, "assign", "30", "--uuid", ONE)).stdout).toBe("the endpoint has EID 30\n");
    expect([await answered(bmc, 30), await answered(host, 30), await answered(near, 9)]).toEqual([2, 2, 2]);
    expect(await bmc.status()).toMatchObject({ peerEid: 9 });
    const { bridge } = await bmc.status();
    expect(bridge?.routes).toMatchObject([
      { first: 9, port: 0 },
      { first: 30, count: 1, port: 1 },
    ]);
    // Longer than the checks of the line are apart: it is not taken for one that was started anew.
    await pause(2500);
    expect(bmc.matching(/started anew|is on serial/).length).toBe(1);
    expect(bmc.lines.slice(from).join("\n")).not.toContain("looking for it");
  });
});

describe("--no-discovery", () => {
  test("the BMC asks nothing of the host, and both can still talk", async () => {
    const bmc = await sandbox.agent("bmc", "--no-discovery");
    const host = await sandbox.agent("host");
    await Promise.all([bmc.line(/^channel up/), host.line(/^channel up/)]);
    expect((await runHere(sandbox, "ping", "--control", host.control, "--count", "1")).code).toBe(0);
    expect((await runHere(sandbox, "ping", "--control", bmc.control, "--count", "1")).code).toBe(0);
    const { counters, eid } = await host.status();
    // The answers to its announcement and its echo, and the BMC's echo.
    expect([counters.mctp["messagesReceived"], eid]).toEqual([3, 9]);
    expect([...bmc.matching(/discover/), ...host.matching(/assigned/)]).toEqual([]);
    expect(await tool(bmc, "assign", "30")).toMatchObject({
      code: 1,
      stderr: "mctp-lpc: this BMC discovers no endpoints (--discover never): start it with --discover announced\n",
    });
  });
});

describe("the state file", () => {
  /** Refused for what is there, or as a usage error. */
  async function refusedStart(...options: readonly string[]): Promise<string> {
    const board = ["--platform", `shm:${sandbox.path("board")}`];
    const { code, stdout, stderr } = await runHere(sandbox, "bmc", "run", ...board, ...options);
    expect([1, 64]).toContain(code);
    expect(stdout).toBe("");
    expect(existsSync(sandbox.path("board"))).toBe(false);
    return stderr;
  }

  test.each<[string, string, string]>([
    ["cut short", '{ "version": 1, "endpoints": [', "is damaged: it is not JSON. It was left as it is: restore it"],
    ["of something else", "{}", "is damaged: it has no version"],
    ["of a later release", '{"version":9,"endpoints":[]}', "by another release of mctp-lpc (its format has version 9"],
  ])("one that is %s stops the start, and stays as it is", async (_, text, says) => {
    writeFileSync(state(), text);
    expect(await refusedStart("--state", state())).toContain(
      `${state()} ${says.startsWith("by") ? "was written " : ""}${says}`,
    );
    expect(readFileSync(state(), "utf8")).toBe(text);
  });

  test("one that cannot be written is told of before anything starts", async () => {
    const says = await refusedStart("--state", sandbox.path("nowhere/eids.json"));
    expect(says).toContain("cannot write the state file");
    expect(says).toContain("the folder does not exist");
  });

  test.each([
    ["EID 9 is the BMC's own: give the host another with --assign", ["--eid", "9"]],
    ["it is the BMC's own", ["--static", `${ONE}=8`]],
    ["the pool has no EID but the BMC's own", ["--eid-pool", "8"]],
    ["begins with its lower EID", ["--eid-pool", "30-20"]],
    ["An EID is a number from 8 to 254", ["--eid-pool", "1-20"]],
    ["Give a UUID of 32 hexadecimal digits and an EID", ["--static", "30"]],
    ["but this agent has port 0, the channel, alone", ["--static", `${ONE}=30@1`]],
    ["Give a UUID of 32 hexadecimal digits and an EID", ["--static", `${ONE}=30@one`]],
    ["has its EID already", ["--static", `${ONE}=30`, "--static", `${ONE}=31`]],
    [
      "EID 20 cannot be both the host's by --assign and a UUID's by --static",
      ["--static", `${ONE}=20`, "--assign", "20"],
    ],
    ["tells no endpoint apart", ["--static", `${"0".repeat(32)}=20`]],
    ["Give a UUID of 32 hexadecimal digits and a range of EIDs", ["--static-pool", "20-29"]],
    ["Give a UUID of 32 hexadecimal digits and a range of EIDs", ["--static-pool", `${ONE}=20-29@x`]],
    ["An EID is a number from 8 to 254", ["--static-pool", `${ONE}=2-9`]],
    ["begins with its lower EID", ["--static-pool", `${ONE}=29-20`]],
    ["tells no endpoint apart", ["--static-pool", `${"f".repeat(32)}=20-29`]],
    ["has its pool already", ["--static-pool", `${ONE}=20-29`, "--static-pool", `${ONE}=40-49`]],
    ["EIDs 20-29 are another pool", ["--static-pool", `${ONE}=20-29`, "--static-pool", `${OTHER}=29-35`]],
    ["EID 8 is the BMC's own", ["--static-pool", `${ONE}=8-12`]],
    ["EID 25 is a UUID's by --static", ["--static-pool", `${ONE}=20-29`, "--static", `${OTHER}=25`]],
    ["EID 20 is the host's by --assign", ["--static-pool", `${ONE}=20-29`, "--assign", "20"]],
    ["--static-pool keeps EIDs 20-29 for port 2, but this agent", ["--static-pool", `${ONE}=20-29@2`]],
    ["Give a whole number from 2000 to", ["--poll-bridged", "10"]],
    ["Allowed choices are replace, keep", ["--preset-eids", "maybe"]],
  ])("%s: options that contradict each other are refused", async (says, options) => {
    expect(await refusedStart(...options)).toContain(says);
  });

  test("killed at any moment while it assigns, the BMC comes back with what it last promised, or what it was about", async () => {
    const seed = Number(process.env["MCTP_LPC_SEED"] ?? randomInt(2 ** 31));
    const random = new SeededRandom(seed);
    const between = (least: number, most: number): number => least + random.below(most - least + 1);
    const options = ["--eid-pool", "20-250", "--state", state()];
    let bmc = await sandbox.agent("bmc", ...options);
    await sandbox.agent("host", "--uuid", ONE);
    let promised = await discovered(bmc);
    let promises = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const client = await connectControl(bmc.control);
      let about: number | undefined;
      let over = false as boolean;
      const assigning = (async () => {
        while (!over) {
          about = between(20, 250);
          try {
            await client.call("assign", { eid: about });
          } catch {
            return;
          }
          promised = about;
          about = undefined;
          promises++;
        }
      })();
      await pause(between(0, LATEST_KILL_MILLISECONDS));
      await bmc.end("SIGKILL");
      over = true;
      client.close();
      await within(30_000, assigning);
      const text = readFileSync(state(), "utf8");
      expect({ seed, round, read: decodeMemory(text).ok, text }).toMatchObject({ read: true });
      bmc = await sandbox.agent("bmc", ...options);
      const eid = await discovered(bmc);
      expect({ seed, round, eid, possible: [promised, about] }).toMatchObject({
        possible: expect.arrayContaining([eid]),
      });
      promised = eid;
    }
    expect(promises).toBeGreaterThan(ROUNDS);
    // What killed writers left beside the file is gone with the next start.
    await bmc.end("SIGKILL");
    await sandbox.agent("bmc", ...options);
    expect(readdirSync(sandbox.folder).filter((name) => name.endsWith(".new"))).toEqual([]);
  });
});
