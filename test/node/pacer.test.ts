import { describe, expect, test } from "@jest/globals";
import { Pacer } from "../../src/node/pacer.ts";
import { ANSWER_BURST, LinkShare, linkShares } from "../../src/node/processor-share.ts";
import { millis } from "../../src/core/wire/units.ts";

const MILLISECONDS = 10_000;
/** What a turn uses, in milliseconds. */
const TURN = millis(1);

/** Turns of one millisecond, one after the other, for ten seconds; the share of that time that went into them. */
function share(roundsPerTurn: number, packetsPerTurn: number): { readonly share: number; readonly paced: number } {
  const pacer = new Pacer();
  let now = 0;
  let busy = 0;
  while (now < MILLISECONDS) {
    const rest = pacer.afterTurn(TURN, millis(now + 1), roundsPerTurn, packetsPerTurn);
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
      const rest = pacer.afterTurn(TURN, millis(now + 1), 32, turn % 2 === 0 ? 2 : -2);
      if (rest > 0) paced++;
      now += 1 + rest;
    }
    expect(paced).toBeGreaterThan(100);
    expect(2000 / now).toBeLessThan(0.6);
  });

  test("LPC-SEC-3: messages that are never finished cost 30 % of a processor, however long they are", () => {
    const pacer = new Pacer();
    let [now, busy] = [0, 0];
    for (let turn = 0; turn < 40_000; turn++) {
      const rest = pacer.afterTurn(TURN, millis(now + 1), 32, turn % 1000 === 999 ? -16 * 999 : 16);
      busy++;
      now += 1 + rest;
    }
    expect(busy / now).toBeLessThan(0.34);
  });

  test("LPC-SEC-3: echoes that are fetched may take 5 s at once, as a test needs, and 30 % of a processor in the long run", () => {
    const pacer = new Pacer();
    let [now, busy, busyBeforeRest] = [0, 0, 0];
    while (now < 120_000) {
      const rest = pacer.afterTurn(TURN, millis(now + 1), 32, 0, 16);
      busy++;
      now += 1 + rest;
      if (rest > 0 && busyBeforeRest === 0) busyBeforeRest = busy;
    }
    expect(busyBeforeRest).toBeGreaterThanOrEqual(ANSWER_BURST);
    expect(busy).toBeLessThan(ANSWER_BURST + 0.32 * now);
    // A restart behind them is no flood.
    expect(pacer.afterTurn(TURN, millis(now + 21), 40, 0)).toBeLessThanOrEqual(1);
  });

  test("LPC-SEC-3: payload among echoes stays free", () => {
    const pacer = new Pacer();
    let rests = 0;
    for (let turn = 0; turn < 30_000; turn++) {
      const isEcho = turn % 10 === 0;
      rests += pacer.afterTurn(TURN, millis(turn + 1), 32, isEcho ? 0 : 16, isEcho ? 2 : 0);
    }
    expect(rests).toBe(0);
  });

  test("the share is that of the agent's option", () => {
    const half = new Pacer(new LinkShare(0.5));
    let now = 0;
    for (let turn = 0; turn < 5000; turn++) now += 1 + half.afterTurn(TURN, millis(now + 1), 100, 0);
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
      expect(pacer.afterTurn(TURN, millis(start + 1), 40, 0)).toBe(0);
    }
  });

  test("a rest ends soon, and what there was is forgotten after a while", () => {
    const pacer = new Pacer();
    expect(pacer.afterTurn(millis(5000), millis(5000), 1_000_000, 0)).toBe(20);
    expect(pacer.afterTurn(TURN, millis(30_001), 1000, 0)).toBe(0);
  });

  test("after packets that made good, and rounds that led to nothing, the balance never falls below zero", () => {
    const pacer = new Pacer();
    for (let turn = 0; turn < 1000; turn++) pacer.afterTurn(TURN, millis(turn + 1), 3000, 1500);
    let paced = 0;
    for (let turn = 0; turn < 300; turn++) {
      if (pacer.afterTurn(TURN, millis(1001 + turn), 3000, 0) > 0) paced++;
    }
    expect(paced).toBeGreaterThan(100);
  });
});

describe("LPC-SEC-3 links that are flooded at once", () => {
  const SECONDS = 60;

  /**
   * One processor, on which every link has its turn of a millisecond where it has work and does not rest. `wish`: of one
   * processor, what each link's peer would have it cost. Gives the share that each cost, and how often each rested.
   */
  function run(
    wishes: readonly number[],
    share?: number,
  ): { readonly shares: readonly number[]; readonly paced: readonly number[] } {
    const pacers = linkShares(wishes.length, share).map((one) => new Pacer(one));
    const costs = wishes.map(() => 0);
    const restsUntil = wishes.map(() => 0);
    let now = 0;
    while (now < SECONDS * 1000) {
      const before = now;
      for (const [link, wish] of wishes.entries()) {
        if (restsUntil[link]! > now || costs[link]! > wish * now) continue;
        costs[link]!++;
        const ended = now + 1;
        restsUntil[link] = ended + pacers[link]!.afterTurn(millis(ended - now), millis(ended), 100, 0);
        now = ended;
      }
      if (now === before) now += 0.25;
    }
    return { shares: costs.map((cost) => cost / now), paced: pacers.map(({ paced }) => paced) };
  }
  const sum = (shares: readonly number[]): number => shares.reduce((total, one) => total + one, 0);

  test("four hostile ports cost 60 % of a processor together, an equal part each", () => {
    const { shares } = run([1, 1, 1, 1]);
    expect(sum(shares)).toBeLessThan(0.63);
    for (const one of shares) expect(Math.abs(one - 0.15)).toBeLessThan(0.02);
  });

  test("a port that stays below its part never rests, however the others are flooded", () => {
    const { shares, paced } = run([1, 1, 1, 0.1]);
    expect([paced[3], shares[3]! > 0.095]).toEqual([0, true]);
    expect(sum(shares)).toBeLessThan(0.63);
  });

  test("what a port cost while the others were idle keeps it behind them for a second at most", () => {
    const shares = linkShares(4);
    let now = 0;
    for (; now < 60_000; now += 10) shares[0]!.spend({ flood: 3, answers: 0 }, millis(now));
    for (const one of shares.slice(1)) one.spend({ flood: 1000, answers: 0 }, millis(now));
    expect(shares[0]!.missingFor(millis(now))).toBeGreaterThan(0);
    expect(shares[0]!.missingFor(millis(now + 1000))).toBe(0);
  });

  test("two may have 30 % each; one that may have all of a processor has it", () => {
    for (const one of run([1, 1]).shares) expect(Math.abs(one - 0.3)).toBeLessThan(0.02);
    expect(run([1], 1).shares[0]).toBeGreaterThan(0.94);
  });
});
