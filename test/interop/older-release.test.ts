/**
 * Formats that outlive a release: what commit 20e58d2 wrote is read. That what is newer than this
 * program is refused, the tests of each format have.
 */
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { decodeTrace, encodeTrace } from "../../src/core/trace/format.ts";
import { decodeMemory } from "../../src/core/mctp/bus-owner/memory.ts";
import { BoardField } from "../../src/platform/shared-file/layout.ts";
import { runHere } from "../cli/run-here.ts";
import { PROJECT, Sandbox } from "../support/processes.ts";

const OLD = join(PROJECT, "test", "fixtures", "20e58d2");
const HOST_UUID = "7d3c1a52-58a4-4b0e-8f3e-6b1f9f0a2c33";
const ABSENT_UUID = "0b5ad3c2-6f1e-4c57-9d0f-2f0e6f1c7a11";

let sandbox: Sandbox;
const servers: Server[] = [];
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(async () => {
  for (const server of servers.splice(0)) server.close();
  await sandbox.dispose();
});

/** The path of a copy that a test may write to. */
function copied(name: string): string {
  copyFileSync(join(OLD, name), sandbox.path(name));
  return sandbox.path(name);
}

describe("traces without a head, version 1", () => {
  test.each<["host" | "bmc", number]>([
    ["host", 253],
    ["bmc", 556],
  ])("that of the %s is read row by row, and is written again as it was", (side, count) => {
    const text = readFileSync(join(OLD, `${side}.jsonl`), "utf8");
    const trace = decodeTrace(text);
    if (!trace.ok) throw new Error("not read");
    const { head, rows } = trace.value;
    expect(head).toBeUndefined();
    expect(rows).toHaveLength(count);
    expect(new Set(rows.map((row) => row.side))).toEqual(new Set([side]));
    expect(encodeTrace(rows, head)).toBe(text);
  });

  test("both make one ladder", async () => {
    const { code, stdout, stderr } = await runHere(sandbox, "trace", join(OLD, "host.jsonl"), join(OLD, "bmc.jsonl"));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/STR = c1 BMC Active, Channel Active/);
    expect(stdout).toMatch(/Set Endpoint ID request/);
    expect(stdout).not.toMatch(/overwrites|CRC wrong|out of bounds/);
  });
});

describe("a board of layout version 1", () => {
  test("whose agents are gone takes the agents of today, who keep its version", async () => {
    copied("board");
    chmodSync(sandbox.path("board"), 0o600);
    const before = readFileSync(join(OLD, "board"));
    const bmc = await sandbox.agent("bmc");
    const host = await sandbox.agent("host");
    await Promise.all([bmc.line(/^channel up: version 3, MTU 1904/), host.line(/^channel up/)]);
    expect((await runHere(sandbox, "ping", "--control", host.control, "--count", "1")).code).toBe(0);
    await Promise.all([host.end("SIGTERM"), bmc.end("SIGTERM")]);
    const after = readFileSync(sandbox.path("board"));
    expect(after).toHaveLength(before.length);
    expect(after.subarray(0, BoardField.registers)).toEqual(before.subarray(0, BoardField.registers));
    expect(after.readUInt32LE(BoardField.layoutVersion)).toBe(1);
  });
});

describe("a remembered state of version 1", () => {
  test("is read whole", () => {
    expect(decodeMemory(readFileSync(join(OLD, "state.json"), "utf8"))).toEqual({
      ok: true,
      value: [
        { eid: 35, port: undefined, uuid: ABSENT_UUID, pool: undefined, pinned: true },
        { eid: 33, port: 0, uuid: HOST_UUID, pool: undefined, pinned: true },
      ],
    });
  });

  test("keeps its assignments: the host of then gets its EID again", async () => {
    const bmc = await sandbox.agent("bmc", "--state", copied("state.json"), "--eid-pool", "20-40");
    expect(await bmc.call("endpoints", {})).toMatchObject([
      { eid: 33, presence: "gone", uuid: HOST_UUID, fixed: "pinned" },
      { eid: 35, presence: "gone", uuid: ABSENT_UUID, fixed: "pinned" },
    ]);
    const host = await sandbox.agent("host", "--uuid", HOST_UUID);
    await host.line(/^EID 33 assigned/);
    await bmc.line(/^discovered EID 33/);
    expect(await bmc.call("endpoints", {})).toMatchObject([{ eid: 33, presence: "present" }, { eid: 35 }]);
  });
});

/* ---- Control socket ---- */

interface Said {
  readonly agent: "host" | "bmc";
  readonly from: "tool" | "agent";
  readonly line: string;
}

interface Call {
  readonly method: string;
  readonly line: string;
  /** Progress, then the response. */
  readonly answers: readonly Readonly<Record<string, unknown>>[];
}

