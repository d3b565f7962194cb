/**
 * The few C library calls that Node has no equivalent for: mapping files, FIFOs, locks on byte ranges. Linux only. One
 * that fails throws an error with the errno's name as its code, as Node's own calls do. The package koffi is loaded by
 * the first call.
 */
import type koffiPackage from "koffi";
import type { LibraryHandle, TypeObject } from "koffi";
import { createRequire } from "node:module";
import { endianness } from "node:os";
import { Failure, packageMissing } from "./failure.ts";

const IS_LITTLE_ENDIAN = endianness() === "LE";
const PROT_READ = 0x1;
const PROT_READ_WRITE = 0x3;
const MAP_SHARED = 0x1;
/** (void *) -1 as machines of 64 and of 32 bits give it. */
const MAP_FAILED: readonly bigint[] = [0xffff_ffff_ffff_ffffn, 0xffff_ffffn, -1n];
const F_OFD_GETLK = 36;
const F_OFD_SETLK = 37;
const F_WRLCK = 1;
const F_UNLCK = 2;
const SEEK_SET = 0;
/** struct pollfd: int fd, short events, short revents. */
const POLLFD_BYTES = 8;
const POLLIN = 0x001;
const NO_EVENTS = 0;
const SOCK_CLOEXEC = 0o2000000;

type Koffi = typeof koffiPackage;

interface Libc {
  readonly koffi: Koffi;
  readonly mmap: (
    address: null,
    length: number,
    protection: number,
    flags: number,
    fd: number,
    offset: number,
  ) => bigint;
  readonly ioctl: (fd: number, request: number, type: string, argument: Uint8Array) => number;
  readonly munmap: (address: bigint, length: number) => number;
  readonly sched_yield: () => number;
  readonly poll: (polled: Uint8Array, count: number, milliseconds: number) => number;
  readonly pollLater: (
    polled: Uint8Array,
    count: number,
    milliseconds: number,
    done: (error: Error | null, result: number) => void,
  ) => void;
  readonly socket: (family: number, type: number, protocol: number) => number;
  readonly mkfifo: (path: string, mode: number) => number;
  readonly fcntl: (fd: number, command: number, type: TypeObject, lock: object) => number;
  /** struct flock, and a pointer to one. Without a name: koffi keeps names for the life of the process. */
  readonly flock: TypeObject;
  readonly flockPointer: TypeObject;
  readonly fallocate: (fd: number, mode: number, offset: number, length: number) => number;
}

/** The C library of this process, and the package that calls it. */
export interface CLibrary {
  readonly koffi: Koffi;
  readonly library: LibraryHandle;
}

let found: CLibrary | undefined;
let loaded: Libc | undefined;

/** `needs`: what cannot be had without it, for people: "virtual boards". Throws a Failure. */
export function cLibrary(needs: string): CLibrary {
  found ??= find(needs);
  return found;
}

function find(needs: string): CLibrary {
  if (process.platform !== "linux") {
    throw new Failure("platform", `${needs} need Linux, this is ${process.platform}`);
  }
  try {
    const koffi = createRequire(import.meta.url)("koffi") as Koffi;
    return { koffi, library: koffi.load(null) };
  } catch (error) {
    throw packageMissing("koffi", needs, error);
  }
}

/** Synchronously, for platforms are opened so; only where one is: an agent on a serial line alone has no use for it. */
function libc(): Libc {
  loaded ??= load();
  return loaded;
}

/** Throws a Failure where the calls below cannot be made: to be asked before anything is made that needs them. */
export function needLibc(): void {
  libc();
}

function load(): Libc {
  const { koffi, library } = cLibrary("virtual boards and devices");
  const flock = koffi.struct({
    l_type: "int16",
    l_whence: "int16",
    l_start: "int64",
    l_len: "int64",
    l_pid: "int32",
  });
  const poll = library.func("int poll(_Inout_ uint8_t *polled, unsigned long count, int milliseconds)");
  return {
    koffi,
    // By the name whose offset has 64 bits on 32-bit machines, too.
    mmap: library.func("void *mmap64(void *address, size_t length, int protection, int flags, int fd, int64 offset)"),
    ioctl: library.func("int ioctl(int fd, unsigned long request, ...)"),
    munmap: library.func("int munmap(void *address, size_t length)"),
    sched_yield: library.func("int sched_yield()"),
    poll,
    pollLater: poll.async as Libc["pollLater"],
    socket: library.func("int socket(int family, int type, int protocol)"),
    mkfifo: library.func("int mkfifo(const char *path, uint32 mode)"),
    // Likewise: struct flock has 64-bit places here.
    fcntl: library.func("int fcntl64(int fd, int command, ...)"),
    flock,
    flockPointer: koffi.pointer(flock),
    fallocate: library.func("int fallocate(int fd, int mode, int64 offset, int64 length)"),
  };
}

/** The name of an error's number, like "ENOENT". */
export function errnoName(errno: number): string {
  const { koffi } = cLibrary("errors of the system");
  return Object.entries(koffi.os.errno).find(([, value]) => value === errno)?.[0] ?? `errno ${String(errno)}`;
}

