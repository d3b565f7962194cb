/**
 * Bus accesses and procedures.
 *
 * What a side does on the bus is a procedure: a generator that yields one access at a time and is handed back the
 * number that the access read (0 where it reads none). One access is one step of the hardware that nothing divides,
 * one row of a trace and one arrow of a figure. Whoever runs the procedure gives the accesses their meaning.
 *
 * Access objects are reused: an executor must be done with one before it asks for the next.
 */

export interface RegisterRead {
  readonly kind: "readStatus" | "readData";
}

export interface RegisterWrite {
  readonly kind: "writeData";
  readonly value: number;
}

/** The BMC's alone: the status register is read-only for the host. */
export interface StatusWrite {
  readonly kind: "writeStatus";
  readonly value: number;
}

/** Copies `length` bytes of the window from `offset` into `into[at]` and after. */
export interface WindowRead {
  readonly kind: "readWindow";
  offset: number;
  length: number;
  into: Uint8Array;
  at: number;
}

/** Copies `bytes[start]` up to, not including, `bytes[end]` into the window at `offset`. */
export interface WindowWrite {
  readonly kind: "writeWindow";
  offset: number;
  bytes: Uint8Array;
  start: number;
  end: number;
}

export type HostAccess = RegisterRead | RegisterWrite | WindowRead | WindowWrite;
export type BmcAccess = HostAccess | StatusWrite;
/** Any access of either side; a port of the BMC carries all of them. */
export type BusAccess = BmcAccess;

/** The number an access read comes back from `yield`; windows come back in the access's own array. */
export type Procedure<Result, Access extends BusAccess = BusAccess> = Generator<Access, Result, number>;

/**
 * A bus that answers at once. The procedures of the packet path take one, and then perform their accesses on the spot,
 * `direct?.perform(access) ?? (yield access)`: the same lines in the same order, without the cost of a suspension for
 * each. Without one every access is yielded, for stepping, exploring and buses that take their time.
 */
export interface DirectBus<Access extends BusAccess> {
  /** Carries out an access; returns the number it read, 0 where it reads none. */
  perform(access: Access): number;
}

export const READ_STATUS: RegisterRead = { kind: "readStatus" };
/** The side's inbound register: ODR for the host, IDR for the BMC. Reading it empties it. */
export const READ_DATA: RegisterRead = { kind: "readData" };

/** A write of the side's outbound register: IDR for the host, ODR for the BMC. */
export function writeData(value: number): RegisterWrite {
  return { kind: "writeData", value };
}

export function writeStatus(value: number): StatusWrite {
  return { kind: "writeStatus", value };
}

export function readWindow(offset: number, into: Uint8Array): WindowRead {
  return { kind: "readWindow", offset, length: into.length, into, at: 0 };
}

export function writeWindow(offset: number, bytes: Uint8Array): WindowWrite {
  return { kind: "writeWindow", offset, bytes, start: 0, end: bytes.length };
}

/**
 * What a service procedure found: `again` when there may be more to do at once, `waiting` when only an event (a
 * register read or written by the peer, a deadline, a packet to send) can bring more work.
 */
export type Progress = "again" | "waiting";
