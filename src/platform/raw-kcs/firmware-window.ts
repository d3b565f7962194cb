/**
 * What the LPC controller of an ASPEED chip shows the host in firmware space at the moment. There is one such window, and the
 * program that maps last has it (hiomapd maps the host's flash there), so it is looked at before it is taken.
 */
import { endianness } from "node:os";
import { hexText } from "../kind.ts";
import { system } from "../system.ts";

const COMPATIBLE_FILE = "/proc/device-tree/compatible";
/** A list of some names. */
const COMPATIBLE_BYTES = 4096;
const CHIPS = /aspeed,ast2[456]00/;
const MEMORY_FILE = "/dev/mem";

/** The LPC controller, on AST2400, AST2500 and AST2600 alike. */
const LPC_CONTROLLER = 0x1e78_9000;
const CONTROLLER_BYTES = 4096;
const Hicr = { HICR5: 0x80, HICR7: 0x88, HICR8: 0x8c } as const;
/** HICR5: firmware cycles reach the chip (ENFWH), and the BMC's memory (ENL2H). */
const ENABLED = (1 << 10) | (1 << 8);
const IS_LITTLE_ENDIAN = endianness() === "LE";

export interface FirmwareRegisters {
  readonly hicr5: number;
  readonly hicr7: number;
  readonly hicr8: number;
}

/**
 * `free`: firmware cycles are off, no mapping is in use. `taken`: a mapping is there. `unknown`: the registers cannot be
 * read. `text` is for people.
 */
export interface FirmwareWindow {
  readonly state: "free" | "taken" | "unknown";
  readonly text: string;
}

/** Looks at the controller's registers through /dev/mem; a machine that is no ASPEED BMC is not touched. */
export function lookAtFirmwareWindow(): FirmwareWindow {
  let registers: FirmwareRegisters | string;
  try {
    registers = CHIPS.test(readStart(COMPATIBLE_FILE, COMPATIBLE_BYTES)) ? readRegisters() : "this is no ASPEED BMC";
  } catch {
    registers = "the LPC controller cannot be read through /dev/mem";
  }
  return typeof registers === "string" ? { state: "unknown", text: registers } : firmwareWindow(registers);
}

/** What the registers say. */
export function firmwareWindow({ hicr5, hicr7, hicr8 }: FirmwareRegisters): FirmwareWindow {
  if ((hicr5 & ENABLED) !== ENABLED) return { state: "free", text: "firmware cycles are off (HICR5)" };
  const size = ((hicr8 & 0xffff) + 1) * 0x1_0000;
  const [bmc, host] = [(hicr7 & 0xffff_0000) >>> 0, (hicr7 & 0xffff) * 0x1_0000];
  return {
    state: "taken",
    text: `${String(size / 0x1_0000)} x 64 KiB at ${hexText(host)} show the BMC's memory from ${hexText(bmc)} (HICR7, HICR8)`,
  };
}

function readStart(path: string, length: number): string {
  const bytes = Buffer.alloc(length);
  const fd = system.open(path, "read");
  try {
    return bytes.toString("latin1", 0, system.read(fd, bytes, 0));
  } finally {
    system.close(fd);
  }
}

function readRegisters(): FirmwareRegisters {
  const fd = system.open(MEMORY_FILE, "readDeviceMemory");
  try {
    const { memory, unmap } = system.map(fd, CONTROLLER_BYTES, { offset: LPC_CONTROLLER, access: "read" });
    try {
      const view = new DataView(memory);
      const read = (register: number): number => view.getUint32(register, IS_LITTLE_ENDIAN);
      return { hicr5: read(Hicr.HICR5), hicr7: read(Hicr.HICR7), hicr8: read(Hicr.HICR8) };
    } finally {
      unmap();
    }
  } finally {
    system.close(fd);
  }
}