/** The error of the call that has just failed. */
export function errnoError(call: string): Error {
  const { koffi } = cLibrary(call);
  const code = errnoName(koffi.errno());
  return Object.assign(new Error(`${call} failed: ${code}`), { code });
}

/** Lets the processes run that wait for this processor. */
export function yieldProcessor(): void {
  libc().sched_yield();
}

/**
 * Waits until a read of a file would not wait: bytes are there, or the other end is closed. False: not within the time, or a
 * signal came first. This thread does nothing else meanwhile.
 */
export function waitForBytes(fd: number, milliseconds: number): boolean {
  return poll(fd, POLLIN, milliseconds);
}

/** Whether the other end of a socket is closed, though bytes of it may be unread. Does not wait. */
export function isOtherEndClosed(fd: number): boolean {
  return poll(fd, NO_EVENTS, 0);
}

/** What is asked for, an error or the other end's close. False: not within the time, or a signal came first. */
function poll(fd: number, events: number, milliseconds: number): boolean {
  const count = libc().poll(polledFor(fd, events), 1, milliseconds);
  if (count >= 0) return count > 0;
  const error = errnoError("poll");
  if ("code" in error && error.code === "EINTR") return false;
  throw error;
}

/**
 * The same on a thread of the pool, which it takes for as long. An error of the descriptor counts as bytes: the read tells
 * which it is. The descriptor must stay open until the promise settles, which never rejects.
 */
export function waitForBytesLater(fd: number, milliseconds: number): Promise<boolean> {
  const polled = polledFor(fd, POLLIN);
  return new Promise((resolve) => {
    libc().pollLater(polled, 1, milliseconds, (error, count) => {
      // The thread writes into the memory until now, which must not be collected before: this reads it.
      resolve(error === null && count > 0 && polled.some((byte) => byte !== 0));
    });
  });
}

function polledFor(fd: number, events: number): Uint8Array {
  const polled = new Uint8Array(POLLFD_BYTES);
  const view = new DataView(polled.buffer);
  view.setInt32(0, fd, IS_LITTLE_ENDIAN);
  view.setInt16(4, events, IS_LITTLE_ENDIAN);
  return polled;
}

/** Opens a socket, which programs that this one starts do not get. */
export function openSocket(family: number, type: number, protocol: number): number {
  const fd = libc().socket(family, type | SOCK_CLOEXEC, protocol);
  if (fd < 0) throw errnoError("socket");
  return fd;
}

export interface Mapping {
  readonly memory: ArrayBuffer;
  /** Afterwards `memory` must not be touched. */
  readonly unmap: () => void;
}

/** What of a file is mapped. */
export interface MappedRange {
  /** Bytes before the range, a multiple of a page. */
  readonly offset?: number;
  /** By default reading and writing. */
  readonly access?: "read" | "readWrite";
}

/** Maps `length` bytes of a file, shared: by default the first ones, for reading and writing. */
export function mapFile(fd: number, length: number, { offset = 0, access = "readWrite" }: MappedRange = {}): Mapping {
  const { koffi, mmap, munmap } = libc();
  const protection = access === "read" ? PROT_READ : PROT_READ_WRITE;
  const address = mmap(null, length, protection, MAP_SHARED, fd, offset);
  if (MAP_FAILED.includes(address)) throw errnoError("mmap");
  return {
    memory: koffi.view(address, length),
    unmap: () => {
      munmap(address, length);
    },
  };
}

/** A call of a device's driver: `argument` is what the driver reads, and where it writes its answer. */
export function controlDevice(fd: number, request: number, argument: Uint8Array): void {
  if (libc().ioctl(fd, request, "void *", argument) < 0) throw errnoError("ioctl");
}

export function makeFifo(path: string, mode: number): void {
  if (libc().mkfifo(path, mode) !== 0) throw errnoError("mkfifo");
}

function rangeLock(type: number, start: number): object {
  return { l_type: type, l_whence: SEEK_SET, l_start: start, l_len: 1, l_pid: 0 };
}

/** Takes the write lock on one byte of a file for as long as `fd` is open. False when another holds it. */
export function lockByte(fd: number, offset: number): boolean {
  const { fcntl, flockPointer } = libc();
  if (fcntl(fd, F_OFD_SETLK, flockPointer, rangeLock(F_WRLCK, offset)) === 0) return true;
  const error = errnoError("fcntl");
  if ("code" in error && (error.code === "EAGAIN" || error.code === "EACCES")) return false;
  throw error;
}

/** Whether another description of the file, of this process or another, holds the write lock on a byte. */
export function byteIsLocked(fd: number, offset: number): boolean {
  const { koffi, fcntl, flock, flockPointer } = libc();
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
 * Has the file system set aside what a file leaves out of its first `length` bytes; what is there stays as it is. One
 * that cannot do that is left to itself.
 */
export function allocateFile(fd: number, length: number): void {
  if (libc().fallocate(fd, 0, 0, length) === 0) return;
  const error = errnoError("fallocate");
  if ("code" in error && (error.code === "EOPNOTSUPP" || error.code === "ENOSYS")) return;
  throw error;
}
