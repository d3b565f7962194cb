/** The whole benchmark: what is measured, as data and as tables. */
import { BTU } from "../../binding/layout.ts";
import type { Version } from "../../binding/versions.ts";
import { packetSeconds } from "./bus-model.ts";
import type { BenchEffort, PingPong, Throughput } from "./in-process.ts";
import { isolatedPingPong, isolatedThroughput } from "./isolate.ts";
import {
  PROCESS_MODES,
  measureIdle,
  measureProcesses,
  measureStartup,
  type IdleFigures,
  type ProcessEffort,
  type ProcessFigures,
} from "./processes.ts";

export interface BenchReport {
  readonly throughput: readonly Throughput[];
  readonly pingPong: readonly PingPong[];
  readonly processes: readonly ProcessFigures[];
  readonly idle: IdleFigures;
  readonly startup: { readonly milliseconds: number };
  readonly busShare: readonly BusShare[];
}

/** The software's time for a full packet as a percentage of the time that the packet keeps the LPC bus busy. */
export interface BusShare {
  readonly mtu: number;
  readonly version: number;
  readonly percent: number;
}

const VERSIONS: readonly Version[] = [2, 3];
const MTUS: readonly (number | undefined)[] = [BTU, 4096, undefined];
const MESSAGES: readonly number[] = [64, 1024, 4096, 65_536];
const DIRECTIONS = ["hostToBmc", "bmcToHost"] as const;
const BUS_MTUS: readonly number[] = [BTU, 4096, 32_768];

interface Effort extends BenchEffort {
  readonly processes: ProcessEffort;
}

const FULL: Effort = {
  samples: 5,
  runSeconds: 0.12,
  processes: { samples: 5, roundTrips: 2000, bulkMessages: 200, idleSeconds: 5 },
};
/** Enough to see that everything runs; no figures to quote. */
const QUICK: Effort = {
  samples: 5,
  runSeconds: 0.004,
  processes: { samples: 5, roundTrips: 100, bulkMessages: 10, idleSeconds: 1 },
};

/** Measures everything; `tell` is called with a line whenever a part begins. */
export async function runBench(quick: boolean, tell: (line: string) => void): Promise<BenchReport> {
  const effort = quick ? QUICK : FULL;
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
  tell("share of the bus");
  const busShare: BusShare[] = [];
  for (const version of VERSIONS)
    for (const mtu of BUS_MTUS) busShare.push(await measureBusShare(version, mtu, effort));
  tell("two processes");
  const processes: ProcessFigures[] = [];
  for (const mode of PROCESS_MODES) {
    for (const version of VERSIONS) processes.push(await measureProcesses(mode, version, effort.processes));
  }
  tell("start-up and an idle agent");
  const startup = await measureStartup(effort.processes.samples);
  const idle = await measureIdle(effort.processes.idleSeconds);
  return { throughput, pingPong, processes, idle, startup, busShare };
}

/** Packets of exactly the MTU: the software's seconds for one, both sides, against the bus's. */
async function measureBusShare(version: Version, mtu: number, effort: BenchEffort): Promise<BusShare> {
  const task = { version, mtu, messageBytes: mtu, direction: "hostToBmc" as const };
  const { packetsPerSecond } = await isolatedThroughput(task, effort);
  return { mtu, version, percent: 100 / packetsPerSecond / packetSeconds(version, task.direction, mtu) };
}

/* ---- For people ---- */

export function reportLines(report: BenchReport): readonly string[] {
  return [
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
    "two processes on a virtual board: 64 B echo; 64 KiB echoes, both ways counted",
    ...table(
      ["polling", "version", "median us", "p99 us", "MB/s"],
      report.processes.map(({ mode, version, medianMicroseconds, p99Microseconds, bytesPerSecond }) => [
        mode,
        String(version),
        medianMicroseconds.toFixed(1),
        p99Microseconds.toFixed(1),
        (bytesPerSecond / 1e6).toFixed(0),
      ]),
    ),
    "",
    "software's time for a full packet, in percent of the LPC bus's time for it (host to BMC)",
    ...table(
      ["version", "MTU", "percent"],
      report.busShare.map(({ version, mtu, percent }) => [String(version), String(mtu), percent.toFixed(2)]),
    ),
    "",
    `start-up ${report.startup.milliseconds.toFixed(0)} ms; idle agent with a doorbell ${report.idle.cpuPercent.toFixed(2)} % of a core, ${(report.idle.residentBytes / 1e6).toFixed(1)} MB resident`,
  ];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `  ${cells.map((cell, column) => cell.padStart(widths[column] ?? 0)).join("  ")}`;
  return [line(head), ...rows.map(line)];
}
