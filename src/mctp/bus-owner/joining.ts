/**
 * All that a bus owner asks of an endpoint that has appeared at a port: its discovery, then, where its UUID says that
 * another EID is its own, that EID, and for a bridge the EIDs that it wants for what is behind it.
 */
import { ok, reject, type Result } from "../../wire/result.ts";
import type { Eid } from "../../wire/units.ts";
import { AllocateEndpointIds } from "../control/allocate.ts";
import { GetEndpointId } from "../control/get-endpoint-id.ts";
import { uuidText } from "../control/identifiers.ts";
import { ask, failureText, type CommandReject, type ControlSequence } from "../control/request.ts";
import type { EidRange } from "../control/routing.ts";
import { SetEndpointId } from "../control/set-endpoint-id.ts";
import { LAST_ASSIGNABLE_EID, isAssignable } from "../message.ts";
import type { BusOwner, EndpointRecord } from "./bus-owner.ts";
import { discovery, type DiscoveredEndpoint } from "./discovery.ts";
import { eidsOf } from "./memory.ts";

export interface Joined {
  readonly found: DiscoveredEndpoint;
  readonly record: EndpointRecord;
  /** Why a bridge has not got the EIDs that it wanted, in words for people. */
  readonly poolTrouble: string | undefined;
}

/** Why nobody joined, in words for people. */
export type JoinReject = string;

export function* joining(owner: BusOwner, port: number): ControlSequence<Result<Joined, JoinReject>> {
  const provisional = owner.provisional(port);
  if (provisional === undefined) return reject(owner.exhausted);
  const discovered = yield* discovery(provisional);
  if (!discovered.ok) return discovered;
  const found = discovered.value;

  const settled = owner.settle(port, found);
  if (!settled.ok) return settled;
  const changed = yield* changeEid(found.eid, settled.value);
  if (!changed.ok) return changed;

  const eid = changed.value;
  const pool = found.pool === "none" ? ok(undefined) : yield* givePool(owner, port, eid, found);
  const record = owner.joined(port, { ...found, eid }, eid, pool.ok ? pool.value : undefined);
  return ok({ found: { ...found, eid }, record, poolTrouble: pool.ok ? undefined : pool.reject });
}

/** Gives an endpoint another EID, and has it confirmed. Gives the EID that it has then. */
export function* changeEid(present: Eid, wanted: Eid): ControlSequence<Result<Eid, JoinReject>> {
  if (present === wanted) return ok(present);
  const setting = yield* ask(SetEndpointId, present, { operation: "set", eid: wanted });
  if (!setting.ok) return reject(failureText(SetEndpointId, setting.reject));
  const { eid: own, accepted } = setting.value.response;
  if (!accepted || own !== wanted) {
    return reject(`the endpoint keeps EID ${String(own)} and does not take ${String(wanted)}`);
  }
  const identity = yield* ask(GetEndpointId, wanted, undefined);
  if (!identity.ok) return reject(failureText(GetEndpointId, identity.reject));
  return identity.value.response.eid === wanted ? ok(wanted) : reject(failureText(GetEndpointId, { why: "malformed" }));
}

/**
 * Allocate Endpoint IDs. A bridge that has a pool of another bus owner, or of this one before its restart, keeps it
 * if nobody else has one of those EIDs; otherwise the new one is forced on it.
 */
function* givePool(
  owner: BusOwner,
  port: number,
  bridge: Eid,
  found: DiscoveredEndpoint,
): ControlSequence<Result<EidRange | undefined, JoinReject>> {
  const uuid = found.uuid && uuidText(found.uuid);
  if (found.pool === "held") {
    const held = yield* ask(AllocateEndpointIds, bridge, { operation: "get", count: 0, first: 0 as Eid });
    if (held.ok) {
      const { poolSize: count, first } = held.value.response;
      if (isPossible(first, count) && owner.isFreeFor(port, { first, count }, uuid, bridge))
        return ok({ first, count });
    }
  }
  if (found.poolSize === 0) return ok(undefined);
  const range = owner.poolFor(port, bridge, uuid, found.poolSize);
  if (range === undefined) {
    return reject(`the bridge wants ${String(found.poolSize)} EIDs in a row, which the pool has not got`);
  }
  let failed: CommandReject | undefined;
  for (const operation of ["allocate", "force"] as const) {
    const answer = yield* ask(AllocateEndpointIds, bridge, { operation, ...range });
    if (!answer.ok) {
      failed = answer.reject;
      break;
    }
    const { accepted, poolSize, first } = answer.value.response;
    if (accepted && poolSize === range.count && first === range.first) return ok(range);
  }
  if (failed !== undefined) return reject(failureText(AllocateEndpointIds, failed));
  const [least, most] = [range.first, range.first + range.count - 1];
  return reject(`the bridge does not take the EIDs ${String(least)} to ${String(most)}`);
}

function isPossible(first: Eid, count: number): boolean {
  return count > 0 && eidsOf({ first, count }).every(isAssignable) && first + count - 1 <= LAST_ASSIGNABLE_EID;
}
