/** The demux socket of built agents, and a client in C that was written from its description. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { ChildProcess } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { chmodSync, existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ANSWER_LIMIT } from "../../src/agent/services/service-table.ts";
import { DEMUX_CLIENTS } from "../../src/agent/services/demux-server.ts";
import { compile } from "../support/c-program.ts";
import { STRANGER, needsRoot } from "../support/other-users.ts";
import { PROJECT, Sandbox, pause, within, type AgentProcess } from "../support/processes.ts";
import { needsTool } from "../support/tools.ts";
import { runHere } from "../cli/run-here.ts";

const testWithGcc = needsTool("gcc");
const LIMIT = 10_000;
const ECHO = "7f00007ed90101";
const ECHOED = "7f00007ed9018100";

/** What the program in C prints, line by line, and what it is told. */
class DemuxClient {
  readonly lines: string[] = [];
  readonly #child: ChildProcess;
  readonly #said = new EventEmitter();

  constructor(child: ChildProcess) {
    this.#child = child;
    createInterface({ input: child.stdout! }).on("line", (line) => {
      this.lines.push(line);
      this.#said.emit("line");
    });
  }

  static async of(sandbox: Sandbox, program: string, address: string, type?: string): Promise<DemuxClient> {
    const client = new DemuxClient(sandbox.start(program, [address]));
    expect(await client.next()).toBe("connected");
    if (type !== undefined) client.tell(type);
    return client;
  }

  tell(line: string): void {
    this.#child.stdin!.write(`${line}\n`);
  }

