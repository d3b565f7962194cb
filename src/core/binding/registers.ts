/**
 * The three KCS registers and the bytes that pass through them. Specification: "Status register" and "Commands".
 *
 * IDR carries bytes from host to BMC, ODR from BMC to host, STR the state that both may read at any time.
 */

/** Bits of the status register STR. */
export const Status = {
  /** Output buffer full: ODR holds a byte the host has not read. Hardware sets and clears it. */
  OBF: 0x01,
  /** Input buffer full: IDR holds a byte the BMC has not read. Hardware sets and clears it. */
  IBF: 0x02,
  /** Command/data: which of its ports the host wrote last. Hardware owns it; this binding gives it no meaning. */
  CD: 0x08,
  /** The BMC has opened a session with the host. Written by the BMC. */
  CHANNEL_ACTIVE: 0x40,
  /** The BMC runs this binding and the control region is valid. Written by the BMC. */
  BMC_ACTIVE: 0x80,
} as const;

export interface StatusBit {
  readonly mask: number;
  /** As the specification writes it. */
  readonly name: string;
  /** Who decides its value; the other side, or both, only read it. */
  readonly owner: "bmc" | "hardware";
}

/** The bits of STR that mean something, from bit 7 down. The BMC writes the others as 0 (LPC-KCS-7). */
export const STATUS_BITS: readonly StatusBit[] = [
  { mask: Status.BMC_ACTIVE, name: "BMC Active", owner: "bmc" },
  { mask: Status.CHANNEL_ACTIVE, name: "Channel Active", owner: "bmc" },
  { mask: Status.CD, name: "C/D", owner: "hardware" },
  { mask: Status.IBF, name: "IBF", owner: "hardware" },
  { mask: Status.OBF, name: "OBF", owner: "hardware" },
];

/** A session exists while both are set. */
export const SESSION_BITS: number = Status.BMC_ACTIVE | Status.CHANNEL_ACTIVE;

/**
 * Written to STR by every procedure of the BMC: bit 0 written as 1 leaves OBF as it is, written as 0 would clear it
 * and lose an unread byte (LPC-KCS-3).
 */
export const KEEP_OBF: number = Status.OBF;

/** Command bytes. */
export const Command = {
  /** Host to BMC: read the host's fields of the control region and open, or refuse, a session. */
  INITIALISE: 0x00,
  /** Either way: the sender's buffer holds a packet. */
  TX_BEGIN: 0x01,
  /** Either way: the packet was read, the buffer is the sender's again. */
  RX_COMPLETE: 0x02,
  /** BMC to host: STR has changed. Host to BMC: a fence, whose reading proves that all before it was handled. */
  DUMMY: 0xff,
} as const;

const COMMAND_NAMES: ReadonlyMap<number, string> = new Map([
  [Command.INITIALISE, "Initialise"],
  [Command.TX_BEGIN, "Tx Begin"],
  [Command.RX_COMPLETE, "Rx Complete"],
  [Command.DUMMY, "Dummy"],
]);

/** The field's name of a command byte, for traces and messages; an unknown byte gives its hexadecimal value. */
export function commandName(byte: number): string {
  return COMMAND_NAMES.get(byte) ?? `unknown 0x${byte.toString(16).padStart(2, "0")}`;
}

/** The bits of STR that are set, for traces and messages: "BMC Active, Channel Active, OBF". */
export function statusText(status: number): string {
  const names = STATUS_BITS.filter(({ mask }) => (status & mask) !== 0).map(({ name }) => name);
  return names.length === 0 ? "none" : names.join(", ");
}
