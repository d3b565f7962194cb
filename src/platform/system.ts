/**
 * The system calls with which files are opened, made and released: no other file makes one, which lint keeps
 * (`BARE_CALLS` in eslint.config.js). So a test can have any of them fail, and what is to be asked of every file that is
 * opened is asked here and in opening.ts.
 */
import {
  accessSync,
  chmodSync,
  close,
  closeSync,
  constants,
  fstatSync,
  fsync,
  ftruncate,
  ftruncateSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  opendirSync,
  openSync,
  read,
  readSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  statfsSync,
  unlinkSync,
  write,
  writeSync,
  type Stats,
} from "node:fs";
import { lstat, open, opendir, rename, rm, type FileHandle } from "node:fs/promises";
import { promisify } from "node:util";
import { errnoOf } from "./failure.ts";
import {
  allocateFile,
  byteIsLocked,
  controlDevice,
  lockByte,
  makeFifo,
  mapFile,
  openSocket,
  waitForBytes,
  waitForBytesLater,
  type MappedRange,
  type Mapping,
} from "./libc.ts";

/** For its owner alone: LPC-SEC-8. */
const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;

/** To lchown. */
const SAME_OWNER = -1;

/** A symbolic link is never followed, and nothing waits for the other end of a FIFO or for a device. */
const ALWAYS = constants.O_NOFOLLOW | constants.O_NONBLOCK;

export type How =
  | "read"
  | "readNamed"
  | "readWrite"
  | "create"
  | "folder"
  | "ownFifo"
  | "peerFifo"
  | "device"
  | "packets"
  | "deviceMemory"
  | "readDeviceMemory";

const FLAGS: Readonly<Record<How, number>> = {
  read: constants.O_RDONLY | ALWAYS,
  /** For a tool whose user names what it reads: behind a link, too, for /dev/stdin and <(COMMAND) are links. */
  readNamed: constants.O_RDONLY | constants.O_NONBLOCK,
  readWrite: constants.O_RDWR | ALWAYS,
  /** A file that must not be there yet. */
  create: constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | ALWAYS,
  folder: constants.O_RDONLY | constants.O_DIRECTORY | ALWAYS,
  /** A FIFO with both ends, which never reports that its last writer has gone. */
  ownFifo: constants.O_RDWR | ALWAYS,
  /** A FIFO's end for writing; fails when no process has the other end open. */
  peerFifo: constants.O_WRONLY | ALWAYS,
  /**
   * A device node, or what behaves so; behind links, too, which udev makes. It waits where the driver does: with O_NONBLOCK
   * the raw KCS driver refuses to give a byte that it has. device/device-file.ts looks at the node before.
   */
  device: constants.O_RDWR,
  /** A device of packets, which a read gives or says EAGAIN. */
  packets: constants.O_RDWR | constants.O_NONBLOCK,
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
  /** When its bytes changed last, in milliseconds since 1970. */
  readonly modified: number;
  /** When its bytes, size, mode or names changed last, in milliseconds since 1970. No program can set it. */
  readonly changed: number;
}

export interface FreeSpace {
  /** Bytes that this user may still write. */
  readonly free: number;
  /** Bytes of the file system; 0 where it keeps no count, as ramfs. */
  readonly total: number;
}

