/** The whole benchmark: what is measured, as data and as tables. */
import { BTU, largestMtu } from "../../core/binding/layout.ts";
import { NEWEST_VERSION, type Version } from "../../core/binding/versions.ts";
import {
  AGENT_FIGURES,
  FULL_AGENT_EFFORT,
  QUICK_AGENT_EFFORT,
  measureAgents,
  measureBareWakeUp,
  type AgentFigure,
} from "./agent-figures.ts";
import { PROGRAM } from "../package.ts";
import { packetSeconds } from "./bus-model.ts";
import type { BenchEffort, PingPong, Throughput } from "./in-process.ts";
import { describeMachine, machineText, type Machine } from "./machine.ts";
import type { FullNetworkFigures } from "./full-network.ts";
import { isolatedFullNetwork, isolatedPingPong, isolatedRouting, isolatedThroughput } from "./isolate.ts";
import type { RoutingFigures } from "./routing.ts";
import { PROCESS_MODES, measureProcesses, type ProcessEffort, type ProcessFigures } from "./processes.ts";
import { measureIdle, measureStarts, type IdleFigures, type StartFigures } from "./starts.ts";
import { table } from "./table.ts";

export interface BenchReport {
  readonly agents: AgentReport;
  readonly machine: Machine;
  readonly throughput: readonly Throughput[];
  readonly pingPong: readonly PingPong[];
  readonly processes: readonly ProcessFigures[];
  readonly idle: IdleFigures;
  readonly starts: readonly StartFigures[];
  readonly byMtu: readonly MtuFigures[];
  readonly routing: readonly RoutingFigures[];
  readonly fullNetwork: readonly FullNetworkFigures[];
}

/** Messages of one full packet each, host to BMC, in one process. */
export interface MtuFigures extends Throughput {
  /** The software's time for a packet, both sides, as a percentage of the time that it keeps the LPC bus busy. */
  readonly busPercent: number;
}

/** In the units of AGENT_FIGURES, and beside it what two bare processes need to wake each other. */
type AgentReport = Readonly<Record<AgentFigure | "bareWakeUp", number>>;

const VERSIONS: readonly Version[] = [2, 3];
const MTUS: readonly (number | undefined)[] = [BTU, 4096, undefined];
const MESSAGES: readonly number[] = [64, 1024, 4096, 65_536];
const DIRECTIONS = ["hostToBmc", "bmcToHost"] as const;
/** From the least to the largest in a window of 1 MiB, as far apart as a logarithmic axis wants them. */
const PLOTTED_MTUS: readonly number[] = [BTU, 256, 1024, 4096, 32_768, largestMtu(3, 1024 * 1024)];

/** Through a bridge: small packets, and packets of a page. */
const ROUTED: readonly { readonly mtu: number; readonly messageBytes: number }[] = [
  { mtu: BTU, messageBytes: 64 },
  { mtu: BTU, messageBytes: 4096 },
  { mtu: 4096, messageBytes: 4096 },
  { mtu: 4096, messageBytes: 65_536 },
];
/** A packet each, and several. */
const FULL_NETWORK_MESSAGES: readonly number[] = [64, 512];

interface Effort extends BenchEffort {
  readonly processes: ProcessEffort;
  readonly starts: number;
}

const FULL: Effort = {
  samples: 5,
  runSeconds: 0.12,
  processes: { samples: 5, roundTrips: 2000, bulkMessages: 200, idleSeconds: 5 },
  starts: 11,
};
/** Enough to see that everything runs; no figures to quote. */
const QUICK: Effort = {
  samples: 5,
  runSeconds: 0.004,
  processes: { samples: 5, roundTrips: 100, bulkMessages: 10, idleSeconds: 1 },
  starts: 1,
};

