/**
 * Structures of type 42, Management Controller Host Interface (DSP0134 7.43, from 3.2 on), and what Annex J proposes that one
 * says of this binding; of type 38, IPMI Device Information, only the ports of a KCS, for they are not to be used.
 *
 * Readers never throw: a structure that is cut off, or that says what cannot be, is undefined.
 */
import { readU32be, writeU32be } from "../wire/bytes.ts";
import { ENTERPRISE_NUMBER } from "../vendor-messages/operations.ts";

export const HOST_INTERFACE_TYPE = 42;
export const IPMI_DEVICE_TYPE = 38;

/** Values of the field Interface Type. Those below 0x40 are MCTP's, by the codes of DSP0239. */
export const InterfaceType = { KCS: 0x02, NETWORK: 0x40, OEM: 0xf0 } as const;
/** Values of a protocol record's first field. */
export const ProtocolType = { IPMI: 0x02, MCTP: 0x03, REDFISH: 0x04, OEM: 0xf0 } as const;

export interface HostInterface {
  readonly interfaceType: number;
  readonly data: Uint8Array;
  readonly protocolTypes: readonly number[];
}

/** `data`: behind the structure's header. */
export function readHostInterface(data: Uint8Array): HostInterface | undefined {
  const [interfaceType, length = 0] = data;
  const protocolsAt = 2 + length;
  if (interfaceType === undefined || protocolsAt >= data.length) return undefined;
  const protocolTypes: number[] = [];
  let at = protocolsAt + 1;
  for (let left = data[protocolsAt]!; left > 0; left--) {
    const [type, bytes] = [data[at], data[at + 1]];
    if (type === undefined || bytes === undefined || at + 2 + bytes > data.length) return undefined;
    protocolTypes.push(type);
    at += 2 + bytes;
  }
  return { interfaceType, data: data.subarray(2, protocolsAt), protocolTypes };
}

/* ---- This binding (Annex J.2) ---- */

export const REVISION = 1;
const DESCRIPTION_BYTES = 22;
/** What the upper 16 bits of an address count. */
const HIGH_PART = 2 ** 32;
/** Where the window is: in the host's physical memory, or in the firmware space of its LPC controller. */
const SPACES = ["memory", "firmware"] as const;
export type WindowSpace = (typeof SPACES)[number];

/** What Annex J has a structure of type 42 say of this binding. */
export interface LpcInterface {
  /** I/O port of IDR and ODR. */
  readonly dataPort: number;
  /** I/O port of STR. */
  readonly statusPort: number;
  /** Interrupt of ODR, as the firmware counts interrupts; undefined: none. */
  readonly interrupt: number | undefined;
  readonly space: WindowSpace;
  /** Of 48 bits at most. */
  readonly windowAddress: number;
  readonly windowBytes: number;
}

/** Of a host interface; undefined where it is another's, of a later revision, or says what cannot be. */
export function readLpcInterface({ interfaceType, data, protocolTypes }: HostInterface): LpcInterface | undefined {
  if (interfaceType !== InterfaceType.OEM || !protocolTypes.includes(ProtocolType.MCTP)) return undefined;
  if (data.length < DESCRIPTION_BYTES || readU32be(data, 0) !== ENTERPRISE_NUMBER || data[4] !== REVISION)
    return undefined;
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const space = SPACES[data[5]!];
  const [dataPort, statusPort] = [view.getUint16(6, true), view.getUint16(8, true)];
  if (space === undefined || dataPort === statusPort) return undefined;
  const interrupt = view.getUint16(10, true);
  return {
    dataPort,
    statusPort,
    interrupt: interrupt === 0 ? undefined : interrupt,
    space,
    windowAddress: view.getUint16(16, true) * HIGH_PART + view.getUint32(12, true),
    windowBytes: view.getUint32(18, true),
  };
}

/** The formatted part of a structure of type 42 that describes this binding, behind its header. */
export function writeLpcInterface(described: LpcInterface): Uint8Array {
  const { dataPort, statusPort, interrupt, space, windowAddress, windowBytes } = described;
  const data = new Uint8Array(2 + DESCRIPTION_BYTES + 3);
  data.set([InterfaceType.OEM, DESCRIPTION_BYTES]);
  writeU32be(data, 2, ENTERPRISE_NUMBER);
  const view = new DataView(data.buffer, 2);
  data.set([REVISION, SPACES.indexOf(space)], 6);
  view.setUint16(6, dataPort, true);
  view.setUint16(8, statusPort, true);
  view.setUint16(10, interrupt ?? 0, true);
  view.setUint32(12, windowAddress % HIGH_PART, true);
  view.setUint16(16, Math.floor(windowAddress / HIGH_PART), true);
  view.setUint32(18, windowBytes, true);
  data.set([1, ProtocolType.MCTP, 0], 2 + DESCRIPTION_BYTES);
  return data;
}

/* ---- IPMI ---- */

const IPMI_KCS = 1;
const BASE_ADDRESS_AT = 4;

/** First I/O port of an IPMI KCS interface, of the data behind the header; undefined where it has none. */
export function readIpmiPort(data: Uint8Array): number | undefined {
  if (data[0] !== IPMI_KCS || data.length < BASE_ADDRESS_AT + 8) return undefined;
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const low = view.getUint32(BASE_ADDRESS_AT, true);
  // Bit 0 says that it is a port, and no address of memory.
  const isPort = (low & 1) === 1 && low <= 0xffff && view.getUint32(BASE_ADDRESS_AT + 4, true) === 0;
  return isPort ? low - 1 : undefined;
}
