/** What goes to the terminal: colours only where they are wanted, one place for progress that is drawn over. */
import { SMALLEST_LADDER_WIDTH } from "../core/trace/ladder-lines.ts";
import { isTerminal, terminalSize, writeText, type StreamName } from "../platform/standard-streams.ts";
import { ERASE_LINE, overdrawn } from "./styled.ts";

/** When lines are painted; auto: on a terminal, unless NO_COLOR is set. */
export const COLOR_MODES = ["auto", "always", "never"] as const;
export type ColorMode = (typeof COLOR_MODES)[number];

let colours: ColorMode = "auto";

/** What --color asks for, from now on. */
export function setColours(mode: ColorMode): void {
  colours = mode;
}

/** Whether lines on a stream are painted. */
export function hasColours(stream: StreamName): boolean {
  if (colours !== "auto") return colours === "always";
  return isTerminal(stream) && (process.env["NO_COLOR"] ?? "") === "";
}

/** Where output goes that is no terminal. */
const USUAL_WIDTH = 100;

/** Columns for a ladder and what is below it; very narrow terminals break the lines themselves. */
export function columnsOf(stream: StreamName): number {
  return Math.max(SMALLEST_LADDER_WIDTH, terminalSize(stream)?.columns ?? USUAL_WIDTH);
}

/** Of a progress line on the narrowest terminal. */
const LEAST_PROGRESS_WIDTH = 20;

/** A line that is drawn over as it changes; on a terminal alone. */
export class ProgressLine {
  readonly #stream: StreamName;
  #drawn = false;

  constructor(stream: StreamName) {
    this.#stream = stream;
  }

  update(text: string): void {
    if (!isTerminal(this.#stream)) return;
    const columns = terminalSize(this.#stream)?.columns ?? USUAL_WIDTH;
    writeText(this.#stream, overdrawn(text, Math.max(LEAST_PROGRESS_WIDTH, columns) - 1));
    this.#drawn = true;
  }

  /** Takes the line away, so that others may follow. */
  clear(): void {
    if (this.#drawn) writeText(this.#stream, ERASE_LINE);
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
