/** What a file of the board is to the FUSE session: each method is one system call of a program that uses the file. */
import { constants } from "node:os";

/** Errors of the kernel, by name; positive. */
export const Errno: typeof constants.errno = constants.errno;

/** Thrown by a file's method: the system call fails with this number. */
export class SystemCallError extends Error {
  readonly errno: number;

  constructor(errno: number) {
    super(`errno ${String(errno)}`);
    this.errno = errno;
  }
}

/** A read or write that may be answered later: until then the calling program blocks. */
export interface Call {
  /** The file is open with O_NONBLOCK. */
  readonly isNonblocking: boolean;
  /** Runs when the calling program got a signal: the file fails the call with EINTR, or lets it block on. */
  onInterrupt: (() => void) | undefined;
  /** Ends a read with these bytes. */
  answer: (bytes: Uint8Array) => void;
  /** Ends a write: so many bytes were taken. */
  wrote: (bytes: number) => void;
  fail: (errno: number) => void;
}

/** One open file description. Methods that are missing fail with EINVAL, ioctl with ENOTTY. */
export interface OpenFile {
  read?(call: Call, offset: number, length: number): void;
  /** `bytes` are valid during the call only. */
  write?(call: Call, offset: number, bytes: Uint8Array): void;
  /** `argument`: what the caller's struct holds. Gives what it becomes, empty where the ioctl returns nothing. */
  ioctl?(command: number, argument: Uint8Array): Uint8Array;
  /** The events that hold now, POLLIN and so on. A file without it is always ready. */
  poll?(): number;
  close?(): void;
}

export interface ServedFile {
  readonly name: string;
  /** Bytes, as stat tells them. */
  readonly sizeBytes: number;
  /** lseek to the end fails with EINVAL. */
  readonly hasNoEnd?: boolean;
  /** A mapping of this file is one of the board's memory. */
  readonly isMapped?: boolean;
  open(): OpenFile;
}

/** Events of poll(2). */
export const PollEvent = { POLLIN: 0x001, POLLOUT: 0x004, POLLRDNORM: 0x040, POLLWRNORM: 0x100 } as const;
