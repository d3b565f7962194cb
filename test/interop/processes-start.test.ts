import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { randomBytes } from "node:crypto";
import { statSync, writeFileSync } from "node:fs";
import { runHere } from "../cli/run-here.ts";
import { Sandbox, sha256Of, type AgentProcess, receivedAs, receivedIn } from "../support/processes.ts";

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.dispose());

/** The terms that both sides report, which must be the same. */
async function terms(host: AgentProcess, bmc: AgentProcess): Promise<unknown> {
  const [ofHost, ofBmc] = await Promise.all([host.until(({ channel }) => channel.up), bmc.status()]);
  expect(ofBmc.channel).toEqual(ofHost.channel);
  if (!ofHost.channel.up) throw new Error("unreachable");
  const { version, mtu } = ofHost.channel;
  expect(mtu.bmcToHost).toBe(mtu.hostToBmc);
  return { version, mtu: mtu.hostToBmc };
}

/** Echoes and a file each way, compared by the test itself. */
async function useChannel(host: AgentProcess, bmc: AgentProcess, fileBytes: number): Promise<void> {
  for (const [sender, receiver] of [
    [host, bmc],
    [bmc, host],
  ] as const) {
    const pings = await sender.call("ping", { count: 5, bytes: 1000, interval: 0 });
    expect(pings).toMatchObject({ sent: 5, answered: 5 });
    const path = sandbox.path(`${sender.side}.bin`);
    writeFileSync(path, randomBytes(fileBytes));
    const sent = await sender.call("sendFile", { path });
    expect(sent.sha256).toBe(sha256Of(path));
    expect(sha256Of(receivedAs(receiver.inbox, `${sender.side}.bin`))).toBe(sha256Of(path));
  }
}

