/**
 * Registers of an emulated chip whose write of STR loses no host byte. QEMU stores IBF as it is written, so that a byte which
 * comes between the agent's read of STR and its write would lose its IBF, and the host would take it for read. The interrupt of
 * IDR tells of it: QEMU raises it when the host writes, lowers it when the BMC reads, and no write of STR changes it.
 */
import { Status } from "../../core/binding/registers.ts";
import type { Registers } from "../aspeed/registers.ts";
import { KCS_CHANNELS, Lpc, type KcsChannel, type SocName } from "../aspeed/soc.ts";
import type { QtestRegisters } from "./qtest.ts";

/** The interrupt controller in QEMU's tree of devices, and the input that a channel has there. */
function interruptOf(soc: SocName, channel: KcsChannel): { readonly controller: string; readonly input: number } {
  if (soc === "ast2600") return { controller: "/machine/soc/a7mpcore", input: 137 + channel };
  // One input for all channels.
  return { controller: "/machine/soc/vic", input: 8 };
}

/**
 * The same registers. Enables the channel's input interrupt, which is for QEMU to tell: the processor stands still. A QEMU that
 * does not tell leaves them as they are. Throws a Failure.
 */
export function keepingBytes(registers: QtestRegisters, soc: SocName, channel: KcsChannel): Registers {
  const { controller, input } = interruptOf(soc, channel);
  if (!registers.watchInterrupts(controller)) return registers;
  const { str, inputInterrupt } = KCS_CHANNELS[channel];
  const enable = Lpc[inputInterrupt.register];
  registers.write(enable, (registers.read(enable) | inputInterrupt.mask) >>> 0);
  return restoringIbf(registers, str, () => registers.isRaised(input));
}

/** `str`: address of STR. `hasByte`: whether a byte that the host wrote before the last access waits in IDR. */
export function restoringIbf(registers: Registers, str: number, hasByte: () => boolean): Registers {
  return {
    name: registers.name,
    read: (address) => registers.read(address),
    write: (address, value) => {
      registers.write(address, value);
      if (address !== str || (value & Status.IBF) !== 0 || !hasByte()) return;
      // OBF as it is now: the host may have read meanwhile.
      registers.write(str, registers.read(str) | Status.IBF);
    },
  };
}
