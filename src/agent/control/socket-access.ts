/** The mode of a socket's file, by which it is for its owner alone, or for a group, too. */
import type { Group } from "../../platform/accounts.ts";
import { Failure, errnoOf } from "../../platform/failure.ts";
import { system } from "../../platform/system.ts";

const OWNER_MODE = 0o600;
const GROUP_MODE = 0o660;

/** Has the socket be for its owner alone, or for the group, too. */
export function setAccess(path: string, group: Group | undefined): void {
  if (group === undefined) {
    system.setMode(path, OWNER_MODE);
    return;
  }
  try {
    system.setGroup(path, group.gid);
  } catch (error) {
    if (errnoOf(error) !== "EPERM") throw error;
    throw new Failure(
      "group",
      `the agent's user is not in group ${group.name} and cannot give the socket to it: add the user to the group, or name another`,
      { cause: error },
    );
  }
  system.setMode(path, GROUP_MODE);
}
