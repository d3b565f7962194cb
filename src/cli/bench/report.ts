/** The whole benchmark of this build, as data and as tables. */
import { BTU, largestMtu } from "../../core/binding/layout.ts";
import type { Version } from "../../core/binding/versions.ts";
import { PACKAGE_FOLDER } from "../package.ts";
import { measureBuild, type BuildEffort } from "./build-process.ts";
import { packetSeconds } from "./bus-model.ts";
import { goalLines, measureGoals, type Goal } from "./goals.ts";
import { describeMachine, figureText, machineText, table, type Machine } from "./machine.ts";
import { WINDOW_BYTES } from "./pair.ts";
import { BENCH_ROWS, inUnit, type BenchRow } from "./rows.ts";

export interface BenchReport {
  readonly machine: Machine;
  readonly goals: readonly Goal[];
  readonly rows: readonly MeasuredRow[];
  readonly byMtu: readonly MtuFigures[];
}

type MeasuredRow = Pick<BenchRow, "name" | "what" | "unit" | "atLeast"> & { readonly figure: number };

/** Messages of one full packet each, host to BMC, in one process. */
export interface MtuFigures {
  readonly version: number;
  readonly mtu: number;
  readonly packetsPerSecond: number;
  readonly bytesPerSecond: number;
  /** The software's time for a packet, both sides, as a percentage of the time that it keeps the LPC bus busy. */
  readonly busPercent: number;
}

const VERSIONS: readonly Version[] = [2, 3];
/** From the least to the largest in the usual window, as far apart as a logarithmic axis wants them. */
const PLOTTED_MTUS: readonly number[] = [BTU, 256, 1024, 4096, 32_768, largestMtu(3, WINDOW_BYTES)];
const RUN_SECONDS = 0.12;

/** Measures everything; `tell` is called with a line whenever a part begins. */
export async function runBench(quick: boolean, tests: boolean, tell: (line: string) => void): Promise<BenchReport> {
  const effort: BuildEffort = { quick, runSeconds: RUN_SECONDS, clock: "passed", judges: true };
  const machine = describeMachine();
  const goals = await measureGoals({ quick, tests }, tell);
  const measured = new Set(goals.map(({ name }) => name));
  const rows: MeasuredRow[] = [];
  for (const row of BENCH_ROWS.filter(({ name }) => !measured.has(name))) {
    tell(row.name);
    rows.push(await measureRow(row, effort));
  }
  tell("throughput by MTU");
  const byMtu: MtuFigures[] = [];
  for (const version of VERSIONS) for (const mtu of PLOTTED_MTUS) byMtu.push(await measureMtu(version, mtu, effort));
  return { machine, goals, rows, byMtu };
}

async function measureRow({ tasks, bytes, ...row }: BenchRow, effort: BuildEffort): Promise<MeasuredRow> {
  let microseconds = 0;
  for (const task of tasks) microseconds += (await measureBuild(PACKAGE_FOLDER, task, effort)) / tasks.length;
  return { ...row, figure: inUnit({ unit: row.unit, bytes }, microseconds) };
}

async function measureMtu(version: Version, mtu: number, effort: BuildEffort): Promise<MtuFigures> {
  const direction = "hostToBmc";
  const task = { kind: "throughput", version, mtu, messageBytes: mtu, direction } as const;
  const microseconds = await measureBuild(PACKAGE_FOLDER, task, effort);
  const packetsPerSecond = 1e6 / microseconds;
  const busPercent = microseconds / 1e4 / packetSeconds(version, direction, mtu);
  return { version, mtu, packetsPerSecond, bytesPerSecond: packetsPerSecond * mtu, busPercent };
}

export function reportLines({ machine, goals, rows, byMtu }: BenchReport): readonly string[] {
  return [
    `on ${machineText(machine)}`,
    "",
    ...goalLines(goals),
    "",
    "how many times as quick as commit 20e58d2: --against a checkout of it",
    ...table(
      ["row", "unit", "this", "at least"],
      rows.map(({ name, unit, figure, atLeast }) => [name, unit, figureText(figure), `${atLeast.toFixed(2)} x`]),
    ),
    "",
    ...rows.map(({ name, what }) => `  ${name}: ${what}`),
    "",
    "messages of one full packet each, host to BMC, one process; share: the software's time in percent of the LPC bus's",
    ...table(
      ["version", "MTU", "M packets/s", "MB/s", "share"],
      byMtu.map(({ version, mtu, packetsPerSecond, bytesPerSecond, busPercent }) => [
        String(version),
        String(mtu),
        (packetsPerSecond / 1e6).toFixed(3),
        (bytesPerSecond / 1e6).toFixed(0),
        busPercent.toFixed(2),
      ]),
    ),
  ];
}