/** What was asked of an agent of then, and what it answered. */
function callsOf(agent: "host" | "bmc"): readonly Call[] {
  const calls: { method: string; line: string; answers: Readonly<Record<string, unknown>>[] }[] = [];
  for (const text of readFileSync(join(OLD, "control.jsonl"), "utf8").trimEnd().split("\n")) {
    const said = JSON.parse(text) as Said;
    if (said.agent !== agent) continue;
    const object = JSON.parse(said.line) as Readonly<Record<string, unknown>>;
    if (said.from === "tool") calls.push({ method: object["method"] as string, line: said.line, answers: [] });
    else calls.at(-1)?.answers.push(object);
  }
  return calls;
}

/** Asks as a tool of then: one line after the other, each after the response to the one before. */
async function asOldTool(
  path: string,
  lines: readonly string[],
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const socket = connect(path);
  const responses: Readonly<Record<string, unknown>>[] = [];
  const left = [...lines];
  const ask = (): void => {
    const next = left.shift();
    if (next === undefined) socket.end();
    else socket.write(`${next}\n`);
  };
  socket.once("connect", ask);
  for await (const line of createInterface({ input: socket })) {
    const object = JSON.parse(line) as Readonly<Record<string, unknown>>;
    if (!("id" in object)) continue;
    responses.push(object);
    ask();
  }
  return responses;
}

/** A socket on which an agent says what the recorded one said to the same methods; to others, what it did to `hello`. */
async function oldAgent(agent: "host" | "bmc"): Promise<{ readonly path: string; readonly asked: string[] }> {
  const path = sandbox.path(`old-${agent}.sock`);
  const calls = callsOf(agent);
  const unknown = callsOf("bmc").find(({ method }) => method === "hello")!;
  const asked: string[] = [];
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    createInterface({ input: socket }).on("line", (line) => {
      const { id, method } = JSON.parse(line) as { id: number; method: string };
      asked.push(method);
      const { answers } = calls.find((call) => call.method === method) ?? unknown;
      for (const answer of answers) socket.write(`${JSON.stringify("id" in answer ? { ...answer, id } : answer)}\n`);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return { path, asked };
}

/**
 * The fields that an answer of then has and one of now has not. Of lists the first elements are compared; which counters
 * there are is no promise.
 */
function missingFields(then: unknown, now: unknown, path = ""): readonly string[] {
  if (Array.isArray(then)) return then.length === 0 ? [] : missingFields(then[0], (now as unknown[])[0], `${path}[0]`);
  if (typeof then !== "object" || then === null) return typeof then === typeof now ? [] : [path];
  if (typeof now !== "object" || now === null) return [path];
  if (path.startsWith("counters.")) return [];
  return Object.entries(then).flatMap(([name, part]) =>
    missingFields(part, (now as Readonly<Record<string, unknown>>)[name], path === "" ? name : `${path}.${name}`),
  );
}

describe("control sockets of version 1", () => {
  test.each(["host", "bmc"] as const)("the %s of today answers an old tool as that of then did", async (side) => {
    const bmc = await sandbox.agent("bmc", "--eid-pool", "20-40");
    const host = await sandbox.agent("host", "--uuid", HOST_UUID);
    await bmc.line(/^discovered EID 20/);
    const calls = callsOf(side).filter(({ method }) => method !== "hello" && method !== "endpointNotes");
    const responses = await asOldTool(
      (side === "host" ? host : bmc).control,
      calls.map(({ line }) => line),
    );
    expect(responses).toHaveLength(calls.length);
    for (const [index, { line, answers }] of calls.entries()) {
      const then = answers.at(-1) ?? {};
      const now = responses[index] ?? {};
      const codeOf = ({ error }: typeof now): unknown =>
        (error as { data?: { code?: string } } | undefined)?.data?.code;
      expect({ line, code: codeOf(now) }).toEqual({ line, code: codeOf(then) });
      expect({ line, missing: missingFields(then["result"], now["result"]) }).toEqual({ line, missing: [] });
    }
  });

  test("the tools of today understand an agent of then", async () => {
    const bmc = await oldAgent("bmc");
    const run = async (...args: readonly string[]): Promise<string> => {
      const { code, stdout, stderr } = await runHere(sandbox, ...args, "--control", bmc.path);
      expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: expect.not.stringContaining("mctp-lpc:") });
      return stdout;
    };
    expect(await run("status")).toMatch(/version 3/);
    expect(await run("endpoints")).toMatch(/^EID 20 +present +UUID 7d3c1a52/);
    expect(await run("routes")).toMatch(/20/);
    expect(await run("ping", "--count", "2")).toMatch(/2/);
    expect(await run("control", "get-eid")).toMatch(/Get Endpoint ID, success/);
    expect(bmc.asked[0]).toBe("hello");
    expect(bmc.asked).not.toContain("sendFile");
  });

  test("what an agent of then does not know is refused in words", async () => {
    const bmc = await oldAgent("bmc");
    writeFileSync(sandbox.path("file"), "contents");
    const { code, stderr } = await runHere(sandbox, "send-file", sandbox.path("file"), "--control", bmc.path);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `mctp-lpc: the agent at ${bmc.path} does not know "sendFile": it runs an older mctp-lpc; restart it with this one\n`,
    });
  });
});
