/**
 * How files are opened where strangers may have been: a file is judged by its descriptor, which nobody can exchange
 * afterwards, not by its name. What is refused ends as a Failure that says what is there and what to do.
 */
import { randomBytes } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Failure, errnoOf } from "./failure.ts";
import { opening } from "./scope.ts";
import { removeOwn, system, type FileStatus, type FileType, type How } from "./system.ts";

const GROUP_MAY_WRITE = 0o020;
const OTHERS_MAY_WRITE = 0o002;
const STICKY = 0o1000;
const ROOT = 0;

/** Random bytes in the name of a file until it is whole. */
const NAME_BYTES = 8;
const BESIDE = ".new-";
/** What such a name adds to that of the file. */
export const BESIDE_SUFFIX_BYTES: number = BESIDE.length + 2 * NAME_BYTES;
/** Names of a file's folder that are looked at for what killed writers left. */
const LEFTOVERS_LOOKED_AT = 10_000;
/** A leftover younger than this may belong to a writer that runs. */
const LEFTOVER_AGE_MILLISECONDS = 60_000;

const TYPE_TEXT: Readonly<Record<FileType, string>> = {
  file: "a file",
  folder: "a folder",
  fifo: "a FIFO",
  socket: "a socket",
  link: "a symbolic link",
  device: "a device",
  blockDevice: "a block device",
};

/** What an opened file must be. */
export interface FileRule {
  readonly type: FileType;
  /** Permissions that it must not have: 0o077 for a file of its owner alone. */
  readonly without: number;
  /** Whose it may be, beside this process's user. */
  readonly owners?: readonly number[];
  /** Names that it may have: 1 leaves out hard links to files that lie elsewhere. By default any number. */
  readonly links?: number;
}

/** What an agent writes: others may read it at most. */
const PRIVATE_OUTPUT: FileRule = { type: "file", without: 0o022, links: 1 };
/** What a tool writes for its user, with the permissions that the user's umask leaves. */
export const TOOL_OUTPUT: FileRule = { type: "file", without: 0, links: 1 };

/** Why a file is not as the rule says: "it is a FIFO, not a file"; undefined where it is. */
export function whyRefused(status: FileStatus, rule: FileRule): string | undefined {
  const { type, uid, mode, links } = status;
  if (type !== rule.type) return `it is ${TYPE_TEXT[type]}, not ${TYPE_TEXT[rule.type]}`;
  if (uid !== ownUser() && rule.owners?.includes(uid) !== true) return `it belongs to user ${String(uid)}`;
  if ((mode & rule.without) !== 0) return `its mode is ${octal(mode)}: group or others may use it`;
  if (rule.links !== undefined && links > rule.links) return `it has ${String(links)} names (hard links)`;
  return undefined;
}

/** Why a stranger could exchange what lies in a folder; undefined where none can. */
export function whyUnsafeFolder(status: FileStatus): string | undefined {
  const { type, uid, gid, mode } = status;
  if (type !== "folder") return `it is ${TYPE_TEXT[type]}, not a folder`;
  if (uid !== ownUser() && uid !== ROOT) return `it belongs to user ${String(uid)}`;
  // Many systems give each user a group of his own.
  const isOpen =
    (mode & OTHERS_MAY_WRITE) !== 0 || ((mode & GROUP_MAY_WRITE) !== 0 && gid !== (process.getegid?.() ?? 0));
  if (isOpen && (mode & STICKY) === 0) return `its mode is ${octal(mode)}: others may replace files in it`;
  return undefined;
}

/**
 * The same of a folder and of every folder that leads to it, for who may rename one of these exchanges what is below.
 * `folder`: absolute, without symbolic links. "/a/b: its mode is 0777…". Throws what the system says.
 */
export function whyUnsafeWay(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const status = system.lookUp(at);
    const why = status && whyUnsafeFolder(status);
    if (why !== undefined) return `${at}: ${why}`;
    if (at === dirname(at)) return undefined;
  }
}

/** The user that this process acts as. The effective one is root for as long as `privileged` opens something. */
export function ownUser(): number {
  return process.getuid?.() ?? 0;
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}

/** Opens a file and judges it. Throws a Failure with this code; `what`: "write the trace /tmp/t". */
export function openJudged(code: string, what: string, path: string, how: How, rule: FileRule): number {
  return opening(code, what, (scope) => {
    const fd = system.open(path, how);
    scope.add(system.close, fd);
    const why = whyRefused(system.stat(fd), rule);
    if (why !== undefined) throw refusal(code, what, why);
    return fd;
  });
}

function refusal(code: string, what: string, why: string): Failure {
  return new Failure(code, `cannot ${what}: ${why}; name another path`);
}

/** What a kind of file is known by. */
const STARTING_BYTES = 4;

export interface OutputOptions {
  /** What a file that is there must be. */
  readonly rule?: FileRule;
  /** Permissions of a file that is made. */
  readonly mode?: number | undefined;
  /** Whether a file that begins so is replaced: its first bytes, STARTING_BYTES of them where it has them. By default any is. */
  readonly replaces?: (start: Uint8Array) => boolean;
}

export interface OpenedOutput {
  readonly fd: number;
  /** Whether the file was made now. */
  readonly isNew: boolean;
}

