/** What the tool `mctp` and `ip` do to an interface of the kernel: Debian has no `mctp`. */
import { existsSync, readFileSync } from "node:fs";
import { errnoName } from "../../../src/platform/libc.ts";
import { system } from "../../../src/platform/system.ts";
import { eid } from "../../../src/core/wire/units.ts";
import { ACK_BYTES, acknowledged, changeAddress, changeRoute } from "../../../src/platform/tun/route-messages.ts";

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const RTM_DELLINK = 17;
const REQUEST_WITH_ACK = 0x0005;
const IFF_UP = 0x1;
const SIOCSIFFLAGS = 0x8914;

/** A file of an interface, as a number. */
function number(name: string, file: string): number {
  return Number(readFileSync(`/sys/class/net/${name}/${file}`, "utf8"));
}

export function isThere(name: string): boolean {
  return existsSync(`/sys/class/net/${name}`);
}

export function isUp(name: string): boolean {
  return isThere(name) && (number(name, "flags") & IFF_UP) !== 0;
}

export function indexOf(name: string): number {
  return number(name, "ifindex");
}

export function mtuOf(name: string): number {
  return number(name, "mtu");
}

/** Packets of the kernel that found no room in the interface. */
export function droppedBy(name: string): number {
  return number(name, "statistics/tx_dropped");
}

/** `mctp addr add EID dev NAME` */
export function addAddress(name: string, own: number): void {
  ask(changeAddress("add", indexOf(name), eid(own)));
}

/** `mctp route add EID via NAME` */
export function addRoute(name: string, to: number): void {
  ask(changeRoute("add", indexOf(name), { first: to, last: to }));
}

/** `ip link delete NAME` */
export function removeInterface(name: string): void {
  const message = Buffer.alloc(32);
  message.writeUInt32LE(message.length, 0);
  message.writeUInt16LE(RTM_DELLINK, 4);
  message.writeUInt16LE(REQUEST_WITH_ACK, 6);
  message.writeInt32LE(indexOf(name), 20);
  ask(message);
}

/** `ip link set NAME down` */
export function setDown(name: string): void {
  const request = Buffer.alloc(40);
  request.write(name, "latin1");
  request.writeUInt16LE(number(name, "flags") & ~IFF_UP, 16);
  const socket = system.socket(AF_NETLINK, SOCK_RAW, 0);
  try {
    system.control(socket, SIOCSIFFLAGS, request);
  } finally {
    system.close(socket);
  }
}

function ask(message: Uint8Array): void {
  const socket = system.socket(AF_NETLINK, SOCK_RAW, 0);
  try {
    system.write(socket, message);
    const answer = new Uint8Array(ACK_BYTES);
    const code = acknowledged(answer.subarray(0, system.read(socket, answer, null)));
    if (code !== 0) throw new Error(`rtnetlink: ${errnoName(code ?? 0)}`);
  } finally {
    system.close(socket);
  }
}
