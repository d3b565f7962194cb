/**
 * State figures, drawn from the tables that the code moves along. Graphviz places boxes, curves and labels; what they
 * look like is the drawings' own.
 *
 * An edge that leads from many states to one, as a stop does, is told below the figure: as curves they hide the rest.
 */
import { instance } from "@viz-js/viz";
import { BMC_TRANSITIONS } from "../../../bmc/transitions.ts";
import { HOST_TRANSITIONS } from "../../../host/transitions.ts";
import type { Transition } from "../../../src/binding/transitions.ts";
import { BUFFER_TRANSITIONS } from "../../../src/binding/transmit.ts";
import { coordinate, drawing, element, escapeXml } from "../../../src/drawing/svg.ts";
import type { Artefact } from "../artefact.ts";

type Table = Readonly<Record<string, readonly Transition<string>[]>>;

interface StateFigure {
  readonly name: string;
  readonly title: string;
  readonly table: Table;
}

interface Edge extends Transition<string> {
  readonly from: string;
}

export const STATE_FIGURES: readonly StateFigure[] = [
  { name: "states-host", title: "States of the host", table: HOST_TRANSITIONS },
  { name: "states-bmc", title: "States of the BMC", table: BMC_TRANSITIONS },
  { name: "states-buffer", title: "States of a packet buffer, as its sender has them", table: BUFFER_TRANSITIONS },
];

/** From so many states on, an edge is told and not drawn. */
const MANY = 3;
const FONT_SIZE = 12;
const MARGIN = 14;
const LINE = 18;
const LABEL_LETTERS = 19;
const POINTS_PER_INCH = 72;
/** Users of the drawing read it at the width of a page's column. */
const NARROWEST = 560;

/** "awaitingBmc" as words: "awaiting BMC". */
function wordsOf(state: string): string {
  return state.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).replace(/\bbmc\b/, "BMC");
}

export function edgesOf(table: Table): readonly Edge[] {
  return Object.entries(table).flatMap(([from, edges]) => edges.map((edge) => ({ from, ...edge })));
}

/** Edges alike but for where they begin. */
function alike(edge: Edge): string {
  return [edge.to, edge.step, edge.when].join("|");
}

function groups(edges: readonly Edge[], key: (edge: Edge) => string): readonly (readonly Edge[])[] {
  const groupsByKey = new Map<string, Edge[]>();
  for (const edge of edges) groupsByKey.set(key(edge), [...(groupsByKey.get(key(edge)) ?? []), edge]);
  return [...groupsByKey.values()];
}

function labelOf({ step, when }: Edge): string {
  return `${step} ${when}`;
}

/** The labels of edges from the one state to the other, each broken into short lines; steps that agree stand together. */
function labelLines(edges: readonly Edge[]): readonly string[] {
  return groups(edges, ({ when }) => when).flatMap((same) =>
    wrap(`${same.map(({ step }) => step).join(", ")} ${same[0]!.when}`, LABEL_LETTERS, ""),
  );
}

/* ---- Placing ---- */

interface Point {
  readonly x: number;
  readonly y: number;
}

interface Placed {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly {
    readonly name: string;
    readonly centre: Point;
    readonly width: number;
    readonly height: number;
  }[];
  readonly curves: readonly {
    readonly curve: readonly Point[];
    readonly head: readonly Point[];
    readonly label: Point;
    readonly lines: readonly string[];
  }[];
}

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
    readonly lp: string;
    readonly label: string;
    readonly _draw_: readonly Operation[];
    readonly _hdraw_: readonly Operation[];
  }[];
}

