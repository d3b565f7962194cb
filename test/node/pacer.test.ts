import { describe, expect, test } from "@jest/globals";
import { Pacer } from "../../src/node/pacer.ts";
import { millis } from "../../src/core/wire/units.ts";

const MILLISECONDS = 10_000;

/** Turns of one millisecond, one after the other, for ten seconds; the share of that time that went into them. */
function share(roundsPerTurn: number, packetsPerTurn: number): { readonly share: number; readonly paced: number } {
  const pacer = new Pacer();
  let now = 0;
  let busy = 0;
  while (now < MILLISECONDS) {
    const rest = pacer.afterTurn(millis(now), millis(now + 1), roundsPerTurn, packetsPerTurn);
    busy++;
    now += 1 + rest;
  }
  return { share: busy / now, paced: pacer.paced };
}

describe("LPC-SEC-3 pacing", () => {
  test("LPC-SEC-3: work without payload gets 30 % of a processor in the long run", () => {
    const flood = share(2000, 0);
    expect(flood.share).toBeGreaterThan(0.25);
    expect(flood.share).toBeLessThan(0.33);
    expect(flood.paced).toBeGreaterThan(1000);
  });

  test("LPC-SEC-3: a few packets among them buy the rounds that move them, and no more", () => {
    expect(share(2000, 1).share).toBeLessThan(0.33);
    expect(share(2000, 60).share).toBeLessThan(0.62);
    expect(share(2000, 1).paced).toBeGreaterThan(100);
  });

  test("LPC-SEC-3: packets that turn out to be useless are charged afterwards", () => {
    const pacer = new Pacer();
    let [now, paced] = [0, 0];
    for (let turn = 0; turn < 2000; turn++) {
      const rest = pacer.afterTurn(millis(now), millis(now + 1), 32, turn % 2 === 0 ? 2 : -2);
      if (rest > 0) paced++;
      now += 1 + rest;
    }
    expect(paced).toBeGreaterThan(100);
    expect(2000 / now).toBeLessThan(0.6);
  });

  test("the share is that of the agent's option", () => {
    const half = new Pacer(0.5);
    let now = 0;
    for (let turn = 0; turn < 5000; turn++) now += 1 + half.afterTurn(millis(now), millis(now + 1), 100, 0);
    expect(5000 / now).toBeGreaterThan(0.45);
    expect(5000 / now).toBeLessThan(0.55);
  });

  test.each([
    ["two rounds a packet", 2000, 1000],
    ["a slow conversation", 3, 1],
    ["many looks for each packet", 16, 1],
  ])("traffic is never paced: %s", (_kind, rounds, packets) => {
    expect(share(rounds, packets)).toEqual({ share: 1, paced: 0 });
  });

  test("a start-up, and many of them at once, are not paced", () => {
    const pacer = new Pacer();
    for (let start = 0; start < 50; start++) {
      expect(pacer.afterTurn(millis(start), millis(start + 1), 40, 0)).toBe(0);
    }
  });

  test("a rest ends soon, and what there was is forgotten after a while", () => {
    const pacer = new Pacer();
    expect(pacer.afterTurn(millis(0), millis(5000), 1_000_000, 0)).toBe(20);
    expect(pacer.afterTurn(millis(30_000), millis(30_001), 1000, 0)).toBe(0);
  });

  test("after packets that made good, and rounds that led to nothing, the balance never falls below zero", () => {
    const pacer = new Pacer();
    for (let turn = 0; turn < 1000; turn++) pacer.afterTurn(millis(turn), millis(turn + 1), 3000, 1500);
    let paced = 0;
    for (let turn = 0; turn < 300; turn++) {
      if (pacer.afterTurn(millis(1000 + turn), millis(1001 + turn), 3000, 0) > 0) paced++;
    }
    expect(paced).toBeGreaterThan(100);
  });
});
