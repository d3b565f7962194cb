/**
 * Query Hop, command 0x0F: whether packets for an EID go through the bridge that is asked, where they go next, and how
 * large they may be. Asked of one bridge after the other it gives the transmission unit of a whole path.
 */
import { readU16be, writeU16be } from "../../wire/bytes.ts";
import { ok } from "../../wire/result.ts";
import { eid, type Eid } from "../../wire/units.ts";
import { Control } from "./codec.ts";
import { atLeast, exactly, type ControlCommand } from "./data.ts";

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

/** The coding of a unit: steps of 16 bytes above the baseline. A unit between two steps is cut down to the lower. */
function unitSteps(unit: number): number {
  return Math.min(0xffff, Math.max(0, Math.floor((unit - BASELINE_UNIT) / UNIT_STEP)));
}

/** The largest unit that Query Hop can tell, in payload bytes, up to `unit`. */
export function transmissionUnit(unit: number): number {
  return BASELINE_UNIT + UNIT_STEP * unitSteps(unit);
}

export const QueryHop: ControlCommand<QueryHopRequest, QueryHopResponse> = {
  code: Control.QUERY_HOP,
  request: {
    encode: ({ target, messageType }) => Uint8Array.of(target, messageType),
    decode: exactly(2, (data) => ok({ target: eid(data[0]!), messageType: data[1]! })),
  },
  response: {
    encode: ({ next, messageType, incomingUnit, outgoingUnit }) => {
      const data = new Uint8Array(6);
      data[0] = next;
      data[1] = messageType;
      writeU16be(data, 2, unitSteps(incomingUnit));
      writeU16be(data, 4, unitSteps(outgoingUnit));
      return data;
    },
    decode: atLeast(6, (data) =>
      ok({
        next: eid(data[0]!),
        messageType: data[1]!,
        incomingUnit: BASELINE_UNIT + UNIT_STEP * readU16be(data, 2),
        outgoingUnit: BASELINE_UNIT + UNIT_STEP * readU16be(data, 4),
      }),
    ),
  },
};
