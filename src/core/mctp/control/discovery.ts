/**
 * Discovery on a bus where a bus owner cannot see who is there: Prepare for Endpoint Discovery, Endpoint Discovery and
 * Discovery Notify, commands 0x0B to 0x0D (DSP0236 12.13 to 12.15). None carries data. This binding uses the last alone
 * (LPC-MCTP-9, LPC-MCTP-20); others, like PCIe VDM, use all.
 */
import { Control } from "./codec.ts";
import { NOTHING, NOTHING_KNOWN, type ControlCommand } from "./data.ts";

/** Has endpoints forget that they were discovered. */
export const PrepareForDiscovery: ControlCommand<undefined, undefined> = {
  code: Control.PREPARE_FOR_DISCOVERY,
  request: NOTHING,
  response: NOTHING_KNOWN,
};

/** Answered by endpoints that were not discovered yet; the others are silent. */
export const EndpointDiscovery: ControlCommand<undefined, undefined> = {
  code: Control.ENDPOINT_DISCOVERY,
  request: NOTHING,
  response: NOTHING_KNOWN,
};

/** From an endpoint to the bus owner, as a request or as a datagram: an endpoint has appeared. */
export const DiscoveryNotify: ControlCommand<undefined, undefined> = {
  code: Control.DISCOVERY_NOTIFY,
  request: NOTHING,
  response: NOTHING_KNOWN,
};
