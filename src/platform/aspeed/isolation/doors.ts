/**
 * The ways by which a host gets at a BMC's memory past all software (CVE-2019-6260), and the bits that shut them. Each chip has
 * its own list. What is known of them comes from the chips' data sheets by way of U-Boot's and culvert's sources.
 *
 * Where a bit alone decides nothing, the rule errs on the side of "open": a PCIe function that is on counts, though the
 * device that it belongs to may be off.
 */
import type { SocName } from "../soc.ts";

/** The registers that are read, by the names of the data sheets: SCU, memory controller (SDMC), LPC controller (HICR). */
export const REGISTERS = {
  SCU2C: 0x1e6e_202c,
  SCU70: 0x1e6e_2070,
  SCU180: 0x1e6e_2180,
  SCU0C8: 0x1e6e_20c8,
  SCU0D8: 0x1e6e_20d8,
  SCU510: 0x1e6e_2510,
  SCUC20: 0x1e6e_2c20,
  SDMC08: 0x1e6e_0008,
  HICR5: 0x1e78_9080,
  HICR7: 0x1e78_9088,
  HICR8: 0x1e78_908c,
  HICRB: 0x1e78_9100,
} as const;

export type RegisterName = keyof typeof REGISTERS;

/** Bits of a register that bar a way while all of them are `at`. */
export interface Bar {
  readonly register: RegisterName;
  /** From the highest down. */
  readonly bits: readonly number[];
  readonly at: 0 | 1;
}

/** One way through a door. */
export interface Way {
  /** Where a door has several: "by the VGA device". */
  readonly name?: string;
  /** Any of them shuts it. */
  readonly locks: readonly Bar[];
  /** With all of them the host gets through, but not everywhere or to read only. None: it cannot be filtered. */
  readonly filters: readonly Bar[];
}

export interface Door {
  readonly id: "superio" | "ilpc2ahb" | "p2a" | "xdma" | "debug-uart";
  /** As the literature names it. */
  readonly title: string;
  /** What an open one gives. */
  readonly gives: string;
  /** What a filtered one gives. */
  readonly filtered?: string;
  /** None: the chip has no such door. */
  readonly ways: readonly Way[];
  /** OpenBMC's U-Boot shuts it, but with this option. */
  readonly uBoot?: string;
}

/** The window's own door: firmware cycles of the host. */
export const WINDOW_LOCKS: Readonly<Record<SocName, readonly Bar[]>> = {
  ast2400: [bar("HICR5", [10], 0)],
  ast2500: [bar("HICR5", [10], 0)],
  ast2600: [bar("HICR5", [10], 0), bar("SCU0D8", [2], 1)],
};

const READ_ONLY = "the host reads all of the BMC's address space";

const SUPERIO = {
  id: "superio",
  title: "SuperIO decode",
  gives: "the host configures devices of the BMC, iLPC2AHB among them, at port 0x2e or 0x4e",
} as const;
const ILPC2AHB = {
  id: "ilpc2ahb",
  title: "iLPC2AHB",
  gives: "the host reads and writes all of the BMC's address space, through SuperIO",
  filtered: READ_ONLY,
} as const;
const P2A = {
  id: "p2a",
  title: "P2A",
  gives: "the host reads and writes the BMC's address space, through PCIe",
  filtered: READ_ONLY,
} as const;
const XDMA = {
  id: "xdma",
  title: "X-DMA",
  gives: "the host has the BMC's DMA engine copy any memory of the BMC, through PCIe",
  filtered: "the DMA engine reaches the memory of the video adapter only",
} as const;
const DEBUG_UART = {
  id: "debug-uart",
  title: "debug UART",
  gives: "a password on the serial line, which may be wired to the host, gives all of the BMC's address space",
} as const;

const VGA = "by the VGA device";
const BMC = "by the BMC device";

