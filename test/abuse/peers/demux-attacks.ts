/**
 * Local programs that are clients of an agent's demux socket, and no good ones. The place of their attack is the path of that
 * socket. A first packet of one byte is a message type; then each packet is an EID and a message.
 */
import { cLibrary } from "../../../src/platform/libc.ts";
import { system } from "../../../src/platform/system.ts";
import { AF_UNIX, socketAddress } from "../../../src/platform/unix-address.ts";
import type { Hostile, MakeHostile, Target } from "./hostile.ts";

const SOCK_SEQPACKET = 5;
const SOCK_NONBLOCK = 0o4000;
const NO_SIGNAL = 0x4000;
const LONGEST_PACKET = 65_535;
const VENDOR_IANA = 0x7f;
/** An echo request of the agents, without payload; what an endpoint answers at once. */
const ECHO = Uint8Array.from([VENDOR_IANA, 0, 0, 0x7e, 0xd9, 0x01, 0x01]);
const PLDM = 0x01;
/** A PLDM request that wants no response: Rq and D. */
const PLDM_NOTICE = Uint8Array.from([PLDM, 0xc0, 0x00, 0x02, ...new Uint8Array(4000)]);
const CLIENTS = 8;
/** More than the agent takes at once. */
const MANY_CLIENTS = 40;

const { library } = cLibrary("clients of a demux socket");
const connect = library.func("int connect(int fd, const void *address, uint32 length)") as Call;
const send = library.func("int64 send(int fd, const void *bytes, size_t length, int flags)") as Call;
const receive = library.func("int64 recv(int fd, void *bytes, size_t length, int flags)") as Call;
type Call = (fd: number, bytes: Uint8Array, length: number, flags?: number) => number;

interface Program {
  readonly packets: (target: Target) => readonly Uint8Array[];
  readonly clients?: number;
  /** Whether what comes is read. */
  readonly reads?: boolean;
  /** Packets behind which a client goes and another comes; undefined: it stays. */
  readonly stays?: number;
}

const request = (eid: number, message: Uint8Array = ECHO): Uint8Array => Uint8Array.from([eid, ...message]);
const TYPE = Uint8Array.from([VENDOR_IANA]);

const PROGRAMS: Readonly<Record<string, Program>> = {
  "demux-requests": { packets: ({ honest }) => [TYPE, request(honest)] },
  "demux-unread": { packets: ({ honest }) => [TYPE, request(honest)], reads: false },
  "demux-long": {
    packets: ({ victim }) => [TYPE, request(victim, new Uint8Array(LONGEST_PACKET - 1).fill(VENDOR_IANA))],
  },
  "demux-notices": { packets: ({ honest }) => [Uint8Array.of(PLDM), request(honest, PLDM_NOTICE)] },
  "demux-and-go": { packets: ({ honest }) => [TYPE, request(honest)], clients: MANY_CLIENTS, stays: 3 },
  "demux-odd": {
    packets: () => [
      Uint8Array.of(0xff),
      request(0xff),
      Uint8Array.of(0),
      request(0, new Uint8Array(LONGEST_PACKET)),
      new Uint8Array(70_000),
    ],
    stays: 5,
  },
};

/** Connects, sends its packets again and again from the second on, as far as the agent takes them. */
class Client {
  readonly #path: string;
  readonly #packets: readonly Uint8Array[];
  readonly #program: Program;
  readonly #answer = new Uint8Array(LONGEST_PACKET);
  #fd: number | undefined;
  #sent = 0;

  constructor(path: string, packets: readonly Uint8Array[], program: Program) {
    this.#path = path;
    this.#packets = packets;
    this.#program = program;
  }

  /** What was done: a new connection, a packet, or nothing. */
  step(): "connected" | "sent" | "nothing" {
    if (this.#fd === undefined) return this.#connect() ? "connected" : "nothing";
    if (this.#program.reads !== false) receive(this.#fd, this.#answer, this.#answer.length, 0);
    const packets = this.#packets;
    const packet = packets[this.#sent < packets.length ? this.#sent : 1 + (this.#sent % (packets.length - 1))]!;
    const isSent = send(this.#fd, packet, packet.length, NO_SIGNAL) === packet.length;
    if (isSent) this.#sent++;
    // What is hung up on, or full, is left to the next turn of another.
    if (this.#sent >= (this.#program.stays ?? Infinity) || (!isSent && this.#program.stays !== undefined)) this.close();
    return isSent ? "sent" : "nothing";
  }

  #connect(): boolean {
    const fd = system.socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);
    const address = socketAddress(this.#path);
    this.#sent = 0;
    if (connect(fd, address, address.length) === 0) this.#fd = fd;
    else system.close(fd);
    return this.#fd !== undefined;
  }

  close(): void {
    if (this.#fd !== undefined) system.close(this.#fd);
    this.#fd = undefined;
  }
}

function clients(program: Program): MakeHostile {
  return (target): Hostile => {
    const packets = program.packets(target);
    const all = Array.from({ length: program.clients ?? CLIENTS }, () => new Client(target.board, packets, program));
    const tried = { connections: 0, packets: 0 };
    let turn = 0;
    return {
      step: () => {
        const done = all[turn++ % all.length]!.step();
        if (done === "connected") tried.connections++;
        else if (done === "sent") tried.packets++;
      },
      tried,
      close: () => {
        for (const client of all) client.close();
      },
    };
  };
}

export const DEMUX_ATTACKS: Readonly<Record<string, MakeHostile>> = Object.fromEntries(
  Object.entries(PROGRAMS).map(([name, program]) => [name, clients(program)]),
);
