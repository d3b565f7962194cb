/**
 * Where the boxes, curves and labels of a state figure are. Graphviz places them for several widths of labels and
 * distances; taken is the smallest placing of those in which the least lies upon something else. Labels have the size that they may
 * come out with on a reader's machine: Graphviz itself reckons with narrower letters than most screens have.
 */
import { instance, type Viz } from "@viz-js/viz";
import { textWidth, type TextStyle } from "./placed-text.ts";

export interface Point {
  readonly x: number;
  readonly y: number;
}

interface Rectangle {
  readonly centre: Point;
  readonly width: number;
  readonly height: number;
}

/** An edge that is drawn, and its label in lines of at most so many letters. */
export interface Labelled {
  readonly from: string;
  readonly to: string;
  readonly lines: (letters: number) => readonly string[];
}

export interface Placed {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly (Rectangle & { readonly name: string })[];
  readonly curves: readonly {
    readonly from: string;
    readonly to: string;
    readonly curve: readonly Point[];
    readonly head: readonly Point[];
    readonly label: Point;
    readonly lines: readonly string[];
  }[];
}

interface State {
  readonly name: string;
  readonly words: string;
}

const LABEL: TextStyle = { classes: "label", size: 12, letter: 0.56 };
const BOX_FONT_SIZE = 13;
/** From line to line of a label. */
export const LABEL_LINE = 14.4;
/** Between a label and the curve beside it. */
const GAP = 5;
const POINTS_PER_INCH = 72;

/** Of the edges that lead on: the more, the straighter. */
const STRAIGHT = 8;
/** Inches from row to row of states. */
const ROW_DISTANCE = 0.3;

interface Spacing {
  readonly letters: number;
  /** Inches between what stands in a row. */
  readonly distance: number;
}

const SPACINGS: readonly Spacing[] = [13, 14, 15, 16, 17, 18, 19, 20].flatMap((letters) =>
  [0.15, 0.25, 0.35].map((distance) => ({ letters, distance })),
);

export async function place(states: readonly State[], edges: readonly Labelled[]): Promise<Placed> {
  const viz = await instance();
  let best: { readonly placed: Placed; readonly faults: number } | undefined;
  for (const spacing of SPACINGS) {
    const placed = placeWith(viz, states, edges, spacing);
    const faults = faultsOf(placed);
    if (
      best === undefined ||
      faults < best.faults ||
      (faults === best.faults && placed.width + placed.height < best.placed.width + best.placed.height)
    ) {
      best = { placed, faults };
    }
  }
  if (best === undefined) throw new Error("there is no spacing to place states with");
  return best.placed;
}

/* ---- Graphviz ---- */

/** Of what Graphviz answers, what is used here. */
interface Operation {
  readonly op: string;
  readonly points?: readonly (readonly [number, number])[];
}
interface Answer {
  readonly bb: string;
  readonly objects: readonly {
    readonly name: string;
    readonly pos: string;
    readonly width: string;
    readonly height: string;
  }[];
  readonly edges: readonly {
    /** None of an edge that is not drawn. */
    readonly id?: string;
    readonly lp: string;
    readonly _draw_: readonly Operation[];
    readonly _hdraw_: readonly Operation[];
  }[];
}

function placeWith(viz: Viz, states: readonly State[], edges: readonly Labelled[], spacing: Spacing): Placed {
  const { letters, distance } = spacing;
  const answer = viz.renderJSON({
    directed: true,
    strict: false,
    graphAttributes: { nodesep: distance, ranksep: ROW_DISTANCE },
    nodeAttributes: { shape: "box", fontsize: BOX_FONT_SIZE, fontname: "Helvetica", margin: "0.2,0.08" },
    nodes: states.map(({ name, words }) => ({ name, attributes: { label: words } })),
    edges: [
      ...edges.map(({ from, to, lines }, index) => ({
        tail: from,
        head: to,
        attributes: {
          id: String(index),
          label: { html: emptyLabel(lines(letters)) },
          weight: leadsOn(states, edges, index) ? STRAIGHT : 1,
        },
      })),
      ...hiddenEdges(states, edges),
    ],
  }) as Answer;
  const [, , width = 0, height = 0] = answer.bb.split(",").map(Number);
  const point = (x: number, y: number): Point => ({ x, y: height - y });
  const pointOf = (text: string): Point => {
    const [x = 0, y = 0] = text.split(",").map(Number);
    return point(x, y);
  };
  const pointsOf = (operations: readonly Operation[], op: string): readonly Point[] =>
    (operations.find((operation) => operation.op === op)?.points ?? []).map(([x, y]) => point(x, y));
  return {
    width,
    height,
    boxes: answer.objects.map((object) => ({
      name: object.name,
      centre: pointOf(object.pos),
      width: Number(object.width) * POINTS_PER_INCH,
      height: Number(object.height) * POINTS_PER_INCH,
    })),
    curves: answer.edges
      .filter(({ id }) => id !== undefined)
      .map((edge) => {
        const { from, to, lines } = edges[Number(edge.id)]!;
        return {
          from,
          to,
          curve: pointsOf(edge._draw_, "b"),
          head: pointsOf(edge._hdraw_, "P"),
          label: from === to ? besideLoop(pointOf(edge.lp)) : pointOf(edge.lp),
          lines: lines(letters),
        };
      }),
  };
}

