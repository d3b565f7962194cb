/** Who the endpoints of the two agents are: EIDs, UUIDs, message types. */
import { parseUuid } from "../core/mctp/control/identifiers.ts";
import { versionNumber } from "../core/mctp/control/version-number.ts";
import type { VendorSupport } from "../core/mctp/control/commands/get-vendor-support.ts";
import { MessageType, NULL_EID } from "../core/mctp/message.ts";
import { Failure } from "../platform/failure.ts";
import { eid, type Eid } from "../core/wire/units.ts";
import { ENDPOINT_DEFAULTS } from "../core/mctp/endpoint-defaults.ts";
import type { EndpointConfig } from "../core/mctp/endpoint.ts";
import type { ControlServices, EndpointIdentity } from "../core/mctp/control/services.ts";
import type { AgentRole } from "./control/control-socket.ts";
import { ENTERPRISE_NUMBER } from "./files/vendor-messages.ts";
import { machineUuid, type OwnUuid } from "./machine-uuid.ts";

/** EIDs of this binding unless configured otherwise (LPC-MCTP-2). */
export const DEFAULT_BMC_EID: Eid = eid(8);
export const DEFAULT_HOST_EID: Eid = eid(9);

/** A UUID as given, or the machine's for this role and place. Throws a Failure. */
export function endpointUuid(text: string | undefined, role: AgentRole, place: string): OwnUuid {
  return text === undefined ? machineUuid(role, place) : { uuid: uuidOf(text), isRandom: false };
}

/** 16 bytes of a UUID as people write it. Throws a Failure. */
export function uuidOf(text: string): Uint8Array {
  const uuid = parseUuid(text);
  if (uuid !== undefined) return uuid;
  throw new Failure("uuid", `"${text}" is no UUID: give 32 hexadecimal digits, as uuidgen prints them`);
}

/** What an agent says whose UUID no bus owner will know again. */
export const RANDOM_UUID_NOTE =
  "This machine has no identity that can be read (product UUID, machine-id): the UUID is random, and a bus owner gives another EID after each start. Give one with --uuid.";

/** Echo and file messages: vendor-defined (IANA), format version 1.0.0. */
export const VENDOR_MESSAGE_TYPES: ReadonlyMap<number, readonly number[]> = new Map([
  [MessageType.VENDOR_IANA, [versionNumber(1, 0, 0)]],
]);

/** The message types beside control that every agent takes, PLDM as DSP0241 1.0.0 has it. */
export const AGENT_MESSAGE_TYPES: ReadonlyMap<number, readonly number[]> = new Map([
  [MessageType.PLDM, [versionNumber(1, 0, 0)]],
  ...VENDOR_MESSAGE_TYPES,
]);

/** What Get Message Type Support, Version Support and Vendor Defined Message Support tell: programs add to it. */
export interface Announced {
  /** By message type, its versions in the coding of versionNumber. */
  readonly messageTypes: Map<number, readonly number[]>;
  readonly vendors: VendorSupport[];
}

export interface AgentEndpointConfig extends EndpointConfig {
  readonly identity: EndpointIdentity & Pick<Announced, "messageTypes">;
  readonly services: ControlServices & Pick<Announced, "vendors">;
}

/** An EID of options, where the null EID stands for none. */
export function ownEid(given: Eid): Eid | undefined {
  return given === NULL_EID ? undefined : given;
}

/** An endpoint of an agent, with the times and bounds of the binding. `own`: its EID unless a bus owner gives another. */
export function agentEndpoint(
  kind: EndpointIdentity["kind"],
  own: Eid | undefined,
  uuid: Uint8Array,
): AgentEndpointConfig {
  return {
    ...ENDPOINT_DEFAULTS,
    identity: {
      eid: own ?? NULL_EID,
      uuid,
      kind,
      staticEid: own,
      assigned: false,
      // Its own: programs add types, and vendors' sets.
      messageTypes: new Map(AGENT_MESSAGE_TYPES),
    },
    services: { vendors: [...VENDOR_SUPPORT] },
  };
}

/** Whose vendor-defined messages those are, and the version of their format, 1.0. */
export const VENDOR_SUPPORT: readonly VendorSupport[] = [{ format: "iana", id: ENTERPRISE_NUMBER, commandSet: 0x0100 }];
