/**
 * The plot of payload throughput against MTU by the model of the LPC bus, with the limits that its cycles set. Colours
 * tell the directions, strokes the versions.
 */
import { scaleLinear, scaleLog } from "d3-scale";
import { line } from "d3-shape";
import { drawing, element, paint, type Colour, type Markup } from "../../../src/core/drawing/svg.ts";
import type { Direction } from "../../../src/core/binding/side.ts";
import { BTU } from "../../../src/core/binding/layout.ts";
import {
  DEPLOYED_READ,
  LARGEST_READ,
  efficiency,
  payloadRate,
  rateLimit,
  type BusOptions,
} from "../../../src/cli/bench/bus-model.ts";
import type { Version } from "../../../src/core/binding/versions.ts";
import type { Artefact } from "../artefact.ts";
import { rateText } from "../tables/markdown-table.ts";
import { SHOWN_MTUS } from "../tables/transports.ts";
import { DETAIL, LABEL, NAME, TEXT_STYLES, brokenInto, placedText, textWidth } from "./placed-text.ts";

const WIDTH = 560;
const PLOT = { left: 62, right: 540, top: 34, bottom: 330 } as const;
const LINE = 15;
const VERSIONS = [2, 3] as const;
/** Upper end of the scale and distance of its ticks, in bytes a second. */
const MOST = 17.5e6;
const TICK = 2.5e6;

interface Point {
  readonly mtu: number;
  readonly bytesPerSecond: number;
}

/** One direction with one size of cycles. */
interface Way {
  readonly name: string;
  readonly direction: Direction;
  readonly options: BusOptions;
  readonly colour: Colour;
}

const WAYS: readonly Way[] = [
  {
    name: `BMC to host, reads of up to ${String(LARGEST_READ)} bytes`,
    direction: "bmcToHost",
    options: { largestRead: LARGEST_READ },
    colour: "bmc",
  },
  {
    name: `Host to BMC, writes of ${String(DEPLOYED_READ)} bytes`,
    direction: "hostToBmc",
    options: {},
    colour: "host",
  },
];

/** Shares of the limit that the text names, with the least MTU that reaches each. */
const GOOD_SHARE = 0.9;

export function throughputFigures(): readonly Artefact[] {
  return [{ path: "spec/figures/throughput.svg", text: throughputPlot() }];
}

export function throughputPlot(): string {
  const largest = Math.max(...SHOWN_MTUS);
  const axes = new Axes(largest);
  const mtus = doubledMtus(largest);
  const notes = [
    "Stroke: version 3 solid, version 2 dashed. Dotted: the most that these cycles carry, whatever the packets.",
    ...WAYS.map((way) => shareNote(way, mtus)),
    `A host that reads by ${String(DEPLOYED_READ)} bytes has the lower curve both ways. Version 1 has one MTU, ${String(BTU)}, and the throughput of version 2 there.`,
    "Model: LPC at 33 MHz without wait states, no delay of either program.",
  ];
  const lines = notes.flatMap((sentence) => brokenInto(PLOT.right - PLOT.left, sentence, DETAIL));
  const body = [
    ...axes.drawn(),
    ...WAYS.flatMap((way) => drawnWay(axes, way, mtus)),
    ...lines.map((content, index) =>
      placedText(content, { x: PLOT.left, y: PLOT.bottom + 52 + index * LINE, style: DETAIL, room: WIDTH - PLOT.left }),
    ),
  ];
  return drawing(
    {
      title: "Payload throughput by MTU on the LPC bus",
      description: [
        "Payload throughput in megabytes a second against the MTU, which is logarithmic.",
        ...WAYS.map(
          (way) =>
            `${way.name}: ${VERSIONS.map((version) => spoken(version, way, largest)).join("; ")}; limit ${rateText(limitOf(way))}.`,
        ),
        ...notes,
      ].join(" "),
    },
    { width: WIDTH, height: PLOT.bottom + 46 + lines.length * LINE },
    body,
    TEXT_STYLES,
  );
}

/** From the baseline on by doubling, and the largest. */
function doubledMtus(largest: number): readonly number[] {
  const mtus: number[] = [];
  for (let mtu = BTU; mtu < largest; mtu *= 2) mtus.push(mtu);
  return [...mtus, largest];
}

function rateOf(version: Version, { direction, options }: Way, mtu: number): number {
  return payloadRate(version, direction, mtu, options);
}

function limitOf({ direction, options }: Way): number {
  return rateLimit(direction, options);
}

