/**
 * The BMC's KCS registers through the raw KCS driver: position 0 is IDR and ODR, position 1 is STR. The driver takes a byte
 * out of IDR at once and keeps it until it is read, so IBF in its STR says whether there is one (LPC-KCS-13).
 */
import { Status } from "../../core/binding/registers.ts";
import { AccessOrder, NEEDS_BARRIERS } from "../device/access-order.ts";
import { PolledInterrupts } from "../device/polled-interrupts.ts";
import type { RegisterFile } from "../device/register-file.ts";
import type { BmcPort } from "../port.ts";

const DATA = 0;
/** Position of STR. */
export const STATUS = 1;

export interface RawRegisters {
  readonly port: BmcPort;
  readonly interrupts: PolledInterrupts;
  readonly order: AccessOrder;
}

export function rawRegisters(node: RegisterFile, needsBarriers: boolean = NEEDS_BARRIERS): RawRegisters {
  /** A node that is lost reads as hardware after a reset. */
  const look = (): number => node.read(STATUS) ?? 0;
  const interrupts = new PolledInterrupts(look);
  const order = new AccessOrder(needsBarriers ? look : undefined);
  /** Whether STR has shown a byte that was not read yet: a read of position 0 without one waits for the host. */
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
      lastByte = node.read(DATA) ?? lastByte;
      return lastByte;
    },
    // Never waits for OBF = 0: each procedure reads that before, and only this side can set it again.
    writeData: (value) => {
      order.beforeRegister();
      interrupts.changed(Status.OBF, 0);
      node.write(DATA, value);
    },
    /**
     * The driver hands all bits to the chip. IBF is written as 0, for the driver's also means the byte that it keeps. OBF is
     * written as 1 only where it is 1: a chip keeps it then, and an emulated one, which stores the bit, does not invent a byte.
     */
    writeStatus: (value) => {
      order.beforeRegister();
      // An emulated chip may lose the byte.
      hasByte = false;
      const obf = value & look() & Status.OBF;
      const written = (value & ~(Status.IBF | Status.OBF)) | obf;
      node.write(STATUS, written);
      interrupts.changed(written & ~Status.OBF, ~written & ~Status.IBF);
    },
  };
  return { port, interrupts, order };
}
