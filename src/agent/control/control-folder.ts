/**
 * Where control sockets are. Agents make the folder of this user, tools never do: a tool of root would make one that the
 * user's own agents cannot use. Agents and tools refuse a folder in which a stranger may put a socket of his own.
 *
 * The folder is in the user's runtime folder, or in the temporary one: an agent that root started does not have the
 * environment of the user that it becomes, and the runtime folder goes when that user logs out. So tools look in both.
 */
import { createHash } from "node:crypto";
import { connect } from "node:net";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Failure, errnoOf } from "../../platform/failure.ts";
import type { Group } from "../../platform/accounts.ts";
import { ownUser, whyRefused, whyUnsafeFolder, whyUnsafeWay, type FileRule } from "../../platform/opening.ts";
import { hasBecomeUser } from "../../platform/privileges.ts";
import { asFailure, opening } from "../../platform/scope.ts";
import { system, type FileStatus } from "../../platform/system.ts";

/** Bytes of a path, as the kernel takes them for a socket. */
const LONGEST_PATH = 107;
const OTHER_PLACE = "set XDG_RUNTIME_DIR, or name a socket with --control PATH";
const OWN_FOLDER: FileRule = { type: "folder", without: 0o077 };
const NO_LISTENER: ReadonlySet<string | undefined> = new Set(["ECONNREFUSED", "ENOENT"]);
const GROUP_MAY_ENTER = 0o010;
const OTHERS_MAY_ENTER = 0o001;

interface ControlFolder {
  readonly path: string;
  readonly parent: string;
}

/** Of an agent. */
function controlFolder(): ControlFolder {
  return runtimeFolder() ?? temporaryFolder();
}

/** Where a tool looks for agents, first where agents of the same environment listen. */
function controlFolders(): readonly ControlFolder[] {
  const [first, ...others] = defaultFolders();
  return [first, ...others.filter(isUsable)];
}

function defaultFolders(): readonly [ControlFolder, ...ControlFolder[]] {
  const runtime = runtimeFolder();
  return runtime === undefined ? [temporaryFolder()] : [runtime, temporaryFolder()];
}

/** Undefined where there is none, or where it is that of the user who started this process. */
function runtimeFolder(): ControlFolder | undefined {
  const runtime = process.env["XDG_RUNTIME_DIR"];
  if (runtime === undefined || runtime === "") return undefined;
  const folder = { path: join(runtime, "mctp-lpc"), parent: runtime };
  if (hasBecomeUser()) return isOwn(runtime) ? folder : undefined;
  const isThere = opening("control-folder", `use ${runtime}`, () => system.lookUp(runtime) !== undefined);
  return isThere ? folder : undefined;
}

function isOwn(folder: string): boolean {
  try {
    return system.lookUp(folder)?.uid === ownUser();
  } catch {
    return false;
  }
}

function temporaryFolder(): ControlFolder {
  return { path: join(tmpdir(), `mctp-lpc-${String(ownUser())}`), parent: tmpdir() };
}

/** A stranger's folder in the second place keeps no tool from the agents in the first. */
function isUsable(folder: ControlFolder): boolean {
  try {
    return isFolderThere(folder);
  } catch {
    return false;
  }
}

/** Throws a Failure for a folder that a stranger may use. False: there is none. */
function isFolderThere({ path, parent }: ControlFolder): boolean {
  return opening("control-folder", `use the folder ${path} for control sockets`, () => {
    const place = system.lookUp(parent);
    if (place === undefined) throw refused(parent, "it does not exist; make it");
    const whyParent = whyUnsafeFolder(place) ?? whyUnsafeWay(system.realPath(parent));
    if (whyParent !== undefined) throw refused(parent, `${whyParent}; use a folder of your own`);
    const status = system.lookAt(path);
    const why = status && whyRefused(status, OWN_FOLDER);
    if (why !== undefined) throw refused(path, `${why}; remove it`);
    return status !== undefined;
  });
}

function refused(folder: string, why: string): Failure {
  return new Failure(
    "control-folder",
    `cannot use the folder ${folder} for control sockets: ${why}, or ${OTHER_PLACE}`,
  );
}

/** Where the agent of a side on a platform listens unless told otherwise. Makes nothing. */
export function defaultControlPath(side: string, platform: string): string {
  return join(controlFolder().path, socketName(side, platform));
}

/** Where the demux socket of that agent is unless told otherwise. Makes nothing. */
export function defaultDemuxPath(side: string, platform: string): string {
  return defaultControlPath(side, platform).replace(/\.sock$/, ".demux");
}

/** Where a tool looks for that agent. */
export function controlPathsOf(side: string, platform: string): readonly string[] {
  return controlFolders().map(({ path }) => join(path, socketName(side, platform)));
}

