/**
 * The plot of payload throughput against MTU: what the LPC bus allows at best, by its model, and what the program does
 * in one process, by the recorded bench. Versions differ by stroke and marker, not by colour.
 */
import { scaleLog } from "d3-scale";
import { line } from "d3-shape";
import { coordinate, drawing, element, paint, type Markup } from "../../../src/core/drawing/svg.ts";
import type { Direction } from "../../../src/core/binding/side.ts";
import { BTU } from "../../../src/core/binding/layout.ts";
import type { Version } from "../../../src/core/binding/versions.ts";
import { payloadRate } from "../../../src/cli/bench/bus-model.ts";
import type { Machine } from "../../../src/cli/bench/machine.ts";
import type { Artefact } from "../artefact.ts";
import { rateText } from "../tables/markdown-table.ts";
import { readBenchRecord, type BenchRecord } from "./bench-record.ts";
import { DETAIL, LABEL, NAME, TEXT_STYLES, brokenInto, placedText, type TextStyle } from "./placed-text.ts";

const WIDTH = 560;
const PLOT = { left: 62, right: 540, top: 34, bottom: 366 } as const;
const LINE = 15;

interface Point {
  readonly mtu: number;
  readonly bytesPerSecond: number;
}

interface Series {
  readonly version: Version;
  readonly colour: string;
  /** Computed, so that a line says all; otherwise each point that was measured has its marker. */
  readonly isModel: boolean;
  readonly points: readonly Point[];
}

export function throughputFigures(project: string): readonly Artefact[] {
  return [{ path: "spec/figures/throughput.svg", text: throughputPlot(readBenchRecord(project)) }];
}

export function throughputPlot(record: BenchRecord): string {
  const software = ([2, 3] as const).map((version): Series => {
    const rows = record.byMtu.filter((row) => row.version === version);
    return {
      version,
      colour: paint("other"),
      isModel: false,
      points: rows.toSorted((one, other) => one.mtu - other.mtu),
    };
  });
  const largest = Math.max(...software.flatMap(({ points }) => points.map(({ mtu }) => mtu)));
  const mtus = modelledMtus(largest);
  const bus = (direction: Direction, colour: string): readonly Series[] =>
    ([1, 2, 3] as const).map((version) => ({
      version,
      colour,
      isModel: true,
      points: (version === 1 ? [BTU] : mtus).map((mtu) => ({
        mtu,
        bytesPerSecond: payloadRate(version, direction, mtu),
      })),
    }));
  const toBmc = bus("hostToBmc", paint("host"));
  const toHost = bus("bmcToHost", paint("bmc"));
  const axes = new Axes(largest, software);
  const body = [
    ...axes.drawn(),
    ...[...toHost, ...toBmc, ...software].flatMap((series) => axes.series(series)),
    ...labels(axes, { software, toBmc, toHost }),
  ];
  const caption = captionLines(record.machine);
  const height = PLOT.bottom + 44 + caption.length * LINE;
  body.push(
    ...caption.map((content, index) =>
      placedText(content, { x: PLOT.left, y: PLOT.bottom + 50 + index * LINE, style: DETAIL, room: WIDTH - PLOT.left }),
    ),
  );
  return drawing(
    {
      title: "Payload throughput by MTU",
      description: `Payload throughput against the MTU, both logarithmic. ${[
        ...toHost.map((series) => spoken(`LPC bus, BMC to host, version ${String(series.version)}`, series)),
        ...toBmc.map((series) => spoken(`LPC bus, host to BMC, version ${String(series.version)}`, series)),
        ...software.map((series) => spoken(`the program in one process, version ${String(series.version)}`, series)),
      ].join("; ")}. ${caption.join(" ")}`,
    },
    { width: WIDTH, height },
    body,
    TEXT_STYLES,
  );
}

/** From the baseline on by doubling, and the largest. */
function modelledMtus(largest: number): readonly number[] {
  const mtus: number[] = [];
  for (let mtu = BTU; mtu < largest; mtu *= 2) mtus.push(mtu);
  return [...mtus, largest];
}

function spoken(name: string, { points, isModel }: Series): string {
  const shown = isModel ? [...new Set([...points.slice(0, 1), ...points.slice(-1)])] : points;
  const values = shown.map(({ mtu, bytesPerSecond }) => `${rateText(bytesPerSecond)} at ${String(mtu)}`);
  return `${name}: ${values.join(", ")}`;
}

function captionLines({ processor, processors, node, date, load }: Machine): readonly string[] {
  const sentences = [
    "Bus: a model of LPC at 33 MHz without wait states, firmware reads of up to 128 bytes, writes of 4. A host that reads by 4 has the lower line both ways.",
    `Program: both sides in one process on ${processor}, ${String(processors)} processors, Node ${node.replace(/^v/, "")}, ${date}; messages of one packet; load of the machine ${String(load)} before.`,
  ];
  return sentences.flatMap((sentence) => brokenInto(PLOT.right - PLOT.left, sentence, DETAIL));
}

/* ---- Axes and lines ---- */

const RADIUS = 3.5;

class Axes {
  readonly x: (mtu: number) => number;
  readonly y: (bytesPerSecond: number) => number;
  readonly #mtuTicks: readonly number[];
  readonly #rateTicks: readonly number[];

