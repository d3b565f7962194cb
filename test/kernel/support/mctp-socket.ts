/** Sockets of the kernel's MCTP stack (AF_MCTP), as mctpd, pldmd and nvme-cli use them. */
import { cLibrary, errnoError, openSocket } from "../../../src/platform/libc.ts";
import { AF_MCTP } from "../../../src/platform/tun/route-messages.ts";
import { system } from "../../../src/platform/system.ts";

const SOCK_DGRAM = 2;
const MSG_DONTWAIT = 0x40;
const SOL_MCTP = 285;
const MCTP_OPT_ADDR_EXT = 1;
/** struct sockaddr_mctp, and the same with the place of an interface behind it. */
const ADDRESS_BYTES = 12;
const EXTENDED_BYTES = 52;
const TAG_OWNER = 0x08;
const ADDRESS_ANY = 0xff;
const LARGEST = 128 * 1024;

export interface Received {
  readonly network: number;
  readonly eid: number;
  readonly type: number;
  /** With TAG_OWNER where the peer owns it: it waits for an answer. */
  readonly tag: number;
  /** Behind the type. */
  readonly bytes: Buffer;
}

type Call = (...given: readonly unknown[]) => number;

function calls(): { readonly bind: Call; readonly sendto: Call; readonly recvfrom: Call; readonly setsockopt: Call } {
  const { library } = cLibrary("MCTP sockets");
  return {
    bind: library.func("int bind(int fd, const uint8_t *address, uint32 length)") as Call,
    sendto: library.func(
      "long sendto(int fd, const uint8_t *bytes, size_t length, int flags, const uint8_t *address, uint32 size)",
    ) as Call,
    recvfrom: library.func(
      "long recvfrom(int fd, _Out_ uint8_t *bytes, size_t length, int flags, _Out_ uint8_t *address, _Inout_ uint32 *size)",
    ) as Call,
    setsockopt: library.func("int setsockopt(int fd, int level, int name, const int32 *value, uint32 length)") as Call,
  };
}

/** Whether this kernel has MCTP, and this process the rights that its interfaces need. */
export function whyNoMctp(): string | undefined {
  try {
    system.close(openSocket(AF_MCTP, SOCK_DGRAM, 0));
  } catch {
    return "a kernel with MCTP (CONFIG_MCTP)";
  }
  return process.getuid?.() === 0 ? undefined : "root";
}

export class MctpSocket {
  readonly #fd: number;
  readonly #calls: ReturnType<typeof calls>;

  /** `type`: of the requests that it takes; undefined: none. */
  constructor(type?: number) {
    this.#fd = openSocket(AF_MCTP, SOCK_DGRAM, 0);
    this.#calls = calls();
    if (type === undefined) return;
    const address = addressOf({ eid: ADDRESS_ANY, type, tag: 0, network: 0 });
    if (this.#calls.bind(this.#fd, address, ADDRESS_BYTES) !== 0) throw errnoError("bind");
  }

  close(): void {
    system.close(this.#fd);
  }

  /** Sends a request and takes the next message that comes. */
  async request(
    eid: number,
    type: number,
    bytes: Uint8Array,
    { limit = 5000, network = 0 }: { limit?: number; network?: number } = {},
  ): Promise<Received> {
    this.send(eid, type, bytes, TAG_OWNER, network);
    return this.receive(limit);
  }

  send(eid: number, type: number, bytes: Uint8Array, tag: number = TAG_OWNER, network = 0): void {
    const address = addressOf({ eid, type, tag, network });
    this.#sendTo(bytes, address);
  }

  /** Out of an interface, whatever the routes are: as mctpd speaks to endpoints without an EID, and to all (255). */
  sendOut(index: number, eid: number, type: number, bytes: Uint8Array, tag: number = TAG_OWNER): void {
    if (this.#calls.setsockopt(this.#fd, SOL_MCTP, MCTP_OPT_ADDR_EXT, Int32Array.of(1), 4) !== 0) {
      throw errnoError("setsockopt");
    }
    const address = Buffer.alloc(EXTENDED_BYTES);
    addressOf({ eid, type, tag, network: 0 }).copy(address);
    address.writeInt32LE(index, ADDRESS_BYTES);
    this.#sendTo(bytes, address);
  }

  /** Answers a request by the interface that it came from: there may be no route to its sender. */
  answerOut(index: number, to: Received, bytes: Uint8Array): void {
    this.sendOut(index, to.eid, to.type, bytes, to.tag & ~TAG_OWNER);
  }

  /** Answers a request. */
  answer(to: Received, bytes: Uint8Array): void {
    this.send(to.eid, to.type, bytes, to.tag & ~TAG_OWNER, to.network);
  }

  async receive(limit = 5000): Promise<Received> {
    if (!(await system.waitLater(this.#fd, limit))) throw new Error(`no message within ${String(limit)} ms`);
    const bytes = Buffer.alloc(LARGEST);
    const address = Buffer.alloc(EXTENDED_BYTES);
    const size = [EXTENDED_BYTES];
    const length = this.#calls.recvfrom(this.#fd, bytes, LARGEST, MSG_DONTWAIT, address, size);
    if (length < 0) throw errnoError("recvfrom");
    return {
      network: address.readUInt32LE(4),
      eid: address[8]!,
      type: address[9]!,
      tag: address[10]!,
      bytes: bytes.subarray(0, length),
    };
  }

  #sendTo(bytes: Uint8Array, address: Uint8Array): void {
    if (this.#calls.sendto(this.#fd, bytes, bytes.length, 0, address, address.length) < 0) throw errnoError("sendto");
  }
}

function addressOf(to: { eid: number; type: number; tag: number; network: number }): Buffer {
  const address = Buffer.alloc(ADDRESS_BYTES);
  address.writeUInt16LE(AF_MCTP, 0);
  address.writeUInt32LE(to.network, 4);
  address[8] = to.eid;
  address[9] = to.type;
  address[10] = to.tag;
  return address;
}
