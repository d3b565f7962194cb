import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import type { ResultOf } from "../../src/agent/control/methods.ts";
import type { AgentStatus } from "../../src/agent/status.ts";
import { BINDING_COUNTERS } from "../../src/core/binding/counters.ts";
import { runHere } from "../cli/run-here.ts";
import { Sandbox, sha256Of, type AgentProcess, receivedAs } from "../support/processes.ts";

interface RequestAnswer {
  readonly source: number;
  readonly hex: string;
}

describe("the tools with a running pair", () => {
  let sandbox: Sandbox;
  let host: AgentProcess;
  let bmc: AgentProcess;

  beforeAll(async () => {
    sandbox = new Sandbox();
    ({ host, bmc } = await sandbox.pair());
  });
  afterAll(() => sandbox.dispose());

  /** What a tool says on standard output. On the other one only the progress of a file may be. */
  async function tool(agent: AgentProcess, command: string, ...options: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await runHere(sandbox, command, "--control", agent.control, ...options);
    expect(stderr).toMatch(command === "send-file" ? /^([\d.]+ \w+ of [\d.]+ \w+\n)*$/ : /^$/);
    expect(code).toBe(0);
    return stdout;
  }

  test("status --json gives the channel's terms, addresses, discovery and counters of each side", async () => {
    const [ofHost] = JSON.parse(await tool(host, "status", "--json")) as AgentStatus[];
    expect(ofHost).toMatchObject({
      role: "host",
      processId: host.pid,
      platform: `shm:${sandbox.path("board")}`,
      eid: 9,
      peerEid: 8,
      peerAttached: true,
      channel: { up: true, version: 3, mtu: { hostToBmc: 524144, bmcToHost: 524144 } },
      endpoints: [],
      counters: { binding: { sessionsOpened: 1, crcMismatch: 0 } },
    });
    const [ofBmc] = JSON.parse(await tool(bmc, "status", "--json")) as AgentStatus[];
    expect(ofBmc).toMatchObject({
      role: "bmc",
      processId: bmc.pid,
      eid: 8,
      peerEid: 9,
      channel: { up: true, version: 3, mtu: { hostToBmc: 524144, bmcToHost: 524144 } },
      endpoints: [{ eid: 9, uuid: ofHost?.uuid, messageTypes: [1, 0x7f], controlVersions: ["1.3.0", "1.3.1"] }],
    });
  });

  test("status for people says the same in lines", async () => {
    const text = await tool(bmc, "status");
    expect(text).toMatch(/^BMC on shm:.*, a host is there \(process \d+, up \d+ s, polling adaptive\)$/m);
    expect(text).toMatch(/channel +up, version 3, MTU 524144 host to BMC, 524144 BMC to host, sessions so far: 1/);
    expect(text).toMatch(/discovered EID 9: MCTP 1\.3\.0, 1\.3\.1; PLDM, vendor \(IANA\)/);
  });

  test("trace dump writes the last accesses of an agent without a trace, and they keep every rule", async () => {
    for (const agent of [host, bmc]) {
      const file = sandbox.path(`${agent.side}.jsonl`);
      const { code, stdout, stderr } = await runHere(sandbox, "trace", "dump", "--control", agent.control, "-o", file);
      expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "", stderr: "" });
      const [head, first] = readFileSync(file, "utf8").split("\n");
      expect(JSON.parse(head ?? "")).toMatchObject({ trace: "mctp-lpc", version: 2, sides: [agent.side], lives: true });
      expect(JSON.parse(first ?? "")).toMatchObject({ n: 0, op: "life", event: "started" });
      expect(await runHere(sandbox, "trace", "judge", file)).toMatchObject({ code: 0 });
    }
    expect(await tool(bmc, "status")).toMatch(
      /^ {2}bus +\d+ accesses, \d+ recorded; (\d+ accesses judged, no finding|nothing gave reason to judge them)$/m,
    );
  });

  test("status --counters and --json give each counter that is not zero with the requirement that it counts by", async () => {
    const text = await tool(bmc, "status", "--counters");
    expect(text).toMatch(/^ {4}closingInitialises +1 {2}Initialise with versions 0\/0: .* \[LPC-HOST-3\]$/m);
    expect(text).not.toMatch(/^ {4}\w+ +0 /m);
    const [status] = JSON.parse(await tool(bmc, "status", "--json")) as { counted: object[] }[];
    expect(status?.counted).toContainEqual({
      name: "closingInitialises",
      count: 1,
      clause: "LPC-HOST-3",
      text: BINDING_COUNTERS.closingInitialises.text,
      incident: false,
    });
    expect(status?.counted).not.toContainEqual(expect.objectContaining({ count: 0 }));
  });

  test.each(["host", "bmc"] as const)("ping from the %s: every echo is answered and timed", async (side) => {
    const agent = side === "host" ? host : bmc;
    const other = side === "host" ? bmc : host;
    const before = (await other.status()).counters.mctp["messagesReceived"] ?? 0;
    const text = await tool(agent, "ping", "--count", "3", "--interval", "1");
    expect(text).toMatch(
      /^echo 1, 56 bytes: [\d.]+ (us|ms)\necho 2, .*\necho 3, .*\n3 of 3 answered; round trip least/,
    );
    expect((await other.status()).counters.mctp["messagesReceived"]).toBe(before + 3);

    const eid = side === "host" ? "8" : "9";
    const json = await tool(
      agent,
      "ping",
      "--eid",
      eid,
      "--json",
      "--count",
      "50",
      "--interval",
      "0",
      "--size",
      "65524",
    );
    const summary = JSON.parse(json) as ResultOf<"ping">;
    expect(summary).toMatchObject({ sent: 50, answered: 50 });
    expect(summary.minimumMicroseconds).toBeLessThanOrEqual(summary.medianMicroseconds ?? 0);
    expect(summary.medianMicroseconds).toBeLessThanOrEqual(summary.maximumMicroseconds ?? 0);
  });

  test("ping of an endpoint that nobody is: every echo lost, exit status 1", async () => {
    const options = ["-c", "2", "-t", "50", "-i", "0"];
    const { code, stdout } = await runHere(sandbox, "ping", "--eid", "77", "--control", host.control, ...options);
    expect(code).toBe(1);
    expect(stdout).toBe(
      "echo 1, 56 bytes: no answer in 50 ms\necho 2, 56 bytes: no answer in 50 ms\n0 of 2 answered\n",
    );
  });

  test.each(["host", "bmc"] as const)("send-file from the %s: the same bytes arrive", async (side) => {
    const [sender, receiver] = side === "host" ? [host, bmc] : [bmc, host];
    const name = `from ${side} äöü.bin`;
    const path = sandbox.path(name);
    writeFileSync(path, randomBytes(3_000_001));
    const sent = JSON.parse(await tool(sender, "send-file", "--json", path)) as ResultOf<"sendFile">;
    expect(sent).toMatchObject({ name, bytes: 3_000_001, sha256: sha256Of(path) });
    expect(sha256Of(receivedAs(receiver.inbox, name))).toBe(sha256Of(path));

    const text = await runHere(sandbox, "send-file", "--control", sender.control, path, "--name", "renamed");
    expect(text.code).toBe(0);
    // A line end of the tool's own is none of a stranger's, which would be shown as <0a>.
    expect(text.stdout.split("\n").slice(1)).toEqual([`SHA-256 ${sha256Of(path)}, the same at both sides`, ""]);
    expect(sha256Of(receivedAs(receiver.inbox, "renamed"))).toBe(sha256Of(path));
    await receiver.line(/^file "renamed": received, 3000001 bytes/);
  });

  test("undisturbed transfers are sent once, part after part, and never resumed; nobody complains on standard error", async () => {
    const path = sandbox.path("in-order.bin");
    writeFileSync(path, randomBytes(8 * 1024 * 1024));
    for (const [round, sender] of [host, bmc, host, bmc].entries()) {
      // Another name makes it another transfer.
      const sent = await sender.call("sendFile", { path, name: `copy-${String(round)}` });
      expect(sent.resumptions).toBe(0);
      await sender.call("ping", { count: 200, interval: 0 });
    }
    for (const agent of [host, bmc]) expect([agent.matching(/goes on at byte/), agent.stderr]).toEqual([[], ""]);
  });

  test("request: control messages with the bytes that DSP0236 clause 12 gives", async () => {
    const ask = async (agent: AgentProcess, hex: string, more: object = {}): Promise<string> => {
      const answer = (await agent.call("request", { hex: hex.replaceAll(" ", ""), ...more })) as RequestAnswer;
      return `${String(answer.source)}: ${answer.hex}`;
    };
    // Get Endpoint ID of the endpoint (its EID is dynamic and the static one) and of the bus owner (a static EID).
    expect(await ask(bmc, "00 80 02")).toBe("9: 00000200" + "090200");
    expect(await ask(host, "00 9f 02")).toBe("8: 001f0200" + "081100");
    expect(await ask(bmc, "00 80 02", { eid: 0 })).toBe("9: 00000200" + "090200");
    // Get MCTP Version Support: of the base specification, and of a type that is not supported.
    expect(await ask(bmc, "00 81 04 ff")).toBe("9: 00010400" + "02f1f3f000f1f3f100");
    expect(await ask(bmc, "00 81 04 01")).toBe("9: 00010400" + "01f1f0f000");
    expect(await ask(bmc, "00 81 04 02")).toBe("9: 00010480");
    // Get Message Type Support, Get Endpoint UUID.
    expect(await ask(bmc, "00 82 05")).toBe("9: 00020500" + "02017f");
    expect(await ask(bmc, "00 83 03")).toBe("9: 00030300" + (await host.status()).uuid.replaceAll("-", ""));
    // Set Endpoint ID at a bus owner: rejected, with the EID that it keeps.
    expect(await ask(host, "00 84 01 00 20")).toBe("8: 00040100" + "100800");
    // Invalid data, invalid length, unsupported commands (one of them LPC-MCTP-9).
    expect(await ask(bmc, "00 85 01 00 ff")).toBe("9: 00050102");
    expect(await ask(bmc, "00 86 02 00")).toBe("9: 00060203");
    expect(await ask(bmc, "00 87 0c")).toBe("9: 00070c05");
    expect(await ask(bmc, "00 88 7e")).toBe("9: 00087e05");
  });
});
