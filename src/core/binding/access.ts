/** An access as plain data: for those who step, explore, record or judge procedures. */

export interface RegisterRead {
  /** `readData`: the side's inbound register, ODR for the host, IDR for the BMC. */
  readonly kind: "readStatus" | "readData";
  readonly step: string;
}

export interface RegisterWrite {
  /** `writeData`: the side's outbound register, IDR for the host, ODR for the BMC. */
  readonly kind: "writeData" | "writeStatus";
  readonly step: string;
  readonly value: number;
}

/** Copies `length` bytes of the window from `offset` into `into[at]` and after. */
export interface WindowRead {
  readonly kind: "readWindow";
  readonly step: string;
  readonly offset: number;
  readonly length: number;
  readonly into: Uint8Array;
  readonly at: number;
}

/** Copies `bytes[start]` up to, not including, `bytes[end]` into the window at `offset`. */
export interface WindowWrite {
  readonly kind: "writeWindow";
  readonly step: string;
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

export type BusAccess = RegisterRead | RegisterWrite | WindowRead | WindowWrite;
