/** The flow of a message in versions 3 and 4 on the bus model, and what Annex C concludes from it. */
import { describe, expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { exchangeSeconds, flowOfVersion3, flowOfVersion4 } from "../../spec/generator/tables/version-4-flow.ts";

const MESSAGE = 64 * 1024;
const DIRECTIONS = ["hostToBmc", "bmcToHost"] as const;
const annex = readFileSync("spec/annex-extensions.md", "utf8").replace(/\s+/g, " ");

function gain(direction: (typeof DIRECTIONS)[number], mtu: number, reaction: number, slots: number): number {
  const three = flowOfVersion3(direction, MESSAGE, mtu, reaction);
  return three.seconds / flowOfVersion4(direction, MESSAGE, mtu, reaction, slots).seconds;
}

describe.each(DIRECTIONS)("%s", (direction) => {
  test("more slots are never slower, and never take more interrupts", () => {
    for (const reaction of [1e-5, 1e-4, 1e-3, 0.5]) {
      const flows = [1, 2, 4, 8, 16, 32, 64].map((slots) => flowOfVersion4(direction, MESSAGE, 64, reaction, slots));
      for (const [index, flow] of flows.slice(1).entries()) {
        expect(flow.seconds).toBeLessThanOrEqual(flows[index]!.seconds * 1.0001);
        expect(flow.host + flow.bmc).toBeLessThanOrEqual(flows[index]!.host + flows[index]!.bmc);
      }
    }
  });

  test("one slot is as one packet in flight: a reaction for each", () => {
    const reaction = 1e-3;
    const one = flowOfVersion4(direction, MESSAGE, 4096, reaction, 1);
    expect(one.seconds).toBeGreaterThan((one.packets - 1) * reaction);
    expect(gain(direction, 4096, reaction, 1)).toBeCloseTo(1, 1);
  });

  test("a packet alone rings once", () => {
    const { host, bmc } = flowOfVersion4(direction, 64, 64, 1e-4, 8);
    expect([host, bmc]).toEqual(direction === "hostToBmc" ? [0, 1] : [1, 0]);
  });
});

describe("what C.13 says", () => {
  test("of the MTU of deployed firmware", () => {
    const gains = (reaction: number): number =>
      Math.max(...DIRECTIONS.map((direction) => gain(direction, 32_768, reaction, 8)));
    expect(gains(1e-4)).toBeLessThan(1.03);
    expect(((gains(1e-3) - 1) * 100).toFixed(0)).toBe("24");
    expect(annex).toContain("the gain is below 3 % up to 100 µs and at most 24 % at 1 ms");
  });

  test("of small packets", () => {
    expect(DIRECTIONS.map((direction) => gain(direction, 64, 1e-5, 8).toFixed(1))).toEqual(["1.6", "1.6"]);
    for (const direction of DIRECTIONS) {
      expect(gain(direction, 64, 1e-4, 8).toFixed(0)).toBe("8");
      expect(gain(direction, 64, 1e-3, 8).toFixed(0)).toBe("8");
      expect(gain(direction, 64, 1e-3, 64).toFixed(0)).toBe("64");
    }
    expect(annex).toContain(
      "1.6 times the throughput at 10 µs, 8 times at 100 µs, and 8 to 64 times, by the slots, at 1 ms",
    );
  });

  test("of a request and its response", () => {
    const more = exchangeSeconds(4, 64, 1e-5, 0) - exchangeSeconds(3, 64, 1e-5, 0);
    expect((more * 1e6).toFixed(0)).toBe("2");
    expect(annex).toContain("take 2 µs more");
    expect(exchangeSeconds(3, 64, 1e-5, 0.5)).toBeGreaterThan(0.5);
    expect(exchangeSeconds(4, 64, 1e-5, 0.5)).toBe(exchangeSeconds(4, 64, 1e-5, 0));
  });
});
