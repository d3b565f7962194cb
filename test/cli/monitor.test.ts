/** What a monitor makes of the rows that it is given: findings in their places, choices, rows that are missing or none. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ControlServer } from "../../src/agent/control/control-socket.ts";
import { served } from "../../src/agent/control/methods.ts";
import { decodeTrace, type TraceEntry } from "../../src/core/trace/format.ts";
import { traceHead } from "../../src/core/trace/head.ts";
import type { Finished } from "../support/processes.ts";
import { Sandbox } from "../support/processes.ts";
import { recording } from "../interop/recorded-traces.ts";
import { runHere } from "./run-here.ts";

const { rows, meta } = recording("09a-crc-corrupt-host-to-bmc");
const own: readonly TraceEntry[] = rows
  .filter(({ side }) => side === "bmc")
  .map((row, n) => ({ ...row, n, t: 1_000_000 * n }));
const HEAD = traceHead({ sides: ["bmc"], depth: 0, windowBytes: meta.window_size, lives: false });

interface Told {
  readonly rows: readonly unknown[];
  readonly lost?: number;
}

let sandbox: Sandbox;
beforeAll(() => {
  sandbox = new Sandbox();
});
afterAll(() => sandbox.dispose());

/** Runs a monitor of an agent that tells these rows and stops. */
async function monitored(told: readonly Told[], ...options: readonly string[]): Promise<Finished> {
  return monitoredBy({ head: HEAD, excused: [] }, told, ...options);
}

async function monitoredBy(head: unknown, told: readonly Told[], ...options: readonly string[]): Promise<Finished> {
  const path = sandbox.path("run/agent.sock");
  const methods = served({
    monitor: (_given, { tell }) => {
      tell(head as never);
      for (const one of told) tell({ lost: 0, ...one } as never);
      return { ended: "stopped" };
    },
  });
  const server = await ControlServer.listen(path, methods);
  try {
    return await runHere(sandbox, "monitor", "--control", path, ...options);
  } finally {
    await server.close();
  }
}

describe("a finding", () => {
  test("LPC-BUF-3: stands behind the access that breaks the rule, with values, row and guess", async () => {
    const { code, stdout, stderr } = await monitored([{ rows: own }]);
    expect(code).toBe(0);
    expect(stderr).toBe("mctp-lpc: the agent has stopped: no more accesses come\n");
    const lines = stdout.split("\n");
    const at = lines.findIndex((line) => line.startsWith("▸ LPC-BUF-3 broken by the host, row "));
    expect(lines[at - 1]).toMatch(/reads packet of .* CRC wrong|CRC wrong/);
    expect(lines.slice(at, at + 3).join(" ")).toMatch(/expected/);
    const row = Number(/row (\d+)/.exec(lines[at]!)![1]);
    expect(own[row]).toMatchObject({ op: "lpc_read", side: "bmc" });
  });

  test("alone is shown where that is asked for; as an object it has row, rule and bytes", async () => {
    const people = await monitored([{ rows: own }], "--findings");
    expect(people.stdout).toMatch(/^▸ LPC-BUF-3 broken by the host/);
    expect(people.stdout).not.toMatch(/IDR =|STR =/);
    const { stdout } = await monitored([{ rows: own }], "--findings", "--json");
    const [first] = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(first).toMatchObject({ kind: "finding", requirement: "LPC-BUF-3", side: "host", rule: "wire" });
    expect(own[first!["row"] as number]).toMatchObject({ op: "lpc_read" });
    expect(first).not.toHaveProperty("access");
  });

  test("that was found before the monitor began, or that the agent was told to cause, is not shown", async () => {
    const again = own.map((row) => ({ ...row, again: true }));
    expect((await monitored([{ rows: again }], "--findings")).stdout).toBe("");
    // The host's own rows, which write a wrong CRC: it is its agent that breaks the rule.
    const head = { ...HEAD, sides: ["host"] };
    const spoilt = recording("04a-msg64-host-to-bmc-v3")
      .rows.filter(({ side }) => side === "host")
      .map((row) =>
        row.op === "lpc_write" && row.len > 40 && row.offset > 32
          ? { ...row, value: `${row.value.slice(0, -8)}00000000` }
          : row,
      );
    const ofHost = [{ rows: spoilt }];
    const excused = await monitoredBy({ head, excused: ["LPC-BUF-3"] }, ofHost, "--findings", "--json");
    expect(excused.stdout).not.toMatch(/LPC-BUF-3/);
    const told = await monitoredBy({ head, excused: [] }, ofHost, "--findings", "--json");
    expect(told.stdout).toMatch(/LPC-BUF-3/);
  });
});

