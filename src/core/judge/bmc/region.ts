/** The fields of the control region that a BMC writes in its start and must leave alone behind it (LPC-BMC-2, LPC-REG-3). */
import { CONTROL_FIELDS_BYTES, Field, MAGIC } from "../../binding/control-region.ts";
import { readU16be, readU32be } from "../../wire/bytes.ts";
import { PLACE } from "../requirements.ts";
import { hexOffset } from "../side-watch.ts";
import type { BmcAnnouncements } from "./announcements.ts";
import type { Rulings } from "../rulings.ts";

/** All bytes of the fields, in a mask of them. */
const ALL_BYTES = -1;
/** The bytes of the magic, in a mask of the fields. */
const MAGIC_BYTES = 0xf;

/** The fields that the host never writes. */
const BMC_FIELDS: readonly { readonly name: string; readonly at: number; readonly size: 2 | 4 }[] = [
  { name: "the magic", at: Field.magic, size: 4 },
  { name: "bmc_ver_min", at: Field.bmcVersionMin, size: 2 },
  { name: "bmc_ver_cur", at: Field.bmcVersionCur, size: 2 },
  { name: "negotiated_ver", at: Field.negotiatedVersion, size: 2 },
  { name: "rx_offset", at: Field.rxOffset, size: 4 },
  { name: "tx_offset", at: Field.txOffset, size: 4 },
  { name: "tx_size", at: Field.txSize, size: 4 },
];

/** Follows what is written to the fields from the beginning of a start to its end. */
export class BmcRegion {
  readonly #rulings: Rulings;
  readonly #announcements: BmcAnnouncements;
  readonly #fields = new Uint8Array(CONTROL_FIELDS_BYTES);
  /** The bytes written in this start: bit n stands for byte n. */
  #written = 0;
  /** The host version fields were zeroed, and no field in front of them was written since. */
  #versionsZeroed = false;
  #isPoked = false;

  constructor(rulings: Rulings, announcements: BmcAnnouncements) {
    this.#rulings = rulings;
    this.#announcements = announcements;
  }

  beginStart(): void {
    this.#written = 0;
    this.#versionsZeroed = false;
    this.#isPoked = false;
  }

  /** Neither side changed the region: what stands there now says nothing of the host. */
  poked(): void {
    this.#isPoked = true;
  }

  /** The fields, undefined while some were not written in this start. */
  get whole(): Uint8Array | undefined {
    return this.#written === ALL_BYTES ? this.#fields : undefined;
  }

  /**
   * `bytes[0..length)` are written at `offset` in a start, in so many `pieces`. `status`: STR as it was read last, -1 for
   * unknown. `hasWritten`: ODR was written since.
   */
  writtenInStart(
    offset: number,
    length: number,
    bytes: Uint8Array,
    pieces: number,
    status: number,
    hasWritten: boolean,
  ): void {
    const to = offset + length;
    if (writesHostVersions(offset, length, bytes)) this.breakHostVersions(offset, length, bytes);
    if (to > Field.bmcVersionMin) {
      const isFirst = this.#written === 0 || this.#written === MAGIC_BYTES;
      this.#announcements.goesOn(isFirst, status, hasWritten);
    }
    if (offset === 0 && to >= Field.bmcVersionMin) {
      this.#announcements.magicWritten(readU32be(bytes, 0) === MAGIC, to === Field.bmcVersionMin);
    } else if (offset > 0 && to === Field.bmcVersionMin) {
      // A recording that begins between two of the bytes in which the magic is written.
      this.#announcements.magicWritten(true, true);
    }
    this.#write(offset, length, bytes, pieces);
  }

