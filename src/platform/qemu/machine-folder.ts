/**
 * The folder of an emulated machine, as an agent finds it: `machine.json`, the FIFOs of QMP and qtest, the memory. Each pair
 * of FIFOs serves one program at a time, which a lock on `machine.json` keeps.
 */
import { dirname, isAbsolute, join } from "node:path";
import { checkAligned, offsetInRegion, PAGE_BYTES } from "../device/asked.ts";
import { Failure, errnoOf } from "../failure.ts";
import { Folder, PRIVATE_FOLDER } from "../folder.ts";
import { MappedWindow } from "../mapped-window.ts";
import { whyRefused, whyUnsafeWay, type FileRule } from "../opening.ts";
import type { Scope } from "../scope.ts";
import { system } from "../system.ts";
import { LineChannel } from "./line-channel.ts";
import { LARGEST_MACHINE_FILE_BYTES, MACHINE_FILE, decodeMachine, type QemuMachine } from "./machine-file.ts";

/** What the two pairs of FIFOs are for, and the byte of `machine.json` that their client locks. */
const USES = {
  qmp: { lock: 0, help: "the host's side" },
  qtest: { lock: 1, help: "the BMC's side or its registers" },
} as const;

/** Others may read at most. */
const OWN_FILE: FileRule = { type: "file", without: 0o022, links: 1 };

export interface MachineFolder {
  readonly folder: Folder;
  readonly machine: QemuMachine;
  /** `machine.json`. */
  readonly fd: number;
}

/** Opens the folder and reads what it tells; all is closed with the scope. Throws a Failure. */
export function openMachineFolder(scope: Scope, path: string): MachineFolder {
  const folder = openFolder(path);
  scope.add(() => {
    folder.close();
  });
  const unsafe = whyUnsafeWay(dirname(system.realPath(path)));
  if (unsafe !== undefined) throw refusal(path, `of the folder ${unsafe}`);
  const fd = openOwn(scope, folder, MACHINE_FILE);
  const { size } = system.stat(fd);
  if (size > LARGEST_MACHINE_FILE_BYTES) throw refusal(`${path}/${MACHINE_FILE}`, `${String(size)} bytes are too many`);
  const bytes = Buffer.alloc(size);
  const text = bytes.toString("utf8", 0, system.read(fd, bytes, 0));
  const machine = decodeMachine(text);
  if (typeof machine === "string") throw refusal(`${path}/${MACHINE_FILE}`, machine);
  return { folder, machine, fd };
}

/** Opens the FIFOs for this program alone. Throws a Failure. */
export function openChannel(scope: Scope, { folder, machine, fd }: MachineFolder, use: keyof typeof USES): LineChannel {
  const pair = machine[use];
  const { lock, help } = USES[use];
  if (pair === undefined) {
    throw new Failure(
      "device-missing",
      `${folder.path}/${MACHINE_FILE} names no "${use}": this machine was started without, so that it has no place for ${help}`,
    );
  }
  if (!system.lock(fd, lock)) {
    throw new Failure(
      "device-busy",
      `another program has ${help} of ${folder.path} (${use} serves one at a time): stop it first`,
    );
  }
  return LineChannel.open(scope, folder, pair);
}

/** Where the window is to lie. */
export interface WindowPlace {
  /** For people: "qemu:/tmp/machine". */
  readonly name: string;
  /** Bytes of the region before it; undefined: it is the end of the region. */
  readonly windowOffset: number | undefined;
  readonly windowBytes: number;
}

/** Maps the window in the file of the machine's memory, until the scope ends. Throws a Failure. */
export function mapWindow(
  scope: Scope,
  { folder, machine }: MachineFolder,
  { name, windowOffset, windowBytes }: WindowPlace,
): MappedWindow {
  const { region, memoryFile } = machine;
  const { bytes } = region;
  const start = region.offset + offsetInRegion(name, { what: "the region", bytes }, windowOffset, windowBytes);
  checkAligned(name, "at", start, PAGE_BYTES);
  const fd = openOwn(scope, folder, memoryFile);
  const { size } = system.stat(fd);
  // Memory beyond the end of a file kills the process that touches it.
  if (start + windowBytes > size) {
    throw refusal(memoryFile, `its ${String(size)} bytes end before the window, at ${String(start + windowBytes)}`);
  }
  const { memory, unmap } = system.map(fd, windowBytes, { offset: start });
  scope.add(unmap);
  return new MappedWindow(new Uint8Array(memory, 0, windowBytes));
}

function openFolder(path: string): Folder {
  try {
    return Folder.open(path, (status) => {
      const why = whyRefused(status, PRIVATE_FOLDER);
      if (why !== undefined) throw refusal(path, why);
      return undefined;
    });
  } catch (error) {
    throw asMissing(error, path);
  }
}

function openOwn(scope: Scope, folder: Folder, name: string): number {
  const path = isAbsolute(name) ? name : join(folder.path, name);
  try {
    const fd = isAbsolute(name) ? system.open(name, "readWrite") : folder.open(name, "readWrite");
    scope.add(system.close, fd);
    const why = whyRefused(system.stat(fd), OWN_FILE);
    if (why !== undefined) throw refusal(path, why);
    return fd;
  } catch (error) {
    throw asMissing(error, path);
  }
}

function asMissing(error: unknown, path: string): unknown {
  if (errnoOf(error) !== "ENOENT") return error;
  return new Failure(
    "device-missing",
    `${path} does not exist: an emulated machine is started with "mctp-lpc qemu start FOLDER", and is there once that says so`,
    { cause: error },
  );
}

function refusal(path: string, why: string): Failure {
  return new Failure("device-refused", `${path} is refused (LPC-SEC-8): ${why}`);
}