/** All throw errors that carry an errno's name; those that give a promise reject with them. */
interface System {
  /** `mode`: permissions of a file that is made, less the umask; by default its owner's alone. */
  open: (path: string, how: How, mode?: number) => number;
  close: (fd: number) => void;
  /** `position` null: where the last read ended. */
  read: (fd: number, into: Uint8Array, position: number | null) => number;
  /** Waits for bytes to read, or for the end of the file; false: not within the time, or a signal came first. */
  waitForBytes: (fd: number, milliseconds: number) => boolean;
  /** The same in the thread pool; an error of the descriptor counts as bytes. It must stay open until this resolves. */
  waitLater: (fd: number, milliseconds: number) => Promise<boolean>;
  /** A socket by the numbers of the C library, for `read`, `write` and `control`. */
  socket: (family: number, type: number, protocol: number) => number;
  write: (fd: number, bytes: Uint8Array | string) => number;
  /** The same at a place of the file; gives how many bytes were taken. */
  writeAt: (fd: number, bytes: Uint8Array, position: number) => number;
  truncate: (fd: number, length: number) => void;
  stat: (fd: number) => FileStatus;
  /** What a path leads to; undefined where it leads nowhere. */
  lookUp: (path: string) => FileStatus | undefined;
  /** The same, of a symbolic link itself. */
  lookAt: (path: string) => FileStatus | undefined;
  /** The path without links that the path leads to. */
  realPath: (path: string) => string;
  /** Throws where this user may not make and list names in a folder. */
  checkUsable: (folder: string) => void;
  freeSpace: (path: string) => FreeSpace;
  link: (existing: string, path: string) => void;
  renameAtOnce: (from: string, to: string) => void;
  setMode: (path: string, mode: number) => void;
  /** Gives a file to a group that its owner is in; a symbolic link itself. The owner stays. */
  setGroup: (path: string, gid: number) => void;
  /** A name that is not there is none to remove. */
  remove: (path: string) => void;
  /** Makes a folder for its owner alone. */
  makeFolder: (path: string) => void;
  /** The same with random characters behind `prefix`; gives its path. */
  makeTemporary: (prefix: string) => string;
  /** Removes a folder that is empty. */
  removeFolder: (path: string) => void;
  /** Removes a folder with all that is in it, as far as that can be done. */
  removeTree: (path: string) => void;
  /** The first `most` names in a folder. */
  listAtOnce: (path: string, most: number) => readonly string[];
  makeFifo: (path: string) => void;
  map: (fd: number, length: number, range?: MappedRange) => Mapping;
  /** ioctl: `argument` is what the driver reads, and where it writes its answer. */
  control: (fd: number, request: number, argument: Uint8Array) => void;
  lock: (fd: number, offset: number) => boolean;
  isLocked: (fd: number, offset: number) => boolean;
  allocate: (fd: number, length: number) => void;
  /** As open, for files on disks that may take long. */
  openLater: (path: string, how: How) => Promise<FileHandle>;
  /** As read, in the thread pool. */
  readLater: (fd: number, into: Uint8Array, position: number) => Promise<number>;
  /** Resolves when what was written would survive a loss of power. */
  sync: (fd: number) => Promise<void>;
  /** Names in a folder, as they are read. */
  list: (path: string) => Promise<AsyncIterable<{ readonly name: string }>>;
  /** As lookAt, for files on disks that may take long. */
  lookAtLater: (path: string) => Promise<FileStatus | undefined>;
  rename: (from: string, to: string) => Promise<void>;
  removeLater: (path: string) => Promise<void>;
  /** As write, truncate and close, for files whose disk may hang: only a thread of the pool waits then. */
  writeLater: (fd: number, bytes: Uint8Array) => Promise<number>;
  truncateLater: (fd: number, length: number) => Promise<void>;
  closeLater: (fd: number) => Promise<void>;
}

const readPart = promisify(read);

export const system: System = {
  open: (path, how, mode = PRIVATE_FILE) => openSync(path, FLAGS[how], mode),
  close: closeSync,
  read: (fd, into, position) => readSync(fd, into, 0, into.length, position),
  waitForBytes,
  waitLater: waitForBytesLater,
  socket: openSocket,
  write: (fd, bytes) => (typeof bytes === "string" ? writeSync(fd, bytes) : writeSync(fd, bytes)),
  writeAt: (fd, bytes, position) => writeSync(fd, bytes, 0, bytes.length, position),
  truncate: ftruncateSync,
  stat: (fd) => statusOf(fstatSync(fd)),
  lookUp: (path) => statusOrNone(statSync(path, { throwIfNoEntry: false })),
  lookAt: (path) => statusOrNone(lstatSync(path, { throwIfNoEntry: false })),
  realPath: (path) => realpathSync(path),
  checkUsable: (folder) => {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  },
  freeSpace: (path) => {
    const { bsize, blocks, bavail } = statfsSync(path);
    return { free: bavail * bsize, total: blocks * bsize };
  },
  link: linkSync,
  renameAtOnce: renameSync,
  setMode: chmodSync,
  setGroup: (path, gid) => {
    lchownSync(path, SAME_OWNER, gid);
  },
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
  makeTemporary: (prefix) => mkdtempSync(prefix),
  removeFolder: rmdirSync,
  removeTree: (path) => {
    rmSync(path, { recursive: true, force: true });
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
  readLater: async (fd, into, position) => (await readPart(fd, into, 0, into.length, position)).bytesRead,
  sync: promisify(fsync),
  listAtOnce: (path, most) => {
    const folder = opendirSync(path);
    try {
      const names: string[] = [];
      for (let entry = folder.readSync(); entry !== null && names.length < most; entry = folder.readSync()) {
        names.push(entry.name);
      }
      return names;
    } finally {
      folder.closeSync();
    }
  },
  list: (path) => opendir(path),
  lookAtLater: async (path) => {
    try {
      return statusOf(await lstat(path));
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return undefined;
      throw error;
    }
  },
  rename,
  removeLater: (path) => rm(path, { force: true }),
  writeLater: async (fd, bytes) => (await promisify(write)(fd, bytes)).bytesWritten,
  truncateLater: promisify(ftruncate),
  closeLater: promisify(close),
};

function statusOrNone(stats: Stats | undefined): FileStatus | undefined {
  return stats && statusOf(stats);
}

export function statusOf(stats: Stats): FileStatus {
  const { dev, ino, size, uid, gid, mode, nlink, mtimeMs: modified, ctimeMs: changed } = stats;
  return { type: typeOf(stats), dev, ino, size, uid, gid, mode: mode & 0o7777, links: nlink, modified, changed };
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