  #write(offset: number, length: number, bytes: Uint8Array, pieces: number): void {
    const to = offset + length;
    for (let at = offset; at < to; at++) {
      this.#fields[at] = bytes[at - offset]!;
      this.#written |= 1 << at;
    }
    const zeroesVersions = offset <= Field.hostVersionMin && to >= Field.negotiatedVersion;
    // One write of everything zeroes them as late as any; of several in a row, those behind them come later.
    const isLast = pieces === 1 || to <= Field.negotiatedVersion;
    this.#versionsZeroed = (zeroesVersions && isLast) || (this.#versionsZeroed && to <= Field.bmcVersionMin);
  }

  /** A part of the answer to an Initialise is written, or fields behind the start: what stands there is the BMC's. */
  answered(offset: number, length: number, bytes: Uint8Array): void {
    this.#fields.set(bytes.subarray(0, Math.min(length, CONTROL_FIELDS_BYTES - offset)), offset);
  }

  /** The region is read behind an Initialise: the fields that the BMC alone writes are as it wrote them. */
  judgeUntouched(bytes: Uint8Array): void {
    if (this.#written !== ALL_BYTES || this.#isPoked) return;
    const changed = BMC_FIELDS.find(({ at, size }) => {
      for (let byte = at; byte < at + size; byte++) if (bytes[byte] !== this.#fields[byte]) return true;
      return false;
    });
    if (changed === undefined) return;
    const { name, at, size } = changed;
    this.#rulings.breakOfPeer("LPC-REG-3", "wire", {
      seen: `${name} holds ${String(valueAt(bytes, at, size))}, the BMC wrote ${String(valueAt(this.#fields, at, size))}`,
      expected: "the host writes host_ver_min, host_ver_cur and rx_size alone",
      bytes: bytes.slice(at, at + size),
      offset: at,
    });
    this.#fields.set(bytes.subarray(0, CONTROL_FIELDS_BYTES));
  }

  /** BMC Active is set by a BMC that follows the draft. */
  judgeComplete(): void {
    const isWhole = this.#written === ALL_BYTES;
    if (isWhole && this.#versionsZeroed) {
      this.#rulings.keep(PLACE["LPC-BMC-2"]);
      return;
    }
    this.#rulings.break("LPC-BMC-2", "draft", {
      seen: isWhole
        ? "the host version fields were not zeroed last"
        : `BMC Active is set before the bytes ${missingText(this.#written)} of the control region are written`,
      expected: "all fields are written first, the host version fields as 0 and last",
    });
  }

  /** `bytes[0..length)` are written at `offset` while BMC Active is set, and answer no Initialise. */
  breakInService(offset: number, length: number, bytes: Uint8Array): void {
    if (writesHostVersions(offset, length, bytes)) {
      this.breakHostVersions(offset, length, bytes);
      return;
    }
    this.#rulings.break("LPC-BMC-2", "draft", {
      seen: `bytes ${hexOffset(offset)} to ${hexOffset(offset + length - 1)} of the control region are written behind BMC Active`,
      expected: "all fields are written before BMC Active is set",
      offset,
    });
  }

  breakHostVersions(offset: number, length: number, bytes: Uint8Array): void {
    this.#rulings.break("LPC-REG-3", "wire", {
      seen: `the BMC writes host version fields (${hexOffset(offset)}) behind its start`,
      expected: "they are the host's: the BMC zeroes them at its start and never again",
      bytes: bytes.slice(0, length),
      offset,
    });
  }

  breakOutside(offset: number, length: number): void {
    this.#rulings.break("LPC-REG-3", "wire", {
      seen: `${String(length)} bytes are written at ${hexOffset(offset)} of the control region`,
      expected: "of the control region, its fields alone are written",
      offset,
    });
  }
}

/** Whether a write begins in the host version fields, and is not one of zeroes. */
function writesHostVersions(offset: number, length: number, bytes: Uint8Array): boolean {
  if (offset < Field.hostVersionMin || offset >= Field.negotiatedVersion) return false;
  for (let at = 0; at < length; at++) if (bytes[at] !== 0) return true;
  return false;
}

function valueAt(bytes: Uint8Array, at: number, size: 2 | 4): number {
  return size === 2 ? readU16be(bytes, at) : readU32be(bytes, at);
}

/** The first of the bytes that a mask of the fields leaves out. */
function missingText(mask: number): string {
  for (let at = 0; at < CONTROL_FIELDS_BYTES; at++) if (((mask >>> at) & 1) === 0) return `from ${hexOffset(at)} on`;
  return "";
}
