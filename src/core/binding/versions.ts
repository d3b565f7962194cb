/**
 * Protocol versions, their negotiation and what each puts round a packet. Specification: "Versions", "Version
 * negotiation".
 */

export type Version = 1 | 2 | 3;

/** A side speaks all versions from the one to the other, unless it is told otherwise (LPC-VER-4). */
export const OLDEST_VERSION = 1;
export const NEWEST_VERSION = 3;

/** The versions a side speaks: every one from `min` to `cur`. On the wire any 16-bit numbers. */
export interface VersionRange {
  readonly min: number;
  readonly cur: number;
}

/** What a version puts round the MCTP packet in a buffer. */
export interface Framing {
  /** Bytes of the length field before the packet. */
  readonly lengthBytes: number;
  /** Bytes of the trailer after the packet: the CRC-32 of version 3. */
  readonly trailerBytes: number;
  /** Version 1 knows no other transmission unit than the baseline; the sizes do not count. */
  readonly fixedMtu: boolean;
}

const FRAMINGS: Readonly<Record<Version, Framing>> = {
  1: { lengthBytes: 4, trailerBytes: 0, fixedMtu: true },
  2: { lengthBytes: 4, trailerBytes: 0, fixedMtu: false },
  3: { lengthBytes: 4, trailerBytes: 4, fixedMtu: false },
};

export function framingOf(version: Version): Framing {
  return FRAMINGS[version];
}

export function isVersion(value: number): value is Version {
  return Number.isInteger(value) && value >= OLDEST_VERSION && value <= NEWEST_VERSION;
}

/** An Initialise with these host versions asks the BMC to leave the session: it is refused by every BMC (LPC-HOST-3). */
export const CLOSING_RANGE: VersionRange = { min: 0, cur: 0 };

/**
 * The version two sides speak: the smaller of their newest if the ranges overlap, else 0, which is a refusal
 * (LPC-VER-1, LPC-VER-2). A range that is empty, or begins at the reserved version 0, overlaps nothing.
 */
export function negotiateVersion(bmc: VersionRange, host: VersionRange): Version | 0 {
  if (host.min < OLDEST_VERSION || host.min > host.cur || bmc.min < OLDEST_VERSION || bmc.min > bmc.cur) return 0;
  if (host.min > bmc.cur || bmc.min > host.cur) return 0;
  const version = Math.min(bmc.cur, host.cur);
  return isVersion(version) ? version : 0;
}
