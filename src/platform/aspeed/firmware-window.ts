/**
 * What the LPC controller of an ASPEED chip shows the host in firmware space. There is one such window, and the program that
 * maps last has it (hiomapd maps the host's flash there), so it is looked at before it is taken.
 */
import { hexText } from "../kind.ts";
import { firmwareRange, MAP_GRANULE_BYTES, rangeRegisters, type FirmwareRange } from "./firmware-range.ts";
import type { Registers } from "./registers.ts";
import { Lpc } from "./soc.ts";
import { readThisChip, thisChip } from "./this-chip.ts";

/** HICR5: firmware cycles reach the chip (ENFWH), and the BMC's memory (ENL2H). */
const FIRMWARE_ENABLED: number = (1 << 10) | (1 << 8);
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
  const text =
    thisChip() === undefined ? "this is no ASPEED BMC" : "the LPC controller cannot be read through /dev/mem";
  return readThisChip(firmwareWindow) ?? { state: "unknown", text };
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

/** Has the host see a range, at the registers themselves. All three are multiples of MAP_GRANULE_BYTES. Throws a Failure. */
export function showRange(registers: Registers, range: FirmwareRange): void {
  const { hicr7, hicr8 } = rangeRegisters(range);
  registers.write(Lpc.HICR7, hicr7);
  registers.write(Lpc.HICR8, hicr8);
  registers.write(Lpc.HICR5, (registers.read(Lpc.HICR5) | FIRMWARE_ENABLED) >>> 0);
}
