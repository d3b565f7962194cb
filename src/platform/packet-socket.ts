/**
 * Unix sockets that keep packets apart (SOCK_SEQPACKET), which Node cannot make. Node's event loop serves them all the same,
 * with the calls of a stream: each read gives one packet, each write sends one. So Node is given a stream socket, whose
 * descriptor then becomes that of the packet socket before the loop looks at it.
 */
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { cLibrary, errnoError, isOtherEndClosed } from "./libc.ts";
import { descriptorOf } from "./peer-credentials.ts";
import { asFailure, opening } from "./scope.ts";
import { system } from "./system.ts";
import { AF_UNIX, isAbstract, socketAddress, unnamedAddress } from "./unix-address.ts";

const SOCK_STREAM = 1;
const SOCK_SEQPACKET = 5;
const SOCK_NONBLOCK = 0o4000;
/** Of a descriptor that dup3 makes. */
const CLOSE_ON_EXEC = 0o200_0000;
const BACKLOG = 16;
/** Of a socket's file: for its owner alone, from the moment that it is made. */
const OWNER_ONLY = 0o177;

/** Bytes that one read of Node takes: of a packet that is longer the end is lost. A packet of as many may have been. */
export const READ_BYTES: number = 64 * 1024;

interface SocketCalls {
  readonly bind: (fd: number, address: Uint8Array, length: number) => number;
  readonly listen: (fd: number, backlog: number) => number;
  readonly dup3: (from: number, to: number, flags: number) => number;
}

let loaded: SocketCalls | undefined;

function calls(): SocketCalls {
  loaded ??= load();
  return loaded;
}

function load(): SocketCalls {
  const { library } = cLibrary("demux sockets");
  return {
    bind: library.func("int bind(int fd, const void *address, uint32 length)"),
    listen: library.func("int listen(int fd, int backlog)"),
    dup3: library.func("int dup3(int from, int to, int flags)"),
  };
}

/** Throws a Failure where this machine cannot make such sockets: Linux and the package koffi are needed. */
export function needPacketSockets(): void {
  calls();
}

export interface PacketServerOptions {
  /** An absolute path, where nothing is yet, or a name behind "@". */
  readonly address: string;
  /** Connections at once; `dropped` is told of one more. */
  readonly most: number;
  /** A connection: its "data" are whole packets, up to READ_BYTES; an empty packet ends it. Write one packet at a time. */
  readonly connected: (socket: Socket) => void;
  readonly dropped: () => void;
}

export interface PacketServer {
  /** Takes no more connections, and removes the socket's file unless another has taken its place. */
  close(): Promise<void>;
}

/** Throws a Failure with code `demux-path`. */
export async function listenForPackets(options: PacketServerOptions): Promise<PacketServer> {
  const { address, most, connected, dropped } = options;
  const what = `listen on ${address}`;
  const server = createServer();
  const made = opening("demux-path", what, (scope) => {
    const fd = system.socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);
    const close = scope.add(system.close, fd);
    const mask = process.umask(OWNER_ONLY);
    try {
      bindTo(fd, socketAddress(address));
    } finally {
      process.umask(mask);
    }
    const file = isAbstract(address) ? undefined : system.lookAt(address);
    if (file !== undefined) scope.add(system.remove, address);
    check("listen", calls().listen(fd, BACKLOG));
    giveTo(server, fd, (release) => scope.add(release));
    close();
    return file;
  });
  server.maxConnections = most;
  server.on("connection", connected);
  server.on("drop", dropped);
  try {
    await once(server, "listening");
  } catch (error) {
    throw asFailure("demux-path", what, error);
  }
  // A client that cannot be accepted, for want of descriptors say, is its own trouble.
  server.on("error", () => undefined);
  return {
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      const named = made && system.lookAt(address);
      if (named?.ino === made?.ino && named?.dev === made?.dev && named !== undefined) system.remove(address);
      await closed;
    },
  };
}

/** Whether the process at the other end has gone. A socket that is not read is not told that by itself. */
export function hasLeft(socket: Socket): boolean {
  const fd = descriptorOf(socket);
  return fd === undefined || isOtherEndClosed(fd);
}

/** Has Node's loop serve a listening socket, of which `fd` may be closed then. */
function giveTo(server: Server, fd: number, taken: (release: () => void) => void): void {
  const stream = system.socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
  try {
    // Node listens once more, which a socket without a name refuses.
    bindTo(stream, unnamedAddress());
    server.listen({ fd: stream });
  } catch (error) {
    system.close(stream);
    throw error;
  }
  taken(() => server.close());
  check("dup3", calls().dup3(fd, stream, CLOSE_ON_EXEC));
}

function bindTo(fd: number, address: Uint8Array): void {
  check("bind", calls().bind(fd, address, address.length));
}

function check(call: string, result: number): number {
  if (result < 0) throw errnoError(call);
  return result;
}
