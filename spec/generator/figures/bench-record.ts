/** The committed record of the bench, which the plot of throughput is drawn of. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Machine } from "../../../src/cli/bench/machine.ts";
import type { BenchReport, MtuFigures } from "../../../src/cli/bench/report.ts";

export const BENCH_RECORD = "spec/figures/data/bench.json";

/** What the plot needs of a report. */
export type BenchRecord = Pick<BenchReport, "machine" | "byMtu">;

export function readBenchRecord(project: string): BenchRecord {
  const record: unknown = JSON.parse(readFileSync(join(project, BENCH_RECORD), "utf8"));
  if (!isRecord(record)) {
    throw new Error(`${BENCH_RECORD} is no report of the bench: record one with npm run -s bench -- --json`);
  }
  return record;
}

function isRecord(value: unknown): value is BenchRecord {
  const { machine, byMtu } = value as { readonly machine?: Partial<Machine>; readonly byMtu?: unknown };
  if (typeof machine?.processor !== "string" || !Array.isArray(byMtu)) return false;
  const rows: readonly Partial<MtuFigures>[] = byMtu;
  const ofVersion = (version: number): number =>
    rows.filter((row) => row.version === version && (row.mtu ?? 0) > 0 && (row.bytesPerSecond ?? 0) > 0).length;
  return ofVersion(2) > 1 && ofVersion(3) > 1;
}
