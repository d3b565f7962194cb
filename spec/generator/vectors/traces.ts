/** spec/vectors/traces: runs of both sides, access by access, so that either can be put in the recorded one's place. */
import type { RoleName } from "../../../src/core/binding/side.ts";
import type { VersionRange } from "../../../src/core/binding/versions.ts";
import type { TraceRow, TraceSide } from "../../../src/core/trace/format.ts";
import type { Artefact } from "../artefact.ts";
import { vectorArtefact, type Json } from "./vector-file.ts";

export interface TraceSideTerms {
  readonly eid: number;
  readonly versions: VersionRange;
  /** Payload bytes a packet may carry; undefined: no limit of its own. */
  readonly mtu: number | undefined;
  /** Its accesses were made by hand, as no program of this kind would. */
  readonly byHand: boolean;
}

/** What no row shows, right before the row with this index. */
export interface TraceMark {
  readonly before: number;
  readonly side: TraceSide;
  readonly what: "starts" | "ends" | "happens";
  readonly text: string;
}

/** A recorded run; what more a recording holds is its recorder's affair. */
export interface TraceSource {
  /** The file's name, without its ending. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly windowBytes: number;
  readonly configuration: Readonly<Record<RoleName, TraceSideTerms>>;
  readonly rows: readonly TraceRow[];
  readonly marks: readonly TraceMark[];
}

export function traceArtefacts(sources: readonly TraceSource[]): readonly Artefact[] {
  return sources.map(traceArtefact);
}

function traceArtefact({ name, title, description, windowBytes, configuration, rows, marks }: TraceSource): Artefact {
  return vectorArtefact({
    name: `traces/${name}`,
    schema: "trace",
    title,
    description,
    units: {
      windowBytes: "size of the window, which is zero before the first row; the registers are 0 then",
      mtu: "payload bytes of a packet that the side wants at most; null: no limit of its own",
      byHand:
        "of a side: no program ran it, and only the other one can be replaced; of a row: no program made this access",
      marks: "what no row shows, right before the row with this n: a side's program starts, ends, or what else happens",
      n: "running number of the access, from 0",
      t: "virtual time in nanoseconds",
      step: "the step of clause 10 or 11 that the access is",
      side: "who acts; lab: a change made from outside both",
      op: "kcs_read, kcs_write: of the register reg; lpc_read, lpc_write: of the window; poke: by the lab",
      "offset, len": "place in the window and bytes of it",
      value:
        "what was read or written, hexadecimal; for a write of STR the byte written, not what the register holds then",
    },
    use: "README.md, clause 3.",
    generator: "traces.ts",
    contents: {
      windowBytes,
      host: termsJson(configuration.host),
      bmc: termsJson(configuration.bmc),
      marks: marks.map(({ before, side, what, text }) => ({ before, side, what, text })),
      rows: rowsJson(rows),
    },
  });
}

/** A recorder that names steps leaves those accesses without one that were made by hand. */
function rowsJson(rows: readonly TraceRow[]): readonly Json[] {
  const namesSteps = rows.some(({ step }) => step !== undefined);
  return rows.map((row) => {
    const isByHand = namesSteps && row.step === undefined && row.side !== "lab";
    return isByHand ? { ...row, byHand: true } : { ...row };
  });
}

function termsJson({ eid, versions, mtu, byHand }: TraceSideTerms): Json {
  return { eid, min: versions.min, cur: versions.cur, mtu: mtu ?? null, byHand };
}
