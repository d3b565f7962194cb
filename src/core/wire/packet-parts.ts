/**
 * An MCTP packet on its way out, not yet in one piece: the 4-byte transport header as one number and the slice of a
 * message that is the payload. The binding copies both straight into its buffer, so a message is copied once.
 */
export interface PacketParts {
  /** The transport header, big-endian: version, destination EID, source EID, flags. */
  header: number;
  message: Uint8Array;
  /** The payload is `message[start]` up to, not including, `message[end]`. */
  start: number;
  end: number;
}

export const PACKET_HEADER_BYTES = 4;
