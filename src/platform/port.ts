/**
 * What a platform gives a side: its KCS port, its window and its interrupts. Every access is one step of the hardware
 * that nothing divides. The step of the procedure's table comes last: hardware has no use for it, recorders have.
 */

import type { Depth } from "../core/binding/kcs-word.ts";
import type { Failure } from "./failure.ts";

export interface HostPort {
  /** STR. No side effect. */
  readStatus(step?: string): number;
  /** The inbound register: ODR for the host, IDR for the BMC. Empties it. */
  readData(step?: string): number;
  /** The outbound register: IDR for the host, ODR for the BMC. Fills it. */
  writeData(value: number, step?: string): void;
}

export interface BmcPort extends HostPort {
  /** STR; bit 0 written as 0 empties ODR. */
  writeStatus(value: number, step?: string): void;
}

/**
 * Accesses outside the window are misuse and throw a RangeError. A read that the hardware refuses, as where nothing
 * decodes the address, gives 0xff in every byte, as an undriven LPC bus does (LPC-HOST-14).
 */
export interface Window {
  /** Bytes. */
  readonly size: number;
  read(offset: number, into: Uint8Array, at: number, length: number, step?: string): void;
  write(offset: number, bytes: Uint8Array, start: number, end: number, step?: string): void;
}

/** Interrupts of one side: a command arrived, or the peer read the outbound register. */
export interface Interrupts {
  /** Whether an interrupt has come since the last call; resets. Without interrupts: whether a register changed. */
  pending(): boolean;
  /** Each `pending` is a system call, which costs more than a look at the clock. */
  readonly areLooksSlow?: boolean | undefined;
  /**
   * Has `onWake` called when the next interrupt comes. With `owesByte` false this side waits to write no byte, and a
   * platform may leave out that the peer read the last one. False: the platform, or this peer, never wakes; poll.
   */
  arm(owesByte?: boolean): boolean;
  disarm(): void;
  /** Lets the peer run, where it was just woken and may wait for this processor. */
  giveWay?(): void;
  /** Whether `arm` would be worth it now. */
  peerRings(): boolean;
  onWake: (() => void) | undefined;
}

/** One side of a board. */
export interface Platform<Port extends HostPort> {
  readonly port: Port;
  readonly window: Window;
  readonly interrupts: Interrupts;
  /** For people: "shm:/dev/shm/board". */
  readonly name: string;
  /**
   * How many host bytes the path into the BMC can hold beside IDR (LPC-KCS-13). 0: the BMC reads the registers themselves, and
   * IBF = 0 says that it has read. 1: the raw KCS driver's shadow is in between, and IBF = 0 says only that the driver
   * has taken the byte.
   */
  readonly depth: Depth;
  /** Whether an agent runs the other side, where the platform can tell. */
  peerAttached?(): boolean;
  /**
   * Has `tell` called, once, when the board is lost permanently, where the platform can notice. Nothing of the side may be
   * accessed from then on; `close` is still to be called.
   */
  whenLost?(tell: (why: Failure) => void): void;
  /**
   * Host bytes that were overwritten in IDR since this side attached, where the platform counts them. One that is being
   * written at the moment may count, too.
   */
  lostInIdr?(): number;
  /** Rings left out because a file at the peer's doorbell is not a FIFO of this user, where there are doorbells. */
  bellsRefused?(): number;
  /** Resets all registers, as the platform may at any time (5.1), and tells no side; virtual boards only. */
  readonly resetRegisters?: () => void;
  /** Accesses that no hardware answered, where the platform can tell. */
  unanswered?(): number;
  /** Releases the side. Afterwards no access is allowed. */
  close(): void;
  /** As `close`, for a side that was opened in vain: what was made for it goes, too, where nothing else uses it. */
  abandon?(): void;
}

export type HostPlatform = Platform<HostPort>;
export type BmcPlatform = Platform<BmcPort>;
