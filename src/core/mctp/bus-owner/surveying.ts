/** What a bus owner asks to find out who is behind a bridge: the bridge for its routes, then each endpoint who it is. */
import { ok, reject, type Result } from "../../wire/result.ts";
import type { Eid } from "../../wire/units.ts";
import { Completion } from "../control/codec.ts";
import { GetEndpointId } from "../control/commands/get-endpoint-id.ts";
import { GetMessageTypeSupport } from "../control/commands/get-message-type-support.ts";
import { GetRoutingTableEntries } from "../control/commands/get-routing-table-entries.ts";
import { GetVersionSupport } from "../control/commands/get-version-support.ts";
import { NO_MORE_ENTRIES } from "../control/fields.ts";
import { uuidText } from "../control/identifiers.ts";
import { ask, failureText, type CommandOutcome, type ControlSequence } from "../control/request.ts";
import type { EidRange } from "../control/routing.ts";
import { LAST_ASSIGNABLE_EID, MessageType } from "../message.ts";
import { askUuid } from "./discovery.ts";
import type { FarEndpoint, FarIdentity } from "./far-endpoints.ts";
import { eidsOf } from "./memory.ts";

/** Parts of a routing table that are read: more than a table of all EIDs comes in. */
export const MOST_ROUTE_PARTS = 32;

/** The EIDs of a pool that the routes of a bridge name, in ascending order. As a failure, why it has told none. */
export function* readingRoutes(bridge: Eid, pool: EidRange): ControlSequence<Result<readonly Eid[], string>> {
  const isNamed = new Uint8Array(LAST_ASSIGNABLE_EID + 1);
  const seen = new Set<number>();
  for (let handle = 0; handle !== NO_MORE_ENTRIES;) {
    if (seen.has(handle) || seen.size === MOST_ROUTE_PARTS) return reject("its routes do not end");
    seen.add(handle);
    const answer = yield* ask(GetRoutingTableEntries, bridge, { handle });
    if (!answer.ok) return reject(failureText(GetRoutingTableEntries, answer.reject));
    const { next, entries } = answer.value.response;
    for (const { first, count } of entries) isNamed.fill(1, first, first + count);
    handle = next;
  }
  return ok(eidsOf(pool).filter((eid) => isNamed[eid] === 1));
}

/**
 * - `found`: it has said who it is.
 * - `same`: it answered, and nothing of it is new.
 * - `silent`: it did not answer.
 * - `other`: it says that it has another EID.
 * - `unknown`: it answered by an error, or the question was not sent. That says nothing of who it is.
 */
export type FarFinding =
  | { readonly what: "found"; readonly identity: FarIdentity }
  | { readonly what: "other"; readonly eid: Eid }
  | { readonly what: "same" | "silent" | "unknown" };

/** Asks an endpoint behind a bridge who it is. `known`: what it need not be asked again, unless its UUID is another. */
export function* probing(eid: Eid, known: FarEndpoint | undefined): ControlSequence<FarFinding> {
  const identity = yield* ask(GetEndpointId, eid, undefined);
  if (!identity.ok) {
    if (identity.reject.why === "timeout") return { what: "silent" };
    const isAnswer = identity.reject.why === "completion" || identity.reject.why === "malformed";
    return { what: isAnswer && known !== undefined ? "same" : "unknown" };
  }
  const { eid: named, endpointType } = identity.value.response;
  if (named !== eid) return { what: "other", eid: named };
  const told = yield* askUuid(eid);
  const uuid = told.ok ? told.value && uuidText(told.value) : known?.uuid;
  const before = uuid === known?.uuid ? known : undefined;
  if (before?.isComplete === true && before.endpointType === endpointType) return { what: "same" };
  const types = yield* ask(GetMessageTypeSupport, eid, undefined);
  const versions = yield* ask(GetVersionSupport, eid, { messageType: MessageType.CONTROL });
  return {
    what: "found",
    identity: {
      endpointType,
      uuid,
      messageTypes: types.ok ? types.value.response.messageTypes : (before?.messageTypes ?? []),
      controlVersions: versions.ok ? versions.value.response.versions : (before?.controlVersions ?? []),
      isComplete: told.ok && isCertain(types) && isCertain(versions),
    },
  };
}

/** Only "unsupported command" is as lasting as an answer. */
function isCertain(outcome: CommandOutcome<unknown>): boolean {
  if (outcome.ok) return true;
  return outcome.reject.why === "completion" && outcome.reject.completion === Completion.UNSUPPORTED_COMMAND;
}
