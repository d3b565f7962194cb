/** The other end of a service manager's socket: a real Unix datagram socket, whose messages a test takes when it likes. */
import { rmSync } from "node:fs";
import { cLibrary, errnoError } from "../../src/platform/libc.ts";
import { pause } from "./processes.ts";

const AF_UNIX = 1;
const SOCK_CLOEXEC = 0o200_0000;
const MSG_DONTWAIT = 0x40;
const LONGEST_MESSAGE = 8192;
const LIMIT_MILLISECONDS = 20_000;
const LOOK_MILLISECONDS = 10;

type Call = (...given: readonly unknown[]) => number;

function calls(): Readonly<Record<"socket" | "bind" | "listen" | "recv" | "close", Call>> {
  const { library } = cLibrary("tests");
  return {
    socket: library.func("int socket(int domain, int type, int protocol)"),
    bind: library.func("int bind(int fd, const void *address, uint32 length)"),
    listen: library.func("int listen(int fd, int backlog)"),
    recv: library.func("long recv(int fd, void *bytes, size_t length, int flags)"),
    close: library.func("int close(int fd)"),
  };
}

export class DatagramReceiver {
  readonly address: string;
  readonly #fd: number;
  readonly #kept: string[] = [];

  /** `address`: a path, or a name behind "@". A stream socket is what senders of datagrams cannot use. */
  constructor(address: string, type: "datagram" | "stream" = "datagram") {
    this.address = address;
    this.#fd = calls().socket(AF_UNIX, (type === "datagram" ? 2 : 1) | SOCK_CLOEXEC, 0);
    const name = Buffer.from(address.replace(/^@/, "\0"));
    const bytes = Buffer.concat([Buffer.from(Uint16Array.of(AF_UNIX).buffer), name]);
    if (this.#fd < 0 || calls().bind(this.#fd, bytes, bytes.length) !== 0) throw errnoError("bind");
    if (type === "stream" && calls().listen(this.#fd, 1) !== 0) throw errnoError("listen");
  }

  /** The messages that came since the last call, in order. */
  take(): readonly string[] {
    this.#read();
    return this.#kept.splice(0);
  }

  /** Waits for a message; those before it are taken, too. */
  async message(pattern: RegExp): Promise<string> {
    const end = performance.now() + LIMIT_MILLISECONDS;
    for (;;) {
      this.#read();
      const index = this.#kept.findIndex((message) => pattern.test(message));
      if (index >= 0) return this.#kept.splice(0, index + 1)[index]!;
      if (performance.now() > end) throw new Error(`no message ${String(pattern)}; ${JSON.stringify(this.#kept)}`);
      await pause(LOOK_MILLISECONDS);
    }
  }

  close(): void {
    calls().close(this.#fd);
    if (!this.address.startsWith("@")) rmSync(this.address, { force: true });
  }

  #read(): void {
    const bytes = Buffer.alloc(LONGEST_MESSAGE);
    for (;;) {
      const length = calls().recv(this.#fd, bytes, bytes.length, MSG_DONTWAIT);
      if (length < 0) return;
      this.#kept.push(bytes.toString("utf8", 0, length));
    }
  }
}
