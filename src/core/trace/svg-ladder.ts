/**
 * A trace as a drawing: the host's lifeline on the left, the BMC's on the right, bytes as arrows between them, what a
 * side does in the window beside its lifeline, and at the margin what the rows say was running. The same events as the
 * ladder for terminals, in the same words.
 */
import type { RoleName } from "../binding/side.ts";
import { DRAWING_CLASS, drawing, element, escapeXml, type Markup } from "../drawing/svg.ts";
import { textWidth } from "../drawing/text-width.ts";
import { unreachable } from "../wire/result.ts";
import type { TraceEntry, TraceTime } from "./format.ts";
import { isDrawn, type ByteEvent, type LadderEvent, type MarkEvent, type TakenEvent } from "./ladder-events.ts";
import { ladderPart, type LadderPart, type PartOptions } from "./ladder-part.ts";
import { ladderSentences, sentence, takenAtOnce } from "./ladder-sentences.ts";
import { byteName, digits, eventItems, markText, timeText } from "./ladder-words.ts";
import { BAND_TEXT, LIFELINE_STYLES, Lifeline, bandPiece, stateAfter, type BandState } from "./svg-ladder-lifelines.ts";
import {
  LADDER_WIDTH,
  LIFELINE_X,
  LINE_STYLES,
  TIME_MARGIN,
  across,
  arrow,
  arrowHead,
  lifeMark,
  note,
  stepLabel,
  taking,
  timeLabel,
  type DrawnLine,
  type Pieces,
} from "./svg-ladder-lines.ts";

export interface SvgLadderOptions extends PartOptions {
  readonly title: string;
  /** Stands before the sentences of the text alternative. */
  readonly description?: string | undefined;
  /** Lines have the seconds since this time at the margin; without it they tell no time. */
  readonly since?: TraceTime | undefined;
  /** What had happened where the drawing begins, if that is not the trace's beginning. */
  readonly lead?: string | undefined;
}

const SIDES: readonly RoleName[] = ["host", "bmc"];
const HEAD_HEIGHT = 34;
const FOOT_MARGIN = 14;
const LEGEND_LEADING = 20;
const LEGEND_FONT = 11;

/** The SVG document of a trace, or of a part of it. Rows must be in the order of their running numbers. */
export function svgLadder(rows: readonly TraceEntry[], options: SvgLadderOptions): Markup {
  return svgOfPart(ladderPart(rows, options), rows[0]?.n ?? 0, options);
}

/** The SVG document of what was interpreted before; `first` is the running number of the trace's first row. */
export function svgOfPart(part: LadderPart, first: number, options: SvgLadderOptions): Markup {
  const lead = leadItems(first, part, options);
  const columns = new Columns(part, options);
  if (lead.length > 0) columns.place(across(columns.y, lead, "pause"));
  for (const [index, event] of part.shown.entries()) columns.event(event, takenAtOnce(part.shown, index));
  const { body, height, width } = columns.finish();
  const sentences = [...lead.map(sentence), ...ladderSentences(part.shown)];
  const description = options.description === undefined ? sentences : [options.description, ...sentences];
  return drawing(
    { title: options.title, description: description.join(" ") },
    { width, height },
    body,
    [...LINE_STYLES, ...LIFELINE_STYLES].map(([selectors, declarations]) => `${scoped(selectors)} { ${declarations} }`),
  );
}

/** Selectors of this drawing's elements alone, should several stand in one page. */
function scoped(selectors: string): string {
  return selectors
    .split(", ")
    .map((selector) => `.${DRAWING_CLASS} ${selector}`)
    .join(", ");
}

/** What led to the part that is drawn, and which rows tell of it. */
function leadItems(first: number, { before, shown }: LadderPart, options: SvgLadderOptions): string[] {
  const lead = options.lead === undefined ? [] : [options.lead];
  const [next] = shown;
  if (before.length === 0 || next === undefined) return lead;
  return [...lead, `rows ${String(first)} to ${String(next.first - 1)} left out`];
}

/** What is drawn so far, from the top down. */
class Columns {
  readonly #body: Markup[] = [];
  readonly #lifelines: Readonly<Record<RoleName, Lifeline>>;
  readonly #since: TraceTime | undefined;
  #y = HEAD_HEIGHT;
  #hasHollow = false;

