/**
 * How nodes of devices are opened. Who may write a node is the other side's hardware, so a node belongs to root or to this
 * user, other users may not write it, and none may exchange it; a group may have it, as udev rules give it one. A regular
 * file is taken, too: debugfs has such files, and so have boards of tests.
 */
import { dirname } from "node:path";
import { Failure, errnoOf, messageOf, pathTrouble } from "../failure.ts";
import { whyRefused, whyUnsafeWay } from "../opening.ts";
import { hasBecomeUser, privileged } from "../privileges.ts";
import { opening, type Scope } from "../scope.ts";
import { system, type FileStatus, type How } from "../system.ts";

const ROOT = 0;
const OTHERS_MAY_WRITE = 0o002;

/** As `opening`, with the rights that devices need: those of root where an agent has them in reserve (`--user`). */
export function openingDevices<Opened>(what: string, open: (scope: Scope) => Opened): Opened {
  return privileged(() => opening("device-open", what, open));
}

/** Opens a node and judges it; it is closed with the scope. Throws a Failure that says what to do. */
export function openDevice(scope: Scope, path: string, how: How): number {
  try {
    // Before it is opened: that alone may wait, as at a FIFO, or set something off.
    const status = system.lookUp(path);
    if (status !== undefined) judge(path, status);
    const unsafe = whyUnsafe(path);
    if (unsafe !== undefined) throw refusal(path, `of its folder ${unsafe}`);
    const fd = system.open(path, how);
    scope.add(system.close, fd);
    judge(path, system.stat(fd));
    return fd;
  } catch (error) {
    throw deviceFailure(path, error);
  }
}

/** Why a stranger could exchange what the path leads to, by a folder of its name or of the node's behind links. */
function whyUnsafe(path: string): string | undefined {
  for (const folder of new Set([dirname(path), dirname(system.realPath(path))])) {
    const why = whyUnsafeWay(folder) ?? (hasBecomeUser() ? whyNotRoots(folder) : undefined);
    if (why !== undefined) return why;
  }
  return undefined;
}

/** With `--user` the node is opened as root: what the user can exchange could lead to files of root. */
function whyNotRoots(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const owner = system.lookUp(at)?.uid;
    if (owner !== undefined && owner !== ROOT) return `${at}: it belongs to user ${String(owner)}, not to root`;
    if (at === dirname(at)) return undefined;
  }
}

function judge(path: string, status: FileStatus): void {
  const type = status.type === "file" ? "file" : "device";
  const why = whyRefused(status, { type, without: OTHERS_MAY_WRITE, owners: [ROOT] });
  if (why !== undefined) throw refusal(path, why);
}

function refusal(path: string, why: string): Failure {
  return new Failure(
    "device-refused",
    `the device ${path} is refused (LPC-SEC-8): ${why}. Name a node of root or of your own that other users may not write`,
  );
}

/** A failed call on a device in words, with a code that says which kind of failure it is; a Failure as it is. */
export function deviceFailure(path: string, error: unknown): Failure {
  if (error instanceof Failure) return error;
  const [code, why] = troubleOf(error, path);
  return new Failure(code, `cannot use the device ${path}: ${why}`, { cause: error });
}

/** A device that fails while it is in use. */
export function deviceLoss(path: string, error: unknown): Failure {
  const [, why] = troubleOf(error, path);
  return new Failure("device-lost", `lost the device ${path}: ${why}; start the agent again`, { cause: error });
}

function troubleOf(error: unknown, path: string): readonly [code: string, why: string] {
  switch (errnoOf(error)) {
    case "ENOENT":
      return ["device-missing", "it does not exist; load its driver, or name another path"];
    case "ENXIO":
    case "ENODEV":
      return ["device-missing", "no hardware answers behind it; see the kernel's log and the device tree"];
    case "EBUSY":
      return [
        "device-busy",
        `another program has it, and it takes one at a time; stop that program ("fuser -v ${path}" names it), or name another channel`,
      ];
    case "EACCES":
    case "EPERM":
      return ["device-permission", "permission denied; run as root, or as a user whom its owner or group allows"];
    default:
      return ["device-open", otherTrouble(error)];
  }
}

/** The system's own text is for programmers: of an error without words the name tells more. */
function otherTrouble(error: unknown): string {
  const words = pathTrouble(error);
  return words === messageOf(error)
    ? `the driver reports ${errnoOf(error) ?? "an error"}; see the kernel's log`
    : words;
}
