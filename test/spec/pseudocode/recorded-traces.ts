/** The recorded traces of spec/vectors, cut into the lives of their sides. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { RoleName } from "../../../src/core/binding/side.ts";
import type { TraceRow } from "../../../src/core/trace/format.ts";
import { readJson, VECTORS } from "../vector-files.ts";
import type { EitherConfig } from "./listings.ts";
import { TracePlayer, type RecordedLife } from "./trace-player.ts";
import type { Program } from "./syntax.ts";

interface Terms {
  readonly min: number;
  readonly cur: number;
  readonly mtu: number | null;
  readonly byHand: boolean;
}

/** The mark of a side that is asked to stop. */
const STOP = "is asked to stop";

interface Recorded {
  readonly windowBytes: number;
  readonly host: Terms;
  readonly bmc: Terms;
  readonly marks: readonly {
    readonly before: number;
    readonly side: string;
    readonly what: string;
    readonly text: string;
  }[];
  readonly rows: readonly (TraceRow & { readonly byHand?: boolean })[];
}

/** One side of one trace, which a program made. */
export interface TraceSide {
  readonly trace: string;
  readonly role: RoleName;
  readonly config: EitherConfig;
  readonly lives: readonly RecordedLife[];
}

export const TRACE_SIDES: readonly TraceSide[] = readdirSync(join(VECTORS, "traces"))
  .sort()
  .flatMap((file) => {
    const recorded = readJson(join(VECTORS, "traces", file)) as unknown as Recorded;
    return (["host", "bmc"] as const)
      .filter((role) => !recorded[role].byHand)
      .map((role) => {
        const { min, cur, mtu } = recorded[role];
        const config = { versions: { min, cur }, mtu: mtu ?? undefined, windowBytes: recorded.windowBytes };
        return { trace: file.replace(".json", ""), role, config, lives: livesOf(recorded, role) };
      });
  });

function livesOf({ marks, rows }: Recorded, role: RoleName): readonly RecordedLife[] {
  const own = marks.filter(({ side }) => side === role);
  const starts = own.filter(({ what }) => what === "starts").map(({ before }) => before);
  return starts.map((start, index) => {
    const next = starts[index + 1] ?? Number.POSITIVE_INFINITY;
    const end = own.find(({ what, before }) => what === "ends" && before > start && before <= next)?.before;
    const lived = rows.filter(
      ({ n, side, byHand }) => side === role && byHand !== true && n >= start && n < Math.min(end ?? next, next),
    );
    const stop = own.find(({ text, before }) => text === STOP && before >= start && before < next)?.before;
    return { rows: lived, isKilled: end !== undefined, ...(stop === undefined ? {} : { stopAskedBefore: stop }) };
  });
}

/** Plays a side's lives with a listing. Throws at the first access that is not the recorded one. */
export function playSide(program: Program, { role, config, lives }: TraceSide): number {
  for (const life of lives) new TracePlayer(program, role, config, life).play();
  return lives.reduce((sum, { rows }) => sum + rows.length, 0);
}
