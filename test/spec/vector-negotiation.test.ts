/** The vectors of the negotiation: true by the words of clause 9. */
import { describe, expect, test } from "@jest/globals";
import { negotiateVersion } from "../../src/core/binding/versions.ts";
import type {
  AnswerVector,
  AskVector,
  LargestVector,
  SizeVector,
  VersionsVector,
} from "../support/vectors/vector-types.ts";
import { vectors } from "./vector-files.ts";

const overhead = (version: number): number => (version === 3 ? 12 : 8);

function largestIn(version: number, windowBytes: number): number {
  const exact = Math.floor((windowBytes - 256) / 2) - overhead(version);
  return exact - (exact % 16);
}

describe("negotiation.json, by the words of clause 9", () => {
  test("LPC-VER-1, LPC-VER-2: versions", () => {
    for (const { bmc, host, version } of vectors("negotiation", "versions") as readonly VersionsVector[]) {
      const spoken = [1, 2, 3].filter((one) => bmc[0] <= one && one <= bmc[1]);
      const wanted = host[0] === 0 ? [] : spoken.filter((one) => host[0] <= one && one <= host[1]);
      const smaller = Math.min(bmc[1], host[1]);
      expect({ bmc, host, version }).toEqual({ bmc, host, version: wanted.includes(smaller) ? smaller : 0 });
    }
  });

  test("LPC-MTU-1, LPC-MTU-2: sizes and the largest MTU", () => {
    for (const { version, mtu, size } of vectors("negotiation", "sizes") as readonly SizeVector[]) {
      expect(size).toBe(mtu + overhead(version));
    }
    for (const { version, windowBytes, mtu } of vectors("negotiation", "largest") as readonly LargestVector[]) {
      expect(mtu).toBe(largestIn(version, windowBytes));
    }
  });

  test("LPC-MTU-3: what a host asks for", () => {
    for (const vector of vectors("negotiation", "asks") as readonly AskVector[]) {
      const { windowBytes, version, rx_offset: rx, tx_offset: tx, mtu, rx_size: size } = vector;
      const room = Math.min(tx > rx ? tx : windowBytes, windowBytes) - rx;
      const wanted = mtu === null ? room : Math.min(room, mtu + overhead(version));
      expect({ ...vector, rx_size: size }).toEqual({ ...vector, rx_size: Math.max(wanted, 64 + overhead(version)) });
    }
  });

  test("LPC-MTU-4, LPC-MTU-7, LPC-MTU-8, LPC-MTU-9: what a BMC answers", () => {
    const all = vectors("negotiation", "answers") as readonly AnswerVector[];
    expect(all.length).toBeGreaterThan(500);
    for (const vector of all) {
      const { windowBytes, bmc, host, answer } = vector;
      const own = Math.min(bmc.mtu ?? Number.POSITIVE_INFINITY, largestIn(bmc.cur, windowBytes));
      const offered = own + overhead(bmc.cur);
      const version = negotiateVersion(bmc, host);
      const asked = version === 1 ? 64 : (host.rx_size ?? 0) - overhead(version);
      const isRefused = version === 0 || asked < 64;
      const mtu = isRefused ? null : Math.min(asked, own);
      const size = mtu === null ? offered : mtu + overhead(version);
      expect(vector).toEqual({
        ...vector,
        channelActive: !isRefused,
        answer: {
          ...answer,
          negotiated_ver: isRefused ? 0 : version,
          ...{ rx_offset: 0x100, rx_size: size, tx_offset: 0x100 + offered, tx_size: size },
        },
        mtu,
      });
    }
  });
});
