/**
 * Registers of the ASPEED chips that BMCs have, by physical address. The LPC controller is the same on AST2400, AST2500 and
 * AST2600; its registers have 32 bits, of which KCS uses the lowest 8. As Linux's drivers kcs_bmc_aspeed and aspeed-lpc-ctrl
 * and QEMU's aspeed_lpc model have them.
 */

export type SocName = "ast2400" | "ast2500" | "ast2600";

export interface Soc {
  readonly name: SocName;
  /** Where the BMC's memory begins. */
  readonly dram: number;
}

export const SOCS: Readonly<Record<SocName, Soc>> = {
  ast2400: { name: "ast2400", dram: 0x4000_0000 },
  ast2500: { name: "ast2500", dram: 0x8000_0000 },
  ast2600: { name: "ast2600", dram: 0x8000_0000 },
};

/** The LPC controller, at the same place on all three. */
const LPC_BLOCK = 0x1e78_9000;

/** Registers of the LPC controller: host interface control (HICR), and the host's addresses of channels (LADR). */
export const Lpc = {
  HICR0: 0x1e78_9000,
  HICR2: 0x1e78_9008,
  HICR4: 0x1e78_9010,
  LADR3H: 0x1e78_9014,
  LADR3L: 0x1e78_9018,
  HICR5: 0x1e78_9080,
  HICR7: 0x1e78_9088,
  HICR8: 0x1e78_908c,
  HICRB: 0x1e78_9100,
  /** Status port in bits 31 to 16, data port in bits 15 to 0. */
  LADR4: 0x1e78_9110,
} as const;

export type LpcRegister = keyof typeof Lpc;

/** Bits of a register of the LPC controller. */
export interface LpcBits {
  readonly register: LpcRegister;
  readonly mask: number;
}

export type KcsChannel = 1 | 2 | 3 | 4;

/** One KCS channel. The host reaches IDR and ODR at its data port, STR at its status port. */
export interface KcsChannelRegisters {
  readonly idr: number;
  readonly odr: number;
  readonly str: number;
  /** All are 1 while the host reaches the channel. */
  readonly enabled: readonly LpcBits[];
  /** The chip interrupts the BMC when IDR becomes full (IBFIE). Only a driver that takes the byte sets it. */
  readonly inputInterrupt: LpcBits;
}

export const KCS_CHANNELS: Readonly<Record<KcsChannel, KcsChannelRegisters>> = {
  1: {
    idr: LPC_BLOCK + 0x24,
    odr: LPC_BLOCK + 0x30,
    str: LPC_BLOCK + 0x3c,
    enabled: [{ register: "HICR0", mask: 1 << 5 }],
    inputInterrupt: { register: "HICR2", mask: 1 << 1 },
  },
  2: {
    idr: LPC_BLOCK + 0x28,
    odr: LPC_BLOCK + 0x34,
    str: LPC_BLOCK + 0x40,
    enabled: [{ register: "HICR0", mask: 1 << 6 }],
    inputInterrupt: { register: "HICR2", mask: 1 << 2 },
  },
  3: {
    idr: LPC_BLOCK + 0x2c,
    odr: LPC_BLOCK + 0x38,
    str: LPC_BLOCK + 0x44,
    // LPC3E, and KCSENBL: channel 3 can be another interface, too.
    enabled: [
      { register: "HICR0", mask: 1 << 7 },
      { register: "HICR4", mask: 1 << 2 },
    ],
    inputInterrupt: { register: "HICR2", mask: 1 << 3 },
  },
  4: {
    idr: LPC_BLOCK + 0x114,
    odr: LPC_BLOCK + 0x118,
    str: LPC_BLOCK + 0x11c,
    enabled: [{ register: "HICRB", mask: 1 << 0 }],
    inputInterrupt: { register: "HICRB", mask: 1 << 1 },
  },
};

/** The channel of a number; undefined: the chips have none of this number. */
export function kcsChannel(number: number): KcsChannel | undefined {
  return number === 1 || number === 2 || number === 3 || number === 4 ? number : undefined;
}
