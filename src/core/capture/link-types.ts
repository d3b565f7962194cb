/**
 * What stands in front of a captured packet, by the capture's link type. MCTP has none of its own: it is captured as Linux
 * captures it, behind the header of a "cooked" interface, with ETH_P_MCTP as its protocol.
 */
import { readU16be, writeU16be, writeU32be } from "../wire/bytes.ts";
import { ok, reject, type Result } from "../wire/result.ts";

export const LinkType = {
  /** The first cooked header of Linux, 16 bytes. */
  LINUX_SLL: 113,
  /** The bus of this binding, see bus-record.ts: the first of the types that users may give a meaning. */
  USER0: 147,
  /** The second cooked header of Linux, 20 bytes: what libmctp writes, and what Wireshark from 4.2 on reads MCTP from. */
  LINUX_SLL2: 276,
} as const;

/** ETH_P_MCTP. */
export const MCTP_PROTOCOL = 0x00fa;
/** ARPHRD_MCTP. */
const MCTP_HARDWARE = 290;
/** Whether a packet came to the side that captures, or went out of it. */
export type PacketWay = "in" | "out";
const PACKET_TYPE: Readonly<Record<PacketWay, number>> = { in: 0, out: 4 };

/** Bytes of each header, and where the protocol stands in it. */
const SLL = { bytes: 16, protocolAt: 14, typeAt: 1 } as const;
const SLL2 = { bytes: 20, protocolAt: 0, interfaceAt: 4, hardwareAt: 8, typeAt: 10 } as const;
export const SLL2_BYTES: number = SLL2.bytes;

/** The header of a packet that passed interface `index`, from 1, as Linux numbers them. */
export function sll2Header(way: PacketWay, index: number): Uint8Array {
  const header = new Uint8Array(SLL2.bytes);
  writeU16be(header, SLL2.protocolAt, MCTP_PROTOCOL);
  writeU32be(header, SLL2.interfaceAt, index);
  writeU16be(header, SLL2.hardwareAt, MCTP_HARDWARE);
  header[SLL2.typeAt] = PACKET_TYPE[way];
  return header;
}

export type LinkReject = "linkType" | "truncatedHeader" | "otherProtocol";

/** The MCTP packet of a captured frame, a view of it. */
export function mctpPacketIn(linkType: number, frame: Uint8Array): Result<Uint8Array, LinkReject> {
  const header = linkType === LinkType.LINUX_SLL2 ? SLL2 : linkType === LinkType.LINUX_SLL ? SLL : undefined;
  if (header === undefined) return reject("linkType");
  if (frame.length < header.bytes) return reject("truncatedHeader");
  if (readU16be(frame, header.protocolAt) !== MCTP_PROTOCOL) return reject("otherProtocol");
  return ok(frame.subarray(header.bytes));
}

/** Whether a frame that has an MCTP packet came in or went out, by its header. */
export function wayOf(linkType: number, frame: Uint8Array): PacketWay {
  const at = linkType === LinkType.LINUX_SLL ? SLL.typeAt : SLL2.typeAt;
  return frame[at] === PACKET_TYPE.out ? "out" : "in";
}
