/** The options of every agent that say as whom it runs, and who may use its control socket. */
import { Option } from "commander";
import { findGroup, type Group } from "../platform/accounts.ts";
import { Failure } from "../platform/failure.ts";
import { becomeUser } from "../platform/privileges.ts";

interface UserArguments {
  readonly user?: string;
  readonly control?: string;
  readonly controlGroup?: string;
}

export function userOption(): Option {
  return new Option(
    "--user <name>",
    "for an agent that root starts: open devices, boards and lines as root, then be this user (name or uid) permanently",
  );
}

export function controlGroupOption(): Option {
  return new Option(
    "--control-group <name>",
    "members of this group (name or gid) may use the control socket, too; needs --control",
  );
}

/**
 * Acts as the user that was asked for, if one was: to be called before anything else of the options is judged, for files
 * are judged as that user. Gives who may use the control socket beside the agent's user and root. Throws a Failure.
 */
export function takeUserOptions(given: UserArguments): { readonly controlGroup: Group | undefined } {
  if (given.user === "" || given.controlGroup === "") {
    throw new Failure("options", "--user and --control-group take a name: give one, or leave the option out");
  }
  if (given.user !== undefined) becomeUser(given.user);
  if (given.controlGroup === undefined) return { controlGroup: undefined };
  if (given.control === undefined) {
    throw new Failure(
      "options",
      "--control-group needs --control PATH, in a folder that the group may enter: the default folder is for the agent's user alone",
    );
  }
  return { controlGroup: findGroup(given.controlGroup, "agents with --control-group") };
}
