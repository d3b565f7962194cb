/**
 * Identifiers of 16 bytes: Get Endpoint UUID, command 0x03 (DSP0236 12.5), and Get Network ID, command 0x0E. A UUID
 * tells a device apart for good, whatever EIDs it gets; a network ID the network that an endpoint is on.
 */
import { fromHex, toHex } from "../../wire/bytes.ts";
import { ok } from "../../wire/result.ts";
import { Control } from "./codec.ts";
import { NOTHING, exactly, type ControlCommand, type DataCodec } from "./data.ts";

export const UUID_BYTES = 16;

/** 16 bytes to the form 8-4-4-4-12, lower case. */
export function uuidText(uuid: Uint8Array): string {
  const hex = toHex(uuid);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** 32 hexadecimal digits, with hyphens between them or without, to 16 bytes; undefined for anything else. */
export function parseUuid(text: string): Uint8Array | undefined {
  const bytes = fromHex(text.replaceAll("-", ""));
  return bytes?.length === UUID_BYTES ? bytes : undefined;
}

/** Whether a UUID tells devices apart: all zeros and all ones are what those say that were never given one. */
export function isIdentity(uuid: Uint8Array): boolean {
  return !uuid.every((byte) => byte === 0x00) && !uuid.every((byte) => byte === 0xff);
}

export interface GetEndpointUuidResponse {
  readonly uuid: Uint8Array;
}

export interface GetNetworkIdResponse {
  readonly networkId: Uint8Array;
}

/** Exactly 16 bytes: with more of them or fewer it is no telling which. */
function identifier<Response>(
  bytesOf: (response: Response) => Uint8Array,
  response: (bytes: Uint8Array) => Response,
): DataCodec<Response> {
  return { encode: bytesOf, decode: exactly(UUID_BYTES, (data) => ok(response(data))) };
}

export const GetEndpointUuid: ControlCommand<undefined, GetEndpointUuidResponse> = {
  code: Control.GET_ENDPOINT_UUID,
  request: NOTHING,
  response: identifier(
    ({ uuid }) => uuid,
    (uuid) => ({ uuid }),
  ),
};

export const GetNetworkId: ControlCommand<undefined, GetNetworkIdResponse> = {
  code: Control.GET_NETWORK_ID,
  request: NOTHING,
  response: identifier(
    ({ networkId }) => networkId,
    (networkId) => ({ networkId }),
  ),
};