describe("what is told again", () => {
  test("is not drawn, but the rows behind it are understood by it", async () => {
    const begins = own.findIndex((row) => row.op === "lpc_read" && row.len > 40 && row.offset > 32) - 3;
    const split = [{ rows: own.slice(0, begins).map((row) => ({ ...row, again: true })) }, { rows: own.slice(begins) }];
    const { stdout } = await monitored(split);
    expect(stdout).not.toMatch(/magic|Initialise/);
    expect(stdout).toMatch(/reads packet of \d+ bytes/);
    const { stdout: json } = await monitored(split, "--json");
    const trace = decodeTrace(json);
    expect(trace.ok && trace.value.rows).toHaveLength(own.length);
    const { stdout: objects } = await monitored(split, "--kcs", "--packets", "--json");
    const kinds = objects
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { kind: string; n: number });
    expect(new Set(kinds.map(({ kind }) => kind))).toEqual(new Set(["kcs", "packet"]));
    expect(Math.min(...kinds.map(({ n }) => n))).toBe(begins);
  });
});

describe("what is missing", () => {
  test("is told where it is missing, and on standard error", async () => {
    const [half, [first, ...others]] = [own.slice(0, 6), own.slice(16)];
    const told = [{ rows: half }, { rows: [{ ...first!, gap: 10 }, ...others], lost: 10 }];
    const { stdout, stderr } = await monitored(told);
    expect(stdout).toMatch(/10 accesses are missing/);
    expect(stderr).toMatch(/^mctp-lpc: 10 accesses not shown: the bus was faster than this monitor/m);
    expect((await monitored(told, "--packets", "--json")).stdout).toMatch(/^\{"kind":"lost","accesses":10\}$/m);
    expect((await monitored(told, "--json")).stdout).toMatch(/"gap":10/);
  });
});

describe("what is no row", () => {
  test.each<readonly [string, readonly unknown[], RegExp]>([
    ["no object", ["x"], /the line is no JSON object/],
    ["a row of nobody", [{ ...own[0]!, side: "x\u001b[2J" }], /side is none of host, bmc, lab/],
    [
      "a row that lies about its bytes",
      [{ n: 0, side: "bmc", op: "lpc_read", offset: 0, len: 4, value: "00" }],
      /as many bytes/,
    ],
    ["a head in place of a row", [{ ...HEAD }], /a head stands on the first line only/],
  ])("%s ends the monitor with a sentence: status 1", async (_what, wrong, why) => {
    const { code, stderr } = await monitored([{ rows: wrong }]);
    expect(code).toBe(1);
    expect(stderr).toMatch(why);
    expect(stderr).toMatch(/restart it with this mctp-lpc/);
  });

  test.each([
    ["of another program", { ...HEAD, trace: "x" }],
    ["of a version to come", { ...HEAD, version: 9 }],
    ["that is no object", "head"],
  ])("a head %s, likewise", async (_what, head) => {
    const { code, stderr } = await monitoredBy({ head, excused: [] }, []);
    expect(code).toBe(1);
    expect(stderr).toMatch(/the head of its rows is none/);
  });
});