/**
 * Opens a file that is written from its beginning, and makes it where there is none. A file that is there must be as the
 * rule says: by default a regular one of this user, with one name, that others may not write. Throws a Failure with this
 * code, and leaves what is there as it is then.
 */
export function openOutput(
  code: string,
  what: string,
  path: string,
  { rule = PRIVATE_OUTPUT, mode, replaces }: OutputOptions = {},
): OpenedOutput {
  return opening(code, what, (scope) => {
    const made = createUnlessThere(path, mode);
    if (made !== undefined) return { fd: made, isNew: true };
    const fd = openJudged(code, what, path, "readWrite", rule);
    scope.add(system.close, fd);
    if (replaces !== undefined) {
      const start = new Uint8Array(STARTING_BYTES);
      if (!replaces(start.subarray(0, system.read(fd, start, 0)))) {
        throw refusal(code, what, "a file of another kind is there, which would be lost");
      }
    }
    system.truncate(fd, 0);
    return { fd, isNew: false };
  });
}

/**
 * Whether openOutput would succeed: to be asked before work of which only the result is written. Makes and changes
 * nothing. Throws a Failure with this code.
 */
export function checkOutput(code: string, what: string, path: string, rule: FileRule): void {
  opening(code, what, (scope) => {
    const made = createUnlessThere(path);
    if (made === undefined) system.close(openJudged(code, what, path, "readWrite", rule));
    else {
      scope.add(system.close, made);
      removeOwn(path, made);
      scope.release();
    }
  });
}

/**
 * The text of a regular file that the user of a tool named, of at most `largestBytes`, and as the rule says, if there is
 * one. Throws a Failure with this code, or the system's error, which says whether there is such a file.
 */
export function readNamedText(code: string, what: string, path: string, largestBytes: number, rule?: FileRule): string {
  const fd = system.open(path, "readNamed");
  try {
    const status = system.stat(fd);
    const { type, size } = status;
    if (type !== "file") throw refusal(code, what, `it is ${TYPE_TEXT[type]}, not a file`);
    const why = rule && whyRefused(status, rule);
    if (why !== undefined) throw refusal(code, what, why);
    if (size > largestBytes) {
      throw refusal(code, what, `its ${String(size)} bytes are too large, at most ${String(largestBytes)}`);
    }
    const bytes = Buffer.alloc(size);
    let read = 0;
    for (let count = 1; read < size && count > 0; read += count) {
      count = system.read(fd, bytes.subarray(read), read);
    }
    return bytes.toString("utf8", 0, read);
  } finally {
    system.close(fd);
  }
}

function createUnlessThere(path: string, mode?: number): number | undefined {
  try {
    return system.open(path, "create", mode);
  } catch (error) {
    if (errnoOf(error) === "EEXIST") return undefined;
    throw error;
  }
}

/** A name for a file until it is whole: no other process can know it and put something there before. */
export function besideName(path: string): string {
  return `${path}${BESIDE}${randomBytes(NAME_BYTES).toString("hex")}`;
}

/**
 * Removes what writers of this user that were killed left under names of besideName. They are never in the way, so what
 * cannot be removed, or is not found, stays.
 */
export function removeLeftovers(path: string): void {
  const [folder, prefix] = [dirname(path), `${basename(path)}${BESIDE}`];
  const before = Date.now() - LEFTOVER_AGE_MILLISECONDS;
  try {
    for (const name of system.listAtOnce(folder, LEFTOVERS_LOOKED_AT)) {
      if (!name.startsWith(prefix) || !/^[0-9a-f]{16}$/.test(name.slice(prefix.length))) continue;
      const status = system.lookAt(join(folder, name));
      if (status?.type === "file" && status.uid === ownUser() && status.modified < before) {
        system.remove(join(folder, name));
      }
    }
  } catch {
    // A folder that cannot be read keeps them.
  }
}

/* ---- Small files that are replaced as a whole ---- */

/**
 * Reads a regular file of at most `largestBytes`; undefined where there is none. Throws a Failure with this code.
 * `what`: "read the state file /tmp/s".
 */
export async function readWhole(
  code: string,
  what: string,
  path: string,
  largestBytes: number,
  judge: (status: FileStatus) => string | undefined,
): Promise<string | undefined> {
  let file: FileHandle | undefined;
  try {
    file = await system.openLater(path, "read");
    const status = system.stat(file.fd);
    const why = judge(status);
    if (why !== undefined) throw refusal(code, what, why);
    if (status.size > largestBytes) {
      throw refusal(code, what, `its ${String(status.size)} bytes are too large, at most ${String(largestBytes)}`);
    }
    return await file.readFile("utf8");
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  } finally {
    await file?.close();
  }
}

/** Where replaceWhole has a file until it is whole, but for what besideName adds. */
export function hiddenPath(path: string): string {
  return join(dirname(path), `.${basename(path)}`);
}

/**
 * Has a path lead to a new file with this text, in one step; resolves once it would survive a loss of power. Leaves
 * nothing beside it when it fails, and the file as it was.
 */
export async function replaceWhole(path: string, text: string): Promise<void> {
  const beside = besideName(hiddenPath(path));
  const file = await system.openLater(beside, "create");
  try {
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await system.rename(beside, path);
  } catch (error) {
    await system.removeLater(beside).catch(() => undefined);
    throw error;
  }
  // The name is in the folder: without this the old file could be back after a loss of power.
  const folder = await system.openLater(dirname(path), "read");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
