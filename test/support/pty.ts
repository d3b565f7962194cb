/**
 * A serial cable between two pseudo-terminals: what is written to the one end comes out of the other, and a test may cut
 * it, hear it, or say something on it.
 */
import koffi from "koffi";
import { closeSync, constants, openSync } from "node:fs";
import { ReadStream } from "node:tty";

const { O_RDWR, O_NOCTTY } = constants;
/** Node does not name it. Processes that a test starts must not keep the cable alive. */
const O_CLOEXEC = 0o2000000;
/** More than a struct termios has on any Linux. */
const TERMIOS_BYTES = 256;
const TCSANOW = 0;

interface Calls {
  readonly posix_openpt: (flags: number) => number;
  readonly grantpt: (fd: number) => number;
  readonly unlockpt: (fd: number) => number;
  readonly ptsname: (fd: number) => string;
  readonly tcgetattr: (fd: number, settings: Buffer) => number;
  readonly cfmakeraw: (settings: Buffer) => void;
  readonly tcsetattr: (fd: number, when: number, settings: Buffer) => number;
}

let loaded: Calls | undefined;

function calls(): Calls {
  const library = koffi.load(null);
  loaded ??= {
    posix_openpt: library.func("int posix_openpt(int flags)"),
    grantpt: library.func("int grantpt(int fd)"),
    unlockpt: library.func("int unlockpt(int fd)"),
    ptsname: library.func("char *ptsname(int fd)"),
    tcgetattr: library.func("int tcgetattr(int fd, void *settings)"),
    cfmakeraw: library.func("void cfmakeraw(void *settings)"),
    tcsetattr: library.func("int tcsetattr(int fd, int when, void *settings)"),
  };
  return loaded;
}

/** A pseudo-terminal: a program opens its path, and who made it holds the other side. */
export class PseudoTerminal {
  readonly path: string;
  /** The side that is not the terminal's; what is written to it comes out of the terminal. */
  readonly master: number;
  /** Keeps the terminal alive while no program has it open. */
  readonly #kept: number;

  /** `flags`: further ones of the master, like O_NONBLOCK. */
  constructor(flags = 0) {
    const { posix_openpt, grantpt, unlockpt, ptsname, tcgetattr, cfmakeraw, tcsetattr } = calls();
    this.master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | flags);
    if (this.master < 0 || grantpt(this.master) !== 0 || unlockpt(this.master) !== 0) {
      throw new Error("this machine gives no pseudo-terminal");
    }
    this.path = ptsname(this.master);
    this.#kept = openSync(this.path, O_RDWR | O_NOCTTY);
    const settings = Buffer.alloc(TERMIOS_BYTES);
    tcgetattr(this.#kept, settings);
    cfmakeraw(settings);
    tcsetattr(this.#kept, TCSANOW, settings);
  }

  /** Without the master, which is closed before. */
  remove(): void {
    closeSync(this.#kept);
  }
}

class Terminal {
  readonly path: string;
  readonly master: ReadStream;
  readonly #terminal = new PseudoTerminal();

  constructor() {
    this.path = this.#terminal.path;
    this.master = new ReadStream(this.#terminal.master);
    this.master.on("error", () => undefined);
  }

  remove(): void {
    if (this.master.destroyed) return;
    this.master.destroy();
    this.#terminal.remove();
  }
}

export class SerialCable {
  readonly #one = new Terminal();
  readonly #other = new Terminal();
  /** Bytes that came out of each end's terminal so far. */
  readonly heard: { one: number; other: number } = { one: 0, other: 0 };

  constructor() {
    this.#join(this.#one, this.#other, "one");
    this.#join(this.#other, this.#one, "other");
  }

  get onePath(): string {
    return this.#one.path;
  }

  get otherPath(): string {
    return this.#other.path;
  }

  /** Says something to the program at the one end, as noise on the line would. */
  sayToOne(bytes: Uint8Array): void {
    this.#one.master.write(bytes);
  }

  /** Takes the device at the one end away. */
  removeOne(): void {
    this.#one.remove();
  }

  close(): void {
    this.#one.remove();
    this.#other.remove();
  }

  #join(from: Terminal, to: Terminal, end: "one" | "other"): void {
    from.master.on("data", (bytes) => {
      this.heard[end] += bytes.length;
      if (!to.master.destroyed) to.master.write(bytes);
    });
  }
}
