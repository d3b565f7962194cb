/** Endpoints as tests want them: short times, small limits, a message type whose messages are kept. */
import type { EndpointIdentity } from "../../src/core/mctp/control/services.ts";
import { versionNumber } from "../../src/core/mctp/control/version-number.ts";
import { EndpointCore, type EndpointConfig } from "../../src/core/mctp/endpoint.ts";
import { MessageType } from "../../src/core/mctp/message.ts";
import { eid, millis, type Eid } from "../../src/core/wire/units.ts";

export const HOST_EID: Eid = eid(9);
export const BMC_EID: Eid = eid(8);
export const HOST_UUID: Uint8Array = Uint8Array.from({ length: 16 }, (_, index) => 0x10 + index);

/** The type of the messages that tests send: vendor defined, IANA. */
export const TEST_TYPE: number = MessageType.VENDOR_IANA;

export function hostIdentity(changes: Partial<EndpointIdentity> = {}): EndpointIdentity {
  return {
    eid: HOST_EID,
    uuid: HOST_UUID,
    kind: "endpoint",
    staticEid: HOST_EID,
    assigned: false,
    messageTypes: new Map([[TEST_TYPE, [versionNumber(1, 0, 0)]]]),
    ...changes,
  };
}

export function bmcIdentity(changes: Partial<EndpointIdentity> = {}): EndpointIdentity {
  return hostIdentity({ eid: BMC_EID, staticEid: BMC_EID, kind: "busOwner", ...changes });
}

export function endpointConfig(identity: EndpointIdentity, changes: Partial<EndpointConfig> = {}): EndpointConfig {
  return {
    identity,
    timing: { attemptTimeout: millis(300), retries: 2, tagHoldOff: millis(5000) },
    assembly: { messageBytes: 64 * 1024, assemblies: 8, totalBytes: 256 * 1024, timeout: millis(1000) },
    queue: { messages: 4096, bytes: 16 * 1024 * 1024 },
    ...changes,
  };
}

/** Has what a handler throws come out of the endpoint: in a test it is an assertion, or a fault of the handler. */
export function rethrowing(endpoint: EndpointCore): EndpointCore {
  endpoint.onHandlerFailure = ({ error }) => {
    throw error as Error;
  };
  return endpoint;
}

export function hostEndpoint(changes: Partial<EndpointConfig> = {}): EndpointCore {
  return rethrowing(new EndpointCore(endpointConfig(hostIdentity(), changes)));
}

export function bmcEndpoint(changes: Partial<EndpointConfig> = {}): EndpointCore {
  return rethrowing(new EndpointCore(endpointConfig(bmcIdentity(), changes)));
}

/** A message of TEST_TYPE whose bytes follow from `seed`, at least one byte long. */
export function testMessage(length: number, seed = 0): Uint8Array {
  const bytes = Uint8Array.from({ length }, (_, index) => seed * 17 + index * 7 + (index >>> 8));
  bytes[0] = TEST_TYPE;
  return bytes;
}
