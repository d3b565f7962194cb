/**
 * Whether a message of a demux client asks or answers: its packets have no tag and no TO bit, so the message itself has to
 * say it, where its type has a field for that.
 */
import { MessageType, typeOf } from "../../core/mctp/message.ts";

/** `unknown`: the type has no such field. `notice`: a request that wants no response. */
export type Direction = "request" | "notice" | "response" | "unknown";

const TOP_BIT = 0x80;
const PLDM_DATAGRAM = 0x40;
/** Of a PLDM message behind the type byte: instance id, PLDM type, command. */
const PLDM_INSTANCE = 0x1f;
const PLDM_TYPE = 0x3f;

export function directionOf(bytes: Uint8Array): Direction {
  const [, first] = bytes;
  if (first === undefined) return "unknown";
  const hasTopBit = (first & TOP_BIT) !== 0;
  switch (typeOf(bytes)) {
    // DSP0240: Rq, and D for a request without response.
    case MessageType.PLDM:
      if (!hasTopBit) return "response";
      return (first & PLDM_DATAGRAM) === 0 ? "request" : "notice";
    // NVMe-MI: ROR, the other way round.
    case MessageType.NVME_MI:
      return hasTopBit ? "response" : "request";
    default:
      return spdmDirection(bytes);
  }
}

/** DSP0274: behind the version, codes of requests have the top bit. */
function spdmDirection(bytes: Uint8Array): Direction {
  const [, , code] = bytes;
  if (typeOf(bytes) !== MessageType.SPDM || code === undefined) return "unknown";
  return (code & TOP_BIT) === 0 ? "response" : "request";
}

/** Whether a response is one to this request, as far as its type tells: PLDM has the same instance id, type and command. */
export function answers(response: Uint8Array, request: Uint8Array): boolean {
  if (typeOf(response) !== MessageType.PLDM) return true;
  const masks = [PLDM_INSTANCE, PLDM_TYPE, 0xff];
  return masks.every((mask, at) => ((response[1 + at] ?? 0) & mask) === ((request[1 + at] ?? 0) & mask));
}
