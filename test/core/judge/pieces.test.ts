/** Accesses in pieces, traces that are cut, and streams without an end. */
import { describe, expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Judge } from "../../../src/core/judge/judge.ts";
import { decodeTrace, isRegisterRow, type TraceEntry } from "../../../src/core/trace/format.ts";
import { fromHex } from "../../../src/core/wire/bytes.ts";
import { crc32 } from "../../../src/core/wire/crc.ts";
import { RUNS } from "../../mutation/battery/runs.ts";
import { judged, shortly } from "../../support/judging.ts";

const INIT = join(__dirname, "../../vectors/bus/01-init-v3.jsonl");
const HOST_BUFFER = 332;

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

describe("a BMC alone, whose recorder keeps the first bytes of a packet", () => {
  test("the end of a message whose beginning was cut is no message without a beginning", () => {
    const decoded = decodeTrace(readFileSync(INIT, "utf8"));
    if (!decoded.ok) throw new Error("the recording cannot be read");
    const rows: TraceEntry[] = decoded.value.rows.filter(({ side }) => side === "bmc");
    const packets = [
      ["010809" + "89" + "7f".repeat(64), 8],
      ["010809" + "59" + "7f".repeat(10), 100],
    ] as const;
    for (const [packet, shown] of packets) rows.push(...received(packet, shown));
    const findings = (of: readonly TraceEntry[]): readonly string[] =>
      judged(of, { recorded: ["bmc"], windowBytes: 1 << 20 }).findings.map(shortly);
    expect(findings(rows)).toEqual([]);
    // Without the first packet it is one.
    expect(findings([...rows.slice(0, -12), ...rows.slice(-6)])).toEqual(["LPC-MCTP-6 host wire"]);
  });
});

/** What a BMC does with a packet of the host, of whose bytes the first are shown. */
function received(packet: string, shown: number): readonly TraceEntry[] {
  const trailer = crc32(fromHex(packet)!).toString(16).padStart(8, "0");
  const length = packet.length / 2;
  const frame = packet + trailer;
  const value = frame.slice(0, 2 * shown);
  const side = "bmc" as const;
  return [
    { n: 0, side, op: "kcs_read", reg: "STR", value: "c2" },
    { n: 0, side, op: "kcs_read", reg: "IDR", value: "01" },
    { n: 0, side, op: "lpc_read", offset: HOST_BUFFER, len: 4, value: length.toString(16).padStart(8, "0") },
    {
      n: 0,
      side,
      op: "lpc_read",
      offset: HOST_BUFFER + 4,
      len: length + 4,
      value,
      ...(value === frame ? {} : { cut: true }),
    },
    { n: 0, side, op: "kcs_read", reg: "STR", value: "c0" },
    { n: 0, side, op: "kcs_write", reg: "ODR", value: "02" },
  ];
}

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