/** Measures everything; `tell` is called with a line whenever a part begins. */
export async function runBench(quick: boolean, tell: (line: string) => void): Promise<BenchReport> {
  const effort = quick ? QUICK : FULL;
  const machine = describeMachine();
  tell("throughput in one process");
  const throughput: Throughput[] = [];
  for (const version of VERSIONS)
    for (const mtu of MTUS)
      for (const messageBytes of MESSAGES)
        for (const direction of DIRECTIONS)
          throughput.push(await isolatedThroughput({ version, mtu, messageBytes, direction }, effort));
  tell("ping-pong in one process");
  const pingPong: PingPong[] = [];
  for (const version of VERSIONS)
    pingPong.push(await isolatedPingPong({ version, mtu: BTU, messageBytes: 64 }, effort));
  tell("throughput by MTU");
  const byMtu: MtuFigures[] = [];
  for (const version of VERSIONS) for (const mtu of PLOTTED_MTUS) byMtu.push(await measureMtu(version, mtu, effort));
  tell("routing");
  const routing: RoutingFigures[] = [];
  for (const { mtu, messageBytes } of ROUTED) {
    routing.push(await isolatedRouting({ version: NEWEST_VERSION, mtu, messageBytes }, effort));
  }
  tell("a full network");
  const fullNetwork: FullNetworkFigures[] = [];
  for (const messageBytes of FULL_NETWORK_MESSAGES) {
    fullNetwork.push(await isolatedFullNetwork(messageBytes, effort));
  }
  tell("two processes");
  const processes: ProcessFigures[] = [];
  for (const mode of PROCESS_MODES) {
    for (const version of VERSIONS) processes.push(await measureProcesses(mode, version, effort.processes));
  }
  processes.push(await measureProcesses("busy", NEWEST_VERSION, effort.processes, "live"));
  tell("starts and an idle agent");
  const starts = await measureStarts(effort.starts);
  const idle = await measureIdle(effort.processes.idleSeconds);
  tell("files, sleepers and a conversation of two agents");
  const agents = await agentReport(quick);
  return { machine, throughput, pingPong, byMtu, routing, fullNetwork, processes, idle, starts, agents };
}

async function agentReport(quick: boolean): Promise<AgentReport> {
  const effort = quick ? QUICK_AGENT_EFFORT : FULL_AGENT_EFFORT;
  const report: Partial<Record<keyof AgentReport, number>> = { bareWakeUp: await measureBareWakeUp(effort) };
  for (const figure of Object.keys(AGENT_FIGURES) as AgentFigure[]) {
    report[figure] = await measureAgents(PROGRAM, figure, effort);
  }
  return report as AgentReport;
}

async function measureMtu(version: Version, mtu: number, effort: BenchEffort): Promise<MtuFigures> {
  const task = { version, mtu, messageBytes: mtu, direction: "hostToBmc" as const };
  const figures = await isolatedThroughput(task, effort);
  return { ...figures, busPercent: 100 / figures.packetsPerSecond / packetSeconds(version, task.direction, mtu) };
}

/* ---- For people ---- */

