/**
 * The machines of QEMU with an ASPEED BMC that can be started: what is the same each time a machine is built. QEMU has no
 * LPC firmware cycles, so that no chip maps the region: both sides find it in the file of the machine's memory.
 */
import type { SocName } from "../aspeed/soc.ts";

export interface MachineType {
  readonly soc: SocName;
  /** Bytes of its memory unless others are asked for. */
  readonly memoryBytes: number;
  /** Bytes of memory before the region that the BMC reserves for the host, as device trees of such boards have it. */
  readonly regionOffset: number;
  readonly regionBytes: number;
}

const MIB = 1024 * 1024;

const AST2600: MachineType = {
  soc: "ast2600",
  memoryBytes: 1024 * MIB,
  regionOffset: 0x3400_0000,
  regionBytes: 64 * MIB,
};
const AST2500: MachineType = {
  soc: "ast2500",
  memoryBytes: 512 * MIB,
  regionOffset: 0x1800_0000,
  regionBytes: 64 * MIB,
};

export const MACHINES: Readonly<Record<string, MachineType>> = {
  "rainier-bmc": AST2600,
  "ast2600-evb": AST2600,
  "ast2500-evb": AST2500,
  "romulus-bmc": AST2500,
  "witherspoon-bmc": AST2500,
  "palmetto-bmc": { soc: "ast2400", memoryBytes: 256 * MIB, regionOffset: 0x0f00_0000, regionBytes: 16 * MIB },
};

export const DEFAULT_MACHINE = "rainier-bmc";
