/**
 * A TUN device of Linux that carries MCTP: the kernel's MCTP stack takes it as an interface. Each read and write is one
 * packet behind four bytes that say what it is. The device is there while its descriptor is open.
 */
import { endianness } from "node:os";
import { HEADER_BYTES } from "../../core/mctp/packet.ts";
import { FIRST_ASSIGNABLE_EID, LAST_ASSIGNABLE_EID } from "../../core/mctp/message.ts";
import type { Eid } from "../../core/wire/units.ts";
import { Failure, errnoOf, messageOf } from "../failure.ts";
import { errnoName, needLibc } from "../libc.ts";
import { opening } from "../scope.ts";
import { system } from "../system.ts";
import type { TunLinkSpec } from "./kind.ts";
import {
  ACK_BYTES,
  AF_MCTP,
  acknowledged,
  changeAddress,
  changeRoute,
  setNetwork,
  type EidRun,
} from "./route-messages.ts";

const IS_LITTLE_ENDIAN = endianness() === "LE";
const NODE = "/dev/net/tun";

const AF_NETLINK = 16;
const SOCK_DGRAM = 2;
const SOCK_RAW = 3;
const NETLINK_ROUTE = 0;

const TUNSETIFF = 0x4004_54ca;
const IFF_TUN = 0x0001;
/** Not a device that is there already: another program's. */
const IFF_TUN_EXCL = 0x8000;
const SIOCGIFFLAGS = 0x8913;
const SIOCSIFFLAGS = 0x8914;
const SIOCSIFMTU = 0x8922;
const SIOCGIFINDEX = 0x8933;
const SIOCSIFTXQLEN = 0x8943;
const IFF_UP = 0x1;
/** struct ifreq: the name, then a union. */
const IFREQ_BYTES = 40;
const IFREQ_VALUE = 16;

/** struct tun_pi: u16 flags, then the protocol in network order. */
const INFO_BYTES = 4;
const ETH_P_MCTP = 0x00fa;
/** The largest frame that TUN carries, and so the largest MTU of the device: an MCTP packet with its header. */
const LARGEST_FRAME = 65_535;
/** Payload bytes of the largest packet that the device carries. */
export const LARGEST_TUN_UNIT: number = LARGEST_FRAME - HEADER_BYTES;
/**
 * Packets that wait in the kernel until they are read: two of the longest messages (64 KiB) in the smallest packets, and
 * places that the kernel's ring frees some time after they were read.
 */
export const WAITING_PACKETS = 2112;

/** What a frame was that was read. */
export type Frame =
  /** Header and payload are `bytes[start]` to `bytes[end]`, until the next read. */
  | { readonly bytes: Uint8Array; readonly start: number; readonly end: number }
  /** `none`: nothing waits. `other`: it was of another protocol, or cut. */
  | "none"
  | "other";

export class TunDevice {
  readonly #name: string;
  readonly #fd: number;
  readonly #control: number;
  readonly #index: number;
  readonly #input = new Uint8Array(INFO_BYTES + LARGEST_FRAME);
  readonly #output = new Uint8Array(INFO_BYTES + LARGEST_FRAME);
  #eid: Eid | undefined;
  #routes: readonly EidRun[] = [];

  private constructor(name: string, fd: number, control: number, index: number) {
    this.#name = name;
    this.#fd = fd;
    this.#control = control;
    this.#index = index;
    this.#output[2] = ETH_P_MCTP >> 8;
    this.#output[3] = ETH_P_MCTP & 0xff;
  }

  /** Makes the device, which is down and has no EID. Throws a Failure. */
  static make({ name, interfaceName, net }: TunLinkSpec): TunDevice {
    needLibc();
    return opening("tun-open", `make ${name}`, (scope) => {
      checkMctp();
      const fd = system.open(NODE, "packets");
      scope.add(system.close, fd);
      const control = system.socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
      scope.add(system.close, control);
      named(interfaceName, () => {
        system.control(fd, TUNSETIFF, interfaceRequest(interfaceName, IFF_TUN | IFF_TUN_EXCL));
      });
      return named(interfaceName, () => {
        const asked = interfaceRequest(interfaceName, 0);
        system.control(control, SIOCGIFINDEX, asked);
        const device = new TunDevice(interfaceName, fd, control, viewOf(asked).getInt32(IFREQ_VALUE, IS_LITTLE_ENDIAN));
        device.#set(SIOCSIFTXQLEN, WAITING_PACKETS);
        device.#ask(setNetwork(device.#index, net));
        return device;
      });
    });
  }

