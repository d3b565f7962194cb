/** What every endpoint is asked: its EID, UUID, versions, message types; and what it may have beside. */
import { BROADCAST_EID, MessageType, NULL_EID, isAssignable } from "../message.ts";
import { Completion } from "./codec.ts";
import { INVALID_DATA, handler, serviceHandler, type Answering, type ControlHandler, type Finding } from "./handler.ts";
import { GetEndpointId, type EidType, type GetEndpointIdResponse } from "./commands/get-endpoint-id.ts";
import { GetEndpointUuid } from "./commands/get-endpoint-uuid.ts";
import { GetNetworkId } from "./commands/get-network-id.ts";
import { QueryInterfaces } from "./commands/query-interfaces.ts";
import { GetMessageTypeSupport } from "./commands/get-message-type-support.ts";
import { QueryRateLimit } from "./commands/query-rate-limit.ts";
import { RequestRateLimit } from "./commands/request-rate-limit.ts";
import { UpdateRateLimit } from "./commands/update-rate-limit.ts";
import type { EndpointIdentity } from "./services.ts";
import { SetEndpointId, type SetEndpointIdRequest, type SetEndpointIdResponse } from "./commands/set-endpoint-id.ts";
import { GetVendorSupport } from "./commands/get-vendor-support.ts";
import { NO_MORE_ENTRIES } from "./fields.ts";
import { BASE_SPECIFICATION, GetVersionSupport } from "./commands/get-version-support.ts";
import { versionNumber } from "./version-number.ts";

/** Versions of the base specification and of the control protocol that this endpoint follows. */
const BASE_VERSIONS: readonly number[] = [versionNumber(1, 3, 0), versionNumber(1, 3, 1)];

const always = (): boolean => true;

export const ENDPOINT_HANDLERS: readonly ControlHandler[] = [
  handler(SetEndpointId, always, setEndpointId),

  handler(GetEndpointId, always, (_, { identity }) => ({ response: presentEid(identity) })),

  handler(GetEndpointUuid, always, (_, { identity }) => ({ response: { uuid: identity.uuid } })),

  handler(GetVersionSupport, always, ({ messageType }, { identity }) => {
    const ofBase = messageType === BASE_SPECIFICATION || messageType === MessageType.CONTROL;
    const versions = ofBase ? BASE_VERSIONS : identity.messageTypes.get(messageType);
    return versions === undefined ? { error: Completion.TYPE_NOT_SUPPORTED } : { response: { versions } };
  }),

  handler(GetMessageTypeSupport, always, (_, { identity }) => ({
    response: { messageTypes: [...identity.messageTypes.keys()].sort((one, other) => one - other) },
  })),

  serviceHandler("vendors", GetVendorSupport, (vendors, { selector }) => {
    const vendor = vendors[selector];
    if (vendor === undefined) return INVALID_DATA;
    return { response: { ...vendor, next: selector + 1 < vendors.length ? selector + 1 : NO_MORE_ENTRIES } };
  }),

  serviceHandler("networkId", GetNetworkId, (networkId) => ({ response: { networkId } })),

  serviceHandler("interfaces", QueryInterfaces, (interfaces) => ({ response: { interfaces: interfaces() } })),

  serviceHandler("rateLimiter", QueryRateLimit, (limiter) => ({ response: limiter.query() })),
  serviceHandler("rateLimiter", RequestRateLimit, (limiter, limit, { source }) => ({
    response: limiter.request(limit, source),
  })),
  serviceHandler("rateLimiter", UpdateRateLimit, (limiter, limit, { source }) => {
    limiter.update(limit, source);
    return { response: undefined };
  }),
];

/** A bus owner's own EID is not for others to set: it answers "rejected" with the EID it keeps. */
function setEndpointId(
  { operation, eid: wanted }: SetEndpointIdRequest,
  { identity, services }: Answering,
): Finding<SetEndpointIdResponse> {
  const { pool = "none", poolSize = 0 } = services.pool ?? {};
  switch (operation) {
    case "reset":
      // Back to the static EID, where there is one (DSP0236 12.3).
      if (identity.staticEid === undefined || identity.kind === "busOwner") return INVALID_DATA;
      identity.eid = identity.staticEid;
      identity.assigned = false;
      return { response: { accepted: true, pool, eid: identity.eid, poolSize } };
    case "setDiscovered":
      if (services.discovery === undefined) return INVALID_DATA;
      services.discovery.discovered = true;
      return { response: { accepted: true, pool, eid: identity.eid, poolSize } };
    case "set":
    case "force": {
      if (wanted === NULL_EID || wanted === BROADCAST_EID || !isAssignable(wanted)) return INVALID_DATA;
      const accepted = identity.kind !== "busOwner";
      if (accepted) {
        identity.eid = wanted;
        identity.assigned = true;
        if (services.discovery !== undefined) services.discovery.discovered = true;
      }
      return { response: { accepted, pool, eid: identity.eid, poolSize } };
    }
  }
}

function presentEid(identity: EndpointIdentity): GetEndpointIdResponse {
  return {
    eid: identity.eid,
    endpointType: identity.kind === "endpoint" ? "simple" : "bridge",
    eidType: eidType(identity),
    mediumSpecific: 0,
  };
}

function eidType(identity: EndpointIdentity): EidType {
  if (identity.staticEid === undefined) return "dynamic";
  if (!identity.assigned) return "static";
  return identity.staticEid === identity.eid ? "staticMatches" : "staticDiffers";
}
