/**
 * The system calls with which boards, doorbells and traces are opened and released: no other file of the platforms makes
 * one. So a test can have any of them fail, and what is to be asked of every file that is opened is asked here.
 */
import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  openSync,
  readSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { errnoOf } from "./failure.ts";
import { allocateFile, byteIsLocked, lockByte, makeFifo, mapFile, type Mapping } from "./libc.ts";

/** For its owner alone: LPC-SEC-8. */
const PRIVATE_MODE = 0o600;

type How = "read" | "readWrite" | "create" | "replace" | "ownFifo" | "peerFifo";

const FLAGS: Readonly<Record<How, number>> = {
  /** Does not block on a FIFO. */
  read: constants.O_RDONLY | constants.O_NONBLOCK,
  readWrite: constants.O_RDWR | constants.O_NONBLOCK,
  /** A file that must not be there yet. */
  create: constants.O_RDWR | constants.O_CREAT | constants.O_EXCL,
  /** Emptied if it is there. */
  replace: constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC,
  /** A FIFO with both ends, which never reports that its last writer has gone. */
  ownFifo: constants.O_RDWR | constants.O_NONBLOCK,
  /** A FIFO's end for writing; fails when no process has the other end open. */
  peerFifo: constants.O_WRONLY | constants.O_NONBLOCK,
};

interface FileIdentity {
  readonly dev: number;
  readonly ino: number;
}

interface FileStatus extends FileIdentity {
  readonly isFile: boolean;
  readonly size: number;
}

/** All throw errors that carry an errno's name. */
interface System {
  open: (path: string, how: How) => number;
  close: (fd: number) => void;
  read: (fd: number, into: Uint8Array, position: number) => number;
  write: (fd: number, bytes: Uint8Array | string) => number;
  stat: (fd: number) => FileStatus;
  /** What a path leads to; undefined where it leads nowhere. */
  lookUp: (path: string) => FileIdentity | undefined;
  link: (existing: string, path: string) => void;
  /** A name that is not there is none to remove. */
  remove: (path: string) => void;
  makeFifo: (path: string) => void;
  map: (fd: number, length: number) => Mapping;
  lock: (fd: number, offset: number) => boolean;
  isLocked: (fd: number, offset: number) => boolean;
  allocate: (fd: number, length: number) => void;
}

export const system: System = {
  open: (path, how) => openSync(path, FLAGS[how], PRIVATE_MODE),
  close: closeSync,
  read: (fd, into, position) => readSync(fd, into, 0, into.length, position),
  write: (fd, bytes) => (typeof bytes === "string" ? writeSync(fd, bytes) : writeSync(fd, bytes)),
  stat: (fd) => {
    const stats = fstatSync(fd);
    return { isFile: stats.isFile(), size: stats.size, dev: stats.dev, ino: stats.ino };
  },
  lookUp: (path) => statSync(path, { throwIfNoEntry: false }),
  link: linkSync,
  remove: (path) => {
    try {
      unlinkSync(path);
    } catch (error) {
      if (errnoOf(error) !== "ENOENT") throw error;
    }
  },
  makeFifo: (path) => {
    makeFifo(path, PRIVATE_MODE);
  },
  map: mapFile,
  lock: lockByte,
  isLocked: byteIsLocked,
  allocate: allocateFile,
};

/** Whether a path still leads to the file that is open. */
export function leadsTo(path: string, fd: number): boolean {
  const [named, open] = [system.lookUp(path), system.stat(fd)];
  return named?.ino === open.ino && named.dev === open.dev;
}

/** Removes the name of the open file, unless another process is seen to have put its own there. */
export function removeOwn(path: string, fd: number): void {
  let isOwn = true;
  try {
    isOwn = leadsTo(path, fd);
  } catch {
    // Most likely it is.
  }
  if (isOwn) system.remove(path);
}