async function place(table: Table, drawn: readonly Edge[]): Promise<Placed> {
  const viz = await instance();
  const states = Object.keys(table);
  const answer = viz.renderJSON({
    directed: true,
    strict: false,
    graphAttributes: { nodesep: 0.3, ranksep: 0.35 },
    nodeAttributes: { shape: "box", fontsize: FONT_SIZE + 1, fontname: "Helvetica", margin: "0.2,0.08" },
    edgeAttributes: { fontsize: FONT_SIZE, fontname: "Helvetica" },
    nodes: states.map((name) => ({ name, attributes: { label: wordsOf(name) } })),
    edges: groups(drawn, ({ from, to }) => `${from}|${to}`).map((edges) => ({
      tail: edges[0]!.from,
      head: edges[0]!.to,
      // Graphviz reckons with narrower letters than most screens have.
      attributes: {
        label: labelLines(edges)
          .map((line) => `${line}   `)
          .join("\n"),
        weight: isForward(states, edges[0]!) ? 8 : 1,
      },
    })),
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
    curves: answer.edges.map((edge) => ({
      curve: pointsOf(edge._draw_, "b"),
      head: pointsOf(edge._hdraw_, "P"),
      label: pointOf(edge.lp),
      lines: edge.label.split("\n").map((line) => line.trim()),
    })),
  };
}

/** Whether an edge leads on, to the state that follows in the table: those are kept straight. */
function isForward(states: readonly string[], { from, to }: Edge): boolean {
  return states.indexOf(to) === states.indexOf(from) + 1;
}

/* ---- Drawing ---- */

function pathOf([start, ...rest]: readonly Point[]): string {
  const text = ({ x, y }: Point): string => `${coordinate(x)} ${coordinate(y)}`;
  return start === undefined ? "" : `M ${text(start)} C ${rest.map(text).join(" ")}`;
}

function draw(placed: Placed, left: number): readonly string[] {
  const { boxes, curves } = placed;
  const shift = `translate(${coordinate(left)} ${coordinate(MARGIN)})`;
  const parts = [
    ...curves.flatMap(({ curve, head }) => [
      element("path", { d: pathOf(curve), fill: "none", stroke: "var(--faint)" }),
      element("polygon", {
        points: head.map(({ x, y }) => `${coordinate(x)},${coordinate(y)}`).join(" "),
        fill: "var(--faint)",
      }),
    ]),
    ...curves.flatMap(({ label, lines }) =>
      lines.map((line, index) =>
        element(
          "text",
          {
            x: label.x - 2,
            y: label.y + (index - (lines.length - 1) / 2) * (FONT_SIZE + 2.4) + 4,
            "text-anchor": "middle",
            class: "label",
          },
          escapeXml(line),
        ),
      ),
    ),
    ...boxes.flatMap(({ name, centre, width, height }) => [
      element("rect", {
        x: centre.x - width / 2,
        y: centre.y - height / 2,
        width,
        height,
        rx: 6,
        fill: "var(--panel)",
        stroke: "var(--ink)",
      }),
      element("text", { x: centre.x, y: centre.y + 4.5, "text-anchor": "middle" }, escapeXml(wordsOf(name))),
    ]),
  ];
  return [element("g", { transform: shift }, ...parts)];
}

function fromMany(edges: readonly Edge[]): string {
  const [first] = edges;
  return `${first!.step} ${first!.when}: from ${edges.map(({ from }) => wordsOf(from)).join(", ")} to ${wordsOf(first!.to)}`;
}

/** Breaks at a comma or space, so that a line has at most so many letters. */
function wrap(text: string, letters: number, indent: string): readonly string[] {
  const lines: string[] = [""];
  for (const word of text.split(" ")) {
    const last = lines.at(-1)!;
    if (last !== "" && last.length + word.length >= letters) lines.push(`${indent}${word}`);
    else lines[lines.length - 1] = last === "" ? word : `${last} ${word}`;
  }
  return lines;
}

async function stateFigure({ name, title, table }: StateFigure): Promise<Artefact> {
  const sets = groups(edgesOf(table), alike);
  const drawn = sets.filter((set) => set.length < MANY).flat();
  const told = sets.filter((set) => set.length >= MANY);
  const placed = await place(table, drawn);
  const width = Math.max(NARROWEST, placed.width + 2 * MARGIN);
  const notes = told.flatMap((set) => wrap(fromMany(set), Math.floor(width / 6.6), "    "));
  const top = placed.height + 2 * MARGIN + 12;
  const height = notes.length === 0 ? placed.height + 2 * MARGIN : top + notes.length * LINE;
  const description = [
    `States: ${Object.keys(table).map(wordsOf).join(", ")}.`,
    ...drawn.map((edge) => `From ${wordsOf(edge.from)} to ${wordsOf(edge.to)}: ${labelOf(edge)}.`),
    ...told.map((set) => `${fromMany(set)}.`),
  ].join(" ");
  const body = [
    ...draw(placed, (width - placed.width) / 2),
    ...notes.map((line, index) =>
      element("text", { x: MARGIN, y: top + index * LINE, class: "label", "xml:space": "preserve" }, escapeXml(line)),
    ),
  ];
  const styles = [
    // A line may pass behind a label.
    ".mctp-lpc-drawing text.label { font-size: 12px; paint-order: stroke; stroke: var(--ground); stroke-width: 4px; }",
  ];
  return { path: `spec/figures/${name}.svg`, text: drawing({ title, description }, { width, height }, body, styles) };
}

export async function stateFigures(): Promise<readonly Artefact[]> {
  const figures: Artefact[] = [];
  for (const figure of STATE_FIGURES) figures.push(await stateFigure(figure));
  return figures;
}
