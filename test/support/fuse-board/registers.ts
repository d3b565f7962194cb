/** The registers of one KCS channel, as ASPEED's hardware keeps them, and as QEMU's model of it does. */

export const STATUS_OBF = 0x01;
export const STATUS_IBF = 0x02;
/** Which port the host wrote last: 1 for the status port. */
export const STATUS_CD = 0x08;
/** Bits of STR that are software's. */
const SOFTWARE_BITS = 0xf4;

export class KcsRegisters {
  idr = 0;
  odr = 0;
  status = 0;

  reset(): void {
    this.idr = this.odr = this.status = 0;
  }

  get isInputFull(): boolean {
    return (this.status & STATUS_IBF) !== 0;
  }

  get isOutputFull(): boolean {
    return (this.status & STATUS_OBF) !== 0;
  }

  /** The host writes its data port, or its status port: a byte that is not read yet is lost. */
  hostWrites(value: number, toStatusPort: boolean): void {
    this.idr = value;
    this.status = (this.status & ~STATUS_CD) | STATUS_IBF | (toStatusPort ? STATUS_CD : 0);
  }

  /** The host reads its data port. */
  hostReadsOdr(): number {
    this.status &= ~STATUS_OBF;
    return this.odr;
  }

  bmcReadsIdr(): number {
    this.status &= ~STATUS_IBF;
    return this.idr;
  }

  bmcWritesOdr(value: number): void {
    this.odr = value;
    this.status |= STATUS_OBF;
  }

  /** Hardware owns IBF and C/D, and clears OBF where its bit is written as 0. QEMU stores the whole byte. */
  bmcWritesStatus(value: number, likeQemu: boolean): void {
    if (likeQemu) {
      this.status = value;
      return;
    }
    const kept = STATUS_IBF | STATUS_CD | (value & STATUS_OBF);
    this.status = (this.status & kept) | (value & SOFTWARE_BITS);
  }
}
