/**
 * The system calls with which files are opened, made and released: no other file makes one, which lint keeps
 * (`BARE_CALLS` in eslint.config.js). So a test can have any of them fail, and what is to be asked of every file that is
 * opened is asked here and in opening.ts.
 */
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  statSync,
  unlinkSync,
  writeSync,
  type Stats,
} from "node:fs";
import { open, rename, rm, type FileHandle } from "node:fs/promises";
import { errnoOf } from "./failure.ts";
import {
  allocateFile,
  byteIsLocked,
  controlDevice,
  lockByte,
  makeFifo,
  mapFile,
  type MappedRange,
  type Mapping,
} from "./libc.ts";

/** For its owner alone: LPC-SEC-8. */
const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;

/** A symbolic link is never followed, and nothing waits for the other end of a FIFO or for a device. */
const ALWAYS = constants.O_NOFOLLOW | constants.O_NONBLOCK;

export type How =
  | "read"
  | "readNamed"
  | "readWrite"
  | "create"
  | "ownFifo"
  | "peerFifo"
  | "device"
  | "deviceMemory"
  | "readDeviceMemory";

const FLAGS: Readonly<Record<How, number>> = {
  read: constants.O_RDONLY | ALWAYS,
  /** For a tool whose user names what it reads: behind a link, too, for /dev/stdin and <(COMMAND) are links. */
  readNamed: constants.O_RDONLY | constants.O_NONBLOCK,
  readWrite: constants.O_RDWR | ALWAYS,
  /** A file that must not be there yet. */
  create: constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | ALWAYS,
  /** A FIFO with both ends, which never reports that its last writer has gone. */
  ownFifo: constants.O_RDWR | ALWAYS,
  /** A FIFO's end for writing; fails when no process has the other end open. */
  peerFifo: constants.O_WRONLY | ALWAYS,
  /**
   * A device node, or what behaves so; behind links, too, which udev makes. It waits where the driver does: with O_NONBLOCK
   * the raw KCS driver refuses to give a byte that it has. device/device-file.ts looks at the node before.
   */
  device: constants.O_RDWR,
  /** Memory that is mapped without caches: O_SYNC says so to the kernel. */
  deviceMemory: constants.O_RDWR | constants.O_SYNC,
  readDeviceMemory: constants.O_RDONLY | constants.O_SYNC,
};

/** `device`: a character device. */
export type FileType = "file" | "folder" | "fifo" | "socket" | "link" | "device" | "blockDevice";

export interface FileStatus {
  readonly type: FileType;
  readonly dev: number;
  readonly ino: number;
  /** Bytes. */
  readonly size: number;
  readonly uid: number;
  readonly gid: number;
  /** Permissions, and the bits for set-uid, set-gid and sticky. */
  readonly mode: number;
  /** Names that the file has. */
  readonly links: number;
}

/** All throw errors that carry an errno's name; those that give a promise reject with them. */
interface System {
  /** `mode`: permissions of a file that is made, less the umask; by default its owner's alone. */
  open: (path: string, how: How, mode?: number) => number;
  close: (fd: number) => void;
  /** `position` null: where the last read ended. */
  read: (fd: number, into: Uint8Array, position: number | null) => number;
  write: (fd: number, bytes: Uint8Array | string) => number;
  writeAt: (fd: number, bytes: Uint8Array, position: number) => number;
  truncate: (fd: number, length: number) => void;
  stat: (fd: number) => FileStatus;
  /** What a path leads to; undefined where it leads nowhere. */
  lookUp: (path: string) => FileStatus | undefined;
  /** The same, of a symbolic link itself. */
  lookAt: (path: string) => FileStatus | undefined;
  link: (existing: string, path: string) => void;
  /** A name that is not there is none to remove. */
  remove: (path: string) => void;
  /** Makes a folder for its owner alone. */
  makeFolder: (path: string) => void;
  makeFifo: (path: string) => void;
  map: (fd: number, length: number, range?: MappedRange) => Mapping;
  /** ioctl: `argument` is what the driver reads, and where it writes its answer. */
  control: (fd: number, request: number, argument: Uint8Array) => void;
  lock: (fd: number, offset: number) => boolean;
  isLocked: (fd: number, offset: number) => boolean;
  allocate: (fd: number, length: number) => void;
  /** As open, for files on disks that may take long. */
  openLater: (path: string, how: How) => Promise<FileHandle>;
  rename: (from: string, to: string) => Promise<void>;
  removeLater: (path: string) => Promise<void>;
}

export const system: System = {
  open: (path, how, mode = PRIVATE_FILE) => openSync(path, FLAGS[how], mode),
  close: closeSync,
  read: (fd, into, position) => readSync(fd, into, 0, into.length, position),
  write: (fd, bytes) => (typeof bytes === "string" ? writeSync(fd, bytes) : writeSync(fd, bytes)),
  writeAt: (fd, bytes, position) => writeSync(fd, bytes, 0, bytes.length, position),
  truncate: ftruncateSync,
  stat: (fd) => statusOf(fstatSync(fd)),
  lookUp: (path) => statusOrNone(statSync(path, { throwIfNoEntry: false })),
  lookAt: (path) => statusOrNone(lstatSync(path, { throwIfNoEntry: false })),
  link: linkSync,
  remove: (path) => {
    try {
      unlinkSync(path);
    } catch (error) {
      if (errnoOf(error) !== "ENOENT") throw error;
    }
  },
  makeFolder: (path) => {
    mkdirSync(path, PRIVATE_FOLDER);
  },
  makeFifo: (path) => {
    makeFifo(path, PRIVATE_FILE);
  },
  map: mapFile,
  control: controlDevice,
  lock: lockByte,
  isLocked: byteIsLocked,
  allocate: allocateFile,
  openLater: (path, how) => open(path, FLAGS[how], PRIVATE_FILE),
  rename,
  removeLater: (path) => rm(path, { force: true }),
};

function statusOrNone(stats: Stats | undefined): FileStatus | undefined {
  return stats && statusOf(stats);
}

export function statusOf(stats: Stats): FileStatus {
  const { dev, ino, size, uid, gid, mode, nlink } = stats;
  return { type: typeOf(stats), dev, ino, size, uid, gid, mode: mode & 0o7777, links: nlink };
}

function typeOf(stats: Stats): FileType {
  if (stats.isFile()) return "file";
  if (stats.isDirectory()) return "folder";
  if (stats.isFIFO()) return "fifo";
  if (stats.isSocket()) return "socket";
  if (stats.isSymbolicLink()) return "link";
  return stats.isBlockDevice() ? "blockDevice" : "device";
}

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
