/**
 * Whether the endpoint that joined at a port is still there: it is asked for its EID, and for the UUID that tells it
 * from another that was put in its place with the same EID.
 */
import { unreachable } from "../../wire/result.ts";
import type { Eid } from "../../wire/units.ts";
import { GetEndpointId } from "../control/commands/get-endpoint-id.ts";
import { uuidText } from "../control/identifiers.ts";
import { ask, type ControlSequence } from "../control/request.ts";
import { NULL_EID } from "../message.ts";
import type { EndpointRecord } from "./endpoint-record.ts";
import { askUuid } from "./discovery.ts";

/**
 * - `same`: it answered, be it with an error.
 * - `silent`: it did not answer.
 * - `renumbered`: it answers under another EID; 0 after a restart.
 * - `exchanged`: another UUID answers, or one that was not known so far.
 * - `notAsked`: the question was not sent. That says nothing of the endpoint.
 */
export type PresenceFinding =
  | { readonly what: "same" | "silent" | "notAsked" }
  | { readonly what: "renumbered"; readonly eid: Eid }
  | { readonly what: "exchanged"; readonly uuid: string | undefined };

/** Asks the other end of the port, not the EID: an endpoint that was restarted has none. */
export function* checkingPresence(
  record: Pick<EndpointRecord, "eid" | "uuid" | "provisional">,
): ControlSequence<PresenceFinding> {
  const identity = yield* ask(GetEndpointId, NULL_EID, undefined);
  if (!identity.ok) {
    switch (identity.reject.why) {
      case "completion":
      case "malformed":
        return { what: "same" };
      case "timeout":
        return { what: "silent" };
      case "cancelled":
      case "notAsked":
        return { what: "notAsked" };
      default:
        return unreachable(identity.reject);
    }
  }
  const { eid } = identity.value.response;
  if (eid !== record.eid) return { what: "renumbered", eid };
  const told = yield* askUuid(eid);
  if (!told.ok) return { what: "same" };
  const uuid = told.value && uuidText(told.value);
  return uuid === record.uuid && !record.provisional ? { what: "same" } : { what: "exchanged", uuid };
}
