/** The MCTP message and its first byte, `IC:1 | type:7` (DSP0236 clause 8.1, DSP0239). */
import type { Eid } from "../wire/units.ts";

export const MessageType = {
  CONTROL: 0x00,
  PLDM: 0x01,
  NCSI: 0x02,
  ETHERNET: 0x03,
  NVME_MI: 0x04,
  SPDM: 0x05,
  SECURED: 0x06,
  VENDOR_PCI: 0x7e,
  VENDOR_IANA: 0x7f,
} as const;

/** The two fields of the first byte. */
export const INTEGRITY_CHECK_MASK = 0x80;
export const MESSAGE_TYPE_MASK = 0x7f;

const MESSAGE_TYPE_NAMES: ReadonlyMap<number, string> = new Map([
  [MessageType.CONTROL, "MCTP control"],
  [MessageType.PLDM, "PLDM"],
  [MessageType.NCSI, "NC-SI"],
  [MessageType.ETHERNET, "Ethernet"],
  [MessageType.NVME_MI, "NVMe-MI"],
  [MessageType.SPDM, "SPDM"],
  [MessageType.SECURED, "secured messages"],
  [MessageType.VENDOR_PCI, "vendor (PCI)"],
  [MessageType.VENDOR_IANA, "vendor (IANA)"],
]);

export function messageTypeName(type: number): string {
  return MESSAGE_TYPE_NAMES.get(type) ?? `type 0x${type.toString(16).padStart(2, "0")}`;
}

export const NULL_EID = 0 as Eid;
export const BROADCAST_EID = 0xff as Eid;
export const FIRST_ASSIGNABLE_EID = 8;
export const LAST_ASSIGNABLE_EID = 254;

export function isAssignable(value: number): value is Eid {
  return Number.isInteger(value) && value >= FIRST_ASSIGNABLE_EID && value <= LAST_ASSIGNABLE_EID;
}

/** A whole message. `bytes` begins with the IC and type byte and is the receiver's to keep. */
export interface Message {
  readonly source: Eid;
  readonly destination: Eid;
  readonly tagOwner: boolean;
  readonly tag: number;
  readonly bytes: Uint8Array;
  /** The port of the endpoint on which it came in, where its answer goes out. */
  readonly arrival?: object | undefined;
  /** How many packets it came in. */
  readonly packets?: number;
}

export function typeOf(bytes: Uint8Array): number {
  return (bytes[0] ?? 0) & MESSAGE_TYPE_MASK;
}

/** The integrity check bit: a check that the message type defines follows the body. */
export function hasIntegrityCheck(bytes: Uint8Array): boolean {
  return ((bytes[0] ?? 0) & INTEGRITY_CHECK_MASK) !== 0;
}
