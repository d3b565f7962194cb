/** Registers of a BMC's chip by their physical addresses, however they are reached: /dev/mem, or QEMU's qtest. */
export interface Registers {
  /** For people: "/dev/mem". */
  readonly name: string;
  /** 32 bits at a multiple of 4. Throws a Failure where the access is refused; the register stays as it was. */
  read(address: number): number;
  write(address: number, value: number): void;
}
