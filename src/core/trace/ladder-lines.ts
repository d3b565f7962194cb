/**
 * How a line of the ladder is drawn: the host's lifeline on the left, the BMC's on the right, what passes over the KCS
 * registers and the window between them.
 *
 * The acting side has the text. An arrow from edge to edge is a byte on its way to the other side.
 */
import type { RoleName } from "../binding/side.ts";
import type { TraceSide } from "./format.ts";

export interface LadderLine {
  /** Who acts; for the caller that colours lines. */
  readonly side: TraceSide;
  /** Without colours and line end, at most as wide as asked for. */
  readonly text: string;
}

export const SMALLEST_LADDER_WIDTH = 60;

const HOST = "host";
const BMC = " BMC";
const LEFT_LINE = "  │ ";
const RIGHT_LINE = "  │ ";
const LEFT_KNOT = "  ├─";
const RIGHT_KNOT = "──┤ ";
const EDGES = HOST.length + BMC.length;
const SEPARATOR = " · ";

export class LadderLines {
  /** Characters between the two edges. */
  readonly #lane: number;

  constructor(width: number) {
    if (width < SMALLEST_LADDER_WIDTH) {
      throw new RangeError(`a ladder needs ${String(SMALLEST_LADDER_WIDTH)} columns, not ${String(width)}`);
    }
    this.#lane = width - EDGES;
  }

  /** What the columns are. */
  get header(): string {
    const title = "KCS registers and window";
    const before = Math.floor((this.#lane - title.length) / 2);
    return `${HOST}${" ".repeat(before)}${title}${" ".repeat(this.#lane - before - title.length)}${BMC}`;
  }

  /** A byte goes from one side to the other; `by` is whose access the trace shows. */
  arrow(from: RoleName, label: string, by: RoleName): LadderLine {
    const text = fit(label, this.#lane - 8);
    const shaft = "─".repeat(this.#lane - text.length - 6);
    return from === "host"
      ? { side: by, text: `${HOST} ── ${text} ${shaft}▶${BMC}` }
      : { side: by, text: `${HOST} ◀${shaft} ${text} ──${BMC}` };
  }

  /** A byte that was on its way for a while is taken. */
  taken(side: RoleName, label: string): LadderLine {
    const text = fit(label, this.#lane - 6);
    const space = " ".repeat(this.#lane - text.length - 5);
    return side === "host"
      ? { side, text: `${HOST} ◀── ${text}${space}${RIGHT_LINE}`.trimEnd() }
      : { side, text: `${LEFT_LINE}${space}${text} ──▶${BMC}` };
  }

  /** What a side does by itself, in as many lines as the items need. */
  note(side: RoleName, items: readonly string[]): readonly LadderLine[] {
    const room = this.#lane - 4;
    return wrap(items, room).map((text, index) => {
      const space = " ".repeat(room - text.length);
      if (side === "host") {
        const edge = index === 0 ? `${LEFT_KNOT}─ ` : `${LEFT_LINE}  `;
        return { side, text: `${edge}${text}${space}  ${RIGHT_LINE}`.trimEnd() };
      }
      const edge = index === 0 ? ` ─${RIGHT_KNOT}` : `  ${RIGHT_LINE}`;
      return { side, text: `${LEFT_LINE}  ${space}${text}${edge}`.trimEnd() };
    });
  }

  /** A change made from outside both sides. */
  outside(items: readonly string[]): readonly LadderLine[] {
    return wrap(items, this.#lane - 4).map((text) => {
      const before = Math.floor((this.#lane - text.length - 2) / 2);
      const after = this.#lane - text.length - 2 - before;
      return {
        side: "lab",
        text: `${LEFT_LINE}${"┄".repeat(before)} ${text} ${"┄".repeat(after)}${RIGHT_LINE}`.trimEnd(),
      };
    });
  }
}

function wrap(items: readonly string[], width: number): readonly string[] {
  const lines: string[] = [];
  for (const item of items) {
    const text = fit(item, width);
    const last = lines.at(-1);
    if (last !== undefined && last.length + SEPARATOR.length + text.length <= width) {
      lines[lines.length - 1] = `${last}${SEPARATOR}${text}`;
    } else lines.push(text);
  }
  return lines;
}

function fit(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}
