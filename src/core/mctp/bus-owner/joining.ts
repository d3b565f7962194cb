/**
 * All that a bus owner asks of an endpoint that has appeared at a port: its discovery, then, where its UUID says that
 * another EID is its own, that EID, and for a bridge the EIDs that it wants for what is behind it.
 */
import { ok, reject, type Result } from "../../wire/result.ts";
import type { Eid } from "../../wire/units.ts";
import { AllocateEndpointIds } from "../control/commands/allocate-endpoint-ids.ts";
import { GetEndpointId } from "../control/commands/get-endpoint-id.ts";
import { uuidText } from "../control/identifiers.ts";
import { ask, failureText, type CommandReject, type ControlSequence } from "../control/request.ts";
import type { EidRange } from "../control/routing.ts";
import { SetEndpointId } from "../control/commands/set-endpoint-id.ts";
import { LAST_ASSIGNABLE_EID, NULL_EID, isAssignable } from "../message.ts";
import type { BusOwner, EndpointRecord } from "./bus-owner.ts";
import { discovery, type DiscoveredEndpoint, type EidOffer } from "./discovery.ts";
import { single } from "./promises.ts";

export interface Joined {
  readonly found: DiscoveredEndpoint;
  readonly record: EndpointRecord;
  /** Why a bridge has not got the EIDs that it wanted, in words for people. */
  readonly poolTrouble: string | undefined;
}

/** Why nobody joined, in words for people. */
export type JoinReject = string;

/** Why a bridge has no pool. */
interface PoolReject {
  readonly text: string;
  /** EIDs that it may have taken nevertheless. */
  readonly unsure: EidRange | undefined;
}

export function* joining(owner: BusOwner, port: number): ControlSequence<Result<Joined, JoinReject>> {
  if (owner.provisional(port) === undefined) return reject(owner.exhausted);
  const discovered = yield* discovery(offerAt(owner, port));
  if (!discovered.ok) return discovered;
  const found = discovered.value;

  const settled = owner.settle(port, found);
  if (!settled.ok) return settled;
  owner.promise(port, single(settled.value));
  const changed = yield* changeEid(found.eid, settled.value);
  if (!changed.ok) return changed;
  const { eid, accepted } = changed.value;
  if (!accepted) {
    // It took the first EID that it was given, or had one, and now insists on it.
    const kept = owner.settle(port, { ...found, eid, accepted });
    if (!kept.ok) return kept;
    owner.promise(port, single(eid));
  }

  const endpoint = { ...found, eid, accepted: found.accepted && accepted };
  const pool = found.pool === "none" ? ok(undefined) : yield* givePool(owner, port, eid, found);
  const record = owner.joined(port, endpoint, eid, pool.ok ? pool.value : undefined);
  if (!pool.ok && pool.reject.unsure !== undefined) owner.promise(port, pool.reject.unsure);
  return ok({ found: endpoint, record, poolTrouble: pool.ok ? undefined : pool.reject.text });
}

/** What whoever is at a port is to take before it is known who that is. */
function offerAt(owner: BusOwner, port: number): EidOffer {
  let fresh: EidRange | undefined;
  return {
    choose: () => {
      const chosen = owner.provisional(port);
      if (chosen === undefined) return reject(owner.exhausted);
      // One that it was sent before it may have all the same, whatever it answers now.
      if (owner.promise(port, single(chosen))) fresh = single(chosen);
      return ok(chosen);
    },
    refused: () => {
      if (fresh !== undefined) owner.withdraw(port, fresh);
    },
  };
}

/**
 * Gives whoever is at the other end another EID than it has, by force if need be, and has it confirmed. Gives the EID
 * that it has then, and whether that is the wanted one.
 */
export function* changeEid(
  present: Eid,
  wanted: Eid,
): ControlSequence<Result<{ readonly eid: Eid; readonly accepted: boolean }, JoinReject>> {
  if (present === wanted) return ok({ eid: present, accepted: true });
  let own = present;
  for (const operation of ["set", "force"] as const) {
    // To the null EID: sent again after a lost response, it still reaches an endpoint that has its new EID already.
    const setting = yield* ask(SetEndpointId, NULL_EID, { operation, eid: wanted });
    if (!setting.ok) return reject(failureText(SetEndpointId, setting.reject));
    own = setting.value.response.eid;
    if (!isAssignable(own))
      return reject(`the endpoint says that it has EID ${String(own)}, which no endpoint may have`);
    if (setting.value.response.accepted && own === wanted) break;
  }
  const identity = yield* ask(GetEndpointId, own, undefined);
  if (!identity.ok) return reject(failureText(GetEndpointId, identity.reject));
  if (identity.value.response.eid !== own) return reject(failureText(GetEndpointId, { why: "malformed" }));
  return ok({ eid: own, accepted: own === wanted });
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
): ControlSequence<Result<EidRange | undefined, PoolReject>> {
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
    const text = `the bridge wants ${String(found.poolSize)} EIDs in a row, which the pool has not got`;
    return reject({ text, unsure: undefined });
  }
  owner.promise(port, range);
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
  if (failed !== undefined) {
    const unsure = failed.why === "completion" ? undefined : range;
    return reject({ text: failureText(AllocateEndpointIds, failed), unsure });
  }
  const [least, most] = [range.first, range.first + range.count - 1];
  return reject({ text: `the bridge does not take the EIDs ${String(least)} to ${String(most)}`, unsure: undefined });
}

function isPossible(first: Eid, count: number): boolean {
  return count > 0 && isAssignable(first) && first + count - 1 <= LAST_ASSIGNABLE_EID;
}