export function reportLines(report: BenchReport): readonly string[] {
  return [
    `on ${machineText(report.machine)}`,
    "",
    "one process, full stack, messages one way",
    ...table(
      ["version", "MTU", "message", "direction", "M packets/s", "MB/s"],
      report.throughput.map(({ version, mtu, messageBytes, direction, packetsPerSecond, bytesPerSecond }) => [
        String(version),
        String(mtu),
        String(messageBytes),
        direction,
        (packetsPerSecond / 1e6).toFixed(3),
        (bytesPerSecond / 1e6).toFixed(1),
      ]),
    ),
    "",
    "one process, request and response",
    ...table(
      ["version", "MTU", "message", "median us"],
      report.pingPong.map(({ version, mtu, messageBytes, medianMicroseconds }) => [
        String(version),
        String(mtu),
        String(messageBytes),
        medianMicroseconds.toFixed(2),
      ]),
    ),
    "",
    "one process, messages of one full packet each, host to BMC; share: the software's time in percent of the LPC bus's",
    ...table(
      ["version", "MTU", "M packets/s", "MB/s", "share"],
      report.byMtu.map(({ version, mtu, packetsPerSecond, bytesPerSecond, busPercent }) => [
        String(version),
        String(mtu),
        (packetsPerSecond / 1e6).toFixed(3),
        (bytesPerSecond / 1e6).toFixed(0),
        busPercent.toFixed(2),
      ]),
    ),
    "",
    "one process, from board to board through a bridge, version 3, one way",
    ...table(
      ["MTU", "message", "M packets/s", "MB/s"],
      report.routing.map(({ mtu, messageBytes, packetsPerSecond, bytesPerSecond }) => [
        String(mtu),
        String(messageBytes),
        (packetsPerSecond / 1e6).toFixed(3),
        (bytesPerSecond / 1e6).toFixed(1),
      ]),
    ),
    "",
    "one process, all EIDs there are, eight requests to everybody at once; most that bridges held of packets on their way",
    ...table(
      ["EIDs", "bridges", "message", "requests at once", "requests/s", "packets bridged/s", "held"],
      report.fullNetwork.map((row) => [
        String(row.eids),
        String(row.bridges),
        String(row.messageBytes),
        String(row.requests),
        row.requestsPerSecond.toFixed(0),
        row.packetsPerSecond.toFixed(0),
        `${(row.bytesInTransit / 1024).toFixed(0)} KiB`,
      ]),
    ),
    "",
    "two processes on a virtual board: 64 B echo; 64 KiB echoes, both ways counted",
    ...table(
      ["polling", "judge", "version", "median us", "p99 us", "MB/s"],
      report.processes.map(({ mode, judge, version, medianMicroseconds, p99Microseconds, bytesPerSecond }) => [
        mode,
        judge,
        String(version),
        medianMicroseconds.toFixed(1),
        p99Microseconds.toFixed(1),
        (bytesPerSecond / 1e6).toFixed(0),
      ]),
    ),
    "",
    ...agentLines(report.agents),
    "",
    "starts beside node -e 0: the version, the status of an agent, an agent until its channel is open",
    ...table(
      ["start", "ms", "CPU ms", "times node", "times its CPU"],
      report.starts.map(({ start, milliseconds, cpuMilliseconds, timesNode, timesNodeCpu }) => [
        start,
        milliseconds.toFixed(0),
        cpuMilliseconds.toFixed(0),
        timesNode.toFixed(2),
        timesNodeCpu.toFixed(2),
      ]),
    ),
    "",
    idleText(report.idle),
  ];
}

function agentLines(agents: AgentReport): readonly string[] {
  const { sendFromHost, sendFromBmc, wakeUp, warmWakeUp, wakeUpCpu, bareWakeUp, conversation } = agents;
  return [
    "two agents and their tools; wake-up: a ping every 100 ms, of agents that start and behind a conversation, beside two bare Node processes over FIFOs",
    ...table(
      [
        "file host to BMC",
        "BMC to host",
        "wake-up us",
        "warm us",
        "bare us",
        "ratio",
        "warm ratio",
        "CPU ms a ping",
        "least of a conversation us",
      ],
      [
        [
          `${(1 / sendFromHost).toFixed(0)} MB/s`,
          `${(1 / sendFromBmc).toFixed(0)} MB/s`,
          wakeUp.toFixed(0),
          warmWakeUp.toFixed(0),
          bareWakeUp.toFixed(0),
          (wakeUp / bareWakeUp).toFixed(2),
          (warmWakeUp / bareWakeUp).toFixed(2),
          (wakeUpCpu / 1000).toFixed(2),
          conversation.toFixed(1),
        ],
      ],
    ),
  ];
}

function idleText({ cpuPercent, residentBytes, nodeBytes }: IdleFigures): string {
  const more = residentBytes - nodeBytes;
  return `idle agent with a doorbell: ${cpuPercent.toFixed(2)} % of a core, ${(residentBytes / 1e6).toFixed(1)} MB resident, ${(more / 1e6).toFixed(1)} MB more than a Node that waits`;
}
