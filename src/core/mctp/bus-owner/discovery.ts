/**
 * What a bus owner asks of an endpoint that has appeared: which versions it speaks, to take an EID, and what it
 * offers (DSP0236 clause 10; specification "MCTP over this binding", LPC-MCTP-3).
 */
import { ok, reject, type Result } from "../../wire/result.ts";
import type { Eid, Millis } from "../../wire/units.ts";
import { Completion } from "../control/codec.ts";
import { controlCommandName } from "../control/commands.ts";
import { GetEndpointId } from "../control/commands/get-endpoint-id.ts";
import { GetEndpointUuid } from "../control/commands/get-endpoint-uuid.ts";
import { isIdentity, uuidText } from "../control/identifiers.ts";
import { GetMessageTypeSupport } from "../control/commands/get-message-type-support.ts";
import {
  ask,
  failureText,
  runSequence,
  type CommandReject,
  type ControlSequence,
  type SequenceTicket,
} from "../control/request.ts";
import { SetEndpointId, type PoolState } from "../control/commands/set-endpoint-id.ts";
import { GetVersionSupport } from "../control/commands/get-version-support.ts";
import type { EndpointCore } from "../endpoint.ts";
import { MessageType, NULL_EID, isAssignable } from "../message.ts";

/** An endpoint as the bus owner knows it. */
export interface DiscoveredEndpoint {
  readonly eid: Eid;
  /** False when the endpoint insisted on that EID against the one it was to get. */
  readonly accepted: boolean;
  /** Whether it is a bridge that wants EIDs to give on, or has some. */
  readonly pool: PoolState;
  readonly poolSize: number;
  /** Versions of the control protocol, coded as the wire has them. */
  readonly controlVersions: readonly number[];
  /** Message types beside control. */
  readonly messageTypes: readonly number[];
  /** 16 bytes, undefined where the endpoint has none that tells it apart. */
  readonly uuid: Uint8Array | undefined;
  /** Why its UUID is not known yet, in words for people. */
  readonly uuidTrouble?: string | undefined;
  /** It had this EID already, and was not sent Set Endpoint ID. */
  readonly isPreset?: boolean;
}

/** Why discovery ended early, in words for people. */
export type DiscoveryReject = string;

export type DiscoveryOutcome = Result<DiscoveredEndpoint, DiscoveryReject>;

/** An EID that is chosen only as it is sent: one that was free before the first request may be another's by then. */
export interface EidOffer {
  readonly choose: () => Result<Eid, DiscoveryReject>;
  /** The endpoint has not taken the EID that was chosen, for certain. */
  readonly refused: () => void;
  /**
   * Whether an endpoint with a UUID may keep the EID that it has; if it may, that is its own from then on. Undefined: it is
   * given one without being asked.
   */
  readonly mayKeep?: ((eid: Eid, uuid: string | undefined) => boolean) | undefined;
}

/** What Set Endpoint ID leads to. */
type Taken = Pick<DiscoveredEndpoint, "eid" | "accepted" | "pool" | "poolSize">;

interface PresetEid {
  readonly eid: Eid;
  readonly uuid: Uint8Array | undefined;
}

/** The discovery of the endpoint at the other end, which is to get EID `assign`. */
export function* discovery(assign: Eid | EidOffer): ControlSequence<DiscoveryOutcome> {
  const versions = yield* ask(GetVersionSupport, NULL_EID, { messageType: MessageType.CONTROL });
  if (!versions.ok) return reject(failureText(GetVersionSupport, versions.reject));

  const offer: EidOffer = typeof assign === "object" ? assign : { choose: () => ok(assign), refused: () => undefined };
  const preset = offer.mayKeep && (yield* askPreset(offer.mayKeep));
  const taken = preset === undefined ? yield* setEid(offer) : ok(ofPreset(preset));
  if (!taken.ok) return taken;
  const { eid: own } = taken.value;

  const types = yield* ask(GetMessageTypeSupport, own, undefined);
  if (!types.ok) return reject(failureText(GetMessageTypeSupport, types.reject));

  const told = preset === undefined ? yield* askUuid(own) : ok(preset.uuid);
  return ok({
    ...taken.value,
    ...(preset === undefined ? {} : { isPreset: true }),
    controlVersions: versions.value.response.versions,
    messageTypes: types.value.response.messageTypes,
    ...(told.ok ? { uuid: told.value } : { uuid: undefined, uuidTrouble: told.reject }),
  });
}

