/** What can happen next: the moves of a search. */
import type { RoleName } from "../binding/side.ts";

export const Move = {
  /** The side makes its next access. */
  hostAccess: 0,
  bmcAccess: 1,
  /** The side begins a round, a deadline being over, and makes its first access. */
  hostDeadline: 2,
  bmcDeadline: 3,
  /** The side begins a round for no reason, and makes its first access. */
  hostPoll: 4,
  bmcPoll: 5,
  /** The side is handed a packet to send. */
  hostOffer: 6,
  bmcOffer: 7,
  /** A side that is gone comes back. */
  hostStart: 8,
  bmcStart: 9,
  /** The side is gone. */
  hostKilled: 10,
  bmcKilled: 11,
  /** The side is gone, and STR is cleared. */
  hostReset: 12,
  bmcReset: 13,
  /** The side is asked to stop. */
  hostStop: 14,
  bmcStop: 15,
  /** STR is cleared under both sides. */
  platformReset: 16,
  /** An interrupt does not arrive. */
  hostInterruptLost: 17,
  bmcInterruptLost: 18,
  /** All registers are cleared under both sides: what stood in IDR and ODR is gone with STR. */
  registersReset: 19,
  /** The driver's interrupt handler moves IDR into its shadow. */
  driverTakes: 20,
  /** The BMC is gone, and with it the byte that its driver held; STR stays as it is. */
  bmcDriverReset: 21,
  /** A byte is gone unread: out of IDR, out of the driver, out of ODR. */
  idrLost: 22,
  heldLost: 23,
  odrLost: 24,
} as const;

export type Move = (typeof Move)[keyof typeof Move];

/** Moves that need no fault and no clock come first, then those of the clock, then faults. */
export type MoveKind = "plain" | "time" | "fault";

const NAMES = Object.keys(Move) as readonly (keyof typeof Move)[];

export function moveName(move: number): string {
  return NAMES[move] ?? "?";
}

export function moveOf(name: string): Move | undefined {
  return (Move as Readonly<Record<string, Move>>)[name];
}

/** Whose move it is, undefined for what comes from outside both. */
export function moverOf(move: Move): RoleName | undefined {
  if (move === Move.platformReset || move === Move.registersReset) return undefined;
  if (move === Move.idrLost || move === Move.heldLost || move === Move.odrLost) return undefined;
  return moveName(move).startsWith("host") ? "host" : "bmc";
}
