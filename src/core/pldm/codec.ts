/**
 * PLDM messages over MCTP: `type 1 | Rq D reserved IID:5 | header version:2 PLDM type:6 | command | (completion code) |
 * data` (DSP0240, DSP0241). Integers of PLDM are little-endian.
 */
import { MessageType, hasIntegrityCheck, typeOf } from "../mctp/message.ts";

/** PLDM types, the numbers of DSP0245. */
export const PldmType = {
  BASE: 0x00,
  SMBIOS: 0x01,
  PLATFORM: 0x02,
  BIOS: 0x03,
  FRU: 0x04,
  FIRMWARE_UPDATE: 0x05,
  REDFISH: 0x06,
  FILE_TRANSFER: 0x07,
  OEM: 0x3f,
} as const;

const TYPE_NAMES: ReadonlyMap<number, string> = new Map([
  [PldmType.BASE, "base"],
  [PldmType.SMBIOS, "SMBIOS"],
  [PldmType.PLATFORM, "platform monitoring and control"],
  [PldmType.BIOS, "BIOS control and configuration"],
  [PldmType.FRU, "FRU data"],
  [PldmType.FIRMWARE_UPDATE, "firmware update"],
  [PldmType.REDFISH, "Redfish device enablement"],
  [PldmType.FILE_TRANSFER, "file transfer"],
  [PldmType.OEM, "OEM"],
]);

export function pldmTypeName(type: number): string {
  return TYPE_NAMES.get(type) ?? `PLDM type 0x${type.toString(16).padStart(2, "0")}`;
}

/** Commands of PLDM type 0 (DSP0240). */
export const PldmCommand = {
  SET_TID: 0x01,
  GET_TID: 0x02,
  GET_PLDM_VERSION: 0x03,
  GET_PLDM_TYPES: 0x04,
  GET_PLDM_COMMANDS: 0x05,
} as const;

const COMMAND_NAMES: ReadonlyMap<number, string> = new Map([
  [PldmCommand.SET_TID, "SetTID"],
  [PldmCommand.GET_TID, "GetTID"],
  [PldmCommand.GET_PLDM_VERSION, "GetPLDMVersion"],
  [PldmCommand.GET_PLDM_TYPES, "GetPLDMTypes"],
  [PldmCommand.GET_PLDM_COMMANDS, "GetPLDMCommands"],
]);

export function pldmCommandName(type: number, command: number): string {
  const name = type === PldmType.BASE ? COMMAND_NAMES.get(command) : undefined;
  return name ?? `command 0x${command.toString(16).padStart(2, "0")} of ${pldmTypeName(type)}`;
}

export const PldmCompletion = {
  SUCCESS: 0x00,
  ERROR: 0x01,
  INVALID_DATA: 0x02,
  INVALID_LENGTH: 0x03,
  NOT_READY: 0x04,
  UNSUPPORTED_COMMAND: 0x05,
  INVALID_TYPE: 0x20,
  /** GetPLDMVersion: no transfer under way has this handle. */
  INVALID_TRANSFER_HANDLE: 0x80,
  /** GetPLDMVersion: neither GetNextPart nor GetFirstPart. */
  INVALID_OPERATION_FLAG: 0x81,
  /** GetPLDMVersion, GetPLDMCommands: the PLDM type asked for is not supported. */
  INVALID_TYPE_IN_REQUEST: 0x83,
  /** GetPLDMCommands: the version asked for is not supported. */
  INVALID_VERSION_IN_REQUEST: 0x84,
} as const;

const COMPLETION_NAMES: ReadonlyMap<number, string> = new Map([
  [PldmCompletion.SUCCESS, "success"],
  [PldmCompletion.ERROR, "error"],
  [PldmCompletion.INVALID_DATA, "invalid data"],
  [PldmCompletion.INVALID_LENGTH, "invalid length"],
  [PldmCompletion.NOT_READY, "not ready"],
  [PldmCompletion.UNSUPPORTED_COMMAND, "unsupported command"],
  [PldmCompletion.INVALID_TYPE, "invalid PLDM type"],
]);

/** Codes from 0x80 on mean what the command says. */
const COMMAND_COMPLETION_NAMES: ReadonlyMap<number, string> = new Map([
  [PldmCompletion.INVALID_TRANSFER_HANDLE, "invalid data transfer handle"],
  [PldmCompletion.INVALID_OPERATION_FLAG, "invalid transfer operation flag"],
  [PldmCompletion.INVALID_TYPE_IN_REQUEST, "invalid PLDM type in the request's data"],
  [PldmCompletion.INVALID_VERSION_IN_REQUEST, "invalid PLDM version in the request's data"],
]);

