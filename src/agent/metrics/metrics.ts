/** What monitoring is told of an agent: its counters and a few values of its state, each under a name that stays. */
import { COUNTER_GROUPS, COUNTER_TABLES } from "../counter-tables.ts";
import type { AgentStatus, EndpointAgentStatus } from "../status.ts";

export interface Metric {
  readonly type: "counter" | "gauge";
  /** One sentence. */
  readonly help: string;
  /** Names of labels beside `side` and `platform`, which all have. */
  readonly labels: readonly string[];
}

/** A value of one metric. */
export interface MetricSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const gauge = (help: string, ...labels: readonly string[]): Metric => ({ type: "gauge", help, labels });
const counter = (help: string, ...labels: readonly string[]): Metric => ({ type: "counter", help, labels });

/** By name without the prefix. */
const STATE_METRICS = {
  agent_info: gauge("1, with the UUID of the agent's endpoint", "uuid"),
  uptime_seconds: gauge("seconds since the agent started"),
  eid: gauge("own EID; 0 until a bus owner gives one"),
  channel_up: gauge("1 while a session is open, else 0"),
  channel_version: gauge("protocol version of the open session; 0 without one"),
  channel_mtu_bytes: gauge("payload bytes of a packet in the open session", "direction"),
  peer_attached: gauge("1 while the other agent is on the board, where that can be told"),
  link_up: gauge("1 while the link of a port is up, else 0", "port", "link"),
  endpoints: gauge("endpoints that the agent has discovered"),
  programs: gauge("other programs that serve message types, or wait to"),
  monitors: gauge("tools that follow the bus"),
  transit_packets: gauge("packets that wait to be forwarded"),
  transit_bytes: gauge("bytes of packets that wait to be forwarded"),
  files_received_total: counter("files received and stored"),
  bus_accesses_total: counter("bus accesses made"),
  bus_judged_total: counter("bus accesses held against the specification, some of them twice"),
  bus_breaks_total: counter("requirements found broken"),
  findings_total: counter("requirements found broken, of the first kinds found", "by", "requirement"),
} as const;

type StateMetric = keyof typeof STATE_METRICS;

const PREFIX = "mctp_lpc_";

/** Every metric that there is, by its whole name. */
export const METRICS: ReadonlyMap<string, Metric> = new Map([
  ...Object.entries(STATE_METRICS).map(([name, metric]) => [`${PREFIX}${name}`, metric] as const),
  ...COUNTER_GROUPS.flatMap((group) =>
    Object.entries(COUNTER_TABLES[group]).map(
      ([name, { text, clause }]) => [counterName(group, name), counter(`${text} [${clause}]`)] as const,
    ),
  ),
]);

/** "mctp_lpc_binding_packets_sent_total" */
function counterName(group: string, name: string): string {
  const words = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return `${PREFIX}${group}_${words}_total`;
}

/** The values of an agent now. */
export function samplesOf(status: AgentStatus | EndpointAgentStatus): readonly MetricSample[] {
  const common = { side: status.role, platform: status.platform };
  const sample = (name: string, value: number, labels: Readonly<Record<string, string>> = {}): MetricSample => ({
    name,
    labels: { ...common, ...labels },
    value,
  });
  const state = (name: StateMetric, value: number, labels?: Readonly<Record<string, string>>): MetricSample =>
    sample(`${PREFIX}${name}`, value, labels);
  const { counters, bridge } = status;
  return [
    state("agent_info", 1, { uuid: status.uuid }),
    state("uptime_seconds", status.uptimeSeconds),
    state("eid", status.eid),
    state("endpoints", status.endpoints.length),
    state("programs", status.programs.length),
    state("files_received_total", status.filesReceived),
    ...(status.role === "endpoint"
      ? [state("link_up", flag(status.link.up), { port: "0", link: status.platform })]
      : boardSamples(status, state)),
    ...(bridge === undefined
      ? []
      : [
          ...bridge.links.map(({ port, name, up }) => state("link_up", flag(up), { port: String(port), link: name })),
          state("transit_packets", bridge.inTransit.packets),
          state("transit_bytes", bridge.inTransit.bytes),
        ]),
    ...COUNTER_GROUPS.flatMap((group) => {
      const counts = (counters as Partial<Record<string, Readonly<Record<string, number>>>>)[group] ?? {};
      return Object.keys(COUNTER_TABLES[group]).flatMap((name) => {
        const value = counts[name];
        return value === undefined ? [] : [sample(counterName(group, name), value)];
      });
    }),
  ];
}

type MakeState = (name: StateMetric, value: number, labels?: Readonly<Record<string, string>>) => MetricSample;

function boardSamples({ channel, peerAttached, bus }: AgentStatus, state: MakeState): readonly MetricSample[] {
  /** By requirement and side: causes are not told apart here. */
  const findings = new Map<string, { readonly by: string; readonly requirement: string; times: number }>();
  for (const { side: by, requirement, times } of bus.findings) {
    const key = `${by} ${requirement}`;
    findings.set(key, { by, requirement, times: (findings.get(key)?.times ?? 0) + times });
  }
  return [
    state("channel_up", flag(channel.up)),
    state("channel_version", channel.up ? channel.version : 0),
    ...(channel.up
      ? [
          state("channel_mtu_bytes", channel.mtu.hostToBmc, { direction: "host_to_bmc" }),
          state("channel_mtu_bytes", channel.mtu.bmcToHost, { direction: "bmc_to_host" }),
        ]
      : []),
    ...(peerAttached === undefined ? [] : [state("peer_attached", flag(peerAttached))]),
    state("monitors", bus.monitors),
    state("bus_accesses_total", bus.accesses),
    state("bus_judged_total", bus.judged),
    state("bus_breaks_total", bus.breaks),
    ...[...findings.values()].map(({ by, requirement, times }) => state("findings_total", times, { by, requirement })),
  ];
}

function flag(value: boolean): number {
  return value ? 1 : 0;
}
