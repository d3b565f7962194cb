/**
 * How a state is laid out: which of its numbers is what, and which bits of a number. Both sides have the same fields, at
 * places of their own.
 */
import type { RoleName } from "../binding/side.ts";
import { Move } from "./moves.ts";
import type { Faults } from "./scenario.ts";

/* Fields of a state. */
/** The register word, see binding/kcs-word.ts. */
export const WORD = 0;
export const WINDOW = 1;
/** The number of a side's node and 1; 0 when the side is gone. */
export const HOST = 2;
export const BMC = 3;
export const GHOST = 4;
/** What may still befall the sides, how often they have lived, and what wakes them. */
export const REST = 5;

/*
 * Of the rest: interrupts that have not been looked at, for a byte that arrived and for one that was read, and a reason
 * of the side's own to run.
 */
const HOST_ARRIVED = 1 << 24;
const HOST_READ = 1 << 25;
const BMC_ARRIVED = 1 << 26;
const BMC_READ = 1 << 27;
const HOST_WISH = 1 << 28;
const BMC_WISH = 1 << 29;

/** Of the rest: the driver was opened with a byte that it holds, and may take the next one over it. */
export const UNMASKED: number = 1 << 20;

/* Of the rest: two bits for each fault, three for each side's life. */
export const FAULT_SHIFT: Readonly<Record<keyof Faults, number>> = {
  kills: 0,
  resets: 2,
  stops: 4,
  platformResets: 6,
  lostInterrupts: 8,
  registerResets: 16,
  driverResets: 18,
};
export const LIFE_SHIFT: Readonly<Record<RoleName, number>> = { host: 10, bmc: 13 };
export const LAST_LIFE = 7;

/** What of a state, and which moves, are one side's. */
export interface SideFields {
  readonly role: RoleName;
  readonly other: RoleName;
  readonly node: number;
  /** Either interrupt. */
  readonly interrupt: number;
  readonly arrived: number;
  readonly read: number;
  readonly wish: number;
  readonly access: Move;
  readonly deadline: Move;
  readonly poll: Move;
  readonly offer: Move;
  readonly start: Move;
  readonly killed: Move;
  readonly reset: Move;
  readonly stop: Move;
  readonly interruptLost: Move;
}

export const SIDES: Readonly<Record<RoleName, SideFields>> = {
  host: {
    role: "host",
    other: "bmc",
    node: HOST,
    interrupt: HOST_ARRIVED | HOST_READ,
    arrived: HOST_ARRIVED,
    read: HOST_READ,
    wish: HOST_WISH,
    access: Move.hostAccess,
    deadline: Move.hostDeadline,
    poll: Move.hostPoll,
    offer: Move.hostOffer,
    start: Move.hostStart,
    killed: Move.hostKilled,
    reset: Move.hostReset,
    stop: Move.hostStop,
    interruptLost: Move.hostInterruptLost,
  },
  bmc: {
    role: "bmc",
    other: "host",
    node: BMC,
    interrupt: BMC_ARRIVED | BMC_READ,
    arrived: BMC_ARRIVED,
    read: BMC_READ,
    wish: BMC_WISH,
    access: Move.bmcAccess,
    deadline: Move.bmcDeadline,
    poll: Move.bmcPoll,
    offer: Move.bmcOffer,
    start: Move.bmcStart,
    killed: Move.bmcKilled,
    reset: Move.bmcReset,
    stop: Move.bmcStop,
    interruptLost: Move.bmcInterruptLost,
  },
};
