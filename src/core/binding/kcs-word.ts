/**
 * The KCS registers as virtual boards keep them: one 32-bit word, so that each register access is one step.
 *
 * | bits  | content                                                                                       |
 * | ----- | --------------------------------------------------------------------------------------------- |
 * | 7:0   | STR; in the place of bit 3, C/D, stands the flag "shadow full"                                |
 * | 15:8  | IDR                                                                                           |
 * | 23:16 | ODR                                                                                           |
 * | 31:24 | the shadow: the byte that the BMC's driver has taken out of IDR; zero while the shadow is empty |
 *
 * The functions say what an access makes of the word. They allocate nothing and take the word signed or unsigned; what
 * they return is signed. Hardware owns IBF and OBF. C/D has no meaning here, for both sides use the data ports only:
 * every STR value that a side reads has bit 3 = 0.
 *
 * A board has a depth. At depth 0 the BMC reads the registers themselves and the shadow stays empty. At depth 1 the raw
 * KCS driver stands between IDR and the BMC: while the shadow is empty and the driver's node is open, its interrupt
 * handler moves IDR into the shadow, which clears IBF. The same functions serve both depths.
 */
import { Status } from "./registers.ts";

/** How many host bytes the path into the BMC can hold beside IDR. 0: registers alone; 1: the raw KCS driver. */
export type Depth = 0 | 1;

export const IDR_SHIFT = 8;
export const ODR_SHIFT = 16;
export const SHADOW_SHIFT = 24;

/** The flag "shadow full", in the place of C/D. */
export const SHADOW_FULL: number = Status.CD;

/** What lies where in the word, from bit 31 down. */
export const WORD_REGISTERS: readonly { readonly name: "STR" | "IDR" | "ODR" | "shadow"; readonly shift: number }[] = [
  { name: "shadow", shift: SHADOW_SHIFT },
  { name: "ODR", shift: ODR_SHIFT },
  { name: "IDR", shift: IDR_SHIFT },
  { name: "STR", shift: 0 },
];

/** Bits of STR that a write stores as they are. */
export const STATUS_STORED = 0xf4;
/** Bits of STR that a write leaves alone. */
export const STATUS_KEPT: number = Status.CD | Status.IBF;

/** What the host cannot see of the word: the shadow and its flag. */
export const HIDDEN_FROM_HOST: number = (0xff << SHADOW_SHIFT) | SHADOW_FULL;

/* ---- What the word holds ---- */

/** STR as hardware keeps it, bit 3 included. A side reads `hostStatusOf` or `bmcStatusOf`. */
export function statusOf(word: number): number {
  return word & 0xff;
}

/** STR as the host reads it: IBF is 1 while IDR holds a byte; the shadow does not count. */
export function hostStatusOf(word: number): number {
  return word & 0xff & ~SHADOW_FULL;
}

/** STR as the BMC reads it: IBF is 1 while the shadow or IDR holds a byte. */
export function bmcStatusOf(word: number): number {
  return hostStatusOf(word) | (isShadowFull(word) ? Status.IBF : 0);
}

export function idrOf(word: number): number {
  return (word >>> IDR_SHIFT) & 0xff;
}

export function odrOf(word: number): number {
  return (word >>> ODR_SHIFT) & 0xff;
}

/** The byte in the shadow; 0 while it is empty. */
export function shadowOf(word: number): number {
  return word >>> SHADOW_SHIFT;
}

export function isShadowFull(word: number): boolean {
  return (word & SHADOW_FULL) !== 0;
}

/** What the BMC gets when it reads "IDR": the shadow's byte, or IDR's while the shadow is empty. */
export function idrSeenByBmc(word: number): number {
  return isShadowFull(word) ? shadowOf(word) : idrOf(word);
}

/* ---- What an access makes of the word ---- */

/** The host writes IDR. The shadow stays as it is. */
export function afterIdrWrite(word: number, value: number): number {
  return (word & ~(0xff << IDR_SHIFT)) | ((value & 0xff) << IDR_SHIFT) | Status.IBF;
}

/** IDR itself is read. */
export function afterIdrRead(word: number): number {
  return word & ~Status.IBF;
}

/** The BMC reads "IDR": the shadow is emptied and IDR kept, or IDR is read while the shadow is empty. */
export function afterIdrReadByBmc(word: number): number {
  return isShadowFull(word) ? word & ~HIDDEN_FROM_HOST : afterIdrRead(word);
}

/** All registers are reset. The byte that the driver holds is in its memory, and stays. */
export function afterReset(word: number): number {
  return word & HIDDEN_FROM_HOST;
}

/** Whether there is something for the driver's interrupt handler to do: IDR full, the shadow empty. */
export function canTakeIdr(word: number): boolean {
  return (word & (Status.IBF | SHADOW_FULL)) === Status.IBF;
}

/** The handler moves IDR into the shadow. Legal where `canTakeIdr` says so, at depth 1, with the BMC's node open. */
export function afterIdrTaken(word: number): number {
  return (word & ~Status.IBF & 0xffffff) | (idrOf(word) << SHADOW_SHIFT) | SHADOW_FULL;
}

export function afterOdrWrite(word: number, value: number): number {
  return (word & ~(0xff << ODR_SHIFT)) | ((value & 0xff) << ODR_SHIFT) | Status.OBF;
}

export function afterOdrRead(word: number): number {
  return word & ~Status.OBF;
}

/** The BMC writes STR. OBF survives a write of 1 to its bit and is cleared by a write of 0; IBF and the shadow stay. */
export function afterStatusWrite(word: number, value: number): number {
  const status = word & 0xff;
  return (word & ~0xff) | (value & STATUS_STORED) | (status & STATUS_KEPT) | (status & value & Status.OBF);
}
