/**
 * What QEMU needs in the folder of a machine: FIFOs and memory. Made for one start, under a lock, and removed with it;
 * what a start that was killed has left is removed by the next one.
 */
import { errnoOf, Failure } from "../failure.ts";
import { Folder, PRIVATE_FOLDER } from "../folder.ts";
import { whyRefused, BESIDE_SUFFIX_BYTES } from "../opening.ts";
import type { Scope } from "../scope.ts";
import { system } from "../system.ts";
import { MACHINE_FILE } from "./machine-file.ts";
import { MEMORY, QMP, QTEST, type MachinePlan } from "./machine-plan.ts";

const LOCK = "lock";
const FIFOS: readonly string[] = [QMP, QTEST].flatMap((pair) => [`${pair}.in`, `${pair}.out`]);
const NAMES: ReadonlySet<string> = new Set([LOCK, MEMORY, MACHINE_FILE, ...FIFOS]);
/** One more than a start leaves at most, with files that were not whole yet. */
const NAMES_LOOKED_AT = 64;

/** Makes all; it is removed with the scope. Throws a Failure where a machine runs, or other files lie there. */
export function makeMachineFolder(scope: Scope, plan: MachinePlan): void {
  const { folder: path, memoryPath, memoryBytes } = plan;
  if (makeFolder(path)) scope.add(system.removeFolder, path);
  const folder = openFolder(path);
  scope.add(() => {
    folder.close();
  });
  checkNames(path);
  takeLock(scope, folder);
  removeLeftovers(folder);
  scope.add(() => {
    removeLeftovers(folder);
  });
  for (const name of FIFOS) system.makeFifo(folder.at(name));
  makeMemory(scope, memoryPath, memoryBytes);
}

/** False: it was there. */
function makeFolder(path: string): boolean {
  try {
    system.makeFolder(path);
    return true;
  } catch (error) {
    if (errnoOf(error) === "EEXIST") return false;
    throw error;
  }
}

function openFolder(path: string): Folder {
  return Folder.open(path, (status) => {
    const why = whyRefused(status, PRIVATE_FOLDER);
    if (why !== undefined) throw inUse(path, `it is not a folder of your own that others cannot use: ${why}`);
    return undefined;
  });
}

/** A folder that holds anything else was not made for a machine. */
function checkNames(path: string): void {
  const other = system.listAtOnce(path, NAMES_LOOKED_AT).find((name) => !NAMES.has(name) && !isUnfinished(name));
  if (other !== undefined) throw inUse(path, `it holds other files, like ${JSON.stringify(other)}`);
}

/** `machine.json` until it is whole. */
function isUnfinished(name: string): boolean {
  return name.startsWith(`.${MACHINE_FILE}.`) && name.length === 1 + MACHINE_FILE.length + BESIDE_SUFFIX_BYTES;
}

/** Held until the scope ends: of two starts one has it. */
function takeLock(scope: Scope, folder: Folder): void {
  let fd: number;
  try {
    fd = folder.open(LOCK, "create");
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
    fd = folder.open(LOCK, "readWrite");
  }
  scope.add(system.close, fd);
  if (!system.lock(fd, 0)) throw running(folder.path);
  scope.add(() => {
    folder.remove(LOCK);
  });
}

/** Throws a Failure where a QEMU still has its FIFOs open, as one does whose start was killed. */
function removeLeftovers(folder: Folder): void {
  for (const name of FIFOS) {
    if (isRead(folder, name)) throw running(folder.path);
  }
  for (const name of system.listAtOnce(folder.path, NAMES_LOOKED_AT)) {
    if (name !== LOCK && (NAMES.has(name) || isUnfinished(name))) folder.remove(name);
  }
}

function isRead(folder: Folder, name: string): boolean {
  try {
    system.close(folder.open(name, "peerFifo"));
    return true;
  } catch {
    return false;
  }
}

/** A file that takes room only where it is written. */
function makeMemory(scope: Scope, path: string, bytes: number): void {
  let fd: number;
  try {
    fd = system.open(path, "create");
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
    throw inUse(path, "there is a file of this name already");
  }
  scope.add(system.remove, path);
  try {
    system.truncate(fd, bytes);
  } finally {
    system.close(fd);
  }
}

function inUse(path: string, why: string): Failure {
  return new Failure("qemu-folder", `cannot start a machine in ${path}: ${why}; choose another path`);
}

function running(path: string): Failure {
  return new Failure(
    "qemu-running",
    `a machine runs in ${path} already: end it with Ctrl-C where it was started, or its QEMU ("fuser -v ${path}/${QMP}.in" names it); or choose another folder`,
  );
}
