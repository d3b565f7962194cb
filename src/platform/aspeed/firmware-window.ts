/**
 * What the LPC controller of an ASPEED chip shows the host in firmware space. There is one such window, and the program that
 * maps last has it (hiomapd maps the host's flash there), so it is looked at before it is taken.
 */
import { hexText } from "../kind.ts";
import { opening } from "../scope.ts";
import { system } from "../system.ts";
import { MEMORY_FILE, MemoryRegisters } from "./memory-registers.ts";
import type { Registers } from "./registers.ts";
import { Lpc } from "./soc.ts";
import { thisChip } from "./this-chip.ts";

/** HICR5: firmware cycles reach the chip (ENFWH), and the BMC's memory (ENL2H). */
export const FIRMWARE_ENABLED: number = (1 << 10) | (1 << 8);
/** The chip maps in steps of this. */
export const MAP_GRANULE_BYTES: number = 64 * 1024;
/** Where the host's firmware space ends; deployed BMCs map the end of their region there. */
export const FIRMWARE_SPACE_END = 0x1000_0000;

/** A range of the BMC's memory in the host's firmware space. */
export interface FirmwareRange {
  /** Address in the host's firmware space. */
  readonly host: number;
  /** Address of the BMC. */
  readonly bmc: number;
  /** Bytes. */
  readonly size: number;
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
  if (thisChip() === undefined) return { state: "unknown", text: "this is no ASPEED BMC" };
  try {
    return opening("device-open", `read ${MEMORY_FILE}`, (scope) => {
      const fd = system.open(MEMORY_FILE, "readDeviceMemory");
      scope.add(system.close, fd);
      const window = firmwareWindow(new MemoryRegisters({ path: MEMORY_FILE, fd, access: "read" }, scope));
      scope.release();
      return window;
    });
  } catch {
    return { state: "unknown", text: "the LPC controller cannot be read through /dev/mem" };
  }
}

/** What the registers say. Throws a Failure where they cannot be read. */
export function firmwareWindow(registers: Registers): FirmwareWindow {
  if ((registers.read(Lpc.HICR5) & FIRMWARE_ENABLED) !== FIRMWARE_ENABLED) {
    return { state: "free", text: "firmware cycles are off (HICR5)" };
  }
  const { host, bmc, size } = firmwareRange(registers.read(Lpc.HICR7), registers.read(Lpc.HICR8));
  return {
    state: "taken",
    text: `${String(size / MAP_GRANULE_BYTES)} x 64 KiB at ${hexText(host)} show the BMC's memory from ${hexText(bmc)} (HICR7, HICR8)`,
  };
}

export function firmwareRange(hicr7: number, hicr8: number): FirmwareRange {
  return {
    host: (hicr7 & 0xffff) * MAP_GRANULE_BYTES,
    bmc: (hicr7 & 0xffff_0000) >>> 0,
    size: ((hicr8 & 0xffff) + 1) * MAP_GRANULE_BYTES,
  };
}

/** Has the host see a range, at the registers themselves. All three are multiples of MAP_GRANULE_BYTES. Throws a Failure. */
export function showRange(registers: Registers, { host, bmc, size }: FirmwareRange): void {
  registers.write(Lpc.HICR7, bmc + host / MAP_GRANULE_BYTES);
  registers.write(Lpc.HICR8, ((~(size - 1) & 0xffff_0000) >>> 0) + size / MAP_GRANULE_BYTES - 1);
  registers.write(Lpc.HICR5, (registers.read(Lpc.HICR5) | FIRMWARE_ENABLED) >>> 0);
}
