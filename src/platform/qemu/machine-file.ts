/**
 * `machine.json` in the folder of an emulated machine: what QEMU was started with, for the agents that find it there. Other
 * programs that start QEMU write one, too (docs/boards.md).
 */
import { isAbsolute } from "node:path";
import { SOCS, type SocName } from "../aspeed/soc.ts";
import { readAddress } from "../kind.ts";

export const MACHINE_FILE = "machine.json";
/** A file that `mctp-lpc qemu start` wrote has some 400 bytes. */
export const LARGEST_MACHINE_FILE_BYTES: number = 16 * 1024;

/** What of QEMU's memory file the BMC reserves for the host. */
export interface Region {
  /** Bytes of the file before it. */
  readonly offset: number;
  readonly bytes: number;
}

export interface QemuMachine {
  /** QEMU's name for it: "rainier-bmc". */
  readonly machine: string;
  readonly soc: SocName;
  /** File of the machine's memory, absolute or a name in the folder. */
  readonly memoryFile: string;
  readonly region: Region;
  /** Name of the pair of FIFOs NAME.in and NAME.out that QMP is reached by; likewise for qtest. */
  readonly qmp?: string | undefined;
  readonly qtest?: string | undefined;
  /** For people: QEMU's version, and its process. */
  readonly qemu?: string | undefined;
  readonly processId?: number | undefined;
}

const NAME = /^\w[\w.-]{0,99}$/;
const LONGEST_PATH = 4096;
const LONGEST_VERSION = 200;
/** Larger than the memory of any ASPEED chip. */
const LARGEST_MEMORY_BYTES = 2 ** 34;
const LARGEST_PROCESS_ID = 2 ** 22;

export function encodeMachine({ region, ...rest }: QemuMachine): string {
  const { offset, bytes } = region;
  return `${JSON.stringify({ ...rest, region: { offset: `0x${offset.toString(16)}`, bytes } }, undefined, 2)}\n`;
}

/** The machine that a file tells of, or what is wrong with the file: "its \"soc\" is not …". */
export function decodeMachine(text: string): QemuMachine | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return "it is not JSON";
  }
  if (!isRecord(value)) return "it is no JSON object";
  const { machine, memoryFile, region, qmp, qtest, qemu, processId } = value;
  const soc = Object.values(SOCS).find(({ name }) => name === value["soc"])?.name;
  if (!isName(machine)) return wrong("machine", "a name like rainier-bmc");
  if (soc === undefined) return wrong("soc", `one of ${Object.keys(SOCS).join(", ")}`);
  if (!isMemoryFile(memoryFile)) return wrong("memoryFile", "an absolute path or a name in this folder");
  if (!isRecord(region)) return wrong("region", "an object with offset and bytes");
  const [offset, bytes] = [numberOf(region["offset"]), numberOf(region["bytes"])];
  if (offset === undefined || bytes === undefined) return wrong("region", "offset and bytes within the memory");
  if (!isNone(qmp) && !isName(qmp)) return wrong("qmp", "the name of a pair of FIFOs");
  if (!isNone(qtest) && !isName(qtest)) return wrong("qtest", "the name of a pair of FIFOs");
  if (!isNone(qemu) && !(typeof qemu === "string" && qemu.length <= LONGEST_VERSION)) return wrong("qemu", "a version");
  if (!isNone(processId) && !isProcessId(processId)) return wrong("processId", "a number of a process");
  return {
    machine,
    soc,
    memoryFile,
    region: { offset, bytes },
    qmp: qmp ?? undefined,
    qtest: qtest ?? undefined,
    qemu: qemu ?? undefined,
    processId: processId ?? undefined,
  };
}

function wrong(field: string, expected: string): string {
  return `its "${field}" is not ${expected}`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNone(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

function isName(value: unknown): value is string {
  return typeof value === "string" && NAME.test(value);
}

function isMemoryFile(value: unknown): value is string {
  if (isName(value)) return true;
  return typeof value === "string" && value.length <= LONGEST_PATH && !value.includes("\0") && isAbsolute(value);
}

function isProcessId(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) > 0 && (value as number) <= LARGEST_PROCESS_ID;
}

/** A number of bytes, or a text like "0x34000000". */
function numberOf(value: unknown): number | undefined {
  const number = typeof value === "string" ? readAddress(value) : value;
  if (typeof number !== "number" || !Number.isInteger(number)) return undefined;
  return number >= 0 && number <= LARGEST_MEMORY_BYTES ? number : undefined;
}
