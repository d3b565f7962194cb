/**
 * The BMC's KCS registers through the raw KCS driver: position 0 is IDR and ODR, position 1 is STR. The driver takes a byte
 * out of IDR at once and keeps it until it is read, so IBF in its STR says whether there is one (LPC-KCS-13).
 */
import { NEEDS_BARRIERS } from "../device/access-order.ts";
import { bmcRegisters, type BmcRegisters } from "../device/bmc-registers.ts";
import type { RegisterFile } from "../device/register-file.ts";

const DATA = 0;
/** Position of STR. */
export const STATUS = 1;

export function rawRegisters(node: RegisterFile, needsBarriers: boolean = NEEDS_BARRIERS): BmcRegisters {
  return bmcRegisters(
    {
      readStatus: () => node.read(STATUS),
      readIdr: () => node.read(DATA),
      writeOdr: (value) => {
        node.write(DATA, value);
      },
      // The driver passes all bits to the chip.
      writeStatus: (value) => {
        node.write(STATUS, value);
      },
      ibfIsOfChip: false,
    },
    needsBarriers,
  );
}
