/**
 * The few C library calls that Node has no equivalent for: mapping files, FIFOs, locks on byte ranges, bus errors. Linux
 * only.
 */
import koffi, { type TypeObject } from "koffi";
import { constants } from "node:os";
import { Failure } from "./failure.ts";

const PROT_READ_WRITE = 0x3;
const MAP_SHARED = 0x1;
const F_OFD_GETLK = 36;
const F_OFD_SETLK = 37;
const F_WRLCK = 1;
const F_UNLCK = 2;
const SEEK_SET = 0;
const SIGBUS = constants.signals.SIGBUS;

interface Libc {
  readonly mmap: (
    address: null,
    length: number,
    protection: number,
    flags: number,
    fd: number,
    offset: number,
  ) => bigint;
  readonly munmap: (address: bigint, length: number) => number;
  readonly sched_yield: () => number;
  readonly mkfifo: (path: string, mode: number) => number;
  readonly fcntl: (fd: number, command: number, type: TypeObject, lock: object) => number;
  /** struct flock, and a pointer to one. Without a name: koffi keeps names for the life of the process. */
  readonly flock: TypeObject;
  readonly flockPointer: TypeObject;
  readonly fallocate: (fd: number, mode: number, offset: number, length: number) => number;
  readonly signal: (signal: number, handler: unknown) => unknown;
  readonly exit: (status: number) => never;
  readonly symbol: (name: string) => unknown;
}

let loaded: Libc | undefined;

function libc(): Libc {
  if (loaded !== undefined) return loaded;
  if (process.platform !== "linux") {
    throw new Failure("platform", `virtual boards in shared files need Linux, this is ${process.platform}`);
  }
  const library = koffi.load(null);
  const flock = koffi.struct({
    l_type: "int16",
    l_whence: "int16",
    l_start: "int64",
    l_len: "int64",
    l_pid: "int32",
  });
  loaded = {
    mmap: library.func("void *mmap(void *address, size_t length, int protection, int flags, int fd, int64 offset)"),
    munmap: library.func("int munmap(void *address, size_t length)"),
    sched_yield: library.func("int sched_yield()"),
    mkfifo: library.func("int mkfifo(const char *path, uint32 mode)"),
    fcntl: library.func("int fcntl(int fd, int command, ...)"),
    flock,
    flockPointer: koffi.pointer(flock),
    fallocate: library.func("int fallocate(int fd, int mode, int64 offset, int64 length)"),
    signal: library.func("void *signal(int signal, void *handler)"),
    exit: library.func("void _exit(int status)") as unknown as Libc["exit"],
    symbol: (name) => library.symbol(name) as unknown,
  };
  return loaded;
}

/** Lets the processes run that wait for this processor. */
export function yieldProcessor(): void {
  libc().sched_yield();
}

export interface Mapping {
  readonly memory: ArrayBuffer;
  /** Afterwards `memory` must not be touched. */
  unmap(): void;
}

/** Maps the first `length` bytes of a file, shared, for reading and writing. */
export function mapFile(fd: number, length: number): Mapping {
  const { mmap, munmap } = libc();
  const address = mmap(null, length, PROT_READ_WRITE, MAP_SHARED, fd, 0);
  if (address === 0xffff_ffff_ffff_ffffn || address === -1n) {
    throw new Failure("map", `cannot map ${String(length)} bytes: ${errnoText()}`);
  }
  return {
    memory: koffi.view(address, length),
    unmap: () => {
      munmap(address, length);
    },
  };
}

/** Makes a FIFO; EEXIST and the like throw a Failure. */
export function makeFifo(path: string, mode: number): void {
  if (libc().mkfifo(path, mode) !== 0) throw new Failure("fifo", `cannot make the FIFO ${path}: ${errnoText()}`);
}

function rangeLock(type: number, start: number): object {
  return { l_type: type, l_whence: SEEK_SET, l_start: start, l_len: 1, l_pid: 0 };
}

/** Takes the write lock on one byte of a file for as long as `fd` is open. False when another holds it. */
export function lockByte(fd: number, offset: number): boolean {
  const { fcntl, flockPointer } = libc();
  return fcntl(fd, F_OFD_SETLK, flockPointer, rangeLock(F_WRLCK, offset)) === 0;
}

/** Whether somebody else holds the write lock on a byte. */
export function byteIsLocked(fd: number, offset: number): boolean {
  const { fcntl, flock, flockPointer } = libc();
  const lock = koffi.alloc(flock, 1) as object;
  try {
    koffi.encode(lock, flock, rangeLock(F_WRLCK, offset));
    if (fcntl(fd, F_OFD_GETLK, flockPointer, lock) !== 0) return false;
    return (koffi.decode(lock, flock) as { l_type: number }).l_type !== F_UNLCK;
  } finally {
    koffi.free(lock);
  }
}

/**
 * Has the file system set aside what a file leaves out of its first `length` bytes; what is there stays as it is. Gives
 * the name of the error, like "ENOSPC", or undefined.
 */
export function allocateFile(fd: number, length: number): string | undefined {
  return libc().fallocate(fd, 0, 0, length) === 0 ? undefined : errnoText();
}

/**
 * From now on a thread that gets a bus error sleeps in the handler, again and again, instead of ending the process. The
 * handler is the C library's own `sleep`, which a handler may be: no JavaScript may run there. How another thread
 * notices: bus-error-worker.ts.
 */
export function parkOnBusError(): void {
  const { signal, symbol } = libc();
  signal(SIGBUS, symbol("sleep"));
}

/** Undoes parkOnBusError. */
export function dieOnBusError(): void {
  const SIG_DFL = null;
  libc().signal(SIGBUS, SIG_DFL);
}

/** Ends the process at once, from any thread, without a word to the others. */
export function exitNow(status: number): never {
  return libc().exit(status);
}

function errnoText(): string {
  const errno = koffi.errno();
  const name = Object.entries(koffi.os.errno).find(([, value]) => value === errno)?.[0];
  return name ?? `errno ${String(errno)}`;
}