describe("two agents on one board", () => {
  test.each([
    ["BMC first", ["bmc", "host"]],
    ["host first", ["host", "bmc"]],
  ] as const)("%s: the channel comes up at version 3 with MTU 524144, the host is discovered", async (_name, order) => {
    const first = await sandbox.agent(order[0]);
    // By then it has settled into waiting for the other side.
    await first.until(({ uptimeSeconds }) => uptimeSeconds > 0.7);
    const second = await sandbox.agent(order[1]);
    const [host, bmc] = order[0] === "host" ? [first, second] : [second, first];

    await host.line(/^channel up: version 3, MTU 524144 \(session 1\)$/);
    await bmc.line(/^channel up: version 3, MTU 524144 \(session 1\)$/);
    await host.line(/^EID 9 assigned by the bus owner, EID 8$/);
    const { uuid } = await host.status();
    await bmc.line(
      new RegExp(`^discovered EID 9: MCTP 1\\.3\\.1, message types: PLDM, vendor \\(IANA\\), UUID ${uuid}$`),
    );
    expect(first.matching(/^made the board .*, window 1048576 bytes$/)).toHaveLength(1);
    expect(second.matching(/^made the board/)).toHaveLength(0);
    await useChannel(host, bmc, 200_000);
    expect(statSync(sandbox.path("board")).mode & 0o777).toBe(0o600);
  });

  test("both at the same moment: one makes the board, both use it", async () => {
    const { host, bmc } = await sandbox.pair();
    expect([...host.matching(/^made the board/), ...bmc.matching(/^made the board/)]).toHaveLength(1);
    await useChannel(host, bmc, 200_000);
  });

  test("a file larger than the inbox takes is refused, one without an inbox too, and both say why", async () => {
    const bmc = await sandbox.agent("bmc", "--inbox-limit", "64K");
    const host = await sandbox.bareAgent("host");
    await Promise.all([host.line(/^channel up/), bmc.line(/^discovered/)]);
    const path = sandbox.path("file");
    writeFileSync(path, randomBytes(64 * 1024 + 1));
    const send = (agent: AgentProcess) => runHere(sandbox, "send-file", "--control", agent.control, path);
    expect(await send(host)).toMatchObject({
      code: 1,
      stdout: "",
      stderr: "mctp-lpc: the file is larger than the peer accepts\n",
    });
    expect(await send(bmc)).toMatchObject({
      code: 1,
      stdout: "",
      stderr: "mctp-lpc: the peer does not accept files: start its agent with --inbox FOLDER\n",
    });
    expect(receivedIn(bmc.inbox)).toEqual([]);
  });

  test("a name of a hidden file and a file beyond the quota are refused, told once, and counted in the status", async () => {
    const bmc = await sandbox.agent("bmc", "--inbox-quota", "64K");
    const host = await sandbox.agent("host");
    await Promise.all([host.line(/^channel up/), bmc.line(/^discovered/)]);
    const path = sandbox.path("file");
    writeFileSync(path, randomBytes(40 * 1024));
    const send = (...options: string[]) =>
      runHere(sandbox, "send-file", "--control", host.control, path, ...options).then(({ stderr }) => stderr);
    expect(await send("--name", ".bashrc")).toMatch(/^mctp-lpc: the peer refuses the name: .*--name/);
    expect(await send("--name", ".profile")).toMatch(/^mctp-lpc: the peer refuses the name/);
    expect(await send()).toBe("");
    expect(await send("--name", "second")).toMatch(/^mctp-lpc: the peer has no room for the file/);
    expect(bmc.matching(/^file .* refused/)).toEqual([
      expect.stringMatching(/^file "\.bashrc": refused: the name is not allowed/),
      expect.stringMatching(/^file "second": refused: its 40960 bytes are beyond the peer's quota/),
    ]);
    const { counters } = await bmc.status();
    expect(counters.files).toMatchObject({ fileNamesRefused: 2, filesOverQuota: 1, filesReplaced: 0 });
    const text = await runHere(sandbox, "status", "--control", bmc.control);
    expect(text.stdout).toMatch(/fileNamesRefused +2 .*\[Annex G\.3\]/);
  });
});

describe("options", () => {
  test("EIDs, polling, versions and MTU: own ones, what the bus owner assigns, what holds for both", async () => {
    const [bmc, host] = await Promise.all([
      sandbox.agent("bmc", "--eid", "0x20", "--assign", "200", "--poll", "busy", "--versions", "1-3", "--mtu", "64"),
      sandbox.agent("host", "--eid", "33", "--poll", "doorbell", "--versions", "1-2"),
    ]);
    await bmc.line(/^discovered EID 200:/);
    await host.line(/^EID 200 assigned by the bus owner, EID 32$/);
    expect(await host.status()).toMatchObject({ eid: 200, peerEid: 32, poll: "doorbell" });
    expect(await terms(host, bmc)).toEqual({ version: 2, mtu: 64 });
    await useChannel(host, bmc, 20_000);
  });

  test.each([
    ["4K", 4096, 1904],
    ["16M", 16 * 1024 * 1024, 8388464],
  ])("a window of %s, and the other way of polling", async (option, bytes, mtu) => {
    const [bmc, host] = await Promise.all([
      sandbox.agent("bmc", "--window", option, "--poll", "doorbell"),
      sandbox.agent("host", "--window", option, "--poll", "busy"),
    ]);
    await bmc.line(/^discovered/);
    expect(statSync(sandbox.path("board")).size).toBe(4096 + bytes);
    expect(await terms(host, bmc)).toEqual({ version: 3, mtu });
    await useChannel(host, bmc, mtu < 4096 ? 20_000 : 2_000_000);
  });

  test("LPC-VER-2: a host with version 1 alone is refused in one line; restarted with another range it comes up", async () => {
    const bmc = await sandbox.agent("bmc", "--versions", "2-3");
    const wrong = await sandbox.agent("host", "--versions", "1");
    const reason = "no common protocol version, or an answer that names none of them (LPC-VER-2, -3)";
    await wrong.until(({ channel }) => !channel.up && channel.reason.startsWith(reason));
    // T_refused (LPC-TIME-2) passes more than once meanwhile.
    await wrong.until(({ uptimeSeconds }) => uptimeSeconds > 2.5);
    for (const agent of [wrong, bmc]) {
      expect(await agent.status()).toMatchObject({ channel: { up: false } });
      expect(agent.stderr).toBe("");
    }
    expect(wrong.matching(/^no channel: no common protocol version, .*\(LPC-VER-2, -3\)/)).toHaveLength(1);
    const told = await runHere(sandbox, "status", "--control", wrong.control);
    expect(told.stdout).toMatch(/^ {4}versionRefused +\d+ {2}negotiations refused: no common version \[LPC-VER-2\]$/m);
    expect(await wrong.end("SIGTERM")).toEqual({ code: 0, signal: null });
    const right = await sandbox.agent("host", "--versions", "1-2");
    await Promise.all([bmc.line(/^channel up: version 2,/), right.line(/^channel up: version 2,/)]);
  });
});
