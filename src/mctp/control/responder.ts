/**
 * Answers to control requests, commands 01 to 05 (DSP0236 clause 12), each made at once (LPC-MCTP-8). Every other
 * command is answered with "unsupported command", those of discovery among them (LPC-MCTP-9).
 */
import { writeU32be } from "../../wire/bytes.ts";
import type { Eid } from "../../wire/units.ts";
import { BROADCAST_EID, MessageType, NULL_EID, isAssignable } from "../message.ts";
import { Completion, Control, encodeResponse, type ControlMessage } from "./codec.ts";

/** What the responder knows of, and may change in, its endpoint. */
export interface EndpointIdentity {
  eid: Eid;
  readonly uuid: Uint8Array;
  readonly kind: "endpoint" | "busOwner";
  /** An EID that was configured rather than assigned. */
  readonly staticEid: Eid | undefined;
  /** A bus owner has assigned an EID. */
  assigned: boolean;
  /** Supported message types beside control, and the versions of each, in the coding of versionNumber. */
  readonly messageTypes: ReadonlyMap<number, readonly number[]>;
}

/** Set Endpoint ID: operations. */
export const SetEid = { SET: 0, FORCE: 1, RESET: 2, SET_DISCOVERED: 3 } as const;

/** A version in the BCD coding of DSP0236 12.6: 0xF1F3F100 is 1.3.1, an F digit being absent. */
export function versionNumber(major: number, minor: number, update: number): number {
  return ((0xf0 | major) * 0x1000000 + ((0xf0 | minor) << 16) + ((0xf0 | update) << 8)) >>> 0;
}

/** "1.3.1" */
export function versionText(version: number): string {
  const digits = (byte: number): string => ((byte & 0xf0) === 0xf0 ? String(byte & 0x0f) : byte.toString(16));
  const update = (version >>> 8) & 0xff;
  return [version >>> 24, (version >>> 16) & 0xff, ...(update === 0xff ? [] : [update])].map(digits).join(".");
}

/** Versions of the base specification and of the control protocol that this endpoint follows. */
const BASE_VERSIONS: readonly number[] = [versionNumber(1, 3, 0), versionNumber(1, 3, 1)];
const BASE_SPECIFICATION = 0xff;

/** Set Endpoint ID: assignment status, without an EID pool. */
const EID_ACCEPTED = 0x00;
const EID_REJECTED = 0x10;

const ENDPOINT_TYPE_BUS_OWNER = 0x10;
const EID_TYPE_DYNAMIC = 0x00;
const EID_TYPE_STATIC = 0x01;
const EID_TYPE_STATIC_MATCHES = 0x02;
const EID_TYPE_STATIC_DIFFERS = 0x03;

type Answer = { readonly completion: number; readonly data?: Uint8Array };

/** The response to a request. May change `identity.eid`. */
export function respond(request: ControlMessage, identity: EndpointIdentity): Uint8Array {
  const { completion, data } = answer(request, identity);
  return encodeResponse(request.instance, request.command, completion, data);
}

function answer(request: ControlMessage, identity: EndpointIdentity): Answer {
  const { data } = request;
  switch (request.command) {
    case Control.SET_ENDPOINT_ID:
      return data.length === 2 ? setEndpointId(data, identity) : { completion: Completion.INVALID_LENGTH };
    case Control.GET_ENDPOINT_ID:
      return data.length === 0 ? getEndpointId(identity) : { completion: Completion.INVALID_LENGTH };
    case Control.GET_ENDPOINT_UUID:
      return data.length === 0
        ? { completion: Completion.SUCCESS, data: identity.uuid }
        : { completion: Completion.INVALID_LENGTH };
    case Control.GET_VERSION_SUPPORT:
      return data.length === 1 ? getVersions(data[0]!, identity) : { completion: Completion.INVALID_LENGTH };
    case Control.GET_MESSAGE_TYPE_SUPPORT:
      return data.length === 0 ? getMessageTypes(identity) : { completion: Completion.INVALID_LENGTH };
    default:
      return { completion: Completion.UNSUPPORTED_COMMAND };
  }
}

/** A bus owner's own EID is not for others to set: it answers "rejected" with the EID it keeps. */
function setEndpointId(data: Uint8Array, identity: EndpointIdentity): Answer {
  const operation = data[0]! & 0x03;
  const wanted = data[1]!;
  if (operation === SetEid.RESET || operation === SetEid.SET_DISCOVERED) return { completion: Completion.INVALID_DATA };
  if (wanted === NULL_EID || wanted === BROADCAST_EID || !isAssignable(wanted)) {
    return { completion: Completion.INVALID_DATA };
  }
  const accepted = identity.kind === "endpoint";
  if (accepted) {
    identity.eid = wanted;
    identity.assigned = true;
  }
  const status = accepted ? EID_ACCEPTED : EID_REJECTED;
  const poolSize = 0;
  return { completion: Completion.SUCCESS, data: Uint8Array.of(status, identity.eid, poolSize) };
}

/** Whether a response of `respond` says that an EID was assigned. */
export function acceptsEid(response: Uint8Array): boolean {
  const [, , command, completion, status] = response;
  return command === Control.SET_ENDPOINT_ID && completion === Completion.SUCCESS && status === EID_ACCEPTED;
}

function getEndpointId(identity: EndpointIdentity): Answer {
  const endpointType = identity.kind === "busOwner" ? ENDPOINT_TYPE_BUS_OWNER : 0;
  const mediumSpecific = 0;
  return {
    completion: Completion.SUCCESS,
    data: Uint8Array.of(identity.eid, endpointType | eidType(identity), mediumSpecific),
  };
}

function eidType(identity: EndpointIdentity): number {
  if (identity.staticEid === undefined) return EID_TYPE_DYNAMIC;
  if (!identity.assigned) return EID_TYPE_STATIC;
  return identity.staticEid === identity.eid ? EID_TYPE_STATIC_MATCHES : EID_TYPE_STATIC_DIFFERS;
}

function getVersions(type: number, identity: EndpointIdentity): Answer {
  const versions =
    type === BASE_SPECIFICATION || type === MessageType.CONTROL ? BASE_VERSIONS : identity.messageTypes.get(type);
  if (versions === undefined) return { completion: Completion.TYPE_NOT_SUPPORTED };
  const data = new Uint8Array(1 + 4 * versions.length);
  data[0] = versions.length;
  versions.forEach((version, index) => {
    writeU32be(data, 1 + 4 * index, version);
  });
  return { completion: Completion.SUCCESS, data };
}

function getMessageTypes(identity: EndpointIdentity): Answer {
  const types = [...identity.messageTypes.keys()].sort((one, other) => one - other);
  return { completion: Completion.SUCCESS, data: Uint8Array.of(types.length, ...types) };
}
