/**
 * Whose board an agent uses. Who may write a board's file is its hardware (LPC-SEC-8): it reads what passes through the
 * window and makes up the other side. So a board belongs to this user or to root, is open to them alone, and lies where
 * no other user can exchange it, unless the user says otherwise.
 */
import { dirname } from "node:path";
import { Failure } from "../failure.ts";
import { ownUser, whyRefused, whyUnsafeWay, type FileRule } from "../opening.ts";
import { system, type FileStatus } from "../system.ts";
import type { Tell } from "../log-events.ts";

export interface BoardTrust {
  /** A board that others may write or exchange is used, too. */
  readonly allowForeign?: boolean | undefined;
  /** Told of a board that is used because of that. */
  readonly log?: Tell | undefined;
}

const ROOT = 0;
const BOARD: FileRule = { type: "file", without: 0o077, owners: [ROOT] };

/** Throws a Failure for an open board that is another user's or open to others. */
export function checkBoardTrust(path: string, status: FileStatus, trust: BoardTrust): void {
  // A name that the user gave to a board of root's elsewhere: root opens what is there for an agent with --user.
  const isRoots = status.uid === ROOT && ownUser() !== ROOT;
  check(path, whyRefused(status, isRoots ? { ...BOARD, links: 1 } : BOARD), trust);
}

/**
 * The same of the folder that a board is in or is to be made in, and of those that lead to it. A folder that is missing is
 * left to the call that opens the board.
 */
export function checkBoardFolder(path: string, trust: BoardTrust): void {
  const folder = dirname(path);
  const why = system.lookUp(folder) && whyUnsafeWay(system.realPath(folder));
  check(path, why === undefined ? undefined : `of its folder ${why}`, trust);
}

function check(path: string, why: string | undefined, { allowForeign, log }: BoardTrust): void {
  if (why === undefined) return;
  if (allowForeign !== true) {
    throw new Failure(
      "foreign-board",
      `the board ${path} is refused (LPC-SEC-8): ${why}. Make a board of your own in a folder of your own, or use this one with --allow-foreign-board`,
    );
  }
  log?.(`the board ${path} is used because of --allow-foreign-board: ${why} (LPC-SEC-8)`, "device-trouble");
}
