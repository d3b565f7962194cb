/** How an emulated machine is started: QEMU's arguments, and what `machine.json` tells of it. */
import { join, resolve } from "node:path";
import { Failure } from "../failure.ts";
import type { QemuMachine, Region } from "./machine-file.ts";
import { MACHINES, type MachineType } from "./machines.ts";

export const QEMU_PROGRAM = "qemu-system-arm";
/** Names in the folder of a machine: pairs of FIFOs, each NAME.in and NAME.out, and its memory. */
export const QMP = "qmp";
export const QTEST = "qtest";
export const MEMORY = "memory";

export interface MachineChoice {
  readonly folder: string;
  /** QEMU's name for it: "rainier-bmc". */
  readonly machine: string;
  /** By default what such a machine has. */
  readonly memoryBytes?: number | undefined;
  /** The file of the machine's memory; by default one in the folder. */
  readonly memoryFile?: string | undefined;
}

export interface MachinePlan {
  /** Absolute. */
  readonly folder: string;
  readonly arguments: readonly string[];
  /** Absolute. */
  readonly memoryPath: string;
  readonly memoryBytes: number;
  readonly machine: QemuMachine;
}

/** Throws a Failure for a machine that is not known, and for too little memory. */
export function planMachine(choice: MachineChoice): MachinePlan {
  const type = Object.hasOwn(MACHINES, choice.machine) ? MACHINES[choice.machine] : undefined;
  if (type === undefined) {
    throw new Failure(
      "options",
      `the machine "${choice.machine}" is not known: there are ${Object.keys(MACHINES).join(", ")}`,
    );
  }
  const folder = resolve(choice.folder);
  const memoryBytes = choice.memoryBytes ?? type.memoryBytes;
  const memoryPath = choice.memoryFile === undefined ? join(folder, MEMORY) : resolve(choice.memoryFile);
  return {
    folder,
    arguments: qemuArguments(choice.machine, folder, memoryPath, memoryBytes),
    memoryPath,
    memoryBytes,
    machine: {
      machine: choice.machine,
      soc: type.soc,
      memoryFile: choice.memoryFile === undefined ? MEMORY : memoryPath,
      region: regionIn(type, memoryBytes),
      qmp: QMP,
      qtest: QTEST,
    },
  };
}

/** The usual place, or the end of a smaller memory. */
function regionIn({ regionOffset, regionBytes }: MachineType, memoryBytes: number): Region {
  const offset = Math.min(regionOffset, memoryBytes - regionBytes);
  if (offset >= 0) return { offset, bytes: regionBytes };
  throw new Failure(
    "options",
    `--memory: ${String(memoryBytes)} bytes are less than the region of ${String(regionBytes)} bytes that the BMC shows the host`,
  );
}

/** The processor stands still (-S): the agents' qtest and QMP are all that moves. */
function qemuArguments(machine: string, folder: string, memoryPath: string, memoryBytes: number): readonly string[] {
  const backend = `memory-backend-file,id=ram,size=${String(memoryBytes)},mem-path=${escaped(memoryPath)},share=on`;
  return [
    ...["-machine", `${machine},memory-backend=ram`],
    ...["-object", backend],
    ...["-accel", "tcg"],
    "-S",
    ...["-qtest", `pipe:${join(folder, QTEST)}`, "-qtest-log", "none"],
    ...["-chardev", `pipe,id=qmp,path=${escaped(join(folder, QMP))}`, "-mon", "chardev=qmp,mode=control"],
    ...["-display", "none", "-nodefaults", "-serial", "none", "-monitor", "none"],
  ];
}

/** A comma ends a value of QEMU's options. */
function escaped(path: string): string {
  return path.replaceAll(",", ",,");
}

/** A command line for a shell. */
export function commandLine(words: readonly string[]): string {
  return words.map((word) => (/^[\w./:=,+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(" ");
}
