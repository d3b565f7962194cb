/**
 * How large packets may be on the whole way to an endpoint behind bridges (DSP0236: path transmission unit discovery):
 * Resolve Endpoint ID names the first bridge, Query Hop each next one; the least of the units that they name counts.
 */
import { ok, reject, type Result } from "../../wire/result.ts";
import type { Eid } from "../../wire/units.ts";
import { QueryHop } from "../control/commands/query-hop.ts";
import { ask, failureText, type ControlSequence } from "../control/request.ts";
import { ResolveEndpointId } from "../control/commands/resolve-endpoint-id.ts";
import { NULL_EID } from "../message.ts";
import { BASELINE_UNIT } from "../packet.ts";

export interface PathMtu {
  /** Payload bytes of a packet. */
  readonly unit: number;
  /** The bridges on the way, the nearest first. */
  readonly bridges: readonly Eid[];
}

/** Why the unit of a path is not known, in words for people. */
export type PathReject = string;

/** Longer than the way through any sensible network; a circle of bridges ends here at the latest. */
const LONGEST_PATH = 16;

/**
 * `busOwner`: who is asked for the first bridge; undefined for a bus owner or bridge that knows it, as `firstHop`.
 * `linkUnit`: payload bytes of the own link.
 */
export function* pathMtu(
  target: Eid,
  messageType: number,
  linkUnit: number,
  from: { readonly busOwner: Eid } | { readonly firstHop: Eid },
): ControlSequence<Result<PathMtu, PathReject>> {
  let hop: Eid;
  if ("firstHop" in from) hop = from.firstHop;
  else {
    const resolved = yield* ask(ResolveEndpointId, from.busOwner, { target });
    if (!resolved.ok) return reject(failureText(ResolveEndpointId, resolved.reject));
    hop = resolved.value.response.bridge;
  }
  const bridges: Eid[] = [];
  let unit = linkUnit;
  while (hop !== target && hop !== NULL_EID) {
    if (bridges.includes(hop) || bridges.length === LONGEST_PATH) {
      return reject(`the way to EID ${String(target)} does not end: its bridges are ${bridges.join(", ")}, …`);
    }
    bridges.push(hop);
    const answer = yield* ask(QueryHop, hop, { target, messageType });
    if (!answer.ok) return reject(`EID ${String(hop)}: ${failureText(QueryHop, answer.reject)}`);
    const { next, incomingUnit, outgoingUnit } = answer.value.response;
    // The last bridge of the way says that the target is on the bus that the question came from.
    unit = Math.min(unit, incomingUnit, next === NULL_EID ? incomingUnit : outgoingUnit);
    hop = next;
  }
  return ok({ unit: Math.max(unit, BASELINE_UNIT), bridges });
}
