/**
 * State figures, drawn from the tables that the code moves along: see state-layout.ts for where everything is.
 *
 * An edge that leads from many states to one, as a stop does, is told below the figure: as curves they hide the rest.
 */
import type { BmcPhase } from "../../../bmc/role/state.ts";
import { BMC_TRANSITIONS } from "../../../bmc/role/transitions.ts";
import type { HostPhaseName } from "../../../host/role/state.ts";
import { HOST_TRANSITIONS } from "../../../host/role/transitions.ts";
import type { TransitionTable } from "../../../src/core/binding/transitions.ts";
import { BUFFER_TRANSITIONS, type BufferState } from "../../../src/core/binding/transmit.ts";
import { coordinate, drawing, element, escapeXml, paint, type Markup } from "../../../src/core/drawing/svg.ts";
import type { Artefact } from "../artefact.ts";
import { LABEL_LINE, place, type Labelled, type Placed, type Point } from "./state-layout.ts";

export interface Edge {
  readonly from: string;
  readonly to: string;
  /** "H1.7", or several: "H2.15, B4.3". */
  readonly step: string;
  readonly when: string;
}

interface StateFigure {
  readonly name: string;
  readonly title: string;
  /** In the order in which they follow each other when all goes well, then the others. */
  readonly states: readonly string[];
  readonly edges: readonly Edge[];
}

const HOST_STATES: readonly HostPhaseName[] = [
  "awaitingBmc",
  "closing",
  "fencingClose",
  "opening",
  "fencingOpen",
  "judging",
  "active",
  "declining",
  "resting",
  "stopping",
  "stopped",
];
const BMC_STATES: readonly BmcPhase["name"][] = ["starting", "announcing", "inactive", "active", "stopped"];
const BUFFER_STATES: readonly BufferState[] = ["noSession", "idle", "beginPending", "outstanding"];

function edgesOf(table: TransitionTable<string>): readonly Edge[] {
  return Object.entries(table).flatMap(([step, { from, to, when }]) =>
    from.map((state) => ({ from: state, to, step, when })),
  );
}

export const STATE_FIGURES: readonly StateFigure[] = [
  { name: "states-host", title: "States of the host", states: HOST_STATES, edges: edgesOf(HOST_TRANSITIONS) },
  { name: "states-bmc", title: "States of the BMC", states: BMC_STATES, edges: edgesOf(BMC_TRANSITIONS) },
  {
    name: "states-buffer",
    title: "States of a packet buffer, as its sender has them",
    states: BUFFER_STATES,
    edges: BUFFER_TRANSITIONS.map(({ from, to, steps, when }) => ({ from, to, step: steps.join(", "), when })),
  },
];

/** From so many states on, an edge is told and not drawn. */
const MANY = 3;
const MARGIN = 14;
const LINE = 18;
/** Users of the drawing read it at the width of a page's column. */
const NARROWEST = 560;

/** The state in the words of the tables of clauses 7.3, 10 and 11: "awaitingBmc" is "awaiting BMC". */
export function wordsOf(state: string): string {
  if (state === "beginPending") return "Tx Begin pending";
  return state.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).replace(/\bbmc\b/, "BMC");
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

/** The edges to be drawn, those from the one state to the other as one; steps that agree stand together. */
function labelled(drawn: readonly Edge[]): readonly Labelled[] {
  return groups(drawn, ({ from, to }) => `${from}|${to}`).map((edges) => ({
    from: edges[0]!.from,
    to: edges[0]!.to,
    lines: (letters) =>
      groups(edges, ({ when }) => when).flatMap((same) =>
        wrap(`${same.map(({ step }) => step).join(", ")} ${same[0]!.when}`, letters, ""),
      ),
  }));
}

/* ---- Drawing ---- */

function pathOf([start, ...rest]: readonly Point[]): string {
  const text = ({ x, y }: Point): string => `${coordinate(x)} ${coordinate(y)}`;
  return start === undefined ? "" : `M ${text(start)} C ${rest.map(text).join(" ")}`;
}

function draw(placed: Placed, left: number): readonly Markup[] {
  const { boxes, curves } = placed;
  const shift = `translate(${coordinate(left)} ${coordinate(MARGIN)})`;
  const parts = [
    ...curves.flatMap(({ curve, head }) => [
      element("path", { d: pathOf(curve), fill: "none", stroke: paint("faint") }),
      element("polygon", {
        points: head.map(({ x, y }) => `${coordinate(x)},${coordinate(y)}`).join(" "),
        fill: paint("faint"),
      }),
    ]),
    ...curves.flatMap(({ label, lines }) =>
      lines.map((line, index) =>
        element(
          "text",
          {
            x: label.x,
            y: label.y + (index - (lines.length - 1) / 2) * LABEL_LINE + 4,
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
        fill: paint("panel"),
        stroke: paint("ink"),
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

async function stateFigure({ name, title, states: names, edges }: StateFigure): Promise<Artefact> {
  const sets = groups(edges, alike);
  const drawn = sets.filter((set) => set.length < MANY).flat();
  const told = sets.filter((set) => set.length >= MANY);
  const states = names.map((state) => ({ name: state, words: wordsOf(state) }));
  const placed = await place(states, labelled(drawn));
  const width = Math.max(NARROWEST, placed.width + 2 * MARGIN);
  const notes = told.flatMap((set) => wrap(fromMany(set), Math.floor(width / 6.6), "    "));
  const top = placed.height + 2 * MARGIN + 12;
  const height = notes.length === 0 ? placed.height + 2 * MARGIN : top + notes.length * LINE;
  const description = [
    `States: ${names.map(wordsOf).join(", ")}.`,
    ...drawn.map((edge) => `From ${wordsOf(edge.from)} to ${wordsOf(edge.to)}: ${labelOf(edge)}.`),
    ...told.map((set) => `${fromMany(set)}.`),
  ].join(" ");
  const body = [
    ...draw(placed, (width - placed.width) / 2),
    ...notes.map((line, index) =>
      element("text", { x: MARGIN, y: top + index * LINE, class: "label", "xml:space": "preserve" }, escapeXml(line)),
    ),
  ];
  const styles = [".mctp-lpc-drawing text.label { font-size: 12px; }"];
  return { path: `spec/figures/${name}.svg`, text: drawing({ title, description }, { width, height }, body, styles) };
}

export async function stateFigures(): Promise<readonly Artefact[]> {
  const figures: Artefact[] = [];
  for (const figure of STATE_FIGURES) figures.push(await stateFigure(figure));
  return figures;
}
