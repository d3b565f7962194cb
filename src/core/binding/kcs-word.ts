/**
 * The KCS registers as virtual boards keep them: one 32-bit word, so that each register access is one step.
 *
 * Bits 7:0 STR, 15:8 IDR, 23:16 ODR, 31:24 zero. The functions say what an access makes of the word; hardware owns IBF
 * and OBF, C/D stays 0 because both sides use the data ports only.
 */
import { Status } from "./registers.ts";

export const IDR_SHIFT = 8;
export const ODR_SHIFT = 16;

/** What lies where in the word, from bit 31 down; the highest byte is zero. */
export const WORD_REGISTERS: readonly { readonly name: "STR" | "IDR" | "ODR"; readonly shift: number }[] = [
  { name: "ODR", shift: ODR_SHIFT },
  { name: "IDR", shift: IDR_SHIFT },
  { name: "STR", shift: 0 },
];

/** Bits of STR that a write stores as they are. */
export const STATUS_STORED = 0xf4;
/** Bits of STR that a write leaves alone. */
export const STATUS_KEPT: number = Status.CD | Status.IBF;

export function statusOf(word: number): number {
  return word & 0xff;
}

export function idrOf(word: number): number {
  return (word >>> IDR_SHIFT) & 0xff;
}

export function odrOf(word: number): number {
  return (word >>> ODR_SHIFT) & 0xff;
}

export function afterIdrWrite(word: number, value: number): number {
  return (word & ~(0xff << IDR_SHIFT)) | ((value & 0xff) << IDR_SHIFT) | Status.IBF;
}

export function afterIdrRead(word: number): number {
  return word & ~Status.IBF;
}

export function afterOdrWrite(word: number, value: number): number {
  return (word & ~(0xff << ODR_SHIFT)) | ((value & 0xff) << ODR_SHIFT) | Status.OBF;
}

export function afterOdrRead(word: number): number {
  return word & ~Status.OBF;
}

/** Set while the shadow of a path of depth 1 holds a byte; in C/D's place, which no side sees set. */
export const SHADOW_FULL: number = Status.CD;
export const SHADOW_SHIFT = 24;

/** STR as the host reads it: IBF is the hardware's. */
export function hostStatusOf(word: number): number {
  return word & 0xff & ~SHADOW_FULL;
}

/** STR as the BMC reads it: IBF is 1 while the shadow or IDR holds a byte. */
export function bmcStatusOf(word: number): number {
  return (word & SHADOW_FULL) === 0 ? word & 0xff : (word & 0xff & ~SHADOW_FULL) | Status.IBF;
}

/** Whether the driver's interrupt handler may take IDR: it holds a byte, and the shadow none. */
export function canTakeIdr(word: number): boolean {
  return (word & (SHADOW_FULL | Status.IBF)) === Status.IBF;
}

/** The handler moved IDR into the shadow. */
export function afterIdrTaken(word: number): number {
  return (word & 0x00ff_fff5) | SHADOW_FULL | (idrOf(word) << SHADOW_SHIFT);
}

/** The byte that the BMC reads next: the shadow's before IDR's. */
export function idrSeenByBmc(word: number): number {
  return (word & SHADOW_FULL) === 0 ? idrOf(word) : word >>> SHADOW_SHIFT;
}

export function afterIdrReadByBmc(word: number): number {
  return (word & SHADOW_FULL) === 0 ? afterIdrRead(word) : word & 0x00ff_ffff & ~SHADOW_FULL;
}

/** OBF survives a write of 1 to its bit and is cleared by a write of 0. */
export function afterStatusWrite(word: number, value: number): number {
  const status = word & 0xff;
  return (word & ~0xff) | (value & STATUS_STORED) | (status & STATUS_KEPT) | (status & value & Status.OBF);
}
