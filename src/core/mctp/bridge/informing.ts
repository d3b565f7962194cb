/** Telling a bridge further down which EIDs are reached through this one: Routing Information Update. */
import { ok, reject, type Result } from "../../wire/result.ts";
import type { Eid } from "../../wire/units.ts";
import { ask, failureText, type ControlSequence } from "../control/request.ts";
import { RoutingInformationUpdate } from "../control/commands/routing-information-update.ts";
import type { EidRange } from "../control/routing.ts";

/** What fits a message of one packet of the baseline unit: a count and three bytes an entry. */
const ENTRIES_A_MESSAGE = 20;
const NO_ADDRESS = new Uint8Array(0);

/** Gives, as a failure, why the bridge did not take it, in words for people. */
export function* informing(bridge: Eid, ranges: readonly EidRange[]): ControlSequence<Result<undefined, string>> {
  for (let at = 0; at < ranges.length; at += ENTRIES_A_MESSAGE) {
    const entries = ranges.slice(at, at + ENTRIES_A_MESSAGE).map((range) => ({
      ...range,
      kind: range.count === 1 ? ("endpoint" as const) : ("range" as const),
      address: NO_ADDRESS,
    }));
    const answer = yield* ask(RoutingInformationUpdate, bridge, { entries });
    if (!answer.ok) return reject(failureText(RoutingInformationUpdate, answer.reject));
  }
  return ok(undefined);
}
