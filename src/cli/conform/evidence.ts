/** The accesses behind a failure, as a ladder. */
import type { Evidence } from "../../conform/outcome.ts";
import { Ladder, type LadderLine } from "../../core/trace/ladder.ts";
import type { TraceEntry } from "../../core/trace/format.ts";

/** Lines of a ladder that are told, the last ones. */
const LINES_SHOWN = 16;
/** Milliseconds without an access that are told as a pause. */
export const PAUSE = 100;

/** The last lines up to the failure. */
export function evidenceLadder(
  { rows }: Evidence,
  width: number,
): { readonly header: string; readonly lines: readonly LadderLine[] } {
  const since = rows[0]?.t;
  const ladder = new Ladder({ width, pause: PAUSE, ...(since === undefined ? {} : { since }) });
  const lines = [...rows.flatMap((row) => [...ladder.push(row)]), ...ladder.end()];
  return { header: ladder.header, lines: lines.slice(-LINES_SHOWN) };
}

/** The last rows that a drawing shows. */
export function drawnRows({ rows }: Evidence): readonly TraceEntry[] {
  return rows.slice(-60);
}

/** Bytes as digits, and where in the window they lie. */
export function whereText(bytes: Uint8Array, offset: number | undefined): string {
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
  return offset === undefined ? digits : `0x${offset.toString(16)}: ${digits}`;
}
