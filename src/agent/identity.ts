/** Who the endpoints of the two agents are: EIDs, UUIDs, message types. */
import { randomUUID } from "node:crypto";
import { versionNumber } from "../mctp/control/version-support.ts";
import { MessageType } from "../mctp/message.ts";
import { fromHex, toHex } from "../wire/bytes.ts";
import { Failure } from "../platform/failure.ts";
import { eid, type Eid } from "../wire/units.ts";

/** EIDs of this binding unless configured otherwise (LPC-MCTP-2). */
export const DEFAULT_BMC_EID: Eid = eid(8);
export const DEFAULT_HOST_EID: Eid = eid(9);

/** 16 bytes to the form 8-4-4-4-12. */
export function uuidText(uuid: Uint8Array): string {
  const hex = toHex(uuid);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** A UUID as given, or a random one. */
export function endpointUuid(text: string | undefined): Uint8Array {
  const bytes = fromHex((text ?? randomUUID()).replaceAll("-", ""));
  if (bytes?.length === 16) return bytes;
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