  constructor(largestMtu: number, software: readonly Series[]) {
    const x = scaleLog([BTU, largestMtu], [PLOT.left + 12, PLOT.right - 8]).base(4);
    const most = Math.max(...software.flatMap(({ points }) => points.map(({ bytesPerSecond }) => bytesPerSecond)));
    const y = scaleLog([1e6, 10 ** Math.ceil(Math.log10(most))], [PLOT.bottom, PLOT.top]);
    this.x = x;
    this.y = y;
    this.#mtuTicks = x.ticks().filter((tick) => Number.isInteger(Math.log2(tick) / 2));
    this.#rateTicks = y.ticks().filter((tick) => Number.isInteger(Math.log10(tick)));
  }

  drawn(): readonly Markup[] {
    const right = PLOT.right;
    return [
      ...this.#rateTicks.flatMap((rate) => {
        const y = this.y(rate);
        return [
          element("line", { x1: PLOT.left, y1: y, x2: right, y2: y, stroke: paint("rule") }),
          placedText(rateTick(rate), { x: PLOT.left - 8, y: y + 4, style: LABEL, anchor: "end", room: PLOT.left - 8 }),
        ];
      }),
      ...this.#mtuTicks.flatMap((mtu) => {
        const x = this.x(mtu);
        return [
          element("line", { x1: x, y1: PLOT.bottom, x2: x, y2: PLOT.bottom + 5, stroke: paint("faint") }),
          placedText(mtuTick(mtu), { x, y: PLOT.bottom + 18, style: LABEL, anchor: "middle", room: 60 }),
        ];
      }),
      placedText("payload per second", { x: 8, y: PLOT.top - 16, style: DETAIL, room: 200 }),
      placedText("MTU in bytes", {
        x: right,
        y: PLOT.bottom + 32,
        style: DETAIL,
        anchor: "end",
        room: 200,
      }),
    ];
  }

  series({ version, colour, isModel, points }: Series): readonly Markup[] {
    const path = line<Point>()
      .x(({ mtu }) => this.x(mtu))
      .y(({ bytesPerSecond }) => this.y(bytesPerSecond))
      .digits(2);
    const stroke = element("path", {
      d: path(points) ?? undefined,
      fill: "none",
      stroke: colour,
      "stroke-width": 1.8,
      "stroke-dasharray": version === 2 ? "6 4" : undefined,
    });
    if (isModel && points.length > 1) return [stroke];
    return [stroke, ...points.map((point) => this.#marker(version, colour, point))];
  }

  /** A square for version 1, a ring for version 2, a disc for version 3. */
  #marker(version: Version, colour: string, { mtu, bytesPerSecond }: Point): Markup {
    const x = this.x(mtu);
    const y = this.y(bytesPerSecond);
    if (version === 1) {
      const half = RADIUS + 1.5;
      return element("rect", {
        x: x - half,
        y: y - half,
        width: 2 * half,
        height: 2 * half,
        fill: "none",
        stroke: colour,
      });
    }
    const fill = version === 2 ? paint("ground") : colour;
    return element("circle", { cx: x, cy: y, r: RADIUS, fill, stroke: colour, "stroke-width": 1.5 });
  }
}

function rateTick(rate: number): string {
  return rate >= 1e9 ? `${coordinate(rate / 1e9)} GB` : `${coordinate(rate / 1e6)} MB`;
}

function mtuTick(mtu: number): string {
  return mtu >= 1024 ? `${String(mtu / 1024)} Ki` : String(mtu);
}

/* ---- Labels beside the lines ---- */

interface Groups {
  readonly software: readonly Series[];
  readonly toBmc: readonly Series[];
  readonly toHost: readonly Series[];
}

function labels(axes: Axes, { software, toBmc, toHost }: Groups): readonly Markup[] {
  const beside = (
    content: string,
    { mtu, bytesPerSecond }: Point,
    shift: number,
    colour: string,
    anchor: "start" | "middle" | "end",
    style: TextStyle = NAME,
  ): Markup =>
    placedText(content, {
      x: axes.x(mtu),
      y: axes.y(bytesPerSecond) + shift,
      style,
      anchor,
      room: PLOT.right - PLOT.left,
      fill: colour,
    });
  const last = (series: readonly Series[], version: Version): Point =>
    pointOf(series, version, (points) => points.at(-1));
  const first = (series: readonly Series[], version: Version): Point => pointOf(series, version, ([point]) => point);
  const middle = (series: readonly Series[], version: Version): Point =>
    pointOf(series, version, (points) => points[Math.floor((points.length - 1) / 2)]);
  const limit = (series: readonly Series[]): string => rateText(last(series, 3).bytesPerSecond);
  return [
    beside("program, version 2", middle(software, 2), -14, paint("other"), "end"),
    beside("program, version 3", middle(software, 3), 24, paint("other"), "start"),
    beside(`LPC bus, BMC to host, versions 2 and 3: ${limit(toHost)}`, last(toHost, 3), -12, paint("bmc"), "end"),
    beside(`LPC bus, host to BMC, versions 2 and 3: ${limit(toBmc)}`, last(toBmc, 3), 22, paint("host"), "end"),
    beside("version 1", first(toBmc, 1), 24, paint("host"), "start"),
  ];
}

function pointOf(
  series: readonly Series[],
  version: Version,
  pick: (points: readonly Point[]) => Point | undefined,
): Point {
  const point = pick(series.find((candidate) => candidate.version === version)?.points ?? []);
  if (point === undefined) throw new Error(`there are no points of version ${String(version)}`);
  return point;
}
