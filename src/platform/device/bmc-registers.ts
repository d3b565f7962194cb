/**
 * The BMC's KCS registers, of a channel that a driver has or of the chip itself. IDR is read only after STR has shown a byte, and STR is
 * written such that no byte is lost or made up, on chips and on emulated ones, which store bits that chips keep themselves.
 */
import { Status } from "../../core/binding/registers.ts";
import type { BmcPort } from "../port.ts";
import { AccessOrder, NEEDS_BARRIERS } from "./access-order.ts";
import { PolledInterrupts } from "./polled-interrupts.ts";

/** How registers are reached. None throws; undefined: nothing was read, the hardware is lost. */
export interface BmcAccess {
  readStatus(): number | undefined;
  readIdr(): number | undefined;
  writeOdr(value: number): void;
  writeStatus(value: number): void;
  /**
   * Whether IBF in STR is the chip's. A driver that keeps a byte shows it as IBF, too: written to STR of an emulated chip,
   * that would be a byte out of nothing.
   */
  readonly ibfIsOfChip: boolean;
}

export interface BmcRegisters {
  readonly port: BmcPort;
  readonly interrupts: PolledInterrupts;
  /** For a window that is mapped. */
  readonly order: AccessOrder;
}

export function bmcRegisters(access: BmcAccess, needsBarriers: boolean = NEEDS_BARRIERS): BmcRegisters {
  /** Hardware that is lost reads as after a reset. */
  const look = (): number => access.readStatus() ?? 0;
  const interrupts = new PolledInterrupts(look);
  const order = new AccessOrder(needsBarriers ? look : undefined);
  /** Whether STR has shown a byte that was not read yet: a driver's read of IDR without one waits for the host. */
  let hasByte = false;
  /** What IDR holds after it was read. */
  let lastByte = 0;
  const readStatus = (): number => {
    order.beforeStatusRead();
    const status = look();
    hasByte = (status & Status.IBF) !== 0;
    interrupts.saw(status);
    return status;
  };
  const port: BmcPort = {
    readStatus,
    readData: () => {
      if (!hasByte && (readStatus() & Status.IBF) === 0) return lastByte;
      order.beforeRegister();
      hasByte = false;
      interrupts.changed(0, Status.IBF);
      lastByte = access.readIdr() ?? lastByte;
      return lastByte;
    },
    // Never waits for OBF = 0: each procedure reads that before, and only this side can set it again.
    writeData: (value) => {
      order.beforeRegister();
      interrupts.changed(Status.OBF, 0);
      access.writeOdr(value);
    },
    /**
     * OBF is written as 1 only where it is 1, IBF as it is where it is the chip's: a chip keeps both, an emulated one stores
     * them. That one loses a byte that the host writes between the read here and the write, and makes up one that the host
     * reads there: nothing comes between these two accesses.
     */
    writeStatus: (value) => {
      order.beforeRegister();
      // An emulated chip may lose the byte.
      hasByte = false;
      const kept = look() & ((value & Status.OBF) | (access.ibfIsOfChip ? Status.IBF : 0));
      const own = value & ~(Status.IBF | Status.OBF);
      access.writeStatus(own | kept);
      interrupts.changed(own, ~own & ~Status.IBF & ~(kept & Status.OBF));
    },
  };
  return { port, interrupts, order };
}
