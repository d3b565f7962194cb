/** The options of every agent that say as whom it runs, and who may use its control socket. */
import { Option } from "commander";
import { findGroup, type Group } from "../platform/accounts.ts";
import { Failure } from "../platform/failure.ts";
import { becomeUser } from "../platform/privileges.ts";

interface UserArguments {
  readonly user?: string;
  readonly control?: string;
  readonly controlGroup?: string;
  /** True: an option without a value. */
  readonly demux?: string | true;
  readonly demuxGroup?: string;
}

export interface SocketGroups {
  /** Who may use the control socket beside the agent's user and root. */
  readonly controlGroup: Group | undefined;
  /** The same of the demux socket. */
  readonly demuxGroup: Group | undefined;
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

export function demuxOption(): Option {
  return new Option(
    "--demux [address]",
    "serve programs for mctp-demux-daemon (libpldm's mctp-demux transport) on a SEQPACKET socket: a path, or a name like @mctp-mux that is in no file system (default: a path beside the control socket's)",
  );
}

export function demuxGroupOption(): Option {
  return new Option(
    "--demux-group <name>",
    "members of this group (name or gid) may use the demux socket, too; needs --demux with a path or name",
  );
}

/**
 * Acts as the user that was asked for, if one was: to be called before anything else of the options is judged, for files
 * are judged as that user. Gives who may use its sockets beside the agent's user and root. Throws a Failure.
 */
export function takeUserOptions(given: UserArguments): SocketGroups {
  if ([given.user, given.controlGroup, given.demuxGroup].includes("")) {
    throw new Failure(
      "options",
      "--user, --control-group and --demux-group take a name: give one, or leave the option out",
    );
  }
  if (given.user !== undefined) becomeUser(given.user);
  if (given.controlGroup !== undefined && given.control === undefined) {
    throw new Failure(
      "options",
      "--control-group needs --control PATH, in a folder that the group may enter: the default folder is for the agent's user alone",
    );
  }
  if (given.demuxGroup !== undefined && typeof given.demux !== "string") {
    throw new Failure(
      "options",
      "--demux-group needs --demux with a name like @mctp-mux, or with a path in a folder that the group may enter: the default folder is for the agent's user alone",
    );
  }
  const groupOf = (name: string | undefined, option: string): Group | undefined =>
    name === undefined ? undefined : findGroup(name, `agents with ${option}`);
  return {
    controlGroup: groupOf(given.controlGroup, "--control-group"),
    demuxGroup: groupOf(given.demuxGroup, "--demux-group"),
  };
}
