/** What the benchmark measures, of this build alone or of two builds that are compared. */
import { BTU } from "../../core/binding/layout.ts";
import type { Direction } from "../../core/binding/side.ts";
import { NEWEST_VERSION, type Version } from "../../core/binding/versions.ts";
import type { AgentFigure } from "./agent-figures.ts";
import type { Start } from "./starts.ts";

/** One measurement, in a process of its own. Its figure is a time: of a packet, of a round trip or of a start. */
export type BuildTask =
  | {
      readonly kind: "throughput";
      readonly version: Version;
      /** Null: the largest. */
      readonly mtu: number | null;
      readonly messageBytes: number;
      readonly direction: Direction;
    }
  | {
      readonly kind: "pingPong" | "routing";
      readonly version: Version;
      readonly mtu: number;
      readonly messageBytes: number;
    }
  | { readonly kind: "judgedEcho"; readonly version: Version; readonly judge: "ring" | "live" }
  | { readonly kind: "agents"; readonly figure: AgentFigure }
  | { readonly kind: "start"; readonly start: Start };

export type RowUnit = "k packets/s" | "MB/s" | "us" | "ms";

export interface BenchRow {
  readonly name: string;
  readonly what: string;
  /** The figure of the row is the mean of their times. */
  readonly tasks: readonly BuildTask[];
  readonly unit: RowUnit;
  /** Bytes that take the time which is measured, where `unit` is a rate of bytes. */
  readonly bytes: number;
  /** How many times as quick as commit 20e58d2 this build has to be. */
  readonly atLeast: number;
}

const SMALL = 64;
const PAGE = 4096;
const LARGE = 65_536;
const PING_PONG = { kind: "pingPong", mtu: BTU, messageBytes: SMALL } as const;
const ROUTING = { kind: "routing", version: NEWEST_VERSION, mtu: BTU, messageBytes: SMALL } as const;
const JUDGED_ECHO = { kind: "judgedEcho", version: NEWEST_VERSION } as const;
/** Recorder and judge may take a tenth of the echo's time. */
const JUDGED_ECHO_AT_LEAST = 0.91;

export const BENCH_ROWS: readonly BenchRow[] = [
  row("v2-64B", "version 2, MTU 64, 64 B messages", "k packets/s", 1.7, bothWays(2, BTU, SMALL)),
  row("v3-64B", "version 3, MTU 64, 64 B messages", "k packets/s", 1.6, bothWays(3, BTU, SMALL)),
  row("v2-ping", "version 2, MTU 64, 64 B request and response", "us", 1.4, [{ ...PING_PONG, version: 2 }]),
  row("v3-ping", "version 3, MTU 64, 64 B request and response", "us", 1.4, [{ ...PING_PONG, version: 3 }]),
  row("v3-4K", "version 3, MTU 64, 4 KiB messages", "k packets/s", 1.4, bothWays(3, BTU, PAGE)),
  row("v3-64K", "version 3, largest MTU, 64 KiB messages", "MB/s", 0.95, bothWays(3, null, LARGE), LARGE),
  row("routing", "version 3, MTU 64, 64 B messages through a bridge", "k packets/s", 1.5, [ROUTING]),
  row(
    "recorded-echo",
    "version 3, 64 B echo of two agents that poll without rest; this build's agents record every access",
    "us",
    JUDGED_ECHO_AT_LEAST,
    [{ ...JUDGED_ECHO, judge: "ring" }],
  ),
  row("judged-echo", "the same; this build's agents judge every access", "us", JUDGED_ECHO_AT_LEAST, [
    { ...JUDGED_ECHO, judge: "live" },
  ]),
  agentRow("send-from-host", "a file of 64 MiB from host to BMC, both inboxes in memory", "sendFromHost", "MB/s", 4),
  agentRow("send-from-bmc", "a file of 64 MiB from BMC to host, both inboxes in memory", "sendFromBmc", "MB/s", 4),
  agentRow("store-from-host", "the same, both inboxes in the temporary folder (TMPDIR)", "storeFromHost", "MB/s", 2.5),
  agentRow("store-from-bmc", "the same from BMC to host", "storeFromBmc", "MB/s", 2.5),
  agentRow("wake-up", "median of a ping every 100 ms between two agents that sleep", "wakeUp", "us", 1.25),
  agentRow("warm-wake-up", "the same between two that have talked before", "warmWakeUp", "us", 1.25),
  agentRow("wake-up-cpu", "processor time of both agents for such a ping", "wakeUpCpu", "us", 2.3),
  agentRow("conversation", "least round trip of pings without a pause", "conversation", "us", 0.67),
  startRow("start-version", "mctp-lpc --version", "version", 2.5),
  startRow("start-status", "mctp-lpc status of a running agent", "status", 1.8),
  startRow("start-agent", "an agent from its start to an open channel, the other side waiting", "agent", 1.8),
];

export const ROW_NAMES: readonly string[] = BENCH_ROWS.map(({ name }) => name);

function row(
  name: string,
  what: string,
  unit: RowUnit,
  atLeast: number,
  tasks: readonly BuildTask[],
  bytes: number = 1,
): BenchRow {
  return { name, what, tasks, unit, bytes, atLeast };
}

function agentRow(name: string, what: string, figure: AgentFigure, unit: RowUnit, atLeast: number): BenchRow {
  return row(name, what, unit, atLeast, [{ kind: "agents", figure }]);
}

function startRow(name: string, what: string, start: Start, atLeast: number): BenchRow {
  return row(name, what, "ms", atLeast, [{ kind: "start", start }]);
}

/** Both directions count alike: what one gains at the other's expense is no gain. */
function bothWays(version: Version, mtu: number | null, messageBytes: number): readonly BuildTask[] {
  const task = { kind: "throughput", version, mtu, messageBytes } as const;
  return [
    { ...task, direction: "hostToBmc" },
    { ...task, direction: "bmcToHost" },
  ];
}

/** A time as the row shows it: of rates the larger is the better, of times the smaller. */
export function inUnit({ unit, bytes }: Pick<BenchRow, "unit" | "bytes">, microseconds: number): number {
  switch (unit) {
    case "k packets/s":
      return 1000 / microseconds;
    case "MB/s":
      return bytes / microseconds;
    case "ms":
      return microseconds / 1000;
    case "us":
      return microseconds;
  }
}
