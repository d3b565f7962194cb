/** What a BMC read of the host's fields behind an Initialise, and what they say of a host that is not recorded. */
import { Field, decodeControlRegion } from "../../binding/control-region.ts";
import { BTU, askedSize, bufferBytes } from "../../binding/layout.ts";
import { negotiateVersion, type Version, type VersionRange } from "../../binding/versions.ts";
import { askedCause, versionCause } from "../causes.ts";
import { isEmptyRange } from "../rules.ts";
import type { BmcOffer } from "./offer.ts";
import type { Rulings } from "../rulings.ts";

const PROPOSALS_KEPT = 4;

export interface Proposal {
  readonly versions: VersionRange;
  /** rx_size, in bytes. */
  readonly asked: number;
}

/** Keeps the last proposals behind one Initialise: a BMC may read the fields more than once, and they may change. */
export class HostProposals {
  readonly #rulings: Rulings;
  readonly #offer: BmcOffer;
  readonly #kept: Proposal[] = [];

  constructor(rulings: Rulings, offer: BmcOffer) {
    this.#rulings = rulings;
    this.#offer = offer;
  }

  /** The oldest first. */
  get kept(): readonly Proposal[] {
    return this.#kept;
  }

  /** An Initialise was read. */
  begin(): void {
    this.#kept.length = 0;
  }

  /** The control region was read; `bytes` begin with its fields. */
  read(bytes: Uint8Array): void {
    const { hostVersions, layout } = decodeControlRegion(bytes);
    if (this.#kept.length === PROPOSALS_KEPT) this.#kept.shift();
    this.#kept.push({ versions: hostVersions, asked: layout.bmcToHost.size });
    const { min, cur } = hostVersions;
    const cause = versionCause(min, cur);
    if (cause === undefined && !isEmptyRange(hostVersions)) {
      this.#judgeAsked(hostVersions, layout.bmcToHost.size);
      return;
    }
    this.#rulings.breakOfPeer("LPC-REG-1", "wire", {
      seen: `host versions ${String(min)} to ${String(cur)}`,
      expected: cause === undefined ? "host_ver_min, 1 or more, is not above host_ver_cur" : "16-bit big-endian fields",
      bytes: bytes.slice(Field.hostVersionMin, Field.negotiatedVersion),
      offset: Field.hostVersionMin,
      cause,
    });
  }

  #judgeAsked(versions: VersionRange, asked: number): void {
    const own = this.#offer.versions;
    const common = own === undefined ? 0 : negotiateVersion(own, versions);
    if (common < 2) return;
    const least = bufferBytes(common as Version, BTU);
    const offered = this.#offer.layout;
    const { windowBytes } = this.#rulings.context;
    const room = offered === undefined ? asked : askedSize(offered, common as Version, undefined, windowBytes ?? asked);
    if (asked >= least && asked <= room) return;
    this.#rulings.breakOfPeer("LPC-MTU-3", "wire", {
      seen: `rx_size ${String(asked)} is asked for in version ${String(common)}`,
      expected: `${String(least)}, the BTU's, to ${String(room)}, the room between the buffers`,
      offset: Field.rxSize,
      cause: askedCause(asked, least, room),
    });
  }
}
