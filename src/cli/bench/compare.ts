/** This build against another, measured alternately. */
import { COMPARISON_ROWS, inUnit, type ComparisonRow, type RowUnit } from "./comparison-rows.ts";
import { findBuild, measureBuild, type BuildEffort } from "./build-process.ts";
import type { BenchEffort } from "./in-process.ts";
import { describeMachine, machineText, type Machine } from "./machine.ts";
import { summarizePairs, type TimePair } from "./pair-statistics.ts";
import { PACKAGE_FOLDER } from "../package.ts";
import { table } from "./table.ts";

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

export interface Comparison {
  readonly machine: Machine;
  readonly builds: { readonly own: string; readonly other: string };
  readonly pairs: number;
  readonly clock: BuildEffort["clock"];
  readonly rows: readonly ComparedRow[];
}

export interface ComparedRow {
  readonly name: string;
  readonly what: string;
  readonly unit: RowUnit;
  readonly own: BuildFigures;
  readonly other: BuildFigures;
  /** All ratios: times as quick as the other build. */
  readonly ratioOfMedians: number;
  readonly ratioOfBests: number;
  readonly pairRatios: { readonly min: number; readonly max: number };
  readonly atLeast: number;
  /** Whether the ratio of medians is `atLeast`. */
  readonly met: boolean;
}

interface BuildFigures {
  readonly median: number;
  readonly best: number;
  /** A figure a pair, in the order of the pairs. */
  readonly samples: readonly number[];
}

/** Runs of a measurement after its warm-up. They are shorter in rows of several measurements, which would take too long. */
const SAMPLES = 5;
const RUN_SECONDS = 0.15;
const RUN_SECONDS_OF_SEVERAL = 0.1;
const QUICK: BenchEffort = { samples: 1, runSeconds: 0.002 };

/** Throws a Failure for a checkout that cannot be measured; `tell` is called with a line when a pair begins. */
export async function compareBuilds(options: CompareOptions, tell: (line: string) => void): Promise<Comparison> {
  const { pairs, clock } = options;
  const rows = COMPARISON_ROWS.filter(({ name }) => options.rows?.includes(name) ?? true);
  const kinds = [...new Set(rows.flatMap(({ tasks }) => tasks.map(({ kind }) => kind)))];
  const other = await findBuild(options.against, kinds);
  const own = await findBuild(PACKAGE_FOLDER, kinds);
  const machine = describeMachine();
  const measured = rows.map((row) => ({ row, times: [] as TimePair[] }));
  for (let pair = 0; pair < pairs; pair++) {
    tell(`pair ${String(pair + 1)} of ${String(pairs)}`);
    for (const { row, times } of measured) times.push(await measurePair(row, own, other, pair % 2 === 0, options));
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
  row: ComparisonRow,
  own: string,
  other: string,
  ownFirst: boolean,
  { quick, clock }: CompareOptions,
): Promise<TimePair> {
  const runSeconds = row.tasks.length > 1 ? RUN_SECONDS_OF_SEVERAL : RUN_SECONDS;
  const effort = { ...(quick ? QUICK : { samples: SAMPLES, runSeconds }), clock };
  const pair = { own: 0, other: 0 };
  for (const task of row.tasks) {
    for (const build of ownFirst ? (["own", "other"] as const) : (["other", "own"] as const)) {
      const isOwn = build === "own";
      const time = await measureBuild(isOwn ? own : other, task, { ...effort, judges: isOwn });
      pair[build] += time / row.tasks.length;
    }
  }
  return pair;
}

function comparedRow(row: ComparisonRow, times: readonly TimePair[]): ComparedRow {
  const { own, other, ratioOfMedians, ratioOfBests, pairRatios } = summarizePairs(times);
  const figures = (build: "own" | "other", summary: typeof own): BuildFigures => ({
    median: inUnit(row, summary.median),
    best: inUnit(row, summary.best),
    samples: times.map((pair) => inUnit(row, pair[build])),
  });
  return {
    name: row.name,
    what: row.what,
    unit: row.unit,
    own: figures("own", own),
    other: figures("other", other),
    ratioOfMedians,
    ratioOfBests,
    pairRatios,
    atLeast: row.atLeast,
    met: ratioOfMedians >= row.atLeast,
  };
}

/* ---- For people ---- */

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

function figureText(value: number): string {
  return value < 100 ? value.toFixed(2) : value.toFixed(0);
}
