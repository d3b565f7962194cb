/**
 * How accesses are told, to a judge or another follower of a bus: each after it was carried out, in the order in
 * which they were. Nothing is allocated for it.
 */

/** The accesses of one side, and what it says of itself. `step` is what was running, undefined where unknown. */
export interface SideListener {
  statusRead(value: number, step: string | undefined): void;
  /** ODR read by a host, IDR by a BMC. */
  dataRead(value: number, step: string | undefined): void;
  /** IDR written by a host, ODR by a BMC. */
  dataWritten(value: number, step: string | undefined): void;
  /** By a BMC; the value as it was written. */
  statusWritten(value: number, step: string | undefined): void;
  /**
   * `length` bytes of the window from `offset` on; `bytes[start..end)` are the first of them, or all. The bytes are the
   * listener's during the call only.
   */
  windowRead(
    offset: number,
    length: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    step: string | undefined,
  ): void;
  windowWritten(
    offset: number,
    length: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    step: string | undefined,
  ): void;
  /** A life of the side begins, it is asked to stop, it has stopped. Only sides that say so are told of. */
  started(): void;
  stopAsked(): void;
  ended(): void;
}

/** Both sides of a bus, and changes from outside. */
export interface BusListener {
  readonly host: SideListener;
  readonly bmc: SideListener;
  /** Of the accesses that follow: milliseconds of a clock that both sides share, NaN for unknown. */
  time: number;
  /** A register is changed from outside both sides. A changed STR, 0 for instance, has lost what the registers held. */
  registerPoked(register: "STR" | "IDR" | "ODR", value: number): void;
  windowPoked(offset: number, length: number): void;
}