  async next(): Promise<string> {
    while (this.lines.length === 0) await within(LIMIT, once(this.#said, "line"));
    return this.lines.shift()!;
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  async end(): Promise<void> {
    const closed = once(this.#child, "close");
    this.#child.stdin!.end();
    await closed;
  }
}

let tools: Sandbox;
let program: string;
beforeAll(async () => {
  tools = new Sandbox();
  if (testWithGcc === test) {
    program = await compile(tools, "client", [join(PROJECT, "test/interop/demux-client/client.c")]);
  }
});
afterAll(() => tools.dispose());

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.dispose());

/** Both agents, the BMC's with this demux socket and the host's with another. */
async function pair(address: string): Promise<{ readonly host: AgentProcess; readonly bmc: AgentProcess }> {
  const [bmc, host] = await Promise.all([
    sandbox.agent("bmc", "--demux", address),
    sandbox.agent("host", "--demux", sandbox.path("host.demux")),
  ]);
  await Promise.all([host.line(/^channel up/), bmc.line(/^discovered/)]);
  return { host, bmc };
}

const clientAt = (address: string, type?: string): Promise<DemuxClient> =>
  DemuxClient.of(sandbox, program, address, type);

describe("clients of the demux socket", () => {
  testWithGcc("talk to the host agent's echo and PLDM through the BMC's agent, several at once", async () => {
    const address = sandbox.path("bmc.demux");
    await pair(address);
    expect(statSync(address).mode & 0o777).toBe(0o600);
    const [echo, pldm] = [await clientAt(address, "7f"), await clientAt(address, "01")];
    echo.tell(`09${ECHO}68656c6c6f`);
    pldm.tell("0901830002");
    expect(await echo.next()).toBe(`09${ECHOED}68656c6c6f`);
    expect(await pldm.next()).toBe("09010300020000");
    // Of the largest size, both ways.
    const data = "5a".repeat(65_520);
    echo.tell(`09${ECHO}${data}`);
    expect(await echo.next()).toBe(`09${ECHOED}${data}`);
    // The null EID is the endpoint at the other end.
    echo.tell(`00${ECHO}31`);
    expect(await echo.next()).toBe(`09${ECHOED}31`);
  });

  testWithGcc("serve their type: requests of the peer come to them, and their answers go to who asked", async () => {
    const address = sandbox.path("bmc.demux");
    const { host, bmc } = await pair(address);
    const server = await clientAt(address, "50");
    const asker = await clientAt(sandbox.path("host.demux"), "50");
    await host.line(/message type 0x50 is served by demux client/);
    await bmc.line(/message type 0x50 is served by demux client \(process \d+\)$/);
    asker.tell("085001");
    asker.tell("085002");
    expect([await server.next(), await server.next()]).toEqual(["095001", "095002"]);
    server.tell("0950aa");
    server.tell("0950bb");
    expect([await asker.next(), await asker.next()]).toEqual(["0850aa", "0850bb"]);
    const types = await runHere(sandbox, "control", "get-types", "--control", host.control);
    expect(types.stdout).toMatch(/type 2 +0x50/);
    await server.end();
    await bmc.line(/has gone, which served message type 0x50$/);
    expect((await runHere(sandbox, "control", "get-types", "--control", host.control)).stdout).not.toContain("0x50");
  });

  testWithGcc("of one type: the first serves it, the others get what they asked for, and take its place", async () => {
    const address = sandbox.path("bmc.demux");
    const { bmc } = await pair(address);
    const first = await clientAt(address, "01");
    await bmc.line(/PLDM \(message type 0x01\) is served by/);
    const second = await clientAt(address, "01");
    await bmc.line(/asks for PLDM .* answers to its own requests only/);
    second.tell("0901850002");
    expect(await second.next()).toBe("09010500020000");
    expect(first.lines).toEqual([]);
    await first.end();
    await bmc.line(/has gone, which served PLDM .*; demux client \(process \d+\) serves it$/);
    await second.end();
    await bmc.line(/has gone, which served PLDM \(message type 0x01\)$/);
    const { stdout } = await runHere(sandbox, "pldm", "get-tid", "--control", bmc.control.replace("bmc", "host"));
    expect(stdout).toContain("TID 0");
  });

  testWithGcc("a packet to the own EID goes to who serves the type there", async () => {
    const address = sandbox.path("bmc.demux");
    await pair(address);
    const client = await clientAt(address, "7f");
    client.tell(`08${ECHO}31`);
    expect(await client.next()).toBe(`08${ECHOED}31`);
    const other = await clientAt(address, "50");
    other.tell("085099");
    expect(await other.next()).toBe("085099");
  });

  testWithGcc("bad packets are dropped and counted, a bad first packet is hung up on; others go on", async () => {
    const address = sandbox.path("bmc.demux");
    const { bmc } = await pair(address);
    const good = await clientAt(address, "7f");
    for (const bad of ["00", "80", "ff", "0101", "aabbccdd"]) {
      const client = await clientAt(address, bad);
      expect(await client.next()).toBe("closed");
    }
    // To a reserved EID, of another type, half, too long.
    for (const bad of ["0350aa", `0950${"00".repeat(5)}`, "09", `09${ECHO}${"00".repeat(65_530)}`]) good.tell(bad);
    const pldm = await clientAt(address, "01");
    // A response that no request asked for.
    pldm.tell("0901000002");
    good.tell(`09${ECHO}32`);
    expect(await good.next()).toBe(`09${ECHOED}32`);
    const { counters } = await bmc.until(({ counters: { services } }) => services.demuxInvalid === 5);
    expect(counters.services).toMatchObject({ demuxHungUp: 5, demuxInvalid: 5, demuxUnanswered: 0 });
  });

  testWithGcc("a client that does not read loses messages with a count, and holds up nobody", async () => {
    const address = sandbox.path("bmc.demux");
    const { bmc, host } = await pair(address);
    const [deaf, other] = [await clientAt(address, "7f"), await clientAt(address, "7f")];
    deaf.tell("pause");
    deaf.tell(`fill 400 09${ECHO}${"41".repeat(4000)}`);
    const { counters } = await bmc.until(({ counters: { services } }) => services.demuxUnread > 50, 2 * LIMIT);
    expect(counters.services.demuxUnread).toBeLessThan(400);
    other.tell(`09${ECHO}33`);
    expect(await other.next()).toBe(`09${ECHOED}33`);
    expect(await host.call("ping", { count: 3, interval: 0 })).toMatchObject({ answered: 3 });
    deaf.tell("read");
    expect(await deaf.next()).toMatch(/^(sent|09)/);
    expect(bmc.matching(/dropped: the client does not read/)).toHaveLength(1);
  });

  testWithGcc("a client that asks without end waits itself; one that vanishes leaves nothing", async () => {
    const address = sandbox.path("bmc.demux");
    const { bmc, host } = await pair(address);
    // Nobody on the host takes this type.
    const client = await clientAt(address, "51");
    client.tell(`fill 3000 0951${"00".repeat(1000)}`);
    await bmc.until(({ counters: { mctp } }) => (mctp["messagesSent"] ?? 0) > 5);
    await pause(300);
    expect(client.lines).toEqual([]);
    expect(await host.call("ping", { count: 2, interval: 0 })).toMatchObject({ answered: 2 });
    await bmc.until(({ counters: { services } }) => services.demuxUnanswered >= 1, ANSWER_LIMIT + LIMIT);
    client.kill();
    await bmc.until(({ programs }) => programs.length === 0, 3000);
    const again = await clientAt(address, "7f");
    await bmc.until(({ programs }) => programs.length === 1);
    again.tell(`00${ECHO}34`);
    expect(await again.next()).toBe(`09${ECHOED}34`);
  });

  testWithGcc("more than there are places for are hung up on; a place that comes free is given", async () => {
    const address = sandbox.path("bmc.demux");
    const { bmc } = await pair(address);
    const clients = await Promise.all(Array.from({ length: DEMUX_CLIENTS }, () => clientAt(address, "7f")));
    await bmc.until(({ programs }) => programs.length === DEMUX_CLIENTS);
    const late = await clientAt(address);
    expect(await late.next()).toBe("closed");
    expect((await bmc.status()).counters.services.demuxTooMany).toBe(1);
    await clients[0]!.end();
    await bmc.until(({ programs }) => programs.length === DEMUX_CLIENTS - 1);
    const next = await clientAt(address, "7f");
    next.tell(`09${ECHO}35`);
    expect(await next.next()).toBe(`09${ECHOED}35`);
  });

  testWithGcc("by a name in no file system, which leaves no file", async () => {
    const address = `@mctp-lpc-test-${String(process.pid)}`;
    const { bmc } = await pair(address);
    const client = await clientAt(address, "7f");
    client.tell(`09${ECHO}36`);
    expect(await client.next()).toBe(`09${ECHOED}36`);
    const taken = await runHere(sandbox, "host", "run", "-p", `shm:${sandbox.path("other")}`, "--demux", address);
    expect(taken.stderr).toContain(`cannot listen on ${address}: its address is in use by another process`);
    await bmc.end("SIGTERM");
    expect(await client.next()).toBe("closed");
  });
});

describe("who may connect", () => {
  const asStranger = (address: string): Promise<DemuxClient> => {
    chmodSync(tools.folder, 0o755);
    chmodSync(program, 0o755);
    const words = ["--reuid", String(STRANGER), "--regid", String(STRANGER), "--clear-groups", program, address];
    return Promise.resolve(new DemuxClient(sandbox.start("setpriv", words)));
  };

  needsRoot("another user is hung up on, whatever the mode of the socket is, and by a name, too", async () => {
    const address = sandbox.path("bmc.demux");
    chmodSync(sandbox.folder, 0o711);
    const name = `@mctp-lpc-test-${String(process.pid)}`;
    const bmc = await sandbox.agent("bmc", "--demux", address);
    const host = await sandbox.agent("host", "--demux", name);
    const kept = await asStranger(address);
    expect(await kept.next()).toBe("no connection: EACCES");
    chmodSync(address, 0o666);
    const refused = await asStranger(address);
    expect(await refused.next()).toBe("connected");
    expect(await refused.next()).toBe("closed");
    expect((await bmc.status()).counters.services.demuxRefused).toBe(1);
    await bmc.line(/connections to the demux socket by other users: hung up on \(user 4242\)/);
    const byName = await asStranger(name);
    expect([await byName.next(), await byName.next()]).toEqual(["connected", "closed"]);
    expect((await host.status()).counters.services.demuxRefused).toBe(1);
  });
});

describe("the address", () => {
  const start = (...demux: readonly string[]) =>
    runHere(sandbox, "bmc", "run", "-p", `shm:${sandbox.path("board")}`, ...demux);

  test("that cannot be is refused before anything is made", async () => {
    writeFileSync(sandbox.path("file"), "");
    mkdirSync(sandbox.path("open"));
    chmodSync(sandbox.path("open"), 0o777);
    const cases: readonly (readonly [string, RegExp])[] = [
      ["", /--demux takes a path like .*, a name like @mctp-mux, or nothing/],
      ["@", /--demux takes a path like/],
      [`@${"n".repeat(200)}`, /the name of --demux is too long: at most 106 bytes/],
      [sandbox.path("n".repeat(200)), /the socket path .* is too long/],
      [sandbox.path("file"), /exists and is no socket: name another path with --demux/],
      [sandbox.path("missing/x"), /the folder .*missing does not exist/],
      [sandbox.path("open/x"), /its mode is 0777: others may replace files in it/],
      [sandbox.path("board"), /are one file/],
    ];
    for (const [address, why] of cases) {
      const { code, stderr } = await start("--demux", address);
      expect(stderr).toMatch(why);
      expect([1, 64]).toContain(code);
      expect(existsSync(sandbox.path("board"))).toBe(false);
    }
    const { stderr } = await start("--demux", "--demux-group", "0");
    expect(stderr).toMatch(/--demux-group needs --demux with a name/);
  });

  test("by default is beside the control socket; a killed agent's is taken over, a live one's is not", async () => {
    const path = sandbox.path("bmc.demux");
    const killed = await sandbox.agent("bmc", "--demux", path);
    await killed.line(/^demux socket .*bmc\.demux$/);
    const other = await runHere(sandbox, "host", "run", "-p", `shm:${sandbox.path("other")}`, "--demux", path);
    expect(other.stderr).toMatch(/another agent listens on .*bmc\.demux: .* with --demux/);
    await killed.end("SIGKILL");
    expect(existsSync(path)).toBe(true);
    const next = await sandbox.agent("bmc", "--demux", path);
    await next.end("SIGTERM");
    expect(existsSync(path)).toBe(false);
    const here = await sandbox.agent("bmc", "--demux");
    expect(await here.line(/^demux socket /)).toMatch(/run\/mctp-lpc\/bmc-[0-9a-f]{10}\.demux$/);
  });
});
