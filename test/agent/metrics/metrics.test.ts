/** The metrics of agents, in Prometheus's text format as its description has it. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { COUNTER_GROUPS, COUNTER_TABLES } from "../../../src/agent/counter-tables.ts";
import { MOST_SAMPLES, expositionLines } from "../../../src/agent/metrics/exposition.ts";
import { METRICS, type MetricSample } from "../../../src/agent/metrics/metrics.ts";
import { runHere } from "../../cli/run-here.ts";
import { Sandbox, type AgentProcess } from "../../support/processes.ts";

let sandbox: Sandbox;
let host: AgentProcess;
let bmc: AgentProcess;
beforeAll(async () => {
  sandbox = new Sandbox();
  ({ host, bmc } = await sandbox.pair());
});
afterAll(() => sandbox.dispose());

interface Family {
  readonly type: string;
  readonly help: string;
  readonly values: Map<string, number>;
}

const LABEL = String.raw`[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"`;
const SAMPLE = new RegExp(String.raw`^([a-zA-Z_:][a-zA-Z0-9_:]*)\{(${LABEL}(?:,${LABEL})*)\} ([0-9.e+-]+|NaN)$`);

/** HELP, TYPE, then the values of one metric, each metric once, no two values with the same labels. */
function parsed(text: string): ReadonlyMap<string, Family> {
  expect(text.endsWith("\n")).toBe(true);
  const families = new Map<string, Family>();
  const lines = text.trimEnd().split("\n");
  for (let at = 0; at < lines.length;) {
    const [, name = "", help = ""] = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/.exec(lines[at++]!) ?? [];
    const [, again, type = ""] = /^# TYPE (\S+) (counter|gauge)$/.exec(lines[at++]!) ?? [];
    expect([name, again]).toEqual([expect.stringMatching(/^mctp_lpc_[a-z0-9_]+$/), name]);
    expect(families.has(name)).toBe(false);
    const values = new Map<string, number>();
    for (; at < lines.length && !lines[at]!.startsWith("#"); at++) {
      const [, of, labels = "", value] = SAMPLE.exec(lines[at]!) ?? [];
      expect([lines[at], of]).toEqual([lines[at], name]);
      expect(values.has(labels)).toBe(false);
      values.set(labels, Number(value));
    }
    expect(values.size).toBeGreaterThan(0);
    families.set(name, { type, help, values });
  }
  return families;
}

const nameOf = (group: string, counter: string): string =>
  `mctp_lpc_${group}_${counter.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}_total`;

test("every counter is a metric with a name of its own, and names say what is a counter", () => {
  const counters = COUNTER_GROUPS.flatMap((group) =>
    Object.keys(COUNTER_TABLES[group]).map((counter) => nameOf(group, counter)),
  );
  expect(new Set(counters).size).toBe(counters.length);
  expect(counters.filter((name) => !METRICS.has(name))).toEqual([]);
  for (const [name, { type, labels }] of METRICS) {
    expect(name).toMatch(/^mctp_lpc(_[a-z0-9]+)+$/);
    expect([name, name.endsWith("_total")]).toEqual([name, type === "counter"]);
    expect(labels.filter((label) => !/^[a-z_]+$/.test(label))).toEqual([]);
  }
});

test("of two agents: every counter of both, by side and platform, with the values of their status", async () => {
  await host.call("ping", { count: 3, interval: 0 });
  const samples = (await Promise.all([host, bmc].map((agent) => agent.call("metrics", {})))) as MetricSample[][];
  const families = parsed(`${expositionLines(samples.flat()).join("\n")}\n`);
  const labels = (side: string): string => `side="${side}",platform="shm:${sandbox.path("board")}"`;
  const up = families.get("mctp_lpc_channel_up")!;
  expect([up.type, ...up.values.values()]).toEqual(["gauge", 1, 1]);
  const status = (await host.call("status", {})) as { counters: Record<string, Record<string, number>> };
  for (const [group, counts] of Object.entries(status.counters)) {
    for (const [name, count] of Object.entries(counts)) {
      const family = families.get(nameOf(group, name));
      expect([group, name, family?.type]).toEqual([group, name, "counter"]);
      expect(family!.values.get(labels("host"))).toBeLessThanOrEqual(count);
    }
  }
  const sent = families.get("mctp_lpc_binding_packets_sent_total")!.values;
  for (const side of ["host", "bmc"]) expect(sent.get(labels(side))).toBeGreaterThanOrEqual(3);
});

test("the command prints those of the agent that is chosen", async () => {
  const { code, stdout, stderr } = await runHere(sandbox, "metrics", "--control", bmc.control);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const families = parsed(stdout);
  expect([...families.get("mctp_lpc_uptime_seconds")!.values.keys()]).toEqual([
    `side="bmc",platform="shm:${sandbox.path("board")}"`,
  ]);
});

test("what no agent of this release tells is left out; labels are escaped and bounded", () => {
  const hostile = 'a"b\\c\nd{}\u001b';
  const sample = (name: string, labels: Readonly<Record<string, string>>, value = 1): MetricSample => ({
    name,
    labels,
    value,
  });
  const lines = expositionLines([
    sample("mctp_lpc_eid", { side: "host", platform: hostile, other: "x" }),
    sample("mctp_lpc_eid", { side: "bmc", platform: "x".repeat(10_000) }, Number.NaN),
    sample("mctp_lpc_nothing_total", { side: "host", platform: "x" }),
    sample("__proto__", {}),
  ]);
  expect(lines.slice(2)).toEqual([
    'mctp_lpc_eid{side="host",platform="a\\"b\\\\c\\nd{}\u001b"} 1',
    expect.stringMatching(/^mctp_lpc_eid\{side="bmc",platform="x{200}"\} NaN$/),
  ]);
  parsed(`${lines.join("\n")}\n`);
  const many = Array.from({ length: 2 * MOST_SAMPLES }, (_, at) =>
    sample("mctp_lpc_eid", { side: "host", platform: String(at) }),
  );
  expect(expositionLines(many)).toHaveLength(MOST_SAMPLES + 2);
});

test("without an agent it fails as other tools do", async () => {
  const { code, stdout, stderr } = await runHere(sandbox, "metrics", "-p", "shm:/nosuch");
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toContain("no agent of this user is running");
});
