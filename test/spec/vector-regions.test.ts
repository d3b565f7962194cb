/** The vectors of control regions: fields and bytes agree, and this program writes and judges them so. */
import { describe, expect, test } from "@jest/globals";
import { HostBench } from "../../spec/generator/vectors/bench.ts";
import {
  Field,
  decodeControlRegion,
  encodeControlRegion,
  type ControlRegion,
} from "../../src/core/binding/control-region.ts";
import { BINDING_COUNTERS } from "../../src/core/binding/counters.ts";
import { negotiateVersion } from "../../src/core/binding/versions.ts";
import { toHex } from "../../src/core/wire/bytes.ts";
import {
  bytesOf,
  type FoundVector,
  type JudgedVector,
  type MeetingVector,
  type RegionJson,
} from "../support/vectors/vector-types.ts";
import { vectors } from "./vector-files.ts";

const OFFSETS: Readonly<Record<string, readonly [offset: number, digits: number]>> = {
  magic: [0x00, 8],
  bmc_ver_min: [0x04, 4],
  bmc_ver_cur: [0x06, 4],
  host_ver_min: [0x08, 4],
  host_ver_cur: [0x0a, 4],
  negotiated_ver: [0x0c, 4],
  rx_offset: [0x10, 8],
  rx_size: [0x14, 8],
  tx_offset: [0x18, 8],
  tx_size: [0x1c, 8],
};

function regionOf({ fields }: RegionJson): ControlRegion {
  const field = (name: string): number => fields[name] as number;
  return {
    magic: Number.parseInt(fields["magic"] as string, 16),
    bmcVersions: { min: field("bmc_ver_min"), cur: field("bmc_ver_cur") },
    hostVersions: { min: field("host_ver_min"), cur: field("host_ver_cur") },
    negotiatedVersion: field("negotiated_ver"),
    layout: {
      bmcToHost: { offset: field("rx_offset"), size: field("rx_size") },
      hostToBmc: { offset: field("tx_offset"), size: field("tx_size") },
    },
  };
}

function expectRegion(region: RegionJson): void {
  const digits = Object.entries(OFFSETS).map(([name, [offset, length]]) => {
    const text = region.bytes.slice(2 * offset, 2 * offset + length);
    return [name, name === "magic" ? text : Number.parseInt(text, 16)];
  });
  expect(region.fields).toEqual(Object.fromEntries(digits));
  expect(decodeControlRegion(bytesOf(region.bytes))).toEqual(regionOf(region));
  // The pad is 0 wherever the program wrote it.
  const encoded = encodeControlRegion(regionOf(region));
  encoded.set(bytesOf(region.bytes).subarray(Field.pad, Field.rxOffset), Field.pad);
  expect(toHex(encoded)).toBe(region.bytes);
}

describe("control-regions.json", () => {
  const meetings = (vectors("control-regions", "meetings") as readonly MeetingVector[]).map(
    (vector) => [vector.name, vector] as const,
  );
  const judged = (vectors("control-regions", "judged") as readonly JudgedVector[]).map(
    (vector) => [vector.name, vector] as const,
  );
  const found = vectors("control-regions", "found") as readonly FoundVector[];

  test.each(meetings)("LPC-REG-1: %s: fields and bytes say the same", (_name, { offer, proposal, answer }) => {
    for (const region of [offer, proposal, answer]) expectRegion(region);
  });

  test.each(meetings)("LPC-REG-3: %s: each side writes its own fields", (_name, { offer, proposal, answer, host }) => {
    const changes = (before: RegionJson, after: RegionJson): readonly string[] =>
      Object.keys(OFFSETS).filter((name) => before.fields[name] !== after.fields[name]);
    const hosts = ["host_ver_min", "host_ver_cur", ...(proposal.rxSizeWritten ? ["rx_size"] : [])];
    expect(changes(offer, proposal).filter((name) => !hosts.includes(name))).toEqual([]);
    expect([proposal.fields["host_ver_min"], proposal.fields["host_ver_cur"]]).toEqual([host.min, host.cur]);
    const bmcs = ["negotiated_ver", "rx_size", "tx_size"];
    expect(changes(proposal, answer).filter((name) => !bmcs.includes(name))).toEqual([]);
  });

  test.each(meetings)("LPC-MTU-4, LPC-MTU-8: %s: the answer is for a session, or the offer", (_name, vector) => {
    const { bmc, host, offer, answer, session } = vector;
    const version = negotiateVersion(bmc, host);
    expect(session?.version ?? 0).toBe(version);
    expect(answer.fields["negotiated_ver"]).toBe(version);
    if (session === null)
      expect(answer.fields).toEqual({ ...offer.fields, host_ver_min: host.min, host_ver_cur: host.cur });
    else expect(answer.fields["rx_size"]).toBe(answer.fields["tx_size"]);
  });

  test.each(judged)("LPC-VER-3, LPC-MTU-5, LPC-MTU-6: %s: a host judges so, for this reason", (_name, vector) => {
    const { windowBytes, host, asked, answer, verdict, reason, requirement } = vector;
    const versions = { min: host.min, cur: host.cur };
    const terms = { versions, mtu: undefined, windowBytes };
    const side = HostBench.judge(terms, asked ?? Number.POSITIVE_INFINITY, bytesOf(answer.bytes));
    expectRegion(answer);
    const { phase, counters } = side.state;
    const raised = Object.entries(counters).filter(([, count]) => count > 0);
    if (verdict === "session") {
      expect(side.session).toMatchObject({ version: vector.version, mtu: vector.mtu });
      expect(raised).toEqual([["sessionsOpened", 1]]);
      return;
    }
    expect(side.session).toBeUndefined();
    expect(raised).toEqual([[reason, 1]]);
    expect(BINDING_COUNTERS[reason!].clause).toBe(requirement);
    expect(phase).toEqual(verdict === "beginAgain" ? { name: "awaitingBmc" } : { name: "declining" });
  });

  test("LPC-REG-2, LPC-HOST-14: a region without the magic leaves the host waiting, nothing read or written", () => {
    for (const { windowBytes, found: hex, reason, requirement, verdict } of found) {
      const bench = HostBench.look({ versions: { min: 1, cur: 3 }, mtu: undefined, windowBytes }, bytesOf(hex));
      expect(bench.side.state).toMatchObject({ phase: { name: "awaitingBmc" }, counters: { [reason!]: 1 } });
      expect({ verdict, requirement }).toEqual({ verdict: "wait", requirement: BINDING_COUNTERS[reason!].clause });
      expect(toHex(bench.board.window.subarray(0, 32))).toBe(hex);
      expect(bench.board.word).toBe(0x80);
    }
  });
});
