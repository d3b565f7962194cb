/** Accesses in pieces, traces that are cut, and streams without an end. */
import { describe, expect, test } from "@jest/globals";
import { Judge } from "../../../src/core/judge/judge.ts";
import { isRegisterRow, type TraceEntry } from "../../../src/core/trace/format.ts";
import { RUNS } from "../../mutation/battery/runs.ts";
import { judged, shortly } from "../../support/judging.ts";

function runNamed(name: string): (typeof RUNS)[number] {
  const run = RUNS.find((one) => one.name === name);
  if (run === undefined) throw new Error(`there is no run ${name}`);
  return run;
}

/** Every access to the window byte by byte. */
function torn(rows: readonly TraceEntry[]): readonly TraceEntry[] {
  return rows.flatMap((row): readonly TraceEntry[] => {
    if (row.op === "life" || isRegisterRow(row) || row.side === "lab") return [row];
    return row.value.match(/../g)!.map((value, at) => ({ ...row, offset: row.offset + at, len: 1, value }));
  });
}

/** Of every access to the window the first bytes alone. */
function cut(rows: readonly TraceEntry[], shown: number): readonly TraceEntry[] {
  return rows.map((row): TraceEntry => {
    if (row.op === "life" || isRegisterRow(row) || row.len <= shown) return row;
    return { ...row, value: row.value.slice(0, 2 * shown), cut: true };
  });
}

describe("a run of both sides", () => {
  const run = runNamed("pair/start/1-3/1-3");
  const rows = run.rows();
  const options = { windowBytes: run.windowBytes, depth: run.depth };

  test("has no finding as it is, byte by byte, and with what a recorder left out", () => {
    expect(judged(rows, options).findings.map(shortly)).toEqual([]);
    expect(judged(torn(rows), options).findings.map(shortly)).toEqual([]);
    expect(judged(cut(rows, 8), options).findings.map(shortly)).toEqual([]);
  });

  test("keeps as much of the binding in pieces as whole", () => {
    const kept = (of: readonly TraceEntry[]): readonly string[] =>
      judged(of, options)
        .standings.filter(({ state }) => state === "kept")
        .map(({ requirement, side }) => `${requirement} ${side}`);
    expect(kept(torn(rows))).toEqual(kept(rows));
    expect(kept(rows).length).toBeGreaterThan(40);
  });
});

describe("the memory of a judge", () => {
  test("does not grow with findings: each kind is kept once, and all are counted", () => {
    const judge = new Judge({ recorded: ["bmc"] });
    for (let turn = 0; turn < 5000; turn++) {
      judge.bmc.statusRead(0xc0, undefined);
      judge.bmc.dataWritten(0x40 + (turn % 64), undefined);
    }
    const { findings, breaks, accesses } = judge.verdict();
    expect(findings.map(shortly)).toEqual(["LPC-BMC-13 bmc wire byteInvented"]);
    expect(breaks).toBeGreaterThanOrEqual(5000);
    expect(accesses).toBe(10_000);
  });
});