/** Options of OpenBMC's U-Boot, for these two chips. */
const LEAVES_SUPERIO = { uBoot: "CONFIG_ASPEED_ENABLE_SUPERIO" };
const LEAVES_DEBUG_UART = { uBoot: "CONFIG_ASPEED_ENABLE_DEBUG_UART" };

/** AST2400 and AST2500 differ in the memory controller's bit and in the debug UART. */
function olderDoors(xdmaBit: number, debugUart: readonly Way[]): readonly Door[] {
  const noSuperIo = bar("SCU70", [20], 1);
  const readOnlyRanges = [bar("SCU2C", [25, 24, 23, 22], 1)];
  const videoMemoryOnly = [bar("SDMC08", [xdmaBit], 1)];
  return [
    { ...SUPERIO, ...LEAVES_SUPERIO, ways: [{ locks: [noSuperIo], filters: [] }] },
    { ...ILPC2AHB, ways: [{ locks: [noSuperIo], filters: [bar("HICRB", [6], 1)] }] },
    {
      ...P2A,
      ways: [
        { name: VGA, locks: [bar("SCU180", [1], 0)], filters: readOnlyRanges },
        { name: BMC, locks: [bar("SCU180", [9], 0)], filters: readOnlyRanges },
      ],
    },
    {
      ...XDMA,
      ways: [
        { name: VGA, locks: [bar("SCU180", [6], 0)], filters: videoMemoryOnly },
        { name: BMC, locks: [bar("SCU180", [14], 0)], filters: videoMemoryOnly },
      ],
    },
    { ...DEBUG_UART, ...LEAVES_DEBUG_UART, ways: debugUart },
  ];
}

export const DOORS: Readonly<Record<SocName, readonly Door[]>> = {
  ast2400: olderDoors(16, []),
  ast2500: olderDoors(17, [{ locks: [bar("SCU2C", [10], 1)], filters: [] }]),
  ast2600: [
    { ...SUPERIO, ways: [{ locks: [bar("SCU510", [3], 1)], filters: [] }] },
    {
      ...ILPC2AHB,
      ways: [
        {
          locks: [bar("SCU510", [3], 1), bar("SCU0D8", [1], 1), bar("HICRB", [29], 1)],
          filters: [bar("HICRB", [6], 1)],
        },
      ],
    },
    {
      ...P2A,
      ways: [
        { name: VGA, locks: [bar("SCU0C8", [0], 1), bar("SCUC20", [1], 0)], filters: [] },
        { name: BMC, locks: [bar("SCU0C8", [0], 1), bar("SCUC20", [9], 0)], filters: [] },
      ],
    },
    {
      // The functions' bits in SCUC20 do not count: a driver sets them whenever it copies.
      ...XDMA,
      ways: [
        { name: VGA, locks: [bar("SCU0C8", [8], 1)], filters: [bar("SDMC08", [25, 18], 1)] },
        { name: BMC, locks: [bar("SCU0C8", [2], 1)], filters: [bar("SDMC08", [25, 18], 1)] },
      ],
    },
    {
      ...DEBUG_UART,
      ways: [
        { name: "on UART5", locks: [bar("SCU0C8", [1], 1)], filters: [] },
        { name: "on UART1", locks: [bar("SCU0D8", [3], 1)], filters: [] },
      ],
    },
  ],
};

function bar(register: RegisterName, bits: readonly number[], at: 0 | 1): Bar {
  return { register, bits, at };
}

/** What a chip's check reads. */
export function registersOf(soc: SocName): readonly RegisterName[] {
  const bars = DOORS[soc].flatMap(({ ways }) => ways.flatMap(({ locks, filters }) => [...locks, ...filters]));
  return [...new Set([...[...bars, ...WINDOW_LOCKS[soc]].map(({ register }) => register), ...WINDOW_RANGE])];
}

/** What the window shows. */
const WINDOW_RANGE: readonly RegisterName[] = ["HICR7", "HICR8"];