/** The least of the MTUs at which version 3 has a good share of the limit. */
function goodMtu({ direction, options }: Way, mtus: readonly number[]): number {
  const found = mtus.find((mtu) => efficiency(3, direction, mtu, options) >= GOOD_SHARE);
  if (found === undefined) throw new Error("no MTU reaches a good share of the limit");
  return found;
}

function shareNote(way: Way, mtus: readonly number[]): string {
  const share = Math.round(100 * efficiency(3, way.direction, BTU, way.options));
  return `${way.name}: ${String(share)} % of the limit at MTU ${String(BTU)}, ${String(100 * GOOD_SHARE)} % from MTU ${String(goodMtu(way, mtus))} on (ring).`;
}

function spoken(version: Version, way: Way, largest: number): string {
  const at = (mtu: number): string => `${rateText(rateOf(version, way, mtu))} at MTU ${String(mtu)}`;
  return `version ${String(version)} ${at(BTU)}, ${at(4096)}, ${at(largest)}`;
}

/* ---- Curves ---- */

function drawnWay(axes: Axes, way: Way, mtus: readonly number[]): readonly Markup[] {
  const colour = paint(way.colour);
  const path = line<Point>()
    .x(({ mtu }) => axes.x(mtu))
    .y(({ bytesPerSecond }) => axes.y(bytesPerSecond))
    .digits(2);
  const curves = VERSIONS.map((version) => {
    const points = mtus.map((mtu) => ({ mtu, bytesPerSecond: rateOf(version, way, mtu) }));
    return element("path", {
      d: path(points) ?? undefined,
      fill: "none",
      stroke: colour,
      "stroke-width": 1.8,
      "stroke-dasharray": version === 2 ? "6 4" : undefined,
    });
  });
  const limit = limitOf(way);
  const y = axes.y(limit);
  const good = goodMtu(way, mtus);
  const name = `${way.name}: limit ${rateText(limit)}`;
  return [
    element("line", { x1: PLOT.left, y1: y, x2: PLOT.right, y2: y, stroke: colour, "stroke-dasharray": "1.5 4" }),
    ...curves,
    element("circle", {
      cx: axes.x(good),
      cy: axes.y(rateOf(3, way, good)),
      r: 3.5,
      fill: paint("ground"),
      stroke: colour,
      "stroke-width": 1.5,
    }),
    placedText(name, {
      x: PLOT.right,
      y: y - 8,
      style: NAME,
      anchor: "end",
      room: PLOT.right - PLOT.left + textWidth(" ", NAME),
      fill: colour,
    }),
  ];
}

class Axes {
  readonly x: (mtu: number) => number;
  readonly y: (bytesPerSecond: number) => number;
  readonly #mtuTicks: readonly number[];

  constructor(largestMtu: number) {
    const x = scaleLog([BTU, largestMtu], [PLOT.left + 12, PLOT.right - 8]).base(4);
    this.x = x;
    this.y = scaleLinear([0, MOST], [PLOT.bottom, PLOT.top]);
    this.#mtuTicks = x.ticks().filter((tick) => Number.isInteger(Math.log2(tick) / 2));
  }

  drawn(): readonly Markup[] {
    const right = PLOT.right;
    const rates = Array.from({ length: Math.floor(MOST / TICK) + 1 }, (_, index) => index * TICK);
    return [
      ...rates.flatMap((rate) => {
        const y = this.y(rate);
        return [
          element("line", { x1: PLOT.left, y1: y, x2: right, y2: y, stroke: paint("rule") }),
          placedText(String(rate / 1e6), {
            x: PLOT.left - 8,
            y: y + 4,
            style: LABEL,
            anchor: "end",
            room: PLOT.left - 8,
          }),
        ];
      }),
      ...this.#mtuTicks.flatMap((mtu) => {
        const x = this.x(mtu);
        return [
          element("line", { x1: x, y1: PLOT.bottom, x2: x, y2: PLOT.bottom + 5, stroke: paint("faint") }),
          placedText(String(mtu), { x, y: PLOT.bottom + 18, style: LABEL, anchor: "middle", room: 60 }),
        ];
      }),
      placedText("payload in MB/s", { x: 8, y: PLOT.top - 16, style: DETAIL, room: 200 }),
      placedText("MTU in bytes", { x: right, y: PLOT.bottom + 34, style: DETAIL, anchor: "end", room: 200 }),
    ];
  }
}
