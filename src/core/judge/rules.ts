/**
 * Rules that the judge of a trace and the explorer's onlooker share: what is wrong, and the requirement that says so. The
 * judge asks them with what accesses tell, the onlooker with what it knows for certain.
 */
import { CONTROL_FIELDS_BYTES, Field, type BufferRange, type Layout } from "../binding/control-region.ts";
import { Command, KEEP_OBF, SESSION_BITS, Status } from "../binding/registers.ts";
import type { RoleName } from "../binding/side.ts";
import type { Version, VersionRange } from "../binding/versions.ts";
import type { JudgedRequirement } from "./requirements.ts";

/** What was broken, in a few words without a full stop. */
export interface Broken {
  readonly requirement: JudgedRequirement;
  readonly what: string;
}

export function brokenText({ requirement, what }: Broken): string {
  return `${what} (${requirement})`;
}

/* ---- Bytes and values ---- */

const BMC_COMMANDS: readonly number[] = [Command.TX_BEGIN, Command.RX_COMPLETE, Command.DUMMY];
const HOST_COMMANDS: readonly number[] = [Command.INITIALISE, ...BMC_COMMANDS];

/** Bits of STR that no value written has set. */
const RESERVED_STATUS = 0x3e;

/** A byte that a side writes to its outbound register. */
export function judgeCommand(side: RoleName, byte: number): Broken | undefined {
  if ((side === "host" ? HOST_COMMANDS : BMC_COMMANDS).includes(byte)) return undefined;
  return {
    requirement: side === "host" ? "LPC-HOST-16" : "LPC-BMC-13",
    what: `command ${String(byte)} is not for the ${side} to send`,
  };
}

/** A value that the BMC writes to STR. */
export function judgeStatusValue(value: number): Broken | undefined {
  if ((value & KEEP_OBF) === 0) return { requirement: "LPC-KCS-3", what: `the BMC writes ${String(value)} to STR` };
  if ((value & RESERVED_STATUS) !== 0) {
    return { requirement: "LPC-KCS-7", what: `the BMC writes ${String(value)} to STR` };
  }
  if ((value & SESSION_BITS) !== Status.CHANNEL_ACTIVE) return undefined;
  return { requirement: "LPC-BMC-13", what: `the BMC writes ${String(value)} to STR` };
}

/* ---- The window ---- */

interface Range {
  readonly from: number;
  readonly to: number;
}

const WHOLE: Range = { from: 0, to: CONTROL_FIELDS_BYTES };
const HOST_VERSIONS: Range = { from: Field.hostVersionMin, to: Field.negotiatedVersion };
const MAGIC: Range = { from: Field.magic, to: Field.bmcVersionMin };
const RX_SIZE: Range = { from: Field.rxSize, to: Field.txOffset };
const HOST_READS: readonly Range[] = [WHOLE, MAGIC, HOST_VERSIONS];
const HOST_WRITES: readonly Range[] = [HOST_VERSIONS, RX_SIZE];
const BMC_READS: readonly Range[] = [WHOLE];
/** At its start the BMC writes the whole region, on Initialise what answers it. */
const BMC_START_WRITES: readonly Range[] = [
  MAGIC,
  { from: Field.magic, to: Field.hostVersionMin },
  HOST_VERSIONS,
  { from: Field.negotiatedVersion, to: CONTROL_FIELDS_BYTES },
];
const BMC_ANSWER_WRITES: readonly Range[] = [
  { from: Field.negotiatedVersion, to: Field.pad },
  { from: Field.rxOffset, to: CONTROL_FIELDS_BYTES },
];

/** The fields of the control region that a side accesses, each list in one access. */
export function fieldRanges(side: RoleName, isWrite: boolean, isStarting: boolean): readonly Range[] {
  if (side === "host") return isWrite ? HOST_WRITES : HOST_READS;
  if (!isWrite) return BMC_READS;
  return isStarting ? BMC_START_WRITES : BMC_ANSWER_WRITES;
}

