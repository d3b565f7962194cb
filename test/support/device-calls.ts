/** System calls on device nodes that Node does not have, and calls that block, without blocking the test. */
import koffi, { type KoffiFunc } from "koffi";
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { read, write } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { PROJECT, within } from "./processes.ts";

const ONE_CALL = join(PROJECT, "dist", "test", "support", "fuse-board", "one-call.js");
const LINE_MILLISECONDS = 10_000;
const SEEK_END = 2;
const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;
const MAP_FAILED = 0xffff_ffff_ffff_ffffn;

interface Calls {
  readonly ioctl: (fd: number, command: number, argument: Buffer) => number;
  readonly poll: KoffiFunc<(fds: Buffer, count: number, timeout: number) => number>;
  readonly mmap: (at: null, length: number, protection: number, flags: number, fd: number, offset: number) => bigint;
  readonly lseek: (fd: number, offset: number, whence: number) => number;
  readonly munmap: (at: bigint, length: number) => number;
}

let loaded: Calls | undefined;

function calls(): Calls {
  if (loaded !== undefined) return loaded;
  const library = koffi.load(null);
  loaded = {
    ioctl: library.func("int ioctl(int fd, ulong command, void *argument)"),
    poll: library.func("int poll(void *fds, ulong count, int timeout)"),
    mmap: library.func("void *mmap64(void *at, size_t length, int protection, int flags, int fd, int64 offset)"),
    lseek: library.func("int64 lseek64(int fd, int64 offset, int whence)"),
    munmap: library.func("int munmap(void *at, size_t length)"),
  };
  return loaded;
}

function errnoName(): string {
  const errno = koffi.errno();
  return Object.entries(koffi.os.errno).find(([, value]) => value === errno)?.[0] ?? String(errno);
}

/** Gives "ok" or the errno's name; `argument` becomes what the driver makes of it. */
export function ioctl(fd: number, command: number, argument: Buffer): string {
  return calls().ioctl(fd, command, argument) === 0 ? "ok" : errnoName();
}

/** poll(2) on a thread: the events that hold when one of the wanted ones does, or 0 after the time. */
export async function pollFor(fd: number, events: number, milliseconds: number): Promise<number> {
  const polled = Buffer.alloc(8);
  polled.writeInt32LE(fd, 0);
  polled.writeInt16LE(events, 4);
  await new Promise<void>((resolve, reject) => {
    calls().poll.async(polled, 1, milliseconds, (error: unknown) => {
      if (error === null) resolve();
      else reject(new Error("poll failed", { cause: error }));
    });
  });
  return polled.readUInt16LE(6);
}

/** Seeks to the file's end: gives the position there, or the errno's name. */
export function lseekToEnd(fd: number): number | string {
  const position = calls().lseek(fd, 0, SEEK_END);
  return position >= 0 ? position : errnoName();
}

interface MappedBytes {
  readonly bytes: Uint8Array;
  readonly unmap: () => void;
}

/** Maps a part of a file, shared. Throws where that cannot be, with the errno's name as the error's code. */
export function map(fd: number, offset: number, length: number): MappedBytes {
  const address = calls().mmap(null, length, PROT_READ_WRITE, MAP_SHARED, fd, offset);
  if (address === MAP_FAILED || address === -1n) {
    const code = errnoName();
    throw Object.assign(new Error(`mmap failed: ${code}`), { code });
  }
  return {
    bytes: new Uint8Array(koffi.view(address, length)),
    unmap: () => {
      calls().munmap(address, length);
    },
  };
}

/** pread(2) on a thread. */
export function readLater(fd: number, length: number, offset: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const into = Buffer.alloc(length);
    read(fd, into, 0, length, offset, (error, count) => {
      if (error === null) resolve(into.subarray(0, count));
      else reject(error);
    });
  });
}

/** pwrite(2) on a thread. */
export function writeLater(fd: number, bytes: readonly number[], offset: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(fd, Uint8Array.from(bytes), 0, bytes.length, offset, (error, count) => {
      if (error === null) resolve(count);
      else reject(error);
    });
  });
}

type Outcome = { readonly result: string | number } | { readonly errno: string };

/** A process that opens a file and makes one call, see fuse-board/one-call.ts. */
export class CallingProcess {
  readonly #child: ChildProcessByStdio<null, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  private constructor(args: readonly string[]) {
    this.#child = spawn(process.execPath, [ONE_CALL, ...args], { stdio: ["ignore", "pipe", "inherit"] });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** Waits until the process is about to make the call. `flags`: of open(2). */
  static async read(path: string, flags: number, length: number, offset: number): Promise<CallingProcess> {
    return CallingProcess.#start([path, String(flags), "read", String(length), String(offset)]);
  }

  static async write(path: string, flags: number, bytes: readonly number[], offset: number): Promise<CallingProcess> {
    return CallingProcess.#start([path, String(flags), "write", Buffer.from(bytes).toString("hex"), String(offset)]);
  }

  static async #start(args: readonly string[]): Promise<CallingProcess> {
    const started = new CallingProcess(args);
    const line = await started.#line();
    if (line !== "ready") throw new Error(`the calling process did not open ${String(args[0])}`);
    return started;
  }

  signal(signal: "SIGUSR1" | "SIGKILL"): void {
    this.#child.kill(signal);
  }

  /** What the call gave, once it returns. */
  async outcome(): Promise<Outcome> {
    return JSON.parse((await this.#line()) ?? "null") as Outcome;
  }

  /** Ends the process, which closes the file. */
  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const closed = once(this.#child, "close");
    this.#child.kill("SIGKILL");
    await within(LINE_MILLISECONDS, closed);
  }

  async #line(): Promise<string | undefined> {
    const next = await within(LINE_MILLISECONDS, this.#lines.next());
    return next.done === true ? undefined : next.value;
  }
}
