/** spec/vectors/negotiation.json: versions and sizes, from what goes in to what comes out (clause 9). */
import { decodeControlRegion } from "../../../src/core/binding/control-region.ts";
import { askedSize, bufferBytes, largestMtu, BTU } from "../../../src/core/binding/layout.ts";
import { SESSION_BITS } from "../../../src/core/binding/registers.ts";
import { framingOf, negotiateVersion, type Version, type VersionRange } from "../../../src/core/binding/versions.ts";
import { statusOf } from "../../../src/core/binding/kcs-word.ts";
import type { Artefact } from "../artefact.ts";
import { BmcBench, type BmcTerms } from "./bench.ts";
import { SIZE_UNITS, range, termsJson } from "./regions.ts";
import { vectorArtefact, type Json } from "./vector-file.ts";

const VERSIONS: readonly Version[] = [1, 2, 3];
const MEBIBYTE = 1024 * 1024;
const WINDOWS = [4096, 65536, MEBIBYTE, 16 * MEBIBYTE];

function pairs<One, Other>(ones: readonly One[], others: readonly Other[]): readonly (readonly [One, Other])[] {
  return ones.flatMap((one) => others.map((other) => [one, other] as const));
}

/** Every range that a BMC of this document can have, with every range that a host may write. */
function versionVectors(): readonly Json[] {
  const own = pairs(VERSIONS, VERSIONS).filter(([min, cur]) => min <= cur);
  const foreign = pairs([0, 1, 2, 3, 4, 0xffff], [0, 1, 2, 3, 4, 0xffff]);
  return pairs(own, foreign).map(([[bmcMin, bmcCur], [hostMin, hostCur]]) => ({
    bmc: [bmcMin, bmcCur],
    host: [hostMin, hostCur],
    version: negotiateVersion(range(bmcMin, bmcCur), range(hostMin, hostCur)),
  }));
}

function sizeVectors(): readonly Json[] {
  const mtus = [64, 65, 100, 4096, 32768, 524144];
  return VERSIONS.flatMap((version) =>
    (framingOf(version).fixedMtu ? [BTU] : mtus).map((mtu) => ({ version, mtu, size: bufferBytes(version, mtu) })),
  );
}

function largestVectors(): readonly Json[] {
  return pairs([2, 3] as const, [4096, 8192, 12288, ...WINDOWS.slice(1)]).map(([version, windowBytes]) => ({
    version,
    windowBytes,
    mtu: largestMtu(version, windowBytes),
  }));
}

/* ---- What a host asks for ---- */

/** Places of the two buffers that a BMC might have chosen in a window of 64 KiB. */
const PLACES: readonly (readonly [rxOffset: number, txOffset: number])[] = [
  [0x100, 0x8080],
  [0x8080, 0x100],
  [0x100, 0x14c],
  [0x100, 0x148],
  [0x100, 0x120],
  [0x100, 0x100],
  [0x100, 0x20000],
  [0xffff, 0x100],
  [0x20000, 0x100],
];

function askVectors(): readonly Json[] {
  const windowBytes = 65536;
  return pairs(pairs([2, 3] as const, PLACES), [undefined, 64, 1000, 4096, 1_000_000]).map(
    ([[version, [rxOffset, txOffset]], mtu]) => {
      const offer = { bmcToHost: { offset: rxOffset, size: 0 }, hostToBmc: { offset: txOffset, size: 0 } };
      const rxSize = askedSize(offer, version, mtu, windowBytes);
      return { windowBytes, version, rx_offset: rxOffset, tx_offset: txOffset, mtu: mtu ?? null, rx_size: rxSize };
    },
  );
}

/* ---- What a BMC answers ---- */

interface Proposal {
  readonly bmc: BmcTerms;
  readonly host: VersionRange;
  readonly rxSize: number | undefined;
}

/** Sizes at which the answer changes: about the BTU's, about the BMC's own, and the ends of the field. */
function edges(version: Version, ownSize: number): readonly number[] {
  const btu = bufferBytes(version, BTU);
  const all = [0, btu - 1, btu, btu + 1, 4108, ownSize - 1, ownSize, ownSize + 1, 0xffff_ffff];
  return [...new Set(all)].sort((one, other) => one - other);
}

function proposals(): readonly Proposal[] {
  const limits = [undefined, BTU, 65, 1000, 4096];
  return pairs(pairs(WINDOWS, limits), [range(1, 3), range(1, 2), range(3, 3)]).flatMap(
    ([[windowBytes, mtu], versions]) => {
      const bmc = { windowBytes, mtu, versions };
      const ownSize = decodeControlRegion(new BmcBench(bmc).region).layout.bmcToHost.size;
      return [range(1, 3), range(1, 2), range(1, 1), range(0, 0)].flatMap((host) => {
        const version = negotiateVersion(versions, host);
        const sizes = version === 0 || framingOf(version).fixedMtu ? [undefined] : edges(version, ownSize);
        return sizes.map((rxSize) => ({ bmc, host, rxSize }));
      });
    },
  );
}

function answerVector({ bmc, host, rxSize }: Proposal): Json {
  const bench = new BmcBench(bmc);
  bench.initialise(host, rxSize);
  const { negotiatedVersion, layout } = decodeControlRegion(bench.region);
  const { session } = bench.side;
  return {
    windowBytes: bmc.windowBytes,
    bmc: termsJson(bmc),
    host: { min: host.min, cur: host.cur, rx_size: rxSize ?? null },
    channelActive: (statusOf(bench.board.word) & SESSION_BITS) === SESSION_BITS,
    answer: {
      negotiated_ver: negotiatedVersion,
      rx_offset: layout.bmcToHost.offset,
      rx_size: layout.bmcToHost.size,
      tx_offset: layout.hostToBmc.offset,
      tx_size: layout.hostToBmc.size,
    },
    mtu: session?.mtu.bmcToHost ?? null,
  };
}

export function negotiationArtefact(): Artefact {
  return vectorArtefact({
    name: "negotiation",
    schema: "negotiation",
    title: "Negotiation of versions and sizes",
    description:
      "Clause 9 from what goes in to what comes out: the common version of two ranges, sizes and MTUs, what a host asks for, and what a BMC answers, about every value at which the outcome changes.",
    units: {
      ...SIZE_UNITS,
      "versions.bmc, versions.host": "oldest and newest version of the side",
      "versions.version": "the version of the session; 0: refused",
      "answers.host": "host_ver_min, host_ver_cur and rx_size as written; rx_size null: it is not written",
      "answers.mtu": "payload bytes of a packet in the session, each way; null: no session",
      channelActive: "whether STR shows Channel Active with the dummy",
      size: "buffer bytes for this MTU",
    },
    use: "versions, sizes, largest, asks: call what computes them. answers: as a BMC with these terms, start, have host_ver_min and host_ver_cur, rx_size if it is not null, and Initialise written, and compare the fields and STR.",
    generator: "negotiation.ts",
    contents: {
      versions: versionVectors(),
      sizes: sizeVectors(),
      largest: largestVectors(),
      asks: askVectors(),
      answers: proposals().map(answerVector),
    },
  });
}
