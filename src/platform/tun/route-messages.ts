/**
 * Messages of rtnetlink that set up an MCTP interface: its network, its addresses, its routes. In the byte order of this
 * machine, as all of netlink is; the kernel acknowledges each.
 */
import { endianness } from "node:os";
import type { Eid } from "../../core/wire/units.ts";

const IS_LITTLE_ENDIAN = endianness() === "LE";

/** Address family of MCTP sockets, addresses and routes. */
export const AF_MCTP = 45;

const NLMSG_ERROR = 2;
const RTM_NEWLINK = 16;
const RTM_NEWADDR = 20;
const RTM_DELADDR = 21;
const RTM_NEWROUTE = 24;
const RTM_DELROUTE = 25;
const REQUEST_WITH_ACK = 0x0005;
const NLA_F_NESTED = 0x8000;
const IFLA_AF_SPEC = 26;
const IFLA_MCTP_NET = 1;
const IFA_LOCAL = 2;
const RTA_DST = 1;
const RTA_OIF = 4;
const RTN_UNICAST = 1;

/** struct nlmsghdr; the code of an acknowledgement is behind it. */
const HEADER_BYTES = 16;
const IFINFOMSG_BYTES = 16;
const IFADDRMSG_BYTES = 8;
const RTMSG_BYTES = 12;
export const ACK_BYTES = 256;

/** EIDs in a row, `first` to `last`. */
export interface EidRun {
  readonly first: number;
  readonly last: number;
}

/** Puts an interface into an MCTP network of the kernel. */
export function setNetwork(index: number, net: number): Uint8Array {
  const body = new Uint8Array(IFINFOMSG_BYTES);
  viewOf(body).setInt32(4, index, IS_LITTLE_ENDIAN);
  const family = attribute(AF_MCTP | NLA_F_NESTED, attribute(IFLA_MCTP_NET, u32(net)));
  return request(RTM_NEWLINK, body, attribute(IFLA_AF_SPEC | NLA_F_NESTED, family));
}

/** Gives an interface an EID of the kernel's, or takes it away. */
export function changeAddress(change: "add" | "remove", index: number, eid: Eid): Uint8Array {
  const body = new Uint8Array(IFADDRMSG_BYTES);
  body[0] = AF_MCTP;
  viewOf(body).setUint32(4, index, IS_LITTLE_ENDIAN);
  return request(change === "add" ? RTM_NEWADDR : RTM_DELADDR, body, attribute(IFA_LOCAL, Uint8Array.of(eid)));
}

/** Has the kernel send what is for these EIDs out of an interface, or ends that. */
export function changeRoute(change: "add" | "remove", index: number, { first, last }: EidRun): Uint8Array {
  const body = new Uint8Array(RTMSG_BYTES);
  body[0] = AF_MCTP;
  // Where other families have the length of a prefix: how many EIDs follow the first.
  body[1] = last - first;
  body[7] = RTN_UNICAST;
  return request(
    change === "add" ? RTM_NEWROUTE : RTM_DELROUTE,
    body,
    attribute(RTA_DST, Uint8Array.of(first)),
    attribute(RTA_OIF, u32(index)),
  );
}

/** The number of the error with which the kernel answers, 0 where it has done what was asked; undefined: no such answer. */
export function acknowledged(answer: Uint8Array): number | undefined {
  if (answer.length < HEADER_BYTES + 4) return undefined;
  const view = viewOf(answer);
  if (view.getUint16(4, IS_LITTLE_ENDIAN) !== NLMSG_ERROR) return undefined;
  return Math.abs(view.getInt32(HEADER_BYTES, IS_LITTLE_ENDIAN));
}

function request(type: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + parts.reduce((sum, { length }) => sum + length, 0));
  const view = viewOf(bytes);
  view.setUint32(0, bytes.length, IS_LITTLE_ENDIAN);
  view.setUint16(4, type, IS_LITTLE_ENDIAN);
  view.setUint16(6, REQUEST_WITH_ACK, IS_LITTLE_ENDIAN);
  let at = HEADER_BYTES;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** struct nlattr with its value, to a multiple of four bytes. */
function attribute(type: number, value: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + Math.ceil(value.length / 4) * 4);
  const view = viewOf(bytes);
  view.setUint16(0, 4 + value.length, IS_LITTLE_ENDIAN);
  view.setUint16(2, type, IS_LITTLE_ENDIAN);
  bytes.set(value, 4);
  return bytes;
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  viewOf(bytes).setUint32(0, value, IS_LITTLE_ENDIAN);
  return bytes;
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