/** Whether an access lies within one of the fields that the side may write, in however many pieces it makes it. */
export function liesInFields(side: RoleName, isWrite: boolean, offset: number, length: number): boolean {
  const ranges = side === "bmc" && isWrite ? [WHOLE] : fieldRanges(side, isWrite, false);
  return ranges.some((range) => offset >= range.from && offset + length <= range.to);
}

/** A range that holds no version: the oldest above the newest, or 0 as the oldest of some. 0 to 0 proposes nothing. */
export function isEmptyRange({ min, cur }: VersionRange): boolean {
  return min > cur || (min === 0 && cur !== 0);
}

/** Whether an access lies in a buffer. */
export function liesIn(buffer: BufferRange, offset: number, length: number): boolean {
  return offset >= buffer.offset && offset + length <= buffer.offset + buffer.size;
}

/* ---- Registers ---- */

/** A byte is written to a register that holds an unread one. */
export function overwrites(side: RoleName): Broken {
  return { requirement: "LPC-KCS-2", what: `${side} overwrites an unread byte` };
}

/** STR is written so that an unread byte of ODR is lost. */
export const CLEARS_UNREAD: Broken = { requirement: "LPC-KCS-3", what: "the BMC clears an unread byte" };

/** The host touches data registers, `what` says how: "reads ODR" for instance. */
export function judgeBeforeMagic(hasMagic: boolean, what: string): Broken | undefined {
  if (hasMagic) return undefined;
  return { requirement: "LPC-HOST-14", what: `the host ${what} before it has seen the magic` };
}

/* ---- Turns ---- */

/** Packets that may pass while a packet waits for its Tx Begin. */
export const PATIENCE = 1;

/**
 * A side writes Rx Complete or Tx Begin. `passed` packets of the other direction were completed while a packet of this
 * side waited for its Tx Begin: how many it is then.
 */
export function passedBehind(passed: number, command: number, waits: boolean): number {
  return command === Command.RX_COMPLETE && waits ? passed + 1 : 0;
}

export function judgePatience(side: RoleName, passed: number, patience: number): Broken | undefined {
  if (passed <= patience) return undefined;
  return { requirement: "LPC-KCS-12", what: `a packet of the ${side} waits while ${String(passed)} pass` };
}

/* ---- Sessions ---- */

/** The host opens its session while Channel Active stands for this one, 0 for none. */
export function judgeOpening(channelSession: number): Broken | undefined {
  if (channelSession !== 0) return undefined;
  return { requirement: "LPC-HOST-7", what: "the host opens a session that there is not" };
}

interface Terms {
  readonly version: Version;
  readonly layout: Layout;
}

/** The terms of both sides, in one session. */
export function judgeTerms(host: Terms, bmc: Terms): Broken | undefined {
  const isSame =
    host.version === bmc.version &&
    isSameRange(host.layout.bmcToHost, bmc.layout.bmcToHost) &&
    isSameRange(host.layout.hostToBmc, bmc.layout.hostToBmc);
  return isSame ? undefined : { requirement: "LPC-MTU-6", what: "the sides differ on the terms of the session" };
}

function isSameRange(one: BufferRange, other: BufferRange): boolean {
  return one.offset === other.offset && one.size === other.size;
}

/** A side takes a packet that was sent in one session while it is in another. */
export function judgeTaken(side: RoleName, sentIn: number, takenIn: number): Broken | undefined {
  if (sentIn === takenIn) return undefined;
  return { requirement: "LPC-MCTP-6", what: `${side} receives a packet of session ${String(sentIn)} in another` };
}

/** A side writes its buffer while its peer reads there. */
export function writesOwned(side: RoleName): Broken {
  return { requirement: "LPC-BUF-7", what: `${side} writes a buffer that its peer is reading` };
}

/** A side reads a buffer whose packet is not outstanding. */
export function readsOwned(side: RoleName): Broken {
  return { requirement: "LPC-BUF-7", what: `${side} reads a buffer that its peer owns` };
}

/** A side takes bytes that its peer did not send so. */
export function takesUnsent(side: RoleName): Broken {
  return { requirement: "LPC-BUF-6", what: `${side} receives bytes that were never sent` };
}
