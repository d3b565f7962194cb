/**
 * All that a bus owner asks of an endpoint that has appeared at a port: its discovery, then, where its UUID says that
 * another EID is its own, that EID, and for a bridge the EIDs that it wants for what is behind it.
 */
import { ok, reject, type Result } from "../../wire/result.ts";
import type { Eid } from "../../wire/units.ts";
import { AllocateEndpointIds } from "../control/commands/allocate-endpoint-ids.ts";
import { Completion } from "../control/codec.ts";
import { GetEndpointId } from "../control/commands/get-endpoint-id.ts";
import { uuidText } from "../control/identifiers.ts";
import { ask, failureText, type CommandReject, type ControlSequence } from "../control/request.ts";
import type { EidRange } from "../control/routing.ts";
import { SetEndpointId } from "../control/commands/set-endpoint-id.ts";
import { LAST_ASSIGNABLE_EID, NULL_EID, isAssignable } from "../message.ts";
import type { BusOwner } from "./bus-owner.ts";
import type { EndpointRecord } from "./endpoint-record.ts";
import { discovery, mayHaveArrived, type DiscoveredEndpoint, type EidOffer } from "./discovery.ts";
import { single } from "./reservations.ts";

export interface Joined {
  readonly found: DiscoveredEndpoint;
  readonly record: EndpointRecord;
  /** Why a bridge has not got the EIDs that it wanted, in words for people. */
  readonly poolTrouble: string | undefined;
  /** Why it has got fewer than it wanted, likewise. */
  readonly poolShort?: string | undefined;
  /** The trouble may pass: `settling` asks again. */
  readonly mayGetPool: boolean;
}

/** Why no endpoint joined, in words for people. */
export type JoinReject = string;

/** Why a bridge has no pool. */
interface PoolReject {
  readonly text: string;
  /** EIDs that it may have taken nevertheless. */
  readonly unsure?: EidRange;
  readonly isLasting?: boolean;
}

/** Why an EID was not changed. */
export interface ChangeReject {
  readonly text: string;
  /** The endpoint has certainly kept the EID that it had. */
  readonly isUnchanged: boolean;
}

export function* joining(owner: BusOwner, port: number): ControlSequence<Result<Joined, JoinReject>> {
  if (owner.provisional(port) === undefined && owner.config.keepsEids !== true) {
    owner.refusals.count("eidsExhausted", port);
    return reject(owner.exhausted);
  }
  const discovered = yield* discovery(offerAt(owner, port));
  return discovered.ok ? yield* settling(owner, port, discovered.value) : discovered;
}

/** The part of `joining` behind the discovery; again, for a bridge that was found before and could not take a pool. */
export function* settling(
  owner: BusOwner,
  port: number,
  found: DiscoveredEndpoint,
): ControlSequence<Result<Joined, JoinReject>> {
  const settled = owner.settle(port, found);
  if (!settled.ok) return settled;
  owner.reserve(port, single(settled.value));
  const changed = yield* changeEid(found.eid, settled.value);
  if (!changed.ok) return reject(changed.reject.text);
  const { eid, accepted } = changed.value;
  if (!accepted) {
    // It took the first EID that it was given, or had one, and now insists on it.
    const kept = owner.settle(port, { ...found, eid, accepted });
    if (!kept.ok) return kept;
    owner.reserve(port, single(eid));
  }

  const endpoint = { ...found, eid, accepted: found.accepted && accepted };
  const pool = found.pool === "none" ? ok(undefined) : yield* givePool(owner, port, eid, found);
  const record = owner.joined(port, endpoint, eid, pool.ok ? pool.value : undefined);
  if (pool.ok) {
    const isShort = record.pool !== undefined && record.pool.count < found.poolSize;
    const poolShort = isShort ? owner.whyShort(port, record.uuid, found.poolSize) : undefined;
    return ok({ found: endpoint, record, poolTrouble: undefined, poolShort, mayGetPool: false });
  }
  const { text, unsure, isLasting = false } = pool.reject;
  if (unsure !== undefined) owner.reserve(port, unsure);
  return ok({ found: endpoint, record, poolTrouble: text, mayGetPool: !isLasting });
}

