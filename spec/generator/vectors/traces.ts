/** spec/vectors/traces: runs of both sides, access by access, so that either can be put in the recorded one's place. */
import type { Depth } from "../../../src/core/binding/kcs-word.ts";
import type { RoleName } from "../../../src/core/binding/side.ts";
import type { VersionRange } from "../../../src/core/binding/versions.ts";
import type { TraceRow, TraceSide } from "../../../src/core/trace/format.ts";
import type { Artefact } from "../artefact.ts";
import type { ScenarioPacket, SideOutcome } from "../scenarios/scenario.ts";
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
  readonly depth: Depth;
  readonly isStepped: boolean;
  readonly configuration: Readonly<Record<RoleName, TraceSideTerms>>;
  readonly rows: readonly TraceRow[];
  readonly marks: readonly TraceMark[];
  readonly packets: readonly ScenarioPacket[];
  /** Of a side that no program ran: undefined. */
  readonly outcome: Readonly<Record<RoleName, Pick<SideOutcome, "session" | "bindingCounters"> | undefined>>;
}

export function traceArtefacts(sources: readonly TraceSource[]): readonly Artefact[] {
  return sources.map(traceArtefact);
}

function traceArtefact(source: TraceSource): Artefact {
  const { name, title, description, windowBytes, depth, isStepped, configuration, rows, marks, packets } = source;
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
      depth:
        "host bytes that the path into the BMC holds beside IDR: 0, or 1, where it takes a byte out of IDR as soon as it holds none",
      stepped:
        "true: something acts between two accesses of one round of a side, which has to be carried out access by access",
      marks: "what no row shows, right before the row with this n: a side's program starts, ends, or what else happens",
      packets:
        "right before the row with this n, in their order: a packet that the layers above offer to the side for sending, or that the side delivers to them",
      outcome:
        "of the last life of each side: its session at the end, null for none, and what it has counted (LPC-ERR-4, LPC-TIME-3) under the reference implementation's names; null for a side that no program ran",
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
      depth,
      stepped: isStepped,
      host: termsJson(configuration.host),
      bmc: termsJson(configuration.bmc),
      marks: marks.map(({ before, side, what, text }) => ({ before, side, what, text })),
      packets: packets.map(({ before, side, what, bytes }) => ({ before, side, what, bytes })),
      rows: rowsJson(rows),
      outcome: { host: outcomeJson(source.outcome.host), bmc: outcomeJson(source.outcome.bmc) },
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

function outcomeJson(outcome: TraceSource["outcome"]["host"]): Json {
  if (outcome === undefined) return null;
  const { session, bindingCounters } = outcome;
  return {
    session: session === undefined ? null : { version: session.version, mtu: session.mtu },
    counted: bindingCounters,
  };
}
