/** Who the endpoints of the two agents are: EIDs, UUIDs, message types. */
import { randomUUID } from "node:crypto";
import { parseUuid } from "../core/mctp/control/identifiers.ts";
import { versionNumber } from "../core/mctp/control/version-number.ts";
import type { VendorSupport } from "../core/mctp/control/commands/get-vendor-support.ts";
import { MessageType } from "../core/mctp/message.ts";
import { Failure } from "../platform/failure.ts";
import { eid, type Eid } from "../core/wire/units.ts";
import { ENTERPRISE_NUMBER } from "./files/vendor-messages.ts";

/** EIDs of this binding unless configured otherwise (LPC-MCTP-2). */
export const DEFAULT_BMC_EID: Eid = eid(8);
export const DEFAULT_HOST_EID: Eid = eid(9);

/** A UUID as given, or a random one. */
export function endpointUuid(text: string | undefined): Uint8Array {
  const bytes = parseUuid(text ?? randomUUID());
  if (bytes !== undefined) return bytes;
  throw new Failure("uuid", `"${text ?? ""}" is no UUID: give 32 hexadecimal digits, as uuidgen prints them`);
}

/** Echo and file messages: vendor-defined (IANA), format version 1.0.0. */
export const VENDOR_MESSAGE_TYPES: ReadonlyMap<number, readonly number[]> = new Map([
  [MessageType.VENDOR_IANA, [versionNumber(1, 0, 0)]],
]);

/** The message types beside control that every agent takes, PLDM as DSP0241 1.0.0 has it. */
export const AGENT_MESSAGE_TYPES: ReadonlyMap<number, readonly number[]> = new Map([
  [MessageType.PLDM, [versionNumber(1, 0, 0)]],
  ...VENDOR_MESSAGE_TYPES,
]);

/** Whose vendor-defined messages those are, and the version of their format, 1.0. */
export const VENDOR_SUPPORT: readonly VendorSupport[] = [{ format: "iana", id: ENTERPRISE_NUMBER, commandSet: 0x0100 }];