/**
 * The EID that the endpoint has already, where it may keep that. One that is a bridge may not: Set Endpoint ID tells what
 * pool it wants. Nor may one that has not told its UUID: it is not known whose EID that is.
 */
function* askPreset(mayKeep: NonNullable<EidOffer["mayKeep"]>): ControlSequence<PresetEid | undefined> {
  const identity = yield* ask(GetEndpointId, NULL_EID, undefined);
  if (!identity.ok) return undefined;
  const { eid, endpointType } = identity.value.response;
  if (!isAssignable(eid) || endpointType === "bridge") return undefined;
  const told = yield* askUuid(NULL_EID);
  if (!told.ok) return undefined;
  return mayKeep(eid, told.value && uuidText(told.value)) ? { eid, uuid: told.value } : undefined;
}

function ofPreset({ eid }: PresetEid): Taken {
  return { eid, accepted: true, pool: "none", poolSize: 0 };
}

/** Gives the endpoint an EID, and has it confirmed. */
function* setEid(offer: EidOffer): ControlSequence<Result<Taken, DiscoveryReject>> {
  const chosen = offer.choose();
  if (!chosen.ok) return chosen;
  const setting = yield* ask(SetEndpointId, NULL_EID, { operation: "set", eid: chosen.value });
  if (!setting.ok) {
    if (setting.reject.why === "completion" || !mayHaveArrived(setting.reject)) offer.refused();
    return reject(failureText(SetEndpointId, setting.reject));
  }
  // An endpoint may keep another EID; its response counts.
  const { eid: own, accepted, pool, poolSize } = setting.value.response;
  if (!accepted && own !== chosen.value) offer.refused();
  if (!isAssignable(own)) {
    return reject(
      `${controlCommandName(SetEndpointId.code)}: the endpoint insists on EID ${String(own)}, which no endpoint may have`,
    );
  }

  const identity = yield* ask(GetEndpointId, own, undefined);
  if (!identity.ok) return reject(failureText(GetEndpointId, identity.reject));
  if (identity.value.response.eid !== own) return reject(failureText(GetEndpointId, { why: "malformed" }));
  return ok({ eid: own, accepted, pool, poolSize });
}

/**
 * The UUID of an endpoint, undefined where it has none: then it says that it does not know the command, or tells one of
 * zeros or ones alone. Any other answer, and none, says nothing of its UUID: that is a failure, in words for people.
 */
export function* askUuid(own: Eid): ControlSequence<Result<Uint8Array | undefined, string>> {
  const answer = yield* ask(GetEndpointUuid, own, undefined);
  if (answer.ok) return ok(isIdentity(answer.value.response.uuid) ? answer.value.response.uuid : undefined);
  const { reject: why } = answer;
  const hasNone = why.why === "completion" && why.completion === Completion.UNSUPPORTED_COMMAND;
  return hasNone ? ok(undefined) : reject(failureText(GetEndpointUuid, why));
}

/** Whether a request without an answer may have been carried out; one that was refused before it was sent has not. */
export function mayHaveArrived({ why }: CommandReject): boolean {
  return why === "timeout" || why === "malformed" || why === "cancelled";
}

/** Runs the discovery of the endpoint at the other end of `owner`'s link; `done` is called once. */
export function discover(
  owner: EndpointCore,
  assign: Eid,
  now: Millis,
  done: (outcome: DiscoveryOutcome, now: Millis) => void,
): SequenceTicket {
  return runSequence(owner, discovery(assign), now, done);
}
