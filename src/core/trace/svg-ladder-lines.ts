/**
 * How each kind of line of a drawn ladder looks: an arrow for a byte, a tick with text for what a side does by itself.
 * Every function is given the top of its line and returns what is drawn and how high it is. Lengths are CSS pixels.
 */
import type { RoleName } from "../binding/side.ts";
import { element, escapeXml, together, type Markup } from "../drawing/svg.ts";
import { MONO_WIDTH, SEPARATOR, textWidth, wrapItems } from "../drawing/text-width.ts";
import { isFault } from "./describe.ts";
import { HALF_BAND } from "./svg-ladder-lifelines.ts";

export const LADDER_WIDTH = 680;
const HOST_X = 70;
/** Where the lifelines stand. */
export const LIFELINE_X: Readonly<Record<RoleName, number>> = { host: HOST_X, bmc: LADDER_WIDTH - HOST_X };

const FONT = 13;
const SMALL_FONT = 11;
const LEADING = 17;
/** Room between two lines of the ladder. */
const GAP = 9;
const TICK = 14;
const MIDDLE = LADDER_WIDTH / 2;
const LANE = LADDER_WIDTH - 2 * (HOST_X + HALF_BAND);
/** Text of a side stays on its side; a little over half is enough for two fields of the control region in a line. */
const NOTE_ROOM = 0.6 * LANE - TICK - 6;
const ACROSS_ROOM = LANE - 60;
const STEP_ROOM = HOST_X - HALF_BAND - 8;

export interface DrawnLine {
  readonly body: readonly Markup[];
  readonly height: number;
  /** From the line's top: where the lifelines change with it. */
  readonly at: number;
}

/** Text in pieces of different looks, each with a class or none. */
export type Pieces = readonly (readonly [text: string, look: "plain" | "faint" | "bold" | "loss" | "aside"])[];

function spans(pieces: Pieces): Markup {
  return together(
    ...pieces.map(([text, look]) =>
      look === "plain" ? escapeXml(text) : element("tspan", { class: `ladder-${look}` }, escapeXml(text)),
    ),
  );
}

function text(x: number, y: number, anchor: "start" | "middle" | "end", content: Markup, look?: string): Markup {
  return element(
    "text",
    {
      x,
      y,
      ...(anchor === "start" ? {} : { "text-anchor": anchor }),
      class: look,
      // Some renderers leave out a space at the end of a piece otherwise.
      ...(content.includes("<tspan") ? { "xml:space": "preserve" } : {}),
    },
    content,
  );
}

/** +1 where the lane is to the right of the lifeline, for the host. */
function inward(side: RoleName): 1 | -1 {
  return side === "host" ? 1 : -1;
}

function edgeOf(side: RoleName): number {
  return LIFELINE_X[side] + inward(side) * HALF_BAND;
}

/** A triangle whose tip is at `x`, pointing to `towards`. Hollow: the byte stands unread. */
export function arrowHead(x: number, y: number, towards: RoleName, look: string): Markup {
  const back = x + inward(towards) * 9;
  return element("path", {
    d: `M${String(x)} ${String(y)}L${String(back)} ${String(y - 4.5)}V${String(y + 4.5)}Z`,
    class: look,
  });
}

/* ---- Lines ---- */

/** A byte on its way from edge to edge, its name above the arrow and what it destroys below the name. */
export function arrow(top: number, from: RoleName, label: Pieces, loss: string | undefined, taken: boolean): DrawnLine {
  const to: RoleName = from === "host" ? "bmc" : "host";
  const lines = loss === undefined ? 1 : 2;
  const y = top + lines * LEADING + 3;
  const [start, tip] = [edgeOf(from), edgeOf(to) + inward(to) * 1.5];
  return {
    body: [
      text(MIDDLE, top + FONT, "middle", spans(label)),
      ...(loss === undefined ? [] : [text(MIDDLE, top + LEADING + FONT, "middle", spans([[loss, "loss"]]))]),
      element("line", { x1: start, y1: y, x2: tip + inward(to) * 8, y2: y, class: `ladder-shaft ladder-${from}` }),
      arrowHead(tip, y, to, `ladder-head ladder-${from}${taken ? "" : " ladder-hollow"}`),
    ],
    height: y - top + GAP + 4,
    at: y - top,
  };
}

/** A byte that stood in its register is taken. */
export function taking(top: number, side: RoleName, label: Pieces): DrawnLine {
  const y = top + LEADING / 2;
  const tip = edgeOf(side) + inward(side) * 1.5;
  const start = tip + inward(side) * (TICK + 8);
  const from = side === "host" ? "bmc" : "host";
  return {
    body: [
      element("line", { x1: start, y1: y, x2: tip + inward(side) * 8, y2: y, class: `ladder-shaft ladder-${from}` }),
      arrowHead(tip, y, side, `ladder-head ladder-${from}`),
      text(start + inward(side) * 6, top + FONT, side === "host" ? "start" : "end", spans(label)),
    ],
    height: LEADING + GAP,
    at: y - top,
  };
}

/** What a side does by itself; `verb` begins the first item and is drawn fainter. An aside is no access: no tick. */
export function note(
  top: number,
  side: RoleName,
  items: readonly string[],
  look: "plain" | "bold" | "loss" | "aside",
  verb = "",
): DrawnLine {
  const lines = wrapItems(items.map(withArrows), NOTE_ROOM, (line) =>
    textWidth(line, FONT, look === "bold" ? "bold" : "regular"),
  );
  const y = top + LEADING / 2;
  const [edge, end] = [edgeOf(side), edgeOf(side) + inward(side) * TICK];
  const x = end + inward(side) * 6;
  const anchor = side === "host" ? "start" : "end";
  const tick = element("line", { x1: edge, y1: y, x2: end, y2: y, class: `ladder-tick ladder-${side}` });
  return {
    body: [
      ...(look === "aside" ? [] : [tick]),
      ...lines.map((line, index) => {
        const faint = index === 0 && line.startsWith(verb) ? verb : "";
        const pieces: Pieces = [[faint, "faint"], ...itemPieces(line.slice(faint.length), look)];
        return text(x, top + FONT + index * LEADING, anchor, spans(pieces.filter(([piece]) => piece !== "")));
      }),
    ],
    height: lines.length * LEADING + GAP,
    at: y - top,
  };
}

