/** What is measured of two builds to compare them. */
import { BTU } from "../../core/binding/layout.ts";
import { NEWEST_VERSION, type Version } from "../../core/binding/versions.ts";
import type { AgentFigure } from "./agent-figures.ts";
import type { Direction } from "../../core/binding/side.ts";
import type { Start } from "./starts.ts";

/** One measurement, in one process unless it says otherwise. Its figure is a time: of a packet, or of a round trip. */
export type BuildTask =
  | {
      readonly kind: "throughput";
      readonly version: Version;
      /** Null: the largest. */
      readonly mtu: number | null;
      readonly messageBytes: number;
      readonly direction: Direction;
    }
  | { readonly kind: "pingPong"; readonly version: Version; readonly mtu: number; readonly messageBytes: number }
  | { readonly kind: "routing"; readonly version: Version; readonly mtu: number; readonly messageBytes: number }
  | { readonly kind: "agents"; readonly figure: AgentFigure }
  | { readonly kind: "judgedEcho"; readonly version: Version; readonly judge: "ring" | "live" }
  /** A process from its start: its figure is the time of that. */
  | { readonly kind: "start"; readonly start: Start };

export type RowUnit = "k packets/s" | "MB/s" | "us" | "ms";

export interface ComparisonRow {
  readonly name: string;
  readonly what: string;
  /** The figure of the row is the mean of their times. */
  readonly tasks: readonly BuildTask[];
  /** Bytes of a packet's payload where `unit` needs them. */
  readonly packetBytes: number;
  readonly unit: RowUnit;
  /** Times as quick as commit 20e58d2 that this build is to be at least. */
  readonly atLeast: number;
}

const SMALL = 64;
const PAGE = 4096;
const LARGE = 65_536;
/** Recorder and judge may cost a tenth of the echo's time. */
const JUDGED_ECHO_AT_LEAST = 0.91;

export const COMPARISON_ROWS: readonly ComparisonRow[] = [
  throughputRow("v2-64B", "version 2, MTU 64, 64 B messages", 2, BTU, SMALL, 1.7),
  throughputRow("v3-64B", "version 3, MTU 64, 64 B messages", 3, BTU, SMALL, 1.6),
  pingPongRow("v2-ping", "version 2, MTU 64, 64 B request and response", 2, 1.4),
  pingPongRow("v3-ping", "version 3, MTU 64, 64 B request and response", 3, 1.4),
  throughputRow("v3-4K", "version 3, MTU 64, 4 KiB messages", 3, BTU, PAGE, 1.4),
  throughputRow("v3-64K", "version 3, largest MTU, 64 KiB messages", 3, null, LARGE, 0.95),
  {
    name: "routing",
    what: "version 3, MTU 64, 64 B messages through a bridge",
    tasks: [{ kind: "routing", version: NEWEST_VERSION, mtu: BTU, messageBytes: SMALL }],
    packetBytes: SMALL,
    unit: "k packets/s",
    atLeast: 1.5,
  },
  {
    name: "recorded-echo",
    what: "version 3, 64 B echo of two busy processes: this build's record, for a judge that looks when something goes wrong; the other's do not",
    tasks: [{ kind: "judgedEcho", version: NEWEST_VERSION, judge: "ring" }],
    packetBytes: SMALL,
    unit: "us",
    atLeast: JUDGED_ECHO_AT_LEAST,
  },
  {
    name: "judged-echo",
    what: "version 3, 64 B echo of two busy processes: this build's judge every access, the other's none",
    tasks: [{ kind: "judgedEcho", version: NEWEST_VERSION, judge: "live" }],
    packetBytes: SMALL,
    unit: "us",
    atLeast: JUDGED_ECHO_AT_LEAST,
  },
  agentRow("send-from-host", "a file of 64 MiB from host to BMC, both inboxes in memory", "sendFromHost", "MB/s", 4),
  agentRow("send-from-bmc", "a file of 64 MiB from BMC to host, both inboxes in memory", "sendFromBmc", "MB/s", 4),
  agentRow("wake-up", "ping every 100 ms between two agents that sleep", "wakeUp", "us", 1.25),
  agentRow("warm-wake-up", "the same between two that have talked before", "warmWakeUp", "us", 1.25),
  agentRow("wake-up-cpu", "processor time of both agents for such a ping", "wakeUpCpu", "us", 2.3),
  agentRow("conversation", "least round trip of pings one behind the other", "conversation", "us", 0.67),
  startRow("start-version", "mctp-lpc --version", "version", 2.5),
  startRow("start-status", "mctp-lpc status of a running agent", "status", 1.8),
  startRow("start-agent", "an agent from its start to an open channel, the other side waiting", "agent", 1.8),
];

export const ROW_NAMES: readonly string[] = COMPARISON_ROWS.map(({ name }) => name);

/** Agents as processes: `packetBytes` is 1 where the figure is of a byte. */
function agentRow(name: string, what: string, figure: AgentFigure, unit: RowUnit, atLeast: number): ComparisonRow {
  return { name, what, tasks: [{ kind: "agents", figure }], packetBytes: 1, unit, atLeast };
}

/** Both directions count alike: what one gains at the other's expense is no gain. */
function throughputRow(
  name: string,
  what: string,
  version: Version,
  mtu: number | null,
  messageBytes: number,
  atLeast: number,
): ComparisonRow {
  const tasks = (["hostToBmc", "bmcToHost"] as const).map((direction) => ({
    kind: "throughput" as const,
    version,
    mtu,
    messageBytes,
    direction,
  }));
  const unit = mtu === null ? "MB/s" : "k packets/s";
  return { name, what, tasks, packetBytes: mtu ?? messageBytes, unit, atLeast };
}

function pingPongRow(name: string, what: string, version: Version, atLeast: number): ComparisonRow {
  const task = { kind: "pingPong" as const, version, mtu: BTU, messageBytes: SMALL };
  return { name, what, tasks: [task], packetBytes: SMALL, unit: "us", atLeast };
}

function startRow(name: string, what: string, start: Start, atLeast: number): ComparisonRow {
  return { name, what, tasks: [{ kind: "start", start }], packetBytes: 0, unit: "ms", atLeast };
}

/** A time as the row shows it: for rates the larger is the better, for times the smaller. */
export function inUnit({ unit, packetBytes }: ComparisonRow, microseconds: number): number {
  switch (unit) {
    case "k packets/s":
      return 1000 / microseconds;
    case "MB/s":
      return packetBytes / microseconds;
    case "ms":
      return microseconds / 1000;
    default:
      return microseconds;
  }
}
