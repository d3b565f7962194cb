/** Registers of a BMC's chip by their physical addresses, however they are reached: /dev/mem, or QEMU's qtest. */
export interface Registers {
  /** For people: "/dev/mem". */
  readonly name: string;
  /**
   * 32 bits at a multiple of 4, from 0 to 2^32 - 1. Every access that this program began before, to the window, too, is complete before it, and
   * no later one begins until the chip has answered: a read is a barrier (LPC-KCS-9). Throws a Failure where the access is
   * refused; the register stays as it was.
   */
  read(address: number): number;
  /** The same; a later access may begin before the chip has taken the value. */
  write(address: number, value: number): void;
}