/** What the endpoint at a port is to take before it is known which one it is. */
function offerAt(owner: BusOwner, port: number): EidOffer {
  let fresh: EidRange | undefined;
  const mayKeep = (eid: Eid, uuid: string | undefined): boolean => {
    if (!owner.mayKeep(port, eid, uuid)) return false;
    owner.reserve(port, single(eid));
    return true;
  };
  return {
    choose: () => {
      const chosen = owner.provisional(port);
      if (chosen === undefined) return reject(owner.exhausted);
      // It may have one that it was sent before, even if it refuses now.
      if (owner.reserve(port, single(chosen))) fresh = single(chosen);
      return ok(chosen);
    },
    refused: () => {
      if (fresh !== undefined) owner.release(port, fresh);
    },
    mayKeep: owner.config.keepsEids === true ? mayKeep : undefined,
  };
}

/**
 * Gives the endpoint at the other end another EID than it has, by force if need be, and has it confirmed. Gives the EID
 * that it has then, and whether that is the wanted one. A response that names an EID is certain: a confirmation that
 * fails takes nothing back.
 */
export function* changeEid(
  present: Eid,
  wanted: Eid,
): ControlSequence<Result<{ readonly eid: Eid; readonly accepted: boolean }, ChangeReject>> {
  if (present === wanted) return ok({ eid: present, accepted: true });
  let own = present;
  for (const operation of ["set", "force"] as const) {
    // To the null EID: sent again after a lost response, it still reaches an endpoint that has its new EID already.
    const setting = yield* ask(SetEndpointId, NULL_EID, { operation, eid: wanted });
    if (!setting.ok) {
      return reject({ text: failureText(SetEndpointId, setting.reject), isUnchanged: !mayHaveArrived(setting.reject) });
    }
    own = setting.value.response.eid;
    if (!isAssignable(own)) {
      const text = `the endpoint says that it has EID ${String(own)}, which no endpoint may have`;
      return reject({ text, isUnchanged: false });
    }
    if (setting.value.response.accepted && own === wanted) break;
  }
  const identity = yield* ask(GetEndpointId, own, undefined);
  if (identity.ok && identity.value.response.eid !== own) {
    return reject({ text: failureText(GetEndpointId, { why: "malformed" }), isUnchanged: false });
  }
  return ok({ eid: own, accepted: own === wanted });
}

/**
 * Allocate Endpoint IDs. A bridge that has a pool of another bus owner, or of this one before its restart, keeps it
 * if no other endpoint has one of those EIDs; otherwise the new one is forced on it.
 */
function* givePool(
  owner: BusOwner,
  port: number,
  bridge: Eid,
  found: DiscoveredEndpoint,
): ControlSequence<Result<EidRange | undefined, PoolReject>> {
  const uuid = found.uuid && uuidText(found.uuid);
  let wanted = found.poolSize;
  if (found.pool === "held") {
    const held = yield* ask(AllocateEndpointIds, bridge, { operation: "get", count: 0, first: NULL_EID });
    if (!held.ok && !isLasting(held.reject)) return reject({ text: failureText(AllocateEndpointIds, held.reject) });
    if (held.ok) {
      const { poolSize: count, first } = held.value.response;
      // A bridge may say that it wants none, for it has some.
      wanted ||= count;
      if (isPossible(first, count) && owner.isFreeFor(port, { first, count }, uuid, bridge, wanted)) {
        return ok({ first, count });
      }
    }
  }
  if (wanted === 0) return ok(undefined);
  const range = owner.poolFor(port, bridge, uuid, wanted);
  if (range === undefined) {
    const wants = `the bridge wants ${String(wanted)} EIDs`;
    return reject({ text: `${wants}, and none is left for it in the pool, or in the share of its port` });
  }
  owner.reserve(port, range);
  for (const operation of ["allocate", "force"] as const) {
    const answer = yield* ask(AllocateEndpointIds, bridge, { operation, ...range });
    if (!answer.ok) {
      const text = failureText(AllocateEndpointIds, answer.reject);
      const unsure = mayHaveArrived(answer.reject) ? { unsure: range } : {};
      return reject({ text, isLasting: isLasting(answer.reject), ...unsure });
    }
    const { poolSize, first } = answer.value.response;
    // Accepted, or held already: the response to an earlier request for the same range was lost.
    if (poolSize === range.count && first === range.first) return ok(range);
  }
  const last = range.first + range.count - 1;
  return reject({ text: `the bridge does not take the EIDs ${String(range.first)} to ${String(last)}` });
}

/** Only a command that is not supported now is not supported later. */
function isLasting(rejected: CommandReject): boolean {
  return rejected.why === "completion" && rejected.completion === Completion.UNSUPPORTED_COMMAND;
}

function isPossible(first: Eid, count: number): boolean {
  return count > 0 && isAssignable(first) && first + count - 1 <= LAST_ASSIGNABLE_EID;
}
