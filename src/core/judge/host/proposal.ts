/** What a host proposes: its versions and its rx_size, judged by what the BMC offered (LPC-VER-4, LPC-HOST-5, LPC-MTU-3). */
import { Field, decodeHostVersions, type ControlRegion } from "../../binding/control-region.ts";
import { BTU, askedSize, bufferBytes } from "../../binding/layout.ts";
import { negotiateVersion, type Version, type VersionRange } from "../../binding/versions.ts";
import { readU32be } from "../../wire/bytes.ts";
import { askedCause, versionCause } from "../causes.ts";
import { PLACE } from "../requirements.ts";
import type { Rulings } from "../rulings.ts";
import { isEmptyRange } from "../rules.ts";
import { rangeText } from "./texts.ts";

/** Of four bytes each was written. */
const ALL_BYTES = 0xf;

/** Follows the fields that a host writes into the control region, byte by byte. */
export class Proposal {
  readonly #docket: Rulings;
  /** The host version fields as written, and which of their bytes were, bit by bit. */
  readonly #versions = new Uint8Array(4);
  #versionBytes = 0;
  readonly #asked = new Uint8Array(4);
  #askedBytes = 0;
  #askedFirst = false;
  #own: VersionRange | undefined;
  /** The region as the host read it before it proposes, undefined for unread. */
  offer: ControlRegion | undefined;

  constructor(docket: Rulings) {
    this.#docket = docket;
  }

  /** The range proposed last, undefined for unknown. */
  get own(): VersionRange | undefined {
    return this.#own;
  }

  /** The rx_size that is asked for, undefined where it was not written whole. */
  get asked(): number | undefined {
    return this.#askedBytes === ALL_BYTES ? readU32be(this.#asked, 0) : undefined;
  }

  /** The version fields as far as they were written hold 0. */
  get isZero(): boolean {
    return this.#versions.every((byte, place) => byte === 0 || ((this.#versionBytes >> place) & 1) === 0);
  }

  /** Whether the version fields, read at `start`, are those that the host wrote. */
  isSame(bytes: Uint8Array, start: number): boolean {
    return [0, 1, 2, 3].every((at) => bytes[start + at] === this.#versions[at]);
  }

  /** A start-up begins. */
  clear(): void {
    this.clearVersions();
    this.clearAsked();
    this.#askedFirst = false;
    this.offer = undefined;
  }

  clearVersions(): void {
    this.#versionBytes = 0;
  }

  clearAsked(): void {
    this.#askedBytes = 0;
  }

  /** `length` bytes are written at `at` of the host version fields. */
  writeVersions(at: number, bytes: Uint8Array, length: number): void {
    for (let index = 0; index < length; index++) {
      this.#versions[at + index] = bytes[index]!;
      this.#versionBytes |= 1 << (at + index);
    }
  }

  /** `length` bytes are written at `at` of rx_size; `isFirst`: before the versions. */
  writeAsked(at: number, bytes: Uint8Array, length: number, isFirst: boolean): void {
    this.#askedFirst = isFirst;
    for (let index = 0; index < length; index++) {
      this.#asked[at + index] = bytes[index]!;
      this.#askedBytes |= 1 << (at + index);
    }
  }

  /** The start-up before is given up for this proposal: fields that were not written again hold what they held. */
  takeVersions(): void {
    this.#versionBytes = ALL_BYTES;
  }

  /** The versions as written so far are the range proposed. */
  settleVersions(): void {
    this.#own = this.#versionBytes === ALL_BYTES ? decodeHostVersions(this.#versions) : undefined;
  }

  /** Initialise is written behind the fields. */
  judge(): void {
    this.settleVersions();
    const own = this.#own;
    if (own === undefined) return;
    const cause = versionCause(own.min, own.cur);
    if (cause !== undefined || isEmptyRange(own)) {
      this.#docket.break("LPC-REG-1", "wire", {
        seen: `host versions ${rangeText(own)}`,
        expected:
          cause === undefined ? "host_ver_min, 1 or more, is not above host_ver_cur" : "16-bit big-endian fields",
        bytes: this.#versions,
        offset: Field.hostVersionMin,
        cause,
      });
      return;
    }
    this.#docket.keep(PLACE["LPC-REG-1"]);
    if (own.min === 1 && own.cur >= 3) this.#docket.keep(PLACE["LPC-VER-4"]);
    else {
      this.#docket.break("LPC-VER-4", "draft", {
        seen: `the host speaks versions ${rangeText(own)}`,
        expected: "1 to 3: then it works with every deployed BMC",
      });
    }
    this.#judgeAsked(own);
  }

  #judgeAsked(own: VersionRange): void {
    const { offer, asked } = this;
    if (offer === undefined) return;
    const common = negotiateVersion(offer.bmcVersions, own);
    if (common < 2) return;
    if (asked === undefined) {
      this.#docket.break("LPC-HOST-5", "wire", {
        seen: `versions ${rangeText(own)} are proposed, and no rx_size is written`,
        expected: `rx_size is written before Initialise where the common version is 2 or 3 (it is ${String(common)})`,
      });
      return;
    }
    if (this.#askedFirst) {
      this.#docket.break("LPC-HOST-5", "draft", {
        seen: "rx_size is written before the host versions",
        expected: "the versions, then rx_size: a proposal that a restart of the BMC cuts in two is then known as such",
      });
    } else this.#docket.keep(PLACE["LPC-HOST-5"]);
    this.#judgeAskedSize(common as Version, asked, offer);
  }

  #judgeAskedSize(common: Version, asked: number, offer: ControlRegion): void {
    const { windowBytes } = this.#docket.context;
    const least = bufferBytes(common, BTU);
    const room = askedSize(offer.layout, common, undefined, windowBytes ?? Number.MAX_SAFE_INTEGER);
    if (asked >= least && asked <= room) {
      this.#docket.keep(PLACE["LPC-MTU-3"]);
      return;
    }
    this.#docket.break("LPC-MTU-3", "wire", {
      seen: `rx_size ${String(asked)} is asked for in version ${String(common)}`,
      expected: `${String(least)}, the BTU's, to ${String(room)}, the room between the buffers`,
      bytes: this.#asked,
      offset: Field.rxSize,
      cause: askedCause(asked, least, room),
    });
  }
}
