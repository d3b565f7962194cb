/**
 * Query Hop, command 0x0F: whether packets for an EID go through the bridge that is asked, where they go next, and how
 * large they may be. Asked of one bridge after the other it gives the transmission unit of a whole path.
 */
import { u16, type NumberField } from "../../../wire/field-table.ts";
import type { Eid } from "../../../wire/units.ts";
import { Control } from "../codec.ts";
import { describeCommand, type DescribedCommand } from "../data.ts";
import { eidField, messageTypeAsked } from "../fields.ts";

export interface QueryHopRequest {
  readonly target: Eid;
  readonly messageType: number;
}

export interface QueryHopResponse {
  /**
   * The next bridge on the way; the target itself where this bridge is the last; the null EID where the way does not
   * lead through this bridge, because the target is on the bus that the question came from or is the bridge itself.
   */
  readonly next: Eid;
  readonly messageType: number;
  /** Largest payload bytes of a packet that the bridge takes towards the target. See `transmissionUnit`. */
  readonly incomingUnit: number;
  readonly outgoingUnit: number;
}

const BASELINE_UNIT = 64;
const UNIT_STEP = 16;

/** On the wire a unit counts steps of 16 bytes above the baseline; one between two steps is cut down to the lower. */
const UNIT_STEPS = {
  read: (steps: number): number => BASELINE_UNIT + UNIT_STEP * steps,
  write: (unit: number): number => Math.min(0xffff, Math.max(0, Math.floor((unit - BASELINE_UNIT) / UNIT_STEP))),
};

/** The largest unit that Query Hop can tell, in payload bytes, up to `unit`. */
export function transmissionUnit(unit: number): number {
  return UNIT_STEPS.read(UNIT_STEPS.write(unit));
}

function unitField(name: string, key: string): NumberField {
  const meaning = (steps: number): string => `${String(UNIT_STEPS.read(steps))} bytes of payload`;
  return u16(name, { key, convert: UNIT_STEPS, meaning });
}

export const QueryHop: DescribedCommand<QueryHopRequest, QueryHopResponse> = describeCommand({
  code: Control.QUERY_HOP,
  name: "Query Hop",
  reference: "DSP0236, Query Hop",
  request: [eidField("target EID", { key: "target" }), messageTypeAsked],
  response: [
    eidField("next bridge EID", { key: "next" }),
    messageTypeAsked,
    unitField("incoming unit", "incomingUnit"),
    unitField("outgoing unit", "outgoingUnit"),
  ],
  line: {
    name: "query-hop",
    summary: "next bridge and packet sizes on the way",
    example: "9",
    by: "busOwner",
    defaults: { messageType: 0 },
  },
});
