/**
 * The socket of a service manager, as sd_notify(3) has it: a Unix socket for datagrams, of which Node has none. Nothing
 * here waits.
 */
import { errnoOf } from "./failure.ts";
import { cLibrary, errnoError } from "./libc.ts";
import { privileged } from "./privileges.ts";
import { system } from "./system.ts";
import { AF_UNIX, socketAddress } from "./unix-address.ts";

const SOCK_DGRAM = 2;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;

/** The one at the other end has gone, or was never there: a new connection may find another. */
const GONE: ReadonlySet<string | undefined> = new Set(["ECONNREFUSED", "ECONNRESET", "ENOTCONN", "ENOENT"]);

interface SocketCalls {
  readonly connect: (fd: number, address: Uint8Array, length: number) => number;
  readonly send: (fd: number, bytes: Uint8Array, length: number, flags: number) => number;
}

let loaded: SocketCalls | undefined;

function calls(): SocketCalls {
  loaded ??= load();
  return loaded;
}

function load(): SocketCalls {
  const { library } = cLibrary("messages to a service manager");
  return {
    connect: library.func("int connect(int fd, const void *address, uint32 length)"),
    send: library.func("long send(int fd, const void *bytes, size_t length, int flags)"),
  };
}

export class NotifySocket {
  readonly #address: Uint8Array;
  #fd: number | undefined;

  /**
   * Connects, as root where this process has root in reserve: the manager may be one that the user of the agent cannot
   * reach. `address`: an absolute path, or a name behind "@" that is in no file system. Throws a Failure where koffi is
   * missing, and an error with an errno's name as its code where nothing of the kind listens there.
   */
  constructor(address: string) {
    this.#address = socketAddress(address);
    this.#connect();
  }

  /**
   * Sends one message; one whose receiver has gone goes to the one that has taken its place. Throws an error with an
   * errno's name as its code: EAGAIN where the receiver has not read the messages before.
   */
  send(message: string): void {
    try {
      this.#sendNow(message);
    } catch (error) {
      if (!GONE.has(errnoOf(error))) throw error;
      this.#connect();
      this.#sendNow(message);
    }
  }

  close(): void {
    if (this.#fd !== undefined) system.close(this.#fd);
    this.#fd = undefined;
  }

  #sendNow(message: string): void {
    const bytes = Buffer.from(message);
    if (this.#fd === undefined) throw Object.assign(new Error("no connection"), { code: "ENOTCONN" });
    if (calls().send(this.#fd, bytes, bytes.length, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) throw errnoError("send");
  }

  #connect(): void {
    this.close();
    const fd = system.socket(AF_UNIX, SOCK_DGRAM, 0);
    this.#fd = fd;
    try {
      privileged(() => {
        if (calls().connect(fd, this.#address, this.#address.length) < 0) throw errnoError("connect");
      });
    } catch (error) {
      this.close();
      throw error;
    }
  }
}
