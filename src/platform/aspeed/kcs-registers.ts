/**
 * The BMC's side of a KCS channel at the chip's own registers: nothing holds a byte beside IDR, and IBF = 0 says that this
 * side has read it (depth 0, LPC-KCS-13). No interrupt is enabled: STR is looked at.
 */
import type { Depth } from "../../core/binding/kcs-word.ts";
import { NEEDS_BARRIERS } from "../device/access-order.ts";
import { bmcRegisters, type BmcRegisters } from "../device/bmc-registers.ts";
import type { DeviceHealth } from "../device/health.ts";
import { Failure } from "../failure.ts";
import { hexText } from "../kind.ts";
import type { Registers } from "./registers.ts";
import { KCS_CHANNELS, Lpc, type KcsChannel, type LpcBits } from "./soc.ts";
import type { Tell } from "../log-events.ts";

/** Bytes that the path into the BMC holds beside IDR. */
export const REGISTER_DEPTH: Depth = 0;

/** The registers have 8 bits of 32; the others read as 0 on chips. */
const BYTE = 0xff;

/** Registers that refuse an access lose the platform (`DeviceHealth`): they read as after a reset from then on. */
export function kcsRegisters(
  registers: Registers,
  channel: KcsChannel,
  health: DeviceHealth,
  needsBarriers: boolean = NEEDS_BARRIERS,
): BmcRegisters {
  const { idr, odr, str } = KCS_CHANNELS[channel];
  const read = (address: number): number | undefined => health.access(() => registers.read(address) & BYTE);
  const write = (address: number, value: number): void => {
    health.access(() => {
      registers.write(address, value);
    });
  };
  return bmcRegisters(
    {
      readStatus: () => read(str),
      readIdr: () => read(idr),
      writeOdr: (value) => {
        write(odr, value);
      },
      writeStatus: (value) => {
        write(str, value);
      },
      ibfIsOfChip: true,
    },
    needsBarriers,
  );
}

/**
 * Throws a Failure where a driver takes the channel's bytes: it enables the interrupt of IDR for as long as a program has
 * its node open. A driver without such a program leaves the interrupt off.
 */
export function checkNoDriverReads(registers: Registers, channel: KcsChannel): void {
  const { inputInterrupt } = KCS_CHANNELS[channel];
  if (!isSet(registers, inputInterrupt)) return;
  throw new Failure(
    "channel-owned",
    `a driver of the BMC's kernel takes the bytes of KCS channel ${String(channel)}: its input interrupt is enabled (${bitsText(inputInterrupt)}). Stop the program that has /dev/ipmi-kcs${String(channel)} or /dev/raw-kcs${String(channel)} open, name another channel, or write force=yes`,
  );
}

/**
 * Lets the host reach the channel where it cannot yet, and says so. It stays so: a host that speaks to the channel sees its
 * STR, with BMC Active = 0, when the agent has ended. Throws a Failure where the registers cannot be reached.
 */
export function enableChannel(registers: Registers, channel: KcsChannel, log: Tell): void {
  const off = KCS_CHANNELS[channel].enabled.filter((bits) => !isSet(registers, bits));
  if (off.length === 0) return;
  for (const { register, mask } of off) registers.write(Lpc[register], (registers.read(Lpc[register]) | mask) >>> 0);
  log(
    `KCS channel ${String(channel)} was off for the host: enabled it (set ${off.map(bitsText).join(" and ")})`,
    "device",
  );
}

/** The host's port of IDR and ODR; undefined: channels 1 and 2 share the register that says it. */
export function dataPortOf(registers: Registers, channel: KcsChannel): number | undefined {
  if (channel === 3) return (registers.read(Lpc.LADR3H) & BYTE) * 256 + (registers.read(Lpc.LADR3L) & BYTE);
  return channel === 4 ? registers.read(Lpc.LADR4) & 0xffff : undefined;
}

function isSet(registers: Registers, { register, mask }: LpcBits): boolean {
  return (registers.read(Lpc[register]) & mask) !== 0;
}

/** "HICR0 bit 7". */
function bitsText({ register, mask }: LpcBits): string {
  return `${register} bit ${String(Math.log2(mask))} at ${hexText(Lpc[register])}`;
}