/** The label of an edge to the state that it comes from: Graphviz has it touch the loop. */
function besideLoop({ x, y }: Point): Point {
  return { x: x + 2 * GAP, y };
}

/** Room for a label, without its text. */
function emptyLabel(lines: readonly string[]): string {
  const { width, height } = labelSize(lines);
  const size = `width="${String(Math.ceil(width + 2 * GAP))}" height="${String(Math.ceil(height))}"`;
  return `<table border="0" cellborder="0" cellpadding="0" cellspacing="0"><tr><td fixedsize="true" ${size}></td></tr></table>`;
}

function labelSize(lines: readonly string[]): { readonly width: number; readonly height: number } {
  return {
    width: Math.max(...lines.map((line) => textWidth(line, LABEL))),
    height: lines.length * LABEL_LINE,
  };
}

/** Whether an edge is the first of its state and leads further down the table: the way when all goes well. */
function leadsOn(states: readonly State[], edges: readonly Labelled[], index: number): boolean {
  const { from, to } = edges[index]!;
  const placeOf = (name: string): number => states.findIndex((state) => state.name === name);
  return edges.findIndex((edge) => edge.from === from) === index && placeOf(to) > placeOf(from);
}

/**
 * Edges that are not drawn, and push down the states that no drawn edge touches: at the top they would stand in the way.
 */
function hiddenEdges(
  states: readonly State[],
  edges: readonly Labelled[],
): readonly { tail: string; head: string; attributes: { style: "invis" } }[] {
  return states.flatMap(({ name }, index) => {
    const above = states[index - 1]?.name;
    const isLonely = edges.every(({ from, to }) => from !== name && to !== name);
    return above === undefined || !isLonely ? [] : [{ tail: above, head: name, attributes: { style: "invis" } }];
  });
}

/* ---- What lies upon what ---- */

const STEPS = 40;

/** How often a curve or a label lies upon a label, or upon a box where it has no business. */
function faultsOf({ width, boxes, curves }: Placed): number {
  const labels = curves.map(({ label, lines }) => ({ centre: label, ...labelSize(lines) }));
  const traces = curves.map(({ curve }) => pointsAlong(curve));
  const crossed = labels.flatMap((label) => traces.filter((trace) => trace.some((point) => isIn(point, label, 2))));
  const pierced = boxes.flatMap((box) =>
    curves.filter(
      ({ from, to }, index) =>
        from !== box.name && to !== box.name && traces[index]!.some((point) => isIn(point, box, GAP)),
    ),
  );
  const covered = labels.flatMap((label, index) =>
    [...boxes, ...labels.slice(index + 1)].filter((other) => overlap(label, other)),
  );
  const outside = labels.filter(({ centre, width: own }) => centre.x < own / 2 || centre.x + own / 2 > width);
  return crossed.length + pierced.length + covered.length + outside.length;
}

/** Points of a chain of cubic curves, close to each other. */
function pointsAlong(curve: readonly Point[]): readonly Point[] {
  const points: Point[] = [];
  for (let start = 0; start + 3 < curve.length; start += 3) {
    const corners = curve.slice(start, start + 4);
    for (let step = 0; step <= STEPS; step++) {
      const t = step / STEPS;
      const shares = [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t ** 2 * (1 - t), t ** 3];
      const sum = (value: (corner: Point) => number): number =>
        corners.reduce((total, corner, index) => total + shares[index]! * value(corner), 0);
      points.push({ x: sum(({ x }) => x), y: sum(({ y }) => y) });
    }
  }
  return points;
}

function isIn({ x, y }: Point, { centre, width, height }: Rectangle, margin: number): boolean {
  return Math.abs(x - centre.x) < width / 2 + margin && Math.abs(y - centre.y) < height / 2 + margin;
}

function overlap(one: Rectangle, other: Rectangle): boolean {
  const { width, height } = { width: one.width + other.width, height: one.height + other.height };
  return isIn(one.centre, { centre: other.centre, width, height }, 0);
}
