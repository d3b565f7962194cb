/**
 * Control messages: `type 0 | Rq D reserved IID:5 | command | (completion code) | data` (DSP0236 clauses 11 and 12).
 */
import { MessageType } from "../message.ts";

export const Control = {
  SET_ENDPOINT_ID: 0x01,
  GET_ENDPOINT_ID: 0x02,
  GET_ENDPOINT_UUID: 0x03,
  GET_VERSION_SUPPORT: 0x04,
  GET_MESSAGE_TYPE_SUPPORT: 0x05,
  GET_VENDOR_SUPPORT: 0x06,
  RESOLVE_ENDPOINT_ID: 0x07,
  ALLOCATE_ENDPOINT_IDS: 0x08,
  ROUTING_INFORMATION_UPDATE: 0x09,
  GET_ROUTING_TABLE_ENTRIES: 0x0a,
  PREPARE_FOR_DISCOVERY: 0x0b,
  ENDPOINT_DISCOVERY: 0x0c,
  DISCOVERY_NOTIFY: 0x0d,
  GET_NETWORK_ID: 0x0e,
  QUERY_HOP: 0x0f,
  RESOLVE_UUID: 0x10,
  QUERY_RATE_LIMIT: 0x11,
  REQUEST_RATE_LIMIT: 0x12,
  UPDATE_RATE_LIMIT: 0x13,
  QUERY_INTERFACES: 0x14,
} as const;

export const Completion = {
  SUCCESS: 0x00,
  ERROR: 0x01,
  INVALID_DATA: 0x02,
  INVALID_LENGTH: 0x03,
  NOT_READY: 0x04,
  UNSUPPORTED_COMMAND: 0x05,
  /** Get MCTP Version Support: the message type is not supported. */
  TYPE_NOT_SUPPORTED: 0x80,
  /** Routing Information Update: there is no room for the entries. The first code of a command's own, too. */
  INSUFFICIENT_SPACE: 0x80,
} as const;

const COMPLETION_NAMES: ReadonlyMap<number, string> = new Map([
  [Completion.SUCCESS, "success"],
  [Completion.ERROR, "error"],
  [Completion.INVALID_DATA, "invalid data"],
  [Completion.INVALID_LENGTH, "invalid length"],
  [Completion.NOT_READY, "not ready"],
  [Completion.UNSUPPORTED_COMMAND, "unsupported command"],
]);

export function completionName(code: number): string {
  return COMPLETION_NAMES.get(code) ?? `code 0x${code.toString(16).padStart(2, "0")}`;
}

export const INSTANCE_IDS = 32;

const REQUEST_BIT = 0x80;
const DATAGRAM_BIT = 0x40;
const INSTANCE_MASK = 0x1f;
const HEADER_BYTES = 3;

export interface ControlMessage {
  readonly kind: "request" | "datagram" | "response";
  readonly instance: number;
  readonly command: number;
  /** Responses only: the completion code, 0x00 for success. */
  readonly completion: number;
  /** What follows the command, or the completion code. */
  readonly data: Uint8Array;
}

/**
 * Reads a control message. Undefined for what is silently discarded (LPC-MCTP-13): too short, an integrity check, and
 * every combination of TO, Rq and D that is neither request, datagram nor response.
 */
export function decodeControl(bytes: Uint8Array, tagOwner: boolean): ControlMessage | undefined {
  if (bytes.length < HEADER_BYTES || bytes[0] !== MessageType.CONTROL) return undefined;
  const flags = bytes[1]!;
  const isRequest = (flags & REQUEST_BIT) !== 0;
  const isDatagram = (flags & DATAGRAM_BIT) !== 0;
  const shared = { instance: flags & INSTANCE_MASK, command: bytes[2]! };
  if (tagOwner && isRequest) {
    return {
      ...shared,
      kind: isDatagram ? "datagram" : "request",
      completion: Completion.SUCCESS,
      data: bytes.subarray(HEADER_BYTES),
    };
  }
  if (tagOwner || isRequest || isDatagram || bytes.length < HEADER_BYTES + 1) return undefined;
  return { ...shared, kind: "response", completion: bytes[HEADER_BYTES]!, data: bytes.subarray(HEADER_BYTES + 1) };
}

export function encodeRequest(instance: number, command: number, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + data.length);
  bytes[0] = MessageType.CONTROL;
  bytes[1] = REQUEST_BIT | (instance & INSTANCE_MASK);
  bytes[2] = command;
  bytes.set(data, HEADER_BYTES);
  return bytes;
}

/** A response; with an error completion no data may follow. */
export function encodeResponse(
  instance: number,
  command: number,
  completion: number,
  data: Uint8Array = new Uint8Array(0),
): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + 1 + data.length);
  bytes[0] = MessageType.CONTROL;
  bytes[1] = instance & INSTANCE_MASK;
  bytes[2] = command;
  bytes[HEADER_BYTES] = completion;
  bytes.set(data, HEADER_BYTES + 1);
  return bytes;
}