function socketName(side: string, platform: string): string {
  const id = createHash("sha256").update(platform).digest("hex").slice(0, 10);
  return `${side}-${id}.sock`;
}

/** The sockets of all agents of this user that listen in the default places. Throws a Failure. */
export function listControlPaths(side?: string): readonly string[] {
  return controlFolders().flatMap((folder) => socketsIn(folder, side));
}

function socketsIn(folder: ControlFolder, side: string | undefined): readonly string[] {
  if (!isFolderThere(folder)) return [];
  return opening("control-folder", `read the folder ${folder.path}`, () =>
    readdirSync(folder.path)
      .filter(
        (name) => /^(host|bmc|endpoint)-.*\.sock$/.test(name) && (side === undefined || name.startsWith(`${side}-`)),
      )
      .sort()
      .map((name) => join(folder.path, name)),
  );
}

/**
 * Judges the place of a socket that a tool is about to connect to. Throws a Failure where a stranger may have put it into
 * the default folder. A path of another folder is one that the tool's user has named.
 */
export function checkToolsPath(path: string): void {
  checkLength(path);
  const folder = defaultFolders().find((one) => dirname(path) === one.path);
  if (folder !== undefined) isFolderThere(folder);
}

/**
 * Whether an agent may listen there, as `option` says, for members of the group, too: to be asked before it makes a board, which would stay
 * when it may not. Makes the default folder where it is missing, and removes a socket without a listener. Throws a Failure.
 */
export async function checkControlPath(path: string, group?: Group, option = "--control"): Promise<void> {
  checkLength(path);
  const folder = controlFolder();
  if (dirname(path) === folder.path) makeFolder(folder);
  else if (!judgeFolderOf(path, group)) {
    throw new Failure("control-path", `cannot listen on ${path}: the folder ${dirname(path)} does not exist`);
  }
  try {
    await removeStale(path, option);
  } catch (error) {
    throw asFailure("control-path", `listen on ${path}`, error);
  }
}

function checkLength(path: string): void {
  if (Buffer.byteLength(path) <= LONGEST_PATH) return;
  throw new Failure("control-path", `the socket path ${path} is too long: at most ${String(LONGEST_PATH)} bytes`);
}

function makeFolder(folder: ControlFolder): void {
  if (isFolderThere(folder)) return;
  opening("control-folder", `make the folder ${folder.path} for control sockets`, () => {
    try {
      system.makeFolder(folder.path);
    } catch (error) {
      if (errnoOf(error) !== "EEXIST") throw error;
    }
  });
  // Another process may have been faster, and may be a stranger's.
  isFolderThere(folder);
}

/** Of a socket at a path that the user named. False: its folder is missing. */
function judgeFolderOf(path: string, group: Group | undefined): boolean {
  return opening("control-path", `use the socket ${path}`, () => {
    const folder = dirname(path);
    const status = system.lookUp(folder);
    if (status === undefined) return false;
    const why = whyUnsafeFolder(status) ?? whyUnsafeWay(system.realPath(folder)) ?? whyShut(folder, status, group);
    if (why === undefined) return true;
    throw new Failure("control-path", `cannot use the socket ${path}, of its folder ${folder}: ${why}; name another`);
  });
}

/** Why the group's members cannot reach a socket in a folder; undefined where they can. */
function whyShut(folder: string, { gid, mode }: FileStatus, group: Group | undefined): string | undefined {
  if (group === undefined || (mode & OTHERS_MAY_ENTER) !== 0) return undefined;
  if (gid === group.gid && (mode & GROUP_MAY_ENTER) !== 0) return undefined;
  return `group ${group.name} may not enter it: run "chgrp ${group.name} ${folder}" and "chmod g+x ${folder}"`;
}

/** A socket file without a listener was left by an agent that was killed. */
async function removeStale(path: string, option: string): Promise<void> {
  const status = system.lookAt(path);
  if (status === undefined) return;
  if (status.type !== "socket") {
    throw new Failure("control-path", `${path} exists and is no socket: name another path with ${option}`);
  }
  const alive = await new Promise<boolean>((resolve, reject) => {
    const probe = connect(path);
    probe.on("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.on("error", (error) => {
      // A socket of another type, which has a listener. Any other error, of another user's socket say, does not tell whether an agent listens.
      if (NO_LISTENER.has(errnoOf(error))) resolve(false);
      else if (errnoOf(error) === "EPROTOTYPE") resolve(true);
      else reject(error);
    });
  });
  if (alive) {
    throw new Failure(
      "control-taken",
      `another agent listens on ${path}: stop it, or name another path with ${option}`,
    );
  }
  system.remove(path);
}
