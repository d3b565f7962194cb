/** What goes to the terminal: colours only where they are wanted, one place for progress that is drawn over. */
import picocolors from "picocolors";
import { unreachable } from "../core/wire/result.ts";
import type { TraceSide } from "../core/trace/format.ts";
import { SMALLEST_LADDER_WIDTH } from "../core/trace/ladder-lines.ts";
import type { Painter } from "./spec/pieces.ts";

export type Colours = ReturnType<typeof picocolors.createColors>;

/** Whether a stream understands escape sequences: a terminal, and no dumb one. */
export function isTerminal(stream: NodeJS.WriteStream): boolean {
  // On a pipe isTTY is not false but missing.
  return stream.isTTY ? process.env["TERM"] !== "dumb" : false;
}

/** Colours for a stream: none without a terminal or under NO_COLOR. */
export function coloursFor(stream: NodeJS.WriteStream): Colours {
  return picocolors.createColors(isTerminal(stream) && (process.env["NO_COLOR"] ?? "") === "");
}

/** How the styles of texts look in colours. */
export function painterOf(colours: Colours): Painter {
  return {
    plain: (text) => text,
    bold: colours.bold,
    italic: colours.italic,
    code: colours.cyan,
    faint: colours.dim,
  };
}

/** Where output goes that is no terminal. */
const USUAL_WIDTH = 100;

/** Columns for a ladder and what is below it; very narrow terminals break the lines themselves. */
export function columnsOf({ isTTY, columns }: NodeJS.WriteStream): number {
  // A terminal that was never told its size has none, though it is one.
  return Math.max(SMALLEST_LADDER_WIDTH, isTTY && columns > 0 ? columns : USUAL_WIDTH);
}

/** The colour of what a side does. */
export function sidePaint(colours: Colours, side: TraceSide): (text: string) => string {
  switch (side) {
    case "host":
      return colours.cyan;
    case "bmc":
      return colours.yellow;
    case "lab":
      return colours.dim;
    default:
      return unreachable(side);
  }
}

/** A line that is drawn over as it changes; on a terminal alone. */
export class ProgressLine {
  readonly #stream: NodeJS.WriteStream;
  #drawn = false;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  update(text: string): void {
    if (!isTerminal(this.#stream)) return;
    this.#stream.write(`\r\u001b[2K${text.slice(0, Math.max(20, this.#stream.columns) - 1)}`);
    this.#drawn = true;
  }

  /** Takes the line away, so that others may follow. */
  clear(): void {
    if (this.#drawn) this.#stream.write("\r\u001b[2K");
    this.#drawn = false;
  }
}

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** "8", "8 to 12" */
export function eidsText(first: number, last: number): string {
  return first === last ? String(first) : `${String(first)} to ${String(last)}`;
}

/** "1 packet", "2 packets", "2 accesses" */
export function amountText(count: number, what: string): string {
  return `${String(count)} ${what}${count === 1 ? "" : what.endsWith("s") ? "es" : "s"}`;
}

/** "0x0a" */
export function hexByte(value: number): string {
  return `0x${value.toString(16).padStart(2, "0")}`;
}

/** "1.5 MiB" */
export function byteText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? String(value) : value.toFixed(value < 10 ? 2 : 1)} ${UNITS[unit] ?? ""}`;
}

/** "12.3 MB/s": decimal, as buses are measured. */
export function rateText(bytes: number, milliseconds: number): string {
  const rate = bytes / Math.max(milliseconds, 0.001) / 1000;
  return rate >= 1000 ? `${(rate / 1000).toFixed(2)} GB/s` : `${rate.toFixed(rate < 10 ? 2 : 1)} MB/s`;
}

/** "85 us", "1.24 ms", "3.1 s" */
export function timeText(microseconds: number): string {
  if (microseconds < 1000) return `${microseconds.toFixed(microseconds < 10 ? 1 : 0)} us`;
  if (microseconds < 1_000_000) return `${(microseconds / 1000).toFixed(2)} ms`;
  return `${(microseconds / 1_000_000).toFixed(1)} s`;
}
