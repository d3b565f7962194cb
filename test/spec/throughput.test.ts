/** The plot of throughput: drawn of the committed record and the model, each point at its place. */
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { BENCH_RECORD, readBenchRecord, type BenchRecord } from "../../spec/generator/figures/bench-record.ts";
import { throughputFigures, throughputPlot } from "../../spec/generator/figures/throughput.ts";
import { payloadRate } from "../../src/cli/bench/bus-model.ts";
import { machineText } from "../../src/cli/bench/machine.ts";
import { PROJECT } from "../project/requirements.ts";
import { textsOf, theText } from "./svg-texts.ts";

const row = {
  messageBytes: 0,
  direction: "hostToBmc",
  messagesPerSecond: 1,
  packetsPerSecond: 1,
  busPercent: 1,
} as const;

/** A record with round figures: version 2 at 100 MB/s and 1 GB/s, version 3 at 10 MB/s and 1 GB/s. */
const RECORD: BenchRecord = {
  machine: {
    processor: "A <fast> one",
    processors: 2,
    system: "Linux 6 x64",
    node: "v20.20.2",
    date: "2026-11-24",
    load: 0.25,
  },
  byMtu: [
    { ...row, version: 3, mtu: 65_536, bytesPerSecond: 1e9 },
    { ...row, version: 2, mtu: 64, bytesPerSecond: 1e8 },
    { ...row, version: 2, mtu: 65_536, bytesPerSecond: 1e9 },
    { ...row, version: 3, mtu: 64, bytesPerSecond: 1e7 },
  ],
};

/** Where a value of each axis stands, told from two of its labels. */
function placesOf(svg: string): { readonly x: (mtu: number) => number; readonly y: (rate: number) => number } {
  const texts = textsOf(svg);
  const at = (low: readonly [number, number], high: readonly [number, number], value: number): number =>
    low[1] + ((high[1] - low[1]) * Math.log(value / low[0])) / Math.log(high[0] / low[0]);
  const [left, right] = [theText(texts, "64"), theText(texts, "4 Ki")];
  const [bottom, top] = [theText(texts, "10 MB"), theText(texts, "1 GB")];
  // A label's baseline stands 4 below its line.
  return {
    x: (mtu) => at([64, left.x], [4096, right.x], mtu),
    y: (rate) => at([1e7, bottom.y - 4], [1e9, top.y - 4], rate),
  };
}

interface Marker {
  readonly x: number;
  readonly y: number;
  readonly isFilled: boolean;
}

function markersOf(svg: string): readonly Marker[] {
  return [...svg.matchAll(/<circle cx="([^"]+)" cy="([^"]+)"[^>]*fill="([^"]+)"/g)].map(([, x, y, fill]) => ({
    x: Number(x),
    y: Number(y),
    isFilled: fill !== "var(--ground)",
  }));
}

/** The points of every line with this colour. */
function linesOf(svg: string, colour: string): readonly (readonly (readonly [x: number, y: number])[])[] {
  const paths = [...svg.matchAll(/<path d="(M[^"]*)"[^>]*stroke="([^"]+)"/g)].filter(
    ([, , stroke]) => stroke === colour,
  );
  return paths.map(([, d = ""]) => [...d.matchAll(/[ML]([\d.]+),([\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]));
}

test("the committed plot is what the record and the model give", () => {
  for (const { path, text } of throughputFigures(PROJECT)) {
    expect({ path, isCurrent: readFileSync(join(PROJECT, path), "utf8") === text }).toEqual({ path, isCurrent: true });
  }
});

test("every figure of the record stands at its place, versions by their markers", () => {
  const svg = throughputPlot(RECORD);
  const { x, y } = placesOf(svg);
  const markers = markersOf(svg);
  expect(markers).toHaveLength(RECORD.byMtu.length);
  for (const { version, mtu, bytesPerSecond } of RECORD.byMtu) {
    const found = markers.filter(
      (marker) => Math.abs(marker.x - x(mtu)) < 0.1 && Math.abs(marker.y - y(bytesPerSecond)) < 0.1,
    );
    expect({ version, mtu, drawn: found.some(({ isFilled }) => isFilled === (version === 3)) }).toEqual({
      version,
      mtu,
      drawn: true,
    });
  }
});

test.each([
  ["hostToBmc", "var(--host)"],
  ["bmcToHost", "var(--bmc)"],
] as const)("the bus's lines %s run where the model has them", (direction, colour) => {
  const svg = throughputPlot(RECORD);
  const { x, y } = placesOf(svg);
  const [second, third, ...others] = linesOf(svg, colour).filter((points) => points.length > 1);
  expect(others).toEqual([]);
  for (const [version, points] of [
    [2, second],
    [3, third],
  ] as const) {
    const wanted = [64, 1024, 65_536].map((mtu) => [x(mtu), y(payloadRate(version, direction, mtu))] as const);
    const missing = wanted.filter(
      ([atX, atY]) => points?.some(([px, py]) => Math.abs(px - atX) < 0.1 && Math.abs(py - atY) < 0.1) !== true,
    );
    expect({ version, missing }).toEqual({ version, missing: [] });
  }
});

test("the plot says which machine the figures are from, and its text alternative gives them", () => {
  const svg = throughputPlot(RECORD);
  const shown = textsOf(svg)
    .map(({ content }) => content)
    .join(" ");
  expect(shown).toContain("A <fast> one, 2 processors, Node 20.20.2, 2026-11-24");
  expect(shown).toContain("load of the machine 0.25 before");
  const [, description = ""] = /<desc>([^<]*)<\/desc>/.exec(svg) ?? [];
  expect(description).toContain("the program in one process, version 3: 10.0 MB/s at 64, 1000 MB/s at 65536");
  expect(description).toContain("LPC bus, host to BMC, version 1: 4.53 MB/s at 64");
  expect(machineText(RECORD.machine)).toBe(
    "A <fast> one, 2 processors, Linux 6 x64, Node 20.20.2, 2026-11-24, load 0.25 before",
  );
});

describe("the record", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "mctp-lpc-record-"));
    mkdirSync(dirname(join(folder, BENCH_RECORD)), { recursive: true });
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  test.each([
    ["no machine", { byMtu: RECORD.byMtu }],
    ["no figures by MTU", { machine: RECORD.machine }],
    ["no figures of version 3", { ...RECORD, byMtu: RECORD.byMtu.filter(({ version }) => version === 2) }],
    ["a rate of 0", { ...RECORD, byMtu: RECORD.byMtu.map((figures) => ({ ...figures, bytesPerSecond: 0 })) }],
  ])("with %s is refused, with the command that makes one", (_what, record) => {
    writeFileSync(join(folder, BENCH_RECORD), JSON.stringify(record));
    expect(() => readBenchRecord(folder)).toThrow("npm run -s bench -- --json");
  });
});
