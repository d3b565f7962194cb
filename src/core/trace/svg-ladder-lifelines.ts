/**
 * The two lifelines of a drawn ladder. Each is a band that shows STR as its side knows it: the BMC by what it wrote,
 * the host by what it read last. Without a program that runs there is a dotted line.
 */
import type { RoleName } from "../binding/side.ts";
import { SESSION_BITS, Status } from "../binding/registers.ts";
import { element, type Markup } from "../drawing/svg.ts";
import type { LadderEvent } from "./ladder-events.ts";

/** What a side knows: nothing yet, or BMC Active and Channel Active of STR. */
export type BandState = "absent" | "unknown" | "down" | "active" | "session";

export const BAND_TEXT: Readonly<Record<BandState, string>> = {
  absent: "not running",
  unknown: "STR not known yet",
  down: "STR: down",
  active: "STR: BMC Active",
  session: "STR: BMC Active, Channel Active",
};

const BAND_WIDTH = 7;
export const HALF_BAND: number = BAND_WIDTH / 2;

export function bandState(status: number): BandState {
  const bits = status & SESSION_BITS;
  if (bits === SESSION_BITS) return "session";
  return (bits & Status.BMC_ACTIVE) === 0 ? "down" : "active";
}

/** The state that `side` is in behind an event, undefined where the event leaves it as it is. */
export function stateAfter(event: LadderEvent, side: RoleName): BandState | undefined {
  if (event.side !== side) return undefined;
  if (event.kind === "statusWritten" || event.kind === "statusSeen") return bandState(event.value);
  if (event.kind !== "mark") return undefined;
  if (event.what === "starts") return "unknown";
  return event.what === "ends" ? "absent" : undefined;
}

/** One lifeline: its states from the top down to where it is now. */
export class Lifeline {
  readonly #x: number;
  readonly #pieces: { readonly state: BandState; readonly top: number; readonly bottom: number }[] = [];
  #state: BandState;
  #top: number;

  constructor(x: number, state: BandState, top: number) {
    this.#x = x;
    this.#state = state;
    this.#top = top;
  }

  change(state: BandState, y: number): void {
    if (state === this.#state) return;
    if (y > this.#top) this.#pieces.push({ state: this.#state, top: this.#top, bottom: y });
    this.#state = state;
    this.#top = y;
  }

  /** The drawn line down to `bottom`. */
  draw(bottom: number): readonly Markup[] {
    return [...this.#pieces, { state: this.#state, top: this.#top, bottom }].map(({ state, top, bottom: end }) =>
      bandPiece(state, this.#x, top, end),
    );
  }

  /** The states that occur. */
  get states(): readonly BandState[] {
    return [...new Set([...this.#pieces.map(({ state }) => state), this.#state])];
  }
}

/** A piece of a lifeline round `x`; also what a legend shows. */
export function bandPiece(state: BandState, x: number, top: number, bottom: number): Markup {
  const height = bottom - top;
  const box = { x: x - HALF_BAND, y: top, width: BAND_WIDTH, height };
  switch (state) {
    case "absent":
      return element("line", { x1: x, y1: top, x2: x, y2: bottom, class: "ladder-absent" });
    case "unknown":
      return element("line", { x1: x, y1: top, x2: x, y2: bottom, class: "ladder-unknown" });
    case "down":
      return element("rect", { ...box, class: "ladder-down" });
    case "active":
      return element("rect", { ...box, class: "ladder-active" });
    case "session":
      return element("rect", { ...box, class: "ladder-session" });
  }
}

/** Selectors, each below the drawing's class, and their declarations. */
export const LIFELINE_STYLES: readonly (readonly [selectors: string, declarations: string])[] = [
  [".ladder-absent", "stroke: var(--rule); stroke-width: 1.5; stroke-dasharray: 1.5 4;"],
  [".ladder-unknown", "stroke: var(--faint); stroke-width: 1.5;"],
  [".ladder-down", "fill: var(--ground); stroke: var(--faint); stroke-width: 1; stroke-dasharray: 3 2;"],
  [".ladder-active", "fill: var(--rule); stroke: var(--faint); stroke-width: 1;"],
  [".ladder-session", "fill: var(--other); stroke: var(--other); stroke-width: 1;"],
];