  constructor({ before, shown }: LadderPart, { marks = [], since }: SvgLadderOptions) {
    this.#since = since;
    const begin = (side: RoleName): Lifeline => {
      const first = shown.find((event) => event.side === side);
      const beginsWithStart = first?.kind === "mark" && first.what === "starts";
      const hasStart = beginsWithStart || marks.some((mark) => mark.side === side && mark.what === "starts");
      const states = before.flatMap((event) => stateAfter(event, side) ?? []);
      return new Lifeline(LIFELINE_X[side], states.at(-1) ?? (hasStart ? "absent" : "unknown"), HEAD_HEIGHT - 6);
    };
    this.#lifelines = { host: begin("host"), bmc: begin("bmc") };
    for (const side of SIDES) {
      const name = side === "host" ? "host" : "BMC";
      this.#body.push(
        element(
          "text",
          { x: LIFELINE_X[side], y: HEAD_HEIGHT - 14, "text-anchor": "middle", class: `ladder-name ladder-${side}` },
          escapeXml(name),
        ),
      );
    }
  }

  get y(): number {
    return this.#y;
  }

  place({ body, height }: DrawnLine): void {
    this.#body.push(...body);
    this.#y += height;
  }

  event(event: LadderEvent, taken: TakenEvent | undefined): void {
    const line = isDrawn(event) ? lineOf(this.#y, event, taken) : undefined;
    const y = this.#y + (line?.at ?? -2);
    for (const side of SIDES) {
      const state = stateAfter(event, side);
      if (state !== undefined) this.#lifelines[side].change(state, y);
    }
    if (line === undefined) return;
    if (event.kind === "byte") {
      this.#hasHollow ||= taken === undefined && event.side === event.from;
      if (taken !== undefined) this.#body.push(...stepLabel(y, taken.side, taken.steps));
    }
    if (event.side !== "lab") this.#body.push(...stepLabel(y, event.side, event.steps));
    if (event.t !== undefined && event.kind !== "pause" && this.#since !== undefined) {
      this.#body.push(timeLabel(y, timeText(event.t, this.#since)));
    }
    this.place(line);
  }

  /** Closes the lifelines and puts the legend under them. Times stand in a margin of their own. */
  finish(): { readonly body: readonly Markup[]; readonly height: number; readonly width: number } {
    const bottom = this.#y + 4;
    const lifelines = SIDES.flatMap((side) => this.#lifelines[side].draw(bottom));
    const legend = this.#legend(bottom + FOOT_MARGIN);
    const body = [...lifelines, ...this.#body, ...legend.body];
    if (this.#since === undefined) return { body, height: legend.bottom, width: LADDER_WIDTH };
    return {
      body: [element("g", { transform: `translate(${String(TIME_MARGIN)} 0)` }, ...body)],
      height: legend.bottom,
      width: TIME_MARGIN + LADDER_WIDTH,
    };
  }

  #legend(top: number): { readonly body: readonly Markup[]; readonly bottom: number } {
    const states = new Set(SIDES.flatMap((side) => this.#lifelines[side].states));
    const entries: { readonly symbol: (x: number, y: number) => Markup; readonly text: string }[] = [
      ...LEGEND_STATES.filter((state) => states.has(state)).map((state) => ({
        symbol: (x: number, y: number) => bandPiece(state, x, y - 7, y + 7),
        text: BAND_TEXT[state],
      })),
      ...(this.#hasHollow
        ? [
            {
              symbol: (x: number, y: number) => arrowHead(x + 4, y, "bmc", "ladder-head ladder-host ladder-hollow"),
              text: "not read at once",
            },
          ]
        : []),
    ];
    const body: Markup[] = [];
    const left = 20;
    let [x, y] = [left, top + 10];
    for (const { symbol, text } of entries) {
      const width = 12 + textWidth(text, LEGEND_FONT) + 18;
      if (x > left && x + width > LADDER_WIDTH) [x, y] = [left, y + LEGEND_LEADING];
      body.push(symbol(x, y), element("text", { x: x + 10, y: y + 4, class: "ladder-legend" }, escapeXml(text)));
      x += width;
    }
    return { body, bottom: y + 16 };
  }
}

const LEGEND_STATES: readonly BandState[] = ["absent", "unknown", "down", "active", "session"];

function lineOf(top: number, event: LadderEvent, taken: TakenEvent | undefined): DrawnLine {
  const items = eventItems(event);
  switch (event.kind) {
    case "byte": {
      const loss =
        event.overwrites === undefined
          ? undefined
          : `✕ overwrites unread ${digits(event.overwrites)} ${byteName(event.register, event.overwrites)}`;
      return arrow(top, event.from, bytePieces(event), loss, taken !== undefined || event.side !== event.from);
    }
    case "taken": {
      const before = event.isNew ? "takes " : "reads ";
      const after = event.isNew ? "" : ", not new";
      return taking(top, event.side, [[before, "faint"], ...bytePieces(event), [after, "faint"]]);
    }
    case "statusWritten":
      return note(top, event.side, items, "bold", `STR = ${digits(event.value)} `);
    case "statusSeen":
      return note(top, event.side, items, "plain", `sees STR = ${digits(event.value)} `);
    case "window":
      return note(top, event.side, items, "plain", `${event.verb} `);
    case "outside":
      return across(top, items, "outside");
    case "pause":
      return across(top, items, "pause");
    case "mark":
      return markLine(top, event);
    default:
      return unreachable(event);
  }
}

function markLine(top: number, event: MarkEvent): DrawnLine {
  if (event.side === "lab") return across(top, [event.text], "outside");
  if (event.what === "happens") return note(top, event.side, [markText(event)], "aside");
  return lifeMark(top, event.side, event.what, markText(event));
}

function bytePieces({ register, value, closing }: ByteEvent | TakenEvent): Pieces {
  return [
    [`${register} = ${digits(value)} `, "faint"],
    [byteName(register, value), "bold"],
    ...(closing ? ([[", closing", "plain"]] as const) : []),
  ];
}