  /* ---- The interface ---- */

  /** Has the kernel send packets of at most so many payload bytes. Throws a Failure. */
  setUnit(unit: number): void {
    named(this.#name, () => {
      this.#set(SIOCSIFMTU, Math.min(unit, LARGEST_TUN_UNIT) + HEADER_BYTES);
    });
  }

  /** Throws a Failure. */
  setUp(isUp: boolean): void {
    named(this.#name, () => {
      const request = interfaceRequest(this.#name, 0);
      system.control(this.#control, SIOCGIFFLAGS, request);
      const view = viewOf(request);
      const flags = view.getUint16(IFREQ_VALUE, IS_LITTLE_ENDIAN);
      view.setUint16(IFREQ_VALUE, isUp ? flags | IFF_UP : flags & ~IFF_UP, IS_LITTLE_ENDIAN);
      system.control(this.#control, SIOCSIFFLAGS, request);
    });
  }

  /**
   * The kernel has this EID at the interface from now on, in place of the one that was set before; undefined: none. With
   * `routes` it finds all other EIDs there, too. Throws a Failure.
   */
  setEid(eid: Eid | undefined, routes: "routes" | "noRoutes"): void {
    if (eid === this.#eid) return;
    named(this.#name, () => {
      const [before, known] = [this.#eid, this.#routes];
      [this.#eid, this.#routes] = [undefined, []];
      for (const run of known) this.#ask(changeRoute("remove", this.#index, run), "ENOENT");
      if (before !== undefined) this.#ask(changeAddress("remove", this.#index, before), "ENOENT");
      if (eid === undefined) return;
      this.#ask(changeAddress("add", this.#index, eid), "EEXIST");
      this.#eid = eid;
      if (routes === "noRoutes") return;
      // None of them may hold the own EID: the kernel takes the first route that fits.
      const runs = [
        { first: FIRST_ASSIGNABLE_EID, last: eid - 1 },
        { first: eid + 1, last: LAST_ASSIGNABLE_EID },
      ].filter(({ first, last }) => first <= last);
      this.#routes = runs;
      for (const run of runs) this.#ask(changeRoute("add", this.#index, run), "EEXIST");
    });
  }

  /* ---- Packets ---- */

  /** Waits for a packet, in the thread pool; false: none came within the time. The descriptor must stay open meanwhile. */
  wait(milliseconds: number): Promise<boolean> {
    return system.waitLater(this.#fd, milliseconds);
  }

  /** Reads a frame that waits. Throws a Failure when the device is gone. */
  read(): Frame {
    let length: number;
    try {
      length = system.read(this.#fd, this.#input, null);
    } catch (error) {
      if (errnoOf(error) === "EAGAIN" || errnoOf(error) === "EINTR") return "none";
      throw this.#lost(error);
    }
    if (length === 0) throw this.#lost(undefined);
    if (length < INFO_BYTES + HEADER_BYTES) return "other";
    const isCut = (viewOf(this.#input).getUint16(0, IS_LITTLE_ENDIAN) & 1) !== 0;
    const protocol = (this.#input[2]! << 8) | this.#input[3]!;
    if (isCut || protocol !== ETH_P_MCTP) return "other";
    return { bytes: this.#input, start: INFO_BYTES, end: length };
  }

  /**
   * Gives the kernel a packet of at most LARGEST_TUN_UNIT payload bytes. `full`: it takes none now; `refused`: it takes none
   * while the interface is down. Throws a Failure when the device is gone.
   */
  write(header: number, message: Uint8Array, start: number, end: number): "taken" | "full" | "refused" {
    viewOf(this.#output).setUint32(INFO_BYTES, header);
    this.#output.set(message.subarray(start, end), INFO_BYTES + HEADER_BYTES);
    try {
      system.write(this.#fd, this.#output.subarray(0, INFO_BYTES + HEADER_BYTES + end - start));
      return "taken";
    } catch (error) {
      const code = errnoOf(error);
      if (code === "EAGAIN" || code === "EINTR") return "full";
      if (code === "EIO" || code === "EINVAL" || code === "EMSGSIZE" || code === "ENOMEM" || code === "ENOBUFS") {
        return "refused";
      }
      throw this.#lost(error);
    }
  }

  /** Ends the device, and with it the interface. */
  close(): void {
    try {
      system.close(this.#fd);
    } finally {
      system.close(this.#control);
    }
  }

  /* ---- Inside ---- */

  #set(request: number, value: number): void {
    system.control(this.#control, request, interfaceRequest(this.#name, value));
  }

  /** Asks the kernel by rtnetlink; `passes`: an error that says that it is so already. */
  #ask(message: Uint8Array, passes?: string): void {
    system.write(this.#control, message);
    const answer = new Uint8Array(ACK_BYTES);
    const length = system.read(this.#control, answer, null);
    const number = acknowledged(answer.subarray(0, length));
    if (number === 0) return;
    const code = number === undefined ? "EBADMSG" : errnoName(number);
    if (code !== passes) throw Object.assign(new Error(`rtnetlink: ${code}`), { code });
  }

  #lost(error: unknown): Failure {
    const isRemoved = error === undefined || GONE.has(errnoOf(error) ?? "") || numberOf(error) === -EBADFD;
    const why = isRemoved ? "the interface was removed" : messageOf(error);
    return new Failure("tun-lost", `lost tun:${this.#name}: ${why}; making it again`, { cause: error });
  }
}

/** How the kernel says that the device behind the descriptor was deleted. */
const GONE: ReadonlySet<string> = new Set(["EBADFD", "ENODEV"]);
/** Node has no name for this one. */
const EBADFD = 77;

function numberOf(error: unknown): unknown {
  return typeof error === "object" && error !== null && "errno" in error ? error.errno : undefined;
}

/** Throws a Failure where the kernel has no MCTP: its interface would carry packets that nothing takes. */
function checkMctp(): void {
  try {
    system.close(system.socket(AF_MCTP, SOCK_DGRAM, 0));
  } catch (error) {
    if (errnoOf(error) !== "EAFNOSUPPORT") throw error;
    throw new Failure(
      "tun-no-mctp",
      "this kernel has no MCTP (CONFIG_MCTP), as Debian's have none: tun: links need one that has; see docs/guides/kernel.md",
      { cause: error },
    );
  }
}

/** The errors of setting up an interface in words. */
function named<Made>(interfaceName: string, act: () => Made): Made {
  try {
    return act();
  } catch (error) {
    const words = SET_UP_WORDS[errnoOf(error) ?? ""];
    if (words === undefined) throw error;
    const [code, why] = words;
    throw new Failure(code, `cannot set up the interface ${interfaceName}: ${why}`, { cause: error });
  }
}

const RIGHTS =
  "permission denied; run the agent as root, or as a user with the capability CAP_NET_ADMIN (systemd: AmbientCapabilities=)";

const TOO_OLD = [
  "tun-no-mctp",
  "the kernel does not take it as an MCTP interface; it needs Linux 5.15 or later with CONFIG_MCTP",
] as const;

const SET_UP_WORDS: Readonly<Record<string, readonly [code: string, why: string]>> = {
  EPERM: ["tun-rights", RIGHTS],
  EACCES: ["tun-rights", RIGHTS],
  EBUSY: ["tun-exists", "there is an interface of this name; name another, or end the program that has it"],
  EEXIST: ["tun-exists", "there is an interface of this name; name another, or end the program that has it"],
  EINVAL: ["tun-refused", "the kernel takes no such interface; choose another name or net="],
  EOPNOTSUPP: TOO_OLD,
  ENOTSUP: TOO_OLD,
  ENODEV: ["tun-lost", "it is gone: another program has removed it"],
};

function interfaceRequest(name: string, value: number): Uint8Array {
  const request = new Uint8Array(IFREQ_BYTES);
  request.set(Buffer.from(name, "latin1"));
  viewOf(request).setInt32(IFREQ_VALUE, value, IS_LITTLE_ENDIAN);
  return request;
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