/** The items of a line, faults in their own look. */
function itemPieces(line: string, look: Pieces[number][1]): Pieces {
  return line
    .split(SEPARATOR)
    .map((item, index) => [`${index === 0 ? "" : SEPARATOR}${item}`, isFault(item) ? "loss" : look]);
}

/** Terminals show "9 -> 8". */
function withArrows(item: string): string {
  return item.replaceAll(" -> ", " → ");
}

/** Something across both lifelines: a change from outside, time that passes, what was left out. */
export function across(top: number, items: readonly string[], look: "outside" | "pause"): DrawnLine {
  const lines = wrapItems(items, ACROSS_ROOM, (line) => textWidth(line, FONT));
  const y = top + (lines.length * LEADING) / 2;
  const half = Math.max(...lines.map((line) => textWidth(line, FONT))) / 2 + 8;
  const [left, right] = [edgeOf("host") + 6, edgeOf("bmc") - 6];
  const rule = (x1: number, x2: number): Markup =>
    element("line", { x1, y1: y, x2, y2: y, class: `ladder-rule ladder-${look}-rule` });
  return {
    body: [
      rule(left, Math.max(left, MIDDLE - half)),
      rule(Math.min(right, MIDDLE + half), right),
      ...lines.map((line, index) =>
        text(MIDDLE, top + FONT + index * LEADING, "middle", escapeXml(line), `ladder-${look}`),
      ),
    ],
    height: lines.length * LEADING + GAP,
    at: y - top,
  };
}

/** A side's program begins (a dot) or ends (a cross) on its lifeline. */
export function lifeMark(top: number, side: RoleName, what: "starts" | "ends", label: string): DrawnLine {
  const { body, height, at } = note(top, side, [label], "aside");
  const [x, y, r] = [LIFELINE_X[side], top + at, 5];
  const shape =
    what === "starts"
      ? element("circle", { cx: x, cy: y, r, class: `ladder-head ladder-${side}` })
      : element("path", {
          d: `M${String(x - r)} ${String(y - r)}l${String(2 * r)} ${String(2 * r)}m${String(-2 * r)} 0l${String(2 * r)} ${String(-2 * r)}`,
          class: "ladder-cross",
        });
  return { body: [...body, shape], height, at };
}

/** The step beside a lifeline, outside the lane. */
export function stepLabel(y: number, side: RoleName, steps: readonly string[]): readonly Markup[] {
  const whole = stepsText(steps);
  if (whole === "") return [];
  const most = Math.floor(STEP_ROOM / (SMALL_FONT * MONO_WIDTH));
  const shown = whole.length <= most ? whole : `${whole.slice(0, most - 1)}…`;
  const x = LIFELINE_X[side] - inward(side) * (HALF_BAND + 6);
  return [text(x, y + 4, side === "host" ? "end" : "start", escapeXml(shown), "mono ladder-step")];
}

/** Room for times left of the drawing. */
export const TIME_MARGIN = 92;

/** A time in the margin, right-aligned so that its digits stand under each other. */
export function timeLabel(y: number, time: string): Markup {
  return text(-8, y + 4, "end", escapeXml(time), "mono ladder-step");
}

/** "B3.2"; of several, which stand in the order of their tables, "B3.3–4". */
function stepsText(steps: readonly string[]): string {
  const [first = "", last = ""] = [steps[0], steps.at(-1)];
  if (first === last) return first;
  const common = first.slice(0, first.lastIndexOf(".") + 1);
  return `${first}–${common !== "" && last.startsWith(common) ? last.slice(common.length) : last}`;
}

/** Selectors, each below the drawing's class, and their declarations. */
export const LINE_STYLES: readonly (readonly [selectors: string, declarations: string])[] = [
  [".ladder-shaft", "stroke-width: 1.5;"],
  [".ladder-tick", "stroke-width: 2;"],
  ["line.ladder-host, path.ladder-host", "stroke: var(--host);"],
  ["line.ladder-bmc, path.ladder-bmc", "stroke: var(--bmc);"],
  [".ladder-head.ladder-host", "fill: var(--host);"],
  [".ladder-head.ladder-bmc", "fill: var(--bmc);"],
  [".ladder-head.ladder-hollow", "fill: var(--ground);"],
  [".ladder-cross", "stroke: var(--fault); stroke-width: 2.5; fill: none;"],
  [".ladder-rule", "stroke-dasharray: 4 4;"],
  [".ladder-outside-rule", "stroke: var(--fault);"],
  [".ladder-pause-rule", "stroke: var(--rule);"],
  ["text.ladder-outside, tspan.ladder-loss", "fill: var(--fault);"],
  ["text.ladder-pause, tspan.ladder-faint", "fill: var(--faint);"],
  ["text.ladder-legend", "font-size: 11px; fill: var(--faint);"],
  ["text.ladder-step", "font-size: 11px; fill: var(--faint);"],
  ["tspan.ladder-bold, text.ladder-name", "font-weight: 600;"],
  ["tspan.ladder-aside", "font-style: italic;"],
  ["text.ladder-name.ladder-host", "fill: var(--host);"],
  ["text.ladder-name.ladder-bmc", "fill: var(--bmc);"],
];
