/** The worked examples of the MTU negotiation, negotiated by both sides on a board. */
import { describe, expect, test } from "@jest/globals";
import { BmcBench, HostBench } from "../../spec/generator/vectors/bench.ts";
import { Field, decodeControlRegion, type ControlRegion } from "../../src/core/binding/control-region.ts";
import { negotiateVersion, type VersionRange } from "../../src/core/binding/versions.ts";
import { readU32be } from "../../src/core/wire/bytes.ts";
import { cellOf, readSpecification, tableOf } from "./tables.ts";

const WINDOW_BYTES = 1024 * 1024;
const HEADINGS = [
  "BMC versions, MTU",
  "host versions, MTU",
  "offer: rx_offset, tx_offset, sizes",
  "asked",
  "answer: version, sizes",
  "MTU",
] as const;
const rows = tableOf(readSpecification("annex-walk-throughs.md"), ...HEADINGS).map((row) =>
  HEADINGS.map((heading) => cellOf(row, heading)),
);

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

describe("LPC-MTU-3, LPC-MTU-4, LPC-MTU-7, LPC-MTU-8: the worked examples", () => {
  test("there are ten", () => {
    expect(rows).toHaveLength(10);
  });

  test.each(rows)("BMC %s and host %s", (bmcCell, hostCell, offer, asked, answer, mtu) => {
    const host = wishOf(hostCell);
    const bmc = new BmcBench({ ...wishOf(bmcCell), windowBytes: WINDOW_BYTES });
    const offered = bmc.region;
    const terms = { ...host, windowBytes: WINDOW_BYTES };
    const proposal = readU32be(HostBench.propose(terms, offered), Field.rxSize);
    // In version 1, and without a common version, nothing is asked.
    const asks = negotiateVersion(decodeControlRegion(offered).bmcVersions, host.versions) > 1;
    const size = host.forcedSize ?? (asks ? proposal : undefined);
    bmc.initialise(host.versions, size);
    const session = HostBench.judge(terms, size ?? Number.POSITIVE_INFINITY, bmc.region).session;
    const region = decodeControlRegion(bmc.region);
    const version = region.negotiatedVersion === 0 ? "refused" : String(region.negotiatedVersion);
    expect([
      layoutText(decodeControlRegion(offered)),
      numberText(size),
      `${version}, ${region.layout.bmcToHost.size}`,
      numberText(session?.mtu.bmcToHost),
    ]).toEqual([offer, asked, answer, mtu]);
  });
});
