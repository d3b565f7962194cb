/**
 * Where control sockets are. Agents make the folder of this user, tools never do: a tool of root would make one that the
 * user's own agents cannot use. Agents and tools refuse a folder in which a stranger may put a socket of his own.
 */
import { createHash } from "node:crypto";
import { connect } from "node:net";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Failure, errnoOf } from "../../platform/failure.ts";
import { whyRefused, whyUnsafeFolder, whyUnsafeWay, type FileRule } from "../../platform/opening.ts";
import { asFailure, opening } from "../../platform/scope.ts";
import { system } from "../../platform/system.ts";

/** Bytes of a path, as the kernel takes them for a socket. */
const LONGEST_PATH = 107;
const OTHER_PLACE = "set XDG_RUNTIME_DIR, or name a socket with --control PATH";
const OWN_FOLDER: FileRule = { type: "folder", without: 0o077 };

interface ControlFolder {
  readonly path: string;
  readonly parent: string;
}

function controlFolder(): ControlFolder {
  const runtime = process.env["XDG_RUNTIME_DIR"];
  if (runtime !== undefined && runtime !== "") {
    const isThere = opening("control-folder", `use ${runtime}`, () => system.lookUp(runtime) !== undefined);
    if (isThere) return { path: join(runtime, "mctp-lpc"), parent: runtime };
  }
  return { path: join(tmpdir(), `mctp-lpc-${String(process.getuid?.() ?? 0)}`), parent: tmpdir() };
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
  const id = createHash("sha256").update(platform).digest("hex").slice(0, 10);
  return join(controlFolder().path, `${side}-${id}.sock`);
}

/** The sockets of all agents of this user that listen in the default place. Throws a Failure. */
export function listControlPaths(side?: string): readonly string[] {
  const folder = controlFolder();
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
  const folder = controlFolder();
  if (dirname(path) === folder.path) isFolderThere(folder);
}

/**
 * Whether an agent may listen there: to be asked before it makes a board, which would stay when it may not. Makes the
 * default folder where it is missing, and removes a socket without a listener. Throws a Failure.
 */
export async function checkControlPath(path: string): Promise<void> {
  checkLength(path);
  const folder = controlFolder();
  if (dirname(path) === folder.path) makeFolder(folder);
  else if (!judgeFolderOf(path)) {
    throw new Failure("control-path", `cannot listen on ${path}: the folder ${dirname(path)} does not exist`);
  }
  try {
    await removeStale(path);
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
function judgeFolderOf(path: string): boolean {
  return opening("control-path", `use the socket ${path}`, () => {
    const folder = dirname(path);
    const status = system.lookUp(folder);
    const why = status && (whyUnsafeFolder(status) ?? whyUnsafeWay(system.realPath(folder)));
    if (why === undefined) return status !== undefined;
    throw new Failure("control-path", `cannot use the socket ${path}, of its folder ${folder}: ${why}; name another`);
  });
}

/** A socket file without a listener was left by an agent that was killed. */
async function removeStale(path: string): Promise<void> {
  const status = system.lookAt(path);
  if (status === undefined) return;
  if (status.type !== "socket") {
    throw new Failure("control-path", `${path} exists and is no socket: name another path with --control`);
  }
  const alive = await new Promise<boolean>((resolve) => {
    const probe = connect(path);
    probe.on("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.on("error", () => {
      resolve(false);
    });
  });
  if (alive) {
    throw new Failure(
      "control-taken",
      `another agent listens on ${path}: stop it, or name another path with --control`,
    );
  }
  system.remove(path);
}
