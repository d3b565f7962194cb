/**
 * An inbox: a folder for each peer, `port-0-eid-9`, and one for unfinished files, `.partial`. The agent makes them for its
 * user alone (mode 0700), so what it finds in them is what it stored.
 */
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { Failure, errnoOf } from "../../platform/failure.ts";
import { ownUser, whyUnsafeWay } from "../../platform/opening.ts";
import { opening } from "../../platform/scope.ts";
import { system, type FileStatus } from "../../platform/system.ts";

/** Who sends: an EID, and the port that its messages come in by. */
export interface Peer {
  readonly port: number;
  readonly eid: number;
}

export const PARTIAL_FOLDER = ".partial";
const OTHERS_MAY_WRITE = 0o022;

/** The name of a peer's folder. */
export function folderNameOf({ port, eid }: Peer): string {
  return `port-${String(port)}-eid-${String(eid)}`;
}

/** The peer whose folder has this name. */
export function peerOfFolder(name: string): Peer | undefined {
  const match = /^port-(\d{1,3})-eid-(\d{1,3})$/.exec(name);
  return match === null ? undefined : { port: Number(match[1]), eid: Number(match[2]) };
}

export function isSamePeer(one: Peer, other: Peer): boolean {
  return one.port === other.port && one.eid === other.eid;
}

/**
 * Judges a folder that is to be an inbox. `ownFiles`: files of the agent, by what they are ("the trace"), none of which
 * may be in it. Throws a Failure "inbox" that says what to do.
 */
export function checkInbox(path: string, ownFiles: Readonly<Record<string, string | undefined>>): void {
  opening("inbox", `use the inbox ${path}`, () => {
    const status = system.lookUp(path);
    if (status?.type !== "folder") {
      throw new Failure("inbox", `the inbox ${path} is no folder: make it first, or name another`);
    }
    const inbox = system.realPath(path);
    const why = whyNoInbox(inbox, status);
    if (why !== undefined) throw new Failure("inbox", why);
    for (const [what, file] of Object.entries(ownFiles)) {
      if (file !== undefined && isWithin(inbox, file)) {
        throw new Failure("inbox", `the inbox ${path} holds ${what}, ${file}: name a folder for received files alone`);
      }
    }
    try {
      system.checkUsable(inbox);
    } catch {
      throw new Failure("inbox", `the inbox ${path} cannot be written to: name a folder that this user may write`);
    }
  });
}

/**
 * Why a folder is no inbox; undefined for one that is. Who may write to it, or rename it or a folder that leads to it,
 * decides what is in it. `inbox`: without symbolic links. Throws what the system says.
 */
export function whyNoInbox(inbox: string, { uid, mode }: FileStatus): string | undefined {
  if (uid !== ownUser()) return `the inbox ${inbox} belongs to another user (${String(uid)}): make one of your own`;
  if ((mode & OTHERS_MAY_WRITE) !== 0) {
    return `other users may write to the inbox ${inbox}: take that away with chmod go-w, or make another`;
  }
  const why = whyUnsafeWay(dirname(inbox));
  return why && `other users may replace the inbox ${inbox}, by way of ${why}: make an inbox elsewhere`;
}

function isWithin(folder: string, file: string): boolean {
  const way = relative(folder, realPathOf(resolve(file)));
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/**
 * Where a path leads, as far as there is something on it and this user may look. A device of root's in a folder of root's is
 * opened before root is given up (`--user`): behind such a folder the path counts as it is.
 */
function realPathOf(path: string): string {
  try {
    if (system.lookUp(path) !== undefined) return system.realPath(path);
  } catch (error) {
    if (errnoOf(error) !== "EACCES") throw error;
  }
  return path === dirname(path) ? path : join(realPathOf(dirname(path)), basename(path));
}
