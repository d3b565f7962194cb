/** This build against another: both measured in turn, pair by pair. */
import { PACKAGE_FOLDER } from "../package.ts";
import { findBuild, measureBuild, type BuildEffort } from "./build-process.ts";
import { describeMachine, figureText, machineText, table, type Machine } from "./machine.ts";
import { BENCH_ROWS, inUnit, type BenchRow } from "./rows.ts";
import { median, ratiosOf, type Ratios, type TimePair } from "./statistics.ts";

export interface CompareOptions {
  /** The other checkout. */
  readonly against: string;
  /** Odd. */
  readonly pairs: number;
  /** Names of rows; undefined: all. */
  readonly rows: readonly string[] | undefined;
  readonly clock: BuildEffort["clock"];
  readonly quick: boolean;
}

export interface Comparison extends Pick<CompareOptions, "pairs" | "clock"> {
  readonly machine: Machine;
  readonly builds: { readonly own: string; readonly other: string };
  readonly rows: readonly ComparedRow[];
}

export interface ComparedRow extends Omit<BenchRow, "tasks" | "bytes">, Ratios {
  readonly own: BuildFigures;
  readonly other: BuildFigures;
  /** Whether the ratio of medians is `atLeast`. */
  readonly met: boolean;
}

interface BuildFigures {
  readonly median: number;
  readonly best: number;
  /** A figure a pair, in the order of the pairs. */
  readonly samples: readonly number[];
}

/** Runs are shorter in rows of several measurements, which would take too long. */
const RUN_SECONDS = 0.15;
const RUN_SECONDS_OF_SEVERAL = 0.1;

/** Throws a Failure for a checkout that cannot be measured; `tell` is called with a line when a pair begins. */
export async function compareBuilds(options: CompareOptions, tell: (line: string) => void): Promise<Comparison> {
  const { pairs, clock } = options;
  const rows = BENCH_ROWS.filter(({ name }) => options.rows?.includes(name) ?? true);
  const kinds = [...new Set(rows.flatMap(({ tasks }) => tasks.map(({ kind }) => kind)))];
  const other = findBuild(options.against, kinds);
  const own = findBuild(PACKAGE_FOLDER, kinds);
  const machine = describeMachine();
  const measured = rows.map((row) => ({ row, times: [] as TimePair[] }));
  for (let pair = 0; pair < pairs; pair++) {
    tell(`pair ${String(pair + 1)} of ${String(pairs)}`);
    for (const { row, times } of measured) times.push(await measurePair(row, { own, other }, pair % 2 === 0, options));
  }
  return {
    machine,
    builds: { own, other },
    pairs,
    clock,
    rows: measured.map(({ row, times }) => comparedRow(row, times)),
  };
}

/** Which build comes first alternates, so that the order favours neither. */
async function measurePair(
  { tasks }: BenchRow,
  builds: Comparison["builds"],
  ownFirst: boolean,
  { quick, clock }: CompareOptions,
): Promise<TimePair> {
  const runSeconds = tasks.length > 1 ? RUN_SECONDS_OF_SEVERAL : RUN_SECONDS;
  const pair = { own: 0, other: 0 };
  for (const task of tasks) {
    for (const build of ownFirst ? (["own", "other"] as const) : (["other", "own"] as const)) {
      const effort = { quick, runSeconds, clock, judges: build === "own" };
      pair[build] += (await measureBuild(builds[build], task, effort)) / tasks.length;
    }
  }
  return pair;
}

function comparedRow({ tasks: _tasks, bytes, ...row }: BenchRow, times: readonly TimePair[]): ComparedRow {
  const ratios = ratiosOf(times);
  const figures = (build: "own" | "other"): BuildFigures => {
    const own = times.map((pair) => pair[build]);
    const shown = (microseconds: number): number => inUnit({ unit: row.unit, bytes }, microseconds);
    return { median: shown(median(own)), best: shown(Math.min(...own)), samples: own.map(shown) };
  };
  const met = ratios.ratioOfMedians >= row.atLeast;
  return { ...row, own: figures("own"), other: figures("other"), ...ratios, met };
}

export function comparisonLines({ machine, builds, pairs, clock, rows }: Comparison): readonly string[] {
  return [
    `on ${machineText(machine)}`,
    `this build:  ${builds.own}`,
    `other build: ${builds.other}`,
    "",
    `medians of ${String(pairs)} ${pairs === 1 ? "pair" : "pairs"}${clock === "cpu" ? ", by processor time" : ""}; ratios: times as quick as the other build; at least: against commit 20e58d2`,
    ...table(
      ["row", "unit", "this", "other", "ratio", "of bests", "of pairs", "at least", ""],
      rows.map((row) => [
        row.name,
        row.unit,
        figureText(row.own.median),
        figureText(row.other.median),
        row.ratioOfMedians.toFixed(2),
        row.ratioOfBests.toFixed(2),
        `${row.pairRatios.min.toFixed(2)}-${row.pairRatios.max.toFixed(2)}`,
        row.atLeast.toFixed(2),
        row.met ? "met" : "missed",
      ]),
    ),
    "",
    ...rows.map(({ name, what }) => `  ${name}: ${what}`),
  ];
}
