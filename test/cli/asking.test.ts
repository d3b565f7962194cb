/** The tools that ask something through a running agent: request, control, pldm. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { writeFileSync } from "node:fs";
import { judgeAnswer } from "../../src/cli/messages/asking.ts";
import { Sandbox, type AgentProcess, type Finished } from "../support/processes.ts";

let sandbox: Sandbox;
let host: AgentProcess;
let bmc: AgentProcess;

beforeAll(async () => {
  sandbox = new Sandbox();
  ({ host, bmc } = await sandbox.pair());
});
afterAll(() => sandbox.dispose());

function ask(agent: AgentProcess, ...words: readonly string[]): Promise<Finished> {
  return sandbox.run(...words, "--control", agent.control);
}

/** What a question that is answered with success prints. */
async function answered(agent: AgentProcess, ...words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await ask(agent, ...words);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
}

async function json(agent: AgentProcess, ...words: readonly string[]): Promise<unknown> {
  return JSON.parse(await answered(agent, ...words, "--json"));
}

const TIME = String.raw`[\d.]+ (us|ms)`;

describe("request", () => {
  test("the response in hexadecimal and explained", async () => {
    const text = await answered(bmc, "request", "--type", "0", "--hex", "80 02");
    const head = new RegExp(`^EID 9, tag \\d, ${TIME}: Get Endpoint ID response, success\\n00 00 02 00 09 02 00\\n`);
    expect(text).toMatch(head);
    expect(text).toMatch(/^ {2}4 +09 +EID +9 \[DSP0236 12\.4\]$/m);
  });

  test("as JSON, to the null EID too", async () => {
    expect(await json(bmc, "request", "--type", "0", "--hex", "8002", "--eid", "0")).toMatchObject({
      outcome: "answered",
      source: 9,
      hex: "00000200090200",
      attempts: 1,
      completion: { code: 0, name: "success" },
      title: "Get Endpoint ID response, success",
    });
  });

  test("an echo by hand, with the bytes of the annex and a tag of one's own", async () => {
    const text = await answered(host, "request", "--type", "0x7f", "--hex", "00007ed901016869", "--tag", "5");
    expect(text).toMatch(new RegExp(`^EID 8, tag 5, ${TIME}: Echo response, ok\\n7f 00 00 7e d9 01 81 00 68 69\\n`));
  });

  test("several, one after the other", async () => {
    const results = await json(host, "request", "--type", "1", "--hex", "80 00 02", "-c", "3", "-i", "1");
    expect(results).toMatchObject([{ hex: "010000020000" }, { hex: "010000020000" }, { hex: "010000020000" }]);
  });

  const UNANSWERED = ["request", "--type", "0x7f", "--hex", "00000000", "-t", "200", "-r", "2"] as const;

  test("no response: every attempt as it is made, status 2", async () => {
    const { code, stdout, stderr } = await ask(host, ...UNANSWERED, "--tag", "3");
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toBe(
      "no response in 200 ms; attempt 2 of 3, tag 3\nno response in 200 ms; attempt 3 of 3, tag 3\nmctp-lpc: no response from EID 8 after 3 attempts\n",
    );
  });

  test("no response, as JSON: the outcome and when each attempt was made", async () => {
    const { code, stdout, stderr } = await ask(host, ...UNANSWERED, "--json");
    expect({ code, stderr }).toEqual({ code: 2, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({
      outcome: "timeout",
      attempts: 3,
      attemptsMade: [{ attempt: 1 }, { attempt: 2 }, { attempt: 3 }],
    });
  });

  test("LPC-MCTP-4: one that has to wait for a tag says so, and ends unasked in bounded time", async () => {
    const once = [...UNANSWERED.slice(0, 5), "--eid", "77", "-t", "20", "-r", "0"];
    const { stderr } = await ask(bmc, ...once, "-c", "6", "-i", "0");
    expect(stderr).toMatch(
      /^(mctp-lpc: no response from EID 77 after 1 attempt\n){5}waiting for a message tag for up to 20 ms: all are in use or in reuse hold-off \(LPC-MCTP-4\); the next hold-off ends in \d+ ms\nmctp-lpc: EID 77 was not asked: all its tags are in use or in reuse hold-off \(LPC-MCTP-4\)\n$/,
    );
    const alone = await ask(bmc, ...once, "--json");
    expect([alone.code, (JSON.parse(alone.stdout) as { outcome: string }).outcome]).toEqual([6, "notAsked"]);
  });

  test("an error code: the response all the same, status 4", async () => {
    const { code, stdout } = await ask(bmc, "request", "--type", "0", "--hex", "80 02 00");
    expect(code).toBe(4);
    expect(stdout).toContain("Get Endpoint ID response, invalid length\n00 00 02 03\n");
  });

  test("messages that get no response, and responses that nobody asked for, arrive and are counted there", async () => {
    const before = (await bmc.status()).counters.mctp;
    expect(await answered(host, "request", "--type", "5", "--hex", "10 84 00 00", "--send")).toBe("sent\n");
    expect(await answered(host, "request", "--type", "0", "--hex", "00 02 00", "--response", "--tag", "6")).toBe(
      "sent\n",
    );
    await bmc.until(({ counters: { mctp } }) => {
      const grew = (name: string): boolean => mctp[name] === (before[name] ?? 0) + 1;
      return grew("unsupportedType") && grew("unexpectedTag");
    });
  });
});

test.each([
  ["a success", "00000200091000", 0],
  ["an error code", "00000205", 4],
  ["a success cut short", "0000020009", 5],
  ["a success that is too long", "0000020009100000", 0],
  ["an echo", "7f00007ed90181006869", 0],
])("judged: %s", (_, hex, status) => {
  const answer = { outcome: "answered", source: 8, tag: 0, hex, attempts: 1, roundTripMicroseconds: 1 } as const;
  expect(judgeAnswer(answer).status).toBe(status);
});

describe("control", () => {
  test("get-eid, get-uuid, get-version, get-types: a line for each field", async () => {
    expect(await answered(host, "control", "get-eid")).toMatch(
      new RegExp(
        `^EID 8, ${TIME}: Get Endpoint ID, success\\n  EID +8\\n  endpoint type +1  bus owner or bridge\\n  EID type +1  static EID supported; the present EID may be it or an assigned one\\n  medium-specific +0x00\\n$`,
      ),
    );
    const { uuid } = await host.status();
    expect(await answered(bmc, "control", "get-uuid")).toContain(`  UUID                   ${uuid}\n`);
    expect(await answered(bmc, "control", "get-version")).toMatch(
      /version 1 +0xf1f3f000 {2}1\.3\.0\n {2}version 2 +.*1\.3\.1\n$/,
    );
    expect(await answered(bmc, "control", "get-types")).toMatch(
      /type 1 +0x01 {2}PLDM\n {2}type 2 +0x7f {2}vendor \(IANA\)\n$/,
    );
  });

  test("as JSON: the record that the codec of the command reads", async () => {
    expect(await json(bmc, "control", "get-version", "0x7f")).toMatchObject({
      source: 9,
      command: "Get MCTP Version Support",
      completion: 0,
      response: { versions: [0xf1f0f000] },
    });
  });

  test("set-eid: the response comes from the new EID; set back it is as before", async () => {
    const set = await json(bmc, "control", "set-eid", "21", "--eid", "9");
    expect(set).toMatchObject({ source: 21, response: { accepted: true, pool: "none", eid: 21, poolSize: 0 } });
    expect(await json(bmc, "control", "get-eid", "--eid", "0")).toMatchObject({ response: { eid: 21 } });
    expect(await json(bmc, "control", "set-eid", "9", "--force", "--eid", "21")).toMatchObject({ source: 9 });
  });

  test("tables are read to their end", async () => {
    const [vendor, ...more] = (await json(host, "control", "get-vendor")) as readonly object[];
    expect(more).toEqual([]);
    expect(vendor).toMatchObject({ response: { next: 0xff, format: "iana", id: 32473 } });
    const tables = (await json(host, "control", "routing-table")) as readonly { response: { next: number } }[];
    expect(tables.at(-1)?.response.next).toBe(0xff);
    const eids = await answered(host, "control", "routing-table");
    expect(eids).toMatch(/^ {4}first EID +9$/m);
    expect(await answered(host, "control", "query-hop", "9")).toMatch(/outgoing unit +\d+ {2}524144 bytes of payload/);
    expect(await answered(host, "control", "resolve-eid", "9")).toMatch(/bridge EID +9\n {2}physical address +none\n$/);
  });

  test("an error code has its meaning by the command, and status 4", async () => {
    const { code, stdout } = await ask(bmc, "control", "get-version", "9");
    expect(code).toBe(4);
    expect(stdout).toMatch(/Get MCTP Version Support, message type not supported \(0x80\)\n$/);
    const discovery = await ask(bmc, "control", "prepare-discovery", "--json");
    expect(discovery.code).toBe(4);
    expect(JSON.parse(discovery.stdout)).toMatchObject({ completion: 5, completionName: "unsupported command" });
  });
});

describe("pldm", () => {
  test("types, versions, commands of a terminus", async () => {
    expect(await answered(host, "pldm", "types")).toBe("0x00  base\n");
    expect(await answered(host, "pldm", "versions")).toBe("1.0.0\n");
    expect(await answered(host, "pldm", "commands")).toBe(
      "0x01  SetTID\n0x02  GetTID\n0x03  GetPLDMVersion\n0x04  GetPLDMTypes\n0x05  GetPLDMCommands\n",
    );
    expect(await json(host, "pldm", "types")).toEqual({
      outcome: "answered",
      source: 8,
      types: [{ type: 0, name: "base" }],
    });
  });

  test("set-tid is seen by get-tid, at each end by itself", async () => {
    expect(await answered(bmc, "pldm", "get-tid")).toBe("TID 0: none was assigned\n");
    expect(await answered(bmc, "pldm", "set-tid", "42")).toBe("the terminus id is set\n");
    expect(await json(bmc, "pldm", "get-tid")).toEqual({ outcome: "answered", source: 9, tid: 42 });
    expect(await json(host, "pldm", "get-tid")).toMatchObject({ source: 8, tid: 0 });
  });

  test("what the terminus refuses: its code and status 4", async () => {
    const { code, stdout, stderr } = await ask(bmc, "pldm", "versions", "5");
    expect({ code, stdout, stderr }).toEqual({
      code: 4,
      stdout: "",
      stderr: "mctp-lpc: EID 9 answers: invalid PLDM type in the request's data\n",
    });
    const old = await ask(bmc, "pldm", "commands", "0", "--pldm-version", "1.1.0", "--json");
    expect(old.code).toBe(4);
    expect(JSON.parse(old.stdout)).toMatchObject({ outcome: "refused", source: 9, completion: 0x84 });
  });
});

describe("without a channel", () => {
  test("each says so at once, with what the agent waits for, and ends with status 3", async () => {
    // The host's agent waits for a BMC, which is gone.
    await bmc.end("SIGTERM");
    await host.line(/^channel lost/);
    const alone = host;
    for (const words of [
      ["request", "--type", "0", "--hex", "80 02"],
      ["control", "get-eid"],
      ["pldm", "types"],
      ["ping"],
      ["request", "--type", "5", "--send"],
    ]) {
      const { code, stdout, stderr } = await ask(alone, ...words);
      expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
      expect(stderr).toMatch(/the channel is down: no BMC on shm:.*; waiting for one\n$/);
    }
  });
});

describe("send-file --json", () => {
  // The EIDs of the others were changed by what they were asked.
  const own = new Sandbox();
  afterAll(() => own.dispose());

  test("says what came of it, whatever that is", async () => {
    const { host: sender } = await own.pair();
    const path = own.path("sent");
    writeFileSync(path, "contents");
    expect(await json(sender, "send-file", path)).toMatchObject({ outcome: "sent", name: "sent", bytes: 8 });
    const missing = own.path("missing");
    const message = `cannot read ${missing}: there is no such file`;
    const { code, stdout, stderr } = await ask(sender, "send-file", missing, "--json");
    expect({ code, stderr }).toEqual({ code: 1, stderr: `mctp-lpc: ${message}\n` });
    expect(JSON.parse(stdout)).toEqual({ outcome: "failed", code: "file-open", message });
    const nobody = await own.run("send-file", path, "--json", "--control", own.path("nobody.sock"));
    expect(JSON.parse(nobody.stdout)).toMatchObject({ outcome: "failed", code: "no-agent" });
  });
});
