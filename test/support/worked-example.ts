/** Worked examples of the MTU negotiation: the rows of a table, each negotiated by both sides on a board. */
import { expect } from "@jest/globals";
import { BmcBench, HostBench } from "../../spec/generator/vectors/bench.ts";
import { Field, decodeControlRegion, type ControlRegion } from "../../src/core/binding/control-region.ts";
import { negotiateVersion, type VersionRange } from "../../src/core/binding/versions.ts";
import { readU32be } from "../../src/core/wire/bytes.ts";
import { cellOf, tableOf } from "../project/tables.ts";

/** BMC, host, and what is computed for them. */
export type WorkedExample = readonly [bmc: string, host: string, ...computed: readonly string[]];

const HEADINGS = [
  "BMC versions, MTU",
  "host versions, MTU",
  "offer: rx_offset, tx_offset, sizes",
  "asked",
  "answer: version, sizes",
  "MTU",
] as const;

/** The first table of worked examples in a text of the specification. */
export function workedExamplesOf(text: string): readonly WorkedExample[] {
  return tableOf(text, ...HEADINGS).map((row): WorkedExample => {
    const [bmc, host, ...computed] = HEADINGS;
    return [cellOf(row, bmc), cellOf(row, host), ...computed.map((heading) => cellOf(row, heading))];
  });
}

interface Wish {
  readonly versions: VersionRange;
  readonly mtu: number | undefined;
  /** An rx_size that no host of ours would write. */
  readonly forcedSize: number | undefined;
}

/** "1–3, 4096", "1–3, —" or "1–3, (writes 75)" */
function wishOf(cell: string): Wish {
  const [, min = "", cur = "", mtu, forced] = /^(\d)–(\d), (?:—|(\d+)|\(writes (\d+)\))$/.exec(cell) ?? [];
  return {
    versions: { min: Number(min), cur: Number(cur) },
    mtu: mtu === undefined ? undefined : Number(mtu),
    forcedSize: forced === undefined ? undefined : Number(forced),
  };
}

function layoutText({ layout }: ControlRegion): string {
  const { bmcToHost, hostToBmc } = layout;
  expect(hostToBmc.size).toBe(bmcToHost.size);
  return `0x${bmcToHost.offset.toString(16)}, 0x${hostToBmc.offset.toString(16)}, ${bmcToHost.size}`;
}

function numberText(value: number | undefined): string {
  return value === undefined ? "—" : String(value);
}

/** What a BMC and a host with these wishes come to, as the table's further cells. The host can see a smaller window. */
export function negotiated(
  bmcCell: string,
  hostCell: string,
  windowBytes: number,
  hostWindowBytes: number = windowBytes,
): readonly string[] {
  const host = wishOf(hostCell);
  const bmc = new BmcBench({ ...wishOf(bmcCell), windowBytes });
  const offered = bmc.region;
  const terms = { ...host, windowBytes: hostWindowBytes };
  const proposal = readU32be(HostBench.propose(terms, offered), Field.rxSize);
  // In version 1, and without a common version, nothing is asked.
  const asks = negotiateVersion(decodeControlRegion(offered).bmcVersions, host.versions) > 1;
  const size = host.forcedSize ?? (asks ? proposal : undefined);
  bmc.initialise(host.versions, size);
  const session = HostBench.judge(terms, size ?? Number.POSITIVE_INFINITY, bmc.region).session;
  const region = decodeControlRegion(bmc.region);
  const version = region.negotiatedVersion === 0 ? "refused" : String(region.negotiatedVersion);
  return [
    layoutText(decodeControlRegion(offered)),
    numberText(size),
    `${version}, ${region.layout.bmcToHost.size}`,
    numberText(session?.mtu.bmcToHost),
  ];
}
