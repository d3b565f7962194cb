/** When watching for the next event is worth while. */
import { describe, expect, test } from "@jest/globals";
import { Patience } from "../../src/node/patience.ts";
import { millis } from "../../src/core/wire/units.ts";

/** What is watched after so many exchanges of two packets, `apart` ms from each other, each waited for so long. */
function watchAfter(exchanges: number, apart: number, wait: number): number {
  const patience = new Patience();
  for (let exchange = 0; exchange < exchanges; exchange++) {
    patience.packetsMoved(2, millis(1000 + exchange * apart));
    patience.waited(wait);
  }
  return patience.watch;
}

describe("patience", () => {
  test.each([
    ["none for a single question", 1, 1, 0.01, 0],
    ["none for questions 10 ms apart", 100, 10, 0.01, 0],
    ["a moment in a quick conversation", 100, 0.02, 0.005, 0.05],
    ["twice the usual wait where answers take longer", 100, 1, 0.2, 0.4],
    ["half a millisecond at most", 100, 1, 0.4, 0.5],
    ["none where answers take longer than a waking up", 100, 2, 0.8, 0],
  ])("%s", (_name, exchanges, apart, wait, watched) => {
    expect(watchAfter(exchanges, apart, wait)).toBeCloseTo(watched, 3);
  });

  test("it ends with the conversation, and one interruption does not end it", () => {
    const patience = new Patience();
    for (let exchange = 0; exchange < 100; exchange++) {
      patience.packetsMoved(2, millis(1000 + exchange));
      patience.waited(0.01);
    }
    patience.waited(10_000);
    expect(patience.watch).toBeGreaterThan(0);
    patience.packetsMoved(0, millis(1120));
    expect(patience.watch).toBe(0);
  });
});