/** The name of a completion code; those from 0x80 on are known for commands of the base type. */
export function pldmCompletionName(code: number, type: number = PldmType.BASE): string {
  const specific = type === PldmType.BASE ? COMMAND_COMPLETION_NAMES.get(code) : undefined;
  return COMPLETION_NAMES.get(code) ?? specific ?? `code 0x${code.toString(16).padStart(2, "0")}`;
}

export const PLDM_HEADER_BYTES = 4;
export const PLDM_INSTANCE_IDS = 32;

const REQUEST_BIT = 0x80;
const DATAGRAM_BIT = 0x40;
const INSTANCE_MASK = 0x1f;
const TYPE_MASK = 0x3f;

export interface PldmMessage {
  /** A notification is a request that wants no response. */
  readonly kind: "request" | "notification" | "response";
  readonly instance: number;
  readonly headerVersion: number;
  readonly type: number;
  readonly command: number;
  /** Responses only: the completion code, 0x00 for success. */
  readonly completion: number;
  /** What follows the command, or the completion code. */
  readonly data: Uint8Array;
}

/** Reads a PLDM message. Undefined for what is too short, carries an integrity check, or has D without Rq. */
export function decodePldm(bytes: Uint8Array): PldmMessage | undefined {
  if (bytes.length < PLDM_HEADER_BYTES || typeOf(bytes) !== MessageType.PLDM || hasIntegrityCheck(bytes)) {
    return undefined;
  }
  const flags = bytes[1]!;
  const shared = {
    instance: flags & INSTANCE_MASK,
    headerVersion: bytes[2]! >>> 6,
    type: bytes[2]! & TYPE_MASK,
    command: bytes[3]!,
  };
  const isDatagram = (flags & DATAGRAM_BIT) !== 0;
  if ((flags & REQUEST_BIT) !== 0) {
    const data = bytes.subarray(PLDM_HEADER_BYTES);
    return { ...shared, kind: isDatagram ? "notification" : "request", completion: PldmCompletion.SUCCESS, data };
  }
  if (isDatagram || bytes.length < PLDM_HEADER_BYTES + 1) return undefined;
  const completion = bytes[PLDM_HEADER_BYTES]!;
  return { ...shared, kind: "response", completion, data: bytes.subarray(PLDM_HEADER_BYTES + 1) };
}

export function encodePldmRequest(instance: number, type: number, command: number, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(PLDM_HEADER_BYTES + data.length);
  bytes.set([MessageType.PLDM, REQUEST_BIT | (instance & INSTANCE_MASK), type & TYPE_MASK, command]);
  bytes.set(data, PLDM_HEADER_BYTES);
  return bytes;
}

/** The response to a request: its instance id, type and command, then the code; data follows a success only. */
export function encodePldmResponse(request: PldmMessage, completion: number, data?: Uint8Array): Uint8Array {
  const follows = completion === PldmCompletion.SUCCESS && data !== undefined ? data : new Uint8Array(0);
  const bytes = new Uint8Array(PLDM_HEADER_BYTES + 1 + follows.length);
  bytes.set([MessageType.PLDM, request.instance, request.type, request.command, completion]);
  bytes.set(follows, PLDM_HEADER_BYTES + 1);
  return bytes;
}

export function readU32le(bytes: Uint8Array, offset: number): number {
  return (bytes[offset]! | (bytes[offset + 1]! << 8) | (bytes[offset + 2]! << 16) | (bytes[offset + 3]! << 24)) >>> 0;
}

export function writeU32le(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value;
  bytes[offset + 1] = value >>> 8;
  bytes[offset + 2] = value >>> 16;
  bytes[offset + 3] = value >>> 24;
}

/** The numbers of the bits that are set, bit 0 being the lowest of the first byte. */
export function readBitmap(bytes: Uint8Array): readonly number[] {
  return [...bytes].flatMap((byte, index) =>
    Array.from({ length: 8 }, (_, bit) => bit)
      .filter((bit) => ((byte >>> bit) & 1) === 1)
      .map((bit) => 8 * index + bit),
  );
}

/** A bitmap of `length` bytes with these bits set; bits outside are left out. */
export function writeBitmap(length: number, bits: Iterable<number>): Uint8Array {
  const bytes = new Uint8Array(length);
  for (const bit of bits) if (bit < 8 * length) bytes[bit >>> 3]! |= 1 << (bit & 7);
  return bytes;
}
