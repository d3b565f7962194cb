/**
 * A kernel with TUN and MCTP for machines that have none: the system calls of an interface, answered as Linux 6.1 answers
 * them. Everything else goes to the real system.
 */
import { system } from "../../src/platform/system.ts";

const AF_NETLINK = 16;
const AF_MCTP = 45;
const TUNSETIFF = 0x4004_54ca;
const SIOCGIFFLAGS = 0x8913;
const SIOCSIFFLAGS = 0x8914;
const SIOCSIFMTU = 0x8922;
const SIOCGIFINDEX = 0x8933;
const SIOCSIFTXQLEN = 0x8943;
const IFF_UP = 1;
const EPERM = 1;
const MCTP_PROTOCOL = [0x00, 0x00, 0x00, 0xfa];

type Patched = Pick<typeof system, "open" | "close" | "read" | "write" | "control" | "socket" | "waitLater">;

export class FakeKernel {
  /** The interface, while there is one. */
  interface: { name: string; mtu: number; isUp: boolean; queue: number } | undefined;
  /** Requests of rtnetlink, in hexadecimal without their heads. */
  readonly asked: string[] = [];
  /** Frames that were written, in hexadecimal. */
  readonly taken: string[] = [];
  /** Descriptors that are open. */
  readonly open = new Set<number>();
  hasMctp = true;
  /** The errno with which rtnetlink refuses. */
  refuses = 0;
  /** The error of the next writes of frames. */
  writeFails: string | undefined;
  readonly #frames: Uint8Array[] = [];
  readonly #real: Patched;
  #next = 1_000_000;
  #netlink = -1;
  #tun = -1;

  constructor() {
    const { open, close, read, write, control, socket, waitLater } = system;
    this.#real = { open, close, read, write, control, socket, waitLater };
    system.open = (path, how, mode) => (path === "/dev/net/tun" ? this.#made("tun") : open(path, how, mode));
    system.socket = (family) => this.#socket(family);
    system.close = (fd) => {
      if (!this.open.delete(fd)) close(fd);
      else if (fd === this.#tun) this.interface = undefined;
    };
    system.read = (fd, into, position) => (this.open.has(fd) ? this.#read(fd, into) : read(fd, into, position));
    system.write = (fd, bytes) => (this.open.has(fd) ? this.#write(fd, Buffer.from(bytes)) : write(fd, bytes));
    system.control = (fd, request, argument) => {
      if (this.open.has(fd)) this.#control(request, Buffer.from(argument.buffer, argument.byteOffset));
      else control(fd, request, argument);
    };
    system.waitLater = async (fd, milliseconds) => {
      if (!this.open.has(fd)) return waitLater(fd, milliseconds);
      if (this.#frames.length === 0 && this.interface !== undefined) await new Promise((go) => setTimeout(go, 1));
      return this.#frames.length > 0 || this.interface === undefined;
    };
  }

  restore(): void {
    Object.assign(system, this.#real);
  }

  /** The kernel sends a packet. */
  sends(...packet: readonly number[]): void {
    this.sendsFrame(...MCTP_PROTOCOL, ...packet);
  }

  sendsFrame(...frame: readonly number[]): void {
    this.#frames.push(Uint8Array.from(frame));
  }

  /** Another program removes the interface. */
  removes(): void {
    this.interface = undefined;
  }

  #made(what: "tun" | "netlink" | "other"): number {
    const fd = this.#next++;
    this.open.add(fd);
    if (what === "tun") this.#tun = fd;
    if (what === "netlink") this.#netlink = fd;
    return fd;
  }

  #socket(family: number): number {
    if (family === AF_MCTP && !this.hasMctp) throw failed("EAFNOSUPPORT");
    return this.#made(family === AF_NETLINK ? "netlink" : "other");
  }

  #read(fd: number, into: Uint8Array): number {
    if (fd === this.#netlink) {
      const answer = Buffer.alloc(20);
      answer.writeUInt16LE(2, 4);
      answer.writeInt32LE(-this.refuses, 16);
      into.set(answer);
      return answer.length;
    }
    if (this.interface === undefined)
      throw Object.assign(new Error("gone"), { errno: -77, code: "Unknown system error -77" });
    const frame = this.#frames.shift();
    if (frame === undefined) throw failed("EAGAIN");
    into.set(frame);
    return frame.length;
  }

  #write(fd: number, bytes: Buffer): number {
    if (fd === this.#netlink)
      this.asked.push(bytes.subarray(4, 6).toString("hex") + bytes.subarray(16).toString("hex"));
    else {
      if (this.writeFails !== undefined) throw failed(this.writeFails);
      if (this.interface?.isUp !== true) throw failed("EIO");
      this.taken.push(bytes.toString("hex"));
    }
    return bytes.length;
  }

  #control(request: number, argument: Buffer): void {
    const name = argument.toString("latin1", 0, argument.indexOf(0));
    if (request === TUNSETIFF) {
      if (this.refuses === EPERM) throw failed("EPERM");
      if (this.interface !== undefined) throw failed("EBUSY");
      this.interface = { name, mtu: 1500, isUp: false, queue: 500 };
      return;
    }
    const { interface: it } = this;
    if (it?.name !== name) throw failed("ENODEV");
    if (request === SIOCGIFINDEX) argument.writeInt32LE(7, 16);
    else if (request === SIOCSIFMTU) it.mtu = argument.readInt32LE(16);
    else if (request === SIOCSIFTXQLEN) it.queue = argument.readInt32LE(16);
    else if (request === SIOCGIFFLAGS) argument.writeUInt16LE(0x90 | (it.isUp ? IFF_UP : 0), 16);
    else if (request === SIOCSIFFLAGS) it.isUp = (argument.readUInt16LE(16) & IFF_UP) !== 0;
    else throw failed("ENOTTY");
  }
}

function failed(code: string): Error {
  return Object.assign(new Error(`${code}: made to fail`), { code });
}
