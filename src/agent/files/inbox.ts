/**
 * The folders of an inbox: one for each peer, `port-0-eid-9`, and one for unfinished files, `.partial`. The agent makes
 * them for its user alone (mode 0700), so what it finds in them is what it stored.
 */
import {
  accessSync,
  closeSync,
  constants,
  fsync,
  lstatSync,
  mkdirSync,
  openSync,
  realpathSync,
  statSync,
} from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { promisify } from "node:util";
import { Failure, errnoOf } from "../../platform/failure.ts";

/** Who sends: an EID, and the port that its messages come in by. */
export interface Peer {
  readonly port: number;
  readonly eid: number;
}

export const PARTIAL_FOLDER = ".partial";
const PRIVATE_FOLDER_MODE = 0o700;
const OTHERS_MAY = 0o077;
const OTHERS_MAY_WRITE = 0o022;
const STICKY = 0o1000;
const syncDescriptor = promisify(fsync);

/** The name of a peer's folder. */
export function folderNameOf({ port, eid }: Peer): string {
  return `port-${String(port)}-eid-${String(eid)}`;
}

/** The peer whose folder has this name. */
export function peerOfFolder(name: string): Peer | undefined {
  const match = /^port-(\d{1,3})-eid-(\d{1,3})$/.exec(name);
  return match === null ? undefined : { port: Number(match[1]), eid: Number(match[2]) };
}

/**
 * Judges a folder that is to be an inbox. `ownFiles`: files of the agent, by what they are ("the trace"), none of which
 * may be in it. Throws a Failure "inbox" that says what to do.
 */
export function checkInbox(path: string, ownFiles: Readonly<Record<string, string | undefined>>): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new Failure("inbox", `the inbox ${path} is no folder: make it first, or name another`);
  }
  const inbox = realpathSync(path);
  checkOwnership(path, inbox);
  for (const [what, file] of Object.entries(ownFiles)) {
    if (file !== undefined && isWithin(inbox, file)) {
      throw new Failure("inbox", `the inbox ${path} holds ${what}, ${file}: name a folder for received files alone`);
    }
  }
  try {
    accessSync(inbox, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    throw new Failure("inbox", `the inbox ${path} cannot be written to: name a folder that this user may write`);
  }
}

/** Who may rename or replace the inbox, or a folder that leads to it, decides what is in it. */
function checkOwnership(path: string, inbox: string): void {
  const own = process.getuid?.();
  const { uid, mode } = statSync(inbox);
  if (uid !== own) {
    throw new Failure("inbox", `the inbox ${path} belongs to another user (${String(uid)}): make one of your own`);
  }
  if ((mode & OTHERS_MAY_WRITE) !== 0) {
    throw new Failure(
      "inbox",
      `other users may write to the inbox ${path}: take that away with chmod go-w, or make another`,
    );
  }
  for (let folder = dirname(inbox); ; folder = dirname(folder)) {
    const { uid: owner, mode: bits } = statSync(folder);
    const isOpen = (bits & OTHERS_MAY_WRITE) !== 0 && (bits & STICKY) === 0;
    if (isOpen || (owner !== own && owner !== 0)) {
      throw new Failure(
        "inbox",
        `other users may replace the inbox ${path}, because they may write to ${folder}: make an inbox elsewhere`,
      );
    }
    if (folder === dirname(folder)) return;
  }
}

function isWithin(folder: string, file: string): boolean {
  const way = relative(folder, realPathOf(resolve(file)));
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** Where a path leads, as far as there is something on it. */
function realPathOf(path: string): string {
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) return realpathSync(path);
  return path === dirname(path) ? path : join(realPathOf(dirname(path)), basename(path));
}

/**
 * The path of a folder in the inbox, made when it is missing. Throws what the system says, or an error ENOTDIR or EPERM
 * when what is there is no folder of this user alone.
 */
export function privateFolder(inbox: string, name: string): string {
  const path = join(inbox, name);
  try {
    mkdirSync(path, { mode: PRIVATE_FOLDER_MODE });
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
  }
  const stats = lstatSync(path);
  if (!stats.isDirectory()) throw coded("ENOTDIR");
  if (stats.uid !== process.getuid?.() || (stats.mode & OTHERS_MAY) !== 0) throw coded("EPERM");
  return path;
}

function coded(code: string): Error {
  return Object.assign(new Error(code), { code });
}

/** Makes the names in a folder durable. Throws what the system says. */
export async function syncFolder(path: string): Promise<void> {
  const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    await syncDescriptor(fd);
  } finally {
    closeSync(fd);
  }
}

/** Whether a name is free for a file of the peer, or has a file that this receiver stored, which may be replaced. */
export function nameAt(path: string): "free" | "received" | "foreign" {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return "free";
  return stats.isFile() && stats.uid === process.getuid?.() ? "received" : "foreign";
}
